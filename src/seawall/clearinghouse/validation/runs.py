"""One validation under way: sides are built, controls pass, single runs are made and judged by the oracle."""

import contextlib
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from seawall.clearinghouse.validation import drivers, manifests, rules, scratch, staging, stubs
from seawall.clearinghouse.validation import notes as launcher_notes
from seawall.clearinghouse.validation.bundles import Bundle
from seawall.clearinghouse.validation.errors import Cancelled, TargetError
from seawall.clearinghouse.validation.oracles import costs
from seawall.clearinghouse.validation.oracles.costs import PATIENCE, TIMES_CONTROL
from seawall.clearinghouse.validation.oracles.foreign import made_files
from seawall.clearinghouse.validation.oracles.interface import Baseline, Bounds, Judgment, Scene
from seawall.clearinghouse.validation.oracles.kinds import ORACLES
from seawall.clearinghouse.validation.sandboxes.interface import Evidence, Provider, RunLimits, RunSpec
from seawall.clearinghouse.validation.targets import compiled, packages
from seawall.clearinghouse.validation.targets.interface import Built
from seawall.clearinghouse.validation.types import (
    COMPILED,
    TOLD_BY_A_STUB,
    Against,
    Manifest,
    OracleKind,
    Run,
    Runtime,
    Side,
    ValidationResult,
    Verdict,
)
from seawall.clearinghouse.validation.watching import Watcher

BESIDE_A_STUB = RunLimits(wall_s=8.0, cpu_s=5.0)
"""An honest driver may wait for ever for an answer that a stub never gives."""
PREVIEW = 2_000
"""Characters of output, input and driver kept for people."""

Progress = Callable[[int, int, str], None]
"""Told how many steps are done of how many, and what is next."""


def tell_nobody(done: int, total: int, text: str) -> None:
    """The progress of a validation that nobody follows."""


def never() -> bool:
    """Nobody cancels this."""
    return False


@dataclass
class Replay:
    """One validation under way: its sides, built; its controls; its runs so far."""

    bundle: Bundle
    cache: Path
    sandbox: Provider
    scratch: Path
    wanted: int
    seed: int
    at_most: RunLimits | None
    inert: frozenset[Side]
    progress: Progress
    cancelled: Callable[[], bool]
    built: dict[Side, Built] = field(default_factory=dict)
    plain: dict[Side, Built] = field(default_factory=dict)
    """Beside those with sanitizers, the same without."""
    runs: list[Run] = field(default_factory=list)
    against: Against = Against.FIXED
    done: int = 0

    def result(self) -> ValidationResult:
        """Build, run, judge."""
        manifest = self.bundle.manifest
        sides = self.sides()
        controlled = manifest.control is not None or manifest.alone
        total = len(sides) * (1 + (1 if controlled else 0) + self.wanted)
        baseline, refused = self.ready(sides, total)
        if refused is not None:
            return self._finish(*refused)
        order = [side for side in sides for _ in range(self.wanted)]
        random.Random(self.seed).shuffle(order)  # noqa: S311 - the order of runs, not a secret
        for side in order:
            self._step(total, f"proof on the {side.value} side")
            self.run(side, side, manifest.input or manifest.driver, baseline)
        judged = rules.judge(manifest, self.runs, self.wanted, self.against)
        if judged[0] is Verdict.CONFIRMED and Side.FIXED in self.plain:
            run, _ = self.run(Side.PLAIN, Side.FIXED, manifest.input, baseline)
            judged = rules.unlike_plain(rules.first(self.runs, Side.FIXED), run) or judged
        if judged[0] is Verdict.CONFIRMED and self._asks_a_stub():
            self._step(total + 1, "proof beside an inert stub")
            self.built[Side.STUB] = stubs.stub(self.cache, manifest, self.built[Side.VULNERABLE])
            run, _ = self.run(Side.STUB, Side.STUB, manifest.input or manifest.driver, baseline)
            if run.triggered:
                judged = rules.by_itself(manifest, run)
        self.progress(total, total, judged[0].value)
        return self._finish(*judged)

    def ready(
        self, sides: list[Side], total: int
    ) -> tuple[Baseline | None, tuple[Verdict, str, tuple[str, ...]] | None]:
        """Build the sides and run the benign controls: what they did, and the verdict where they misbehave."""
        manifest = self.bundle.manifest
        for side in sides:
            self._step(total, f"installing {manifest.package_name} {self._version(side)}")
            self.built[side] = self.built.get(side) or self._build(side)
            if refusal := rules.looks_for_sanitizers(self.built[side].facts):
                return None, refusal
        if manifest.control is None and not manifest.alone:
            return None, None
        controls = []
        for side in sides:
            self._step(total, f"benign control on the {side.value} side")
            run, seen = self.run(Side.CONTROL, side, manifest.control, None)
            # Loading alone may fail, as long as it does so on both sides; a control that was written for it may not.
            well = run.exit_code == 0 or manifest.control is None or side in self.inert
            if run.triggered or run.unseen or not well:
                return None, rules.bad_control(run)
            controls.append((run, seen))
            if side in self.plain:
                plain, _ = self.run(Side.PLAIN, side, manifest.control, None)
                if refusal := rules.unlike_plain(run, plain):
                    return None, refusal
        if manifest.control is None and (refusal := rules.loads_differ([run for run, _ in controls])):
            return None, refusal
        return _baseline([seen for _, seen in controls]), None

    def sides(self) -> list[Side]:
        """The flawed side, and what is held against it; a stub where no fixed version is named."""
        manifest = self.bundle.manifest
        if manifest.runtime in COMPILED:
            return [Side.VULNERABLE, *([Side.FIXED] if compiled.has_fixed(manifest) else [])]
        if manifest.fixed is None or Side.FIXED in self.inert:
            self.inert |= {Side.FIXED}
            self.against = Against.STUB
        return [Side.VULNERABLE, Side.FIXED]

    def _asks_a_stub(self) -> bool:
        """Whether a stub of the flawed version can tell a driver that has the effect by itself, on that version alone.

        It has that version's name and number, so a driver that looks at those gives itself away.
        """
        manifest = self.bundle.manifest
        return (
            manifest.runtime in {Runtime.NODE, Runtime.PYTHON}
            and self.against is Against.FIXED
            and manifest.oracle in TOLD_BY_A_STUB
        )

    def _step(self, total: int, text: str) -> None:
        if self.cancelled():
            raise Cancelled("The validation was cancelled.")
        self.progress(self.done, total, text)
        self.done += 1

    def _finish(self, verdict: Verdict, summary: str, reasons: tuple[str, ...]) -> ValidationResult:
        manifest = self.bundle.manifest
        driver = self._preview(manifest.driver)
        return ValidationResult(
            verdict=verdict,
            summary=summary,
            reasons=(
                *reasons,
                *rules.asking({side: built.facts for side, built in self.built.items()}),
                *drivers.doubts(driver),
            ),
            runs=tuple(self.runs),
            signature=rules.shared_signature(self.runs) if verdict is Verdict.CONFIRMED else None,
            bundle_digest=self.bundle.digest,
            target={
                "package": manifest.package,
                **{side.value: {"version": self._version(side), **built.facts} for side, built in self.built.items()},
            },
            oracle=manifest.oracle.value,
            failure=manifest.failure.value,
            sandbox=self.sandbox.profile,
            input_preview="" if manifest.alone else self._preview(manifest.input)[:PREVIEW],
            driver_preview=driver[:PREVIEW],
            seed=self.seed,
        )

    def _preview(self, name: str) -> str:
        return _printable((self.bundle.folder / name).read_bytes())

    def _version(self, side: Side) -> str:
        manifest = self.bundle.manifest
        if side in self.inert or side is Side.STUB:
            return rules.STUB
        return manifest.vulnerable if side is Side.VULNERABLE else manifest.fixed or ""

    def _build(self, side: Side) -> Built:
        manifest = self.bundle.manifest
        if manifest.runtime in COMPILED:
            is_fixed = side is Side.FIXED
            built = compiled.build(self.cache, self.sandbox, self.bundle, fixed=is_fixed)
            plain = compiled.plain(self.cache, self.sandbox, self.bundle, fixed=is_fixed)
            self.plain |= {side: plain} if plain is not None else {}
            return built
        version = manifest.vulnerable if side is Side.VULNERABLE or manifest.fixed is None else manifest.fixed
        try:
            built = self._install(manifest, version)
        except TargetError:
            if side is Side.VULNERABLE:
                raise
            # A stub still says whether the package takes part; that the named version is not there stays a doubt.
            self.inert |= {Side.FIXED}
            self.against = Against.STUB_FOR_MISSING
            built = self.built[Side.VULNERABLE]
        return stubs.stub(self.cache, manifest, built) if side in self.inert else built

    def _install(self, manifest: Manifest, version: str) -> Built:
        pins = ((manifest.package_name, version), *manifest.requires)
        return packages.pypi(self.cache, pins) if manifest.package_type == "pypi" else packages.npm(self.cache, pins)

    def run(self, role: Side, side: Side, file: str | None, baseline: Baseline | None) -> tuple[Run, Baseline]:
        """Run once, for ``growth`` once for each size, and keep what was seen.

        Args:
            role: What the run is for: a side, or the control.
            side: Which build it runs on.
            file: See ``staging.prepare``.
            baseline: What the benign control did.
        """
        manifest = self.bundle.manifest
        curve: list[tuple[int, float]] = []
        sizes = manifest.sizes or (0,)
        for size in sizes:
            target = self.plain[side] if role is Side.PLAIN else self.built[side]
            with self.scene(side, file, baseline, size, curve, target=target) as scene:
                evidence = scene.evidence
                if size != sizes[-1] and evidence.killed_by is None:
                    continue
                if size and baseline is not None:
                    scene = self._told(scene, side, file, baseline)  # noqa: PLW2901 - the same run, more of its curve
                judgment = ORACLES[manifest.oracle].judge(manifest, scene)
                seen = Baseline(
                    cpu_s=evidence.cpu_s or 0.0,
                    memory_bytes=evidence.peak_memory_bytes or 0,
                    polluted=frozenset(scene.notes.polluted),
                    made=frozenset(made_files(scene)),
                    curve=scene.curve,
                )
                break  # what was ended at a limit went as far as it may
        self.runs.append(_run_of(role, evidence, judgment))
        return self.runs[-1], seen

    def _told(self, scene: Scene, side: Side, file: str | None, baseline: Baseline) -> Scene:
        """The scene with more points on its curve, where the sizes that the author chose say too little."""
        curve = scene.curve
        largest = manifests.PUMPED_MAX // max(len(self.bundle.manifest.pump.encode()), 1)
        for _ in range(costs.MORE_SIZES):
            size = costs.next_size(curve, baseline, largest)
            if size is None:
                break
            more: list[tuple[int, float]] = []
            with self.scene(side, file, baseline, size, more):
                curve = tuple(sorted((*curve, *more)))
        return replace(scene, curve=curve)

    def _bounds(self, baseline: Baseline | None) -> Bounds:
        manifest = self.bundle.manifest
        bounds = ORACLES[manifest.oracle].bounds(manifest)
        if baseline is None or manifest.oracle is not OracleKind.TIME_BUDGET:
            return bounds
        # On a busy machine the control costs more than it does alone: the run may go on until it is clearly more than that.
        cpu_s = max(bounds.cpu_s, TIMES_CONTROL * baseline.cpu_s + 0.1)
        return Bounds(wall_s=bounds.wall_s + (cpu_s - bounds.cpu_s) * PATIENCE, cpu_s=cpu_s)

    def _at_most(self, side: Side) -> RunLimits | None:
        if side is not Side.STUB:
            return self.at_most
        return BESIDE_A_STUB if self.at_most is None else self.at_most.within(BESIDE_A_STUB)

    @contextlib.contextmanager
    def scene(
        self,
        side: Side,
        file: str | None,
        baseline: Baseline | None,
        size: int,
        curve: list[tuple[int, float]],
        more_env: dict[str, str] | None = None,
        target: Built | None = None,
    ) -> Iterator[Scene]:
        """One run in the sandbox, and all there is to look at after it, until that is removed."""
        manifest = self.bundle.manifest
        staged = staging.prepare(self.scratch, self.bundle, file, size)
        try:
            command = staging.command(manifest, target or self.built[side], staged)
            with Watcher() as watcher:
                staging.watch(watcher, staged.stage)
                evidence = self.sandbox.run(
                    RunSpec(
                        argv=command.argv,
                        mounts=(*staged.mounts, *command.mounts),
                        env={**staged.env, **command.env, **(more_env or {})},
                        cwd=staged.cwd,
                        users=staged.users,
                        root=command.root,
                        seeks_leaks=manifest.oracle is OracleKind.LEAK,
                        limits=staging.limits(manifest, self._bounds(baseline), self._at_most(side)),
                        cancelled=self.cancelled,
                    )
                )
                witnessed = watcher.seen()
            if evidence.killed_by == "cancelled":
                raise Cancelled("The validation was cancelled.")
            if size:
                curve.append((size, evidence.cpu_s or 0.0))
            notes = launcher_notes.read(staged.stage.report)
            yield Scene(staged.stage, evidence, notes, witnessed, baseline, tuple(curve))
        finally:
            scratch.remove(staged.root)


def _baseline(seen: list[Baseline]) -> Baseline:
    """What controls did, on both sides together."""
    return Baseline(
        cpu_s=max(one.cpu_s for one in seen),
        memory_bytes=max(one.memory_bytes for one in seen),
        polluted=frozenset().union(*(one.polluted for one in seen)),
        made=frozenset().union(*(one.made for one in seen)),
        curve=max((one.curve for one in seen), key=lambda curve: curve[-1][1] if curve else 0.0),
    )


def _run_of(side: Side, evidence: Evidence, judgment: Judgment) -> Run:
    return Run(
        side=side,
        triggered=judgment.triggered,
        why=judgment.why,
        exit_code=evidence.exit_code,
        signal=evidence.signal,
        killed_by=evidence.killed_by,
        wall_s=round(evidence.wall_s, 3),
        cpu_s=None if evidence.cpu_s is None else round(evidence.cpu_s, 3),
        peak_memory_bytes=evidence.peak_memory_bytes,
        output=_printable(evidence.stdout[: PREVIEW * 2] + evidence.stderr[: PREVIEW * 2])[:PREVIEW],
        signature=judgment.signature,
        stack=judgment.stack,
        crash=judgment.crash,
        unseen=judgment.unseen,
    )


def _printable(data: bytes) -> str:
    text = data.decode("utf-8", errors="replace")
    return "".join(
        letter if letter.isprintable() or letter in "\n\t" else "\N{REPLACEMENT CHARACTER}" for letter in text
    )

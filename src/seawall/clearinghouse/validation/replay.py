"""Runs a proof and says what it does: ``validate`` is the one way in, for the service, the command and the tests.

    result = validate(Path("bundle.zip"), cache=Path("cache"))
    result.verdict      # Verdict.CONFIRMED
    result.summary      # a sentence for a maintainer

In this order: read the bundle; install or build both sides; run the benign control on both; run the proof
``runs`` times on each side, order mixed by ``seed``, every run in a fresh sandbox with fresh random values; judge.

An unreadable bundle or a target that does not exist is a verdict (``not_attempted``, ``errored``). What is missing on our
side raises ``Infrastructure`` and is no verdict at all.
"""

import random
import secrets
import shutil
import signal
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from seawall.clearinghouse.validation import notes as launcher_notes
from seawall.clearinghouse.validation import rules
from seawall.clearinghouse.validation.bundles import Bundle, open_bundle
from seawall.clearinghouse.validation.errors import BundleError, Cancelled, Infrastructure, TargetError
from seawall.clearinghouse.validation.oracles.interface import Judgment, Stage
from seawall.clearinghouse.validation.oracles.kinds import ORACLES
from seawall.clearinghouse.validation.sandboxes.choose import choose
from seawall.clearinghouse.validation.sandboxes.interface import Evidence, Mount, Provider, RunLimits, RunSpec
from seawall.clearinghouse.validation.targets import packages, source_tree
from seawall.clearinghouse.validation.targets.interface import Built
from seawall.clearinghouse.validation.types import Manifest, Run, Runtime, Side, ValidationResult, Verdict

RUNS = 3
"""Runs on each side."""
PREVIEW = 2_000
"""Characters of output and input kept for people."""
LAUNCHERS = Path(__file__).parent / "launchers"
SANITIZERS = {
    "ASAN_OPTIONS": "log_path=/report/asan:exitcode=86:detect_leaks=0:abort_on_error=0:handle_abort=1",
    "UBSAN_OPTIONS": "log_path=/report/ubsan:exitcode=86:halt_on_error=1:print_stacktrace=1",
}
_SANITIZER_MEMORY = 1024 * 2**20
"""AddressSanitizer's shadow and quarantine need more than a plain program."""

Progress = Callable[[int, int, str], None]


def validate(
    source: Path,
    *,
    cache: Path,
    sandbox: Provider | None = None,
    runs: int = RUNS,
    seed: int | None = None,
    progress: Progress = lambda _done, _total, _text: None,
    cancelled: Callable[[], bool] = lambda: False,
) -> ValidationResult:
    """Run a proof bundle and judge it.

    Args:
        source: Folder, ZIP or .tar.gz.
        cache: Folder for built targets; may be shared by workers.
        sandbox: Provider; by default the first that works here.
        runs: Runs on each side.
        seed: For the order of the runs; random by default, and kept in the result.
        progress: Told how many steps are done of how many, and what is next.
        cancelled: Asked between and during runs.

    Raises:
        Infrastructure: Something of ours failed; try again.
        SandboxUnavailable: No sandbox works here.
        Cancelled: ``cancelled`` said so.
    """
    chosen = sandbox or choose()
    number = secrets.randbits(32) if seed is None else seed
    with tempfile.TemporaryDirectory(prefix="seawall-proof-") as scratch:
        folder = Path(scratch)
        folder.chmod(0o755)
        try:
            bundle = open_bundle(source, folder / "bundle")
        except BundleError as error:
            return ValidationResult(Verdict.NOT_ATTEMPTED, f"The proof bundle cannot be used: {error}", (str(error),))
        replay = _Replay(bundle, cache, chosen, folder, number, runs, progress, cancelled)
        try:
            return replay.result()
        except (TargetError, BundleError) as error:
            return ValidationResult(
                Verdict.ERRORED,
                f"The target could not be built: {error}",
                (str(error),),
                bundle_digest=bundle.digest,
                sandbox=chosen.name,
            )


@dataclass
class _Replay:
    """One validation under way."""

    bundle: Bundle
    cache: Path
    sandbox: Provider
    scratch: Path
    seed: int
    wanted: int
    progress: Progress
    cancelled: Callable[[], bool]

    def result(self) -> ValidationResult:
        """Build, run, judge."""
        manifest = self.bundle.manifest
        has_fixed = manifest.fixed_tree is not None if manifest.vulnerable_tree else manifest.fixed is not None
        sides = [Side.VULNERABLE, *([Side.FIXED] if has_fixed else [])]
        total = len(sides) * (1 + (1 if manifest.control else 0) + self.wanted)
        done = 0
        built: dict[Side, Built] = {}
        for side in sides:
            version = manifest.vulnerable if side is Side.VULNERABLE else manifest.fixed
            self._go_on(done, total, f"installing {manifest.package_name} {version}")
            built[side] = self._build(side)
            done += 1
        runs: list[Run] = []
        control_s: float | None = None
        if manifest.control:
            for side in sides:
                self._go_on(done, total, "benign control")
                run = self._run(Side.CONTROL, built[side], manifest.control, None)
                runs.append(run)
                done += 1
                if run.triggered or run.exit_code != 0:
                    what = "does what only the proof should do" if run.triggered else "does not end well"
                    return self._finish(
                        Verdict.INCONCLUSIVE,
                        f"The benign control {what}, so the proof shows nothing about its input.",
                        (run.why, _ending(run)),
                        runs,
                        built,
                    )
                control_s = max(control_s or 0.0, run.wall_s)
        order = [side for side in sides for _ in range(self.wanted)]
        random.Random(self.seed).shuffle(order)  # noqa: S311 - the order of runs, not a secret
        for side in order:
            self._go_on(done, total, f"running on the {side.value} side")
            runs.append(self._run(side, built[side], manifest.input, control_s))
            done += 1
        verdict, summary, reasons = rules.judge(manifest, runs, self.wanted)
        if manifest.control is None:
            reasons = (*reasons, "The bundle has no benign control.")
        self.progress(total, total, verdict.value)
        return self._finish(verdict, summary, reasons, runs, built)

    def _go_on(self, done: int, total: int, text: str) -> None:
        if self.cancelled():
            raise Cancelled("The validation was cancelled.")
        self.progress(done, total, text)

    def _finish(
        self, verdict: Verdict, summary: str, reasons: tuple[str, ...], runs: list[Run], built: dict[Side, Built]
    ) -> ValidationResult:
        manifest = self.bundle.manifest
        preview = (self.bundle.folder / manifest.input).read_bytes()[: PREVIEW * 2]
        return ValidationResult(
            verdict=verdict,
            summary=summary,
            reasons=reasons,
            runs=tuple(runs),
            signature=rules.shared_signature(runs) if verdict is Verdict.CONFIRMED else None,
            bundle_digest=self.bundle.digest,
            target={
                "package": manifest.package,
                "vulnerable": {"version": manifest.vulnerable, **built[Side.VULNERABLE].facts},
                **({"fixed": {"version": manifest.fixed, **built[Side.FIXED].facts}} if Side.FIXED in built else {}),
            },
            oracle=manifest.oracle.value,
            failure=manifest.failure.value,
            sandbox=self.sandbox.name,
            input_preview=_printable(preview),
            seed=self.seed,
        )

    def _build(self, side: Side) -> Built:
        manifest = self.bundle.manifest
        if manifest.vulnerable_tree is not None:
            tree = manifest.vulnerable_tree if side is Side.VULNERABLE else manifest.fixed_tree
            return source_tree.build(self.cache, self.sandbox, self.bundle, tree or "")
        version = manifest.vulnerable if side is Side.VULNERABLE else manifest.fixed
        pins = ((manifest.package_name, version or ""), *manifest.requires)
        return packages.pypi(self.cache, pins) if manifest.package_type == "pypi" else packages.npm(self.cache, pins)

    def _run(self, side: Side, built: Built, input_name: str, control_s: float | None) -> Run:
        manifest = self.bundle.manifest
        oracle = ORACLES[manifest.oracle]
        stage, rendered = self._stage(input_name)
        try:
            limit = RunLimits(
                wall_s=oracle.wall_s(manifest),
                memory_bytes=_SANITIZER_MEMORY if manifest.runtime is Runtime.NATIVE else RunLimits.memory_bytes,
            )
            evidence = self.sandbox.run(self._spec(stage, rendered, built, limit))
            if evidence.killed_by == "cancelled":
                raise Cancelled("The validation was cancelled.")
            judgment = oracle.judge(manifest, stage, evidence, launcher_notes.read(stage.report), control_s)
        finally:
            shutil.rmtree(stage.work.parent, ignore_errors=True)
        return _run_of(side, evidence, judgment)

    def _stage(self, input_name: str) -> tuple[Stage, Path]:
        """Fresh folders and random values for one run, and the rendered input."""
        root = Path(tempfile.mkdtemp(prefix="run-", dir=self.scratch))
        root.chmod(0o755)
        for name in ("work", "canary", "secret", "report", "input"):
            (root / name).mkdir(mode=0o755)
        stage = Stage(
            work=root / "work",
            canary_folder=root / "canary",
            secret_folder=root / "secret",
            report=root / "report",
            canary_name=secrets.token_hex(8),
            token=f"canary{secrets.token_hex(12)}",
            secret=secrets.token_hex(24),
        )
        (stage.secret_folder / stage.canary_name).write_text(stage.secret, encoding="ascii")
        content = (self.bundle.folder / input_name).read_bytes()
        for placeholder, value in stage.values().items():
            content = content.replace(placeholder, value)
        rendered = root / "input" / Path(input_name).name
        rendered.write_bytes(content)
        rendered.chmod(0o644)
        return stage, rendered

    def _spec(self, stage: Stage, rendered: Path, built: Built, limits: RunLimits) -> RunSpec:
        manifest = self.bundle.manifest
        inside = f"/input/{rendered.name}"
        mounts = [
            Mount(self.bundle.folder, "/proof"),
            Mount(rendered.parent, "/input"),
            Mount(stage.secret_folder, "/secret"),
            Mount(LAUNCHERS, "/seawall"),
            Mount(stage.work, "/work", writable=True),
            Mount(stage.canary_folder, "/canary", writable=True),
            Mount(stage.report, "/report", writable=True),
        ]
        env: dict[str, str] = {}
        if manifest.runtime is Runtime.PYTHON:
            program, more = _python()
            mounts += [*more, *built.mounts("/target")]
            env = {"PYTHONPATH": "/target", "PYTHONDONTWRITEBYTECODE": "1"}
            if manifest.oracle.value == "time-budget":
                env["SEAWALL_DUMP_AFTER"] = str(manifest.budget_s)
            argv = (program, "-S", "-s", "/seawall/launch.py", f"/proof/{manifest.driver}", inside)
        elif manifest.runtime is Runtime.NODE:
            program, more = _node()
            mounts += [*more, Mount(built.folder / "tree" / "node_modules", "/node_modules")]
            argv = (program, "/seawall/launch.js", f"/proof/{manifest.driver}", inside)
        else:
            mounts += built.mounts("/target")
            env = dict(SANITIZERS)
            argv = ("/target/program", inside)
        return RunSpec(argv=argv, mounts=tuple(mounts), env=env, limits=limits, cancelled=self.cancelled)


def _python() -> tuple[str, tuple[Mount, ...]]:
    """This interpreter inside the sandbox: at its place under /usr, or mounted at a neutral one."""
    name = f"python{sys.version_info.major}.{sys.version_info.minor}"
    prefix = Path(sys.base_prefix).resolve()
    if prefix == Path("/usr"):
        return f"/usr/bin/{name}", ()
    return f"/opt/python/bin/{name}", (Mount(prefix, "/opt/python"),)


def _node() -> tuple[str, tuple[Mount, ...]]:
    found = shutil.which("node")
    if found is None:
        raise Infrastructure("node is not installed.", "apt-get install nodejs npm")
    real = Path(found).resolve()
    if real.is_relative_to("/usr/bin"):
        return str(real), ()
    return "/opt/node/node", (Mount(real.parent, "/opt/node"),)


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
        output=_printable((evidence.stdout + evidence.stderr)[: PREVIEW * 2]),
        signature=judgment.signature,
        stack=judgment.stack,
    )


def _printable(data: bytes) -> str:
    text = data.decode("utf-8", errors="replace")[:PREVIEW]
    return "".join(
        letter if letter.isprintable() or letter in "\n\t" else "\N{REPLACEMENT CHARACTER}" for letter in text
    )


def _ending(run: Run) -> str:
    if run.killed_by:
        return f"It was ended at its {run.killed_by} limit."
    if run.signal:
        return f"It was ended by {signal.Signals[run.signal].name}."
    return f"It ended with exit code {run.exit_code}."

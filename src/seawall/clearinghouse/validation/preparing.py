"""A proof made ready for single runs: with changed content, on a patched build, on another version of its package.

``prepared`` serves minimizing and the judgment of patches, ``attempt`` the search for affected versions.
"""

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from seawall.clearinghouse.validation import manifests, scratch
from seawall.clearinghouse.validation.bundles import Bundle, open_bundle
from seawall.clearinghouse.validation.errors import BundleError, Cancelled
from seawall.clearinghouse.validation.oracles.interface import Baseline, Scene
from seawall.clearinghouse.validation.runs import Replay, never, tell_nobody
from seawall.clearinghouse.validation.sandboxes import cgroups
from seawall.clearinghouse.validation.sandboxes.choose import choose
from seawall.clearinghouse.validation.sandboxes.interface import Provider, RunLimits
from seawall.clearinghouse.validation.targets.interface import Built
from seawall.clearinghouse.validation.types import Against, Manifest, Run, Side


@dataclass
class Prepared:
    """A proof whose sides are built and whose controls have passed, for single runs with changed content."""

    bundle: Bundle
    sides: tuple[Side, ...]
    """Those that are held against each other; without a fixed one there is only the flawed."""
    file: str
    """The attack's path in the bundle: the input, or the driver where it is alone."""
    replay: Replay
    baseline: Baseline | None

    def run(self, side: Side, content: bytes) -> Run:
        """Run once with other content in place of the attack, in a fresh sandbox, judged as always.

        Raises:
            Infrastructure: Something of ours failed; try again.
            Cancelled: The caller of ``prepared`` said so.
        """
        if self.replay.cancelled():
            raise Cancelled("The validation was cancelled.")
        (self.bundle.folder / self.file).write_bytes(content)
        run, _ = self.replay.run(side, side, self.file, self.baseline)
        self.replay.runs.clear()
        return run

    def add(self, side: Side, built: Built) -> None:
        """One more side, such as the flawed version with a patch applied."""
        self.replay.built[side] = built

    def control(self, side: Side) -> Run | None:
        """Run the benign control once on a side; None where there is none."""
        manifest = self.bundle.manifest
        if manifest.control is None and not manifest.alone:
            return None
        run, _ = self.replay.run(Side.CONTROL, side, manifest.control, None)
        self.replay.runs.clear()
        return run

    @property
    def has_fix(self) -> bool:
        """Whether the fixed side is a fixed version, and no stub in place of one."""
        return Side.FIXED in self.sides and self.replay.against is Against.FIXED

    @contextlib.contextmanager
    def look(self, side: Side, file: str, content: bytes, env: dict[str, str] | None = None) -> Iterator[Scene]:
        """Run once with other content in a file of the bundle, and see all there is to see of that run.

        Args:
            side: Which build it runs on.
            file: The input, the control or the driver.
            content: What stands in its place.
            env: More for the run's environment.
        """
        if self.replay.cancelled():
            raise Cancelled("The validation was cancelled.")
        size = self.bundle.manifest.sizes[0] if self.bundle.manifest.sizes else 0
        place = self.bundle.folder / file
        before = place.read_bytes()
        place.write_bytes(content)
        try:
            with self.replay.scene(side, file, self.baseline, size, [], env) as scene:
                yield scene
        finally:
            place.write_bytes(before)


@contextlib.contextmanager
def prepared(
    source: Path,
    *,
    cache: Path,
    sandbox: Provider | None = None,
    vulnerable: str | None = None,
    fixed: str | None = None,
    recipe: Manifest | None = None,
    at_most: RunLimits | None = None,
    cancelled: Callable[[], bool] = never,
) -> Iterator[Prepared]:
    """Build a proof's sides and run its controls, then run its attack as often as wanted, changed as wanted.

    ``vulnerable`` and ``fixed`` are versions in place of the manifest's; ``recipe`` is the manifest of another proof of the
    package, to compile it the way that one does.

    Raises:
        BundleError: The bundle cannot be used, or its controls misbehave.
        TargetError: A side cannot be built.
        Infrastructure: Something of ours failed; try again.
        SandboxUnavailable: No sandbox works here.
        Cancelled: ``cancelled`` said so.
    """
    chosen = sandbox or choose(cache)
    scratch.sweep()
    cgroups.sweep()
    with scratch.folder() as folder:
        bundle = open_bundle(source, folder / "bundle")
        manifest = manifests.with_versions(bundle.manifest, vulnerable=vulnerable, fixed=fixed)
        manifest = manifest if recipe is None else manifests.compiled_as(manifest, recipe)
        bundle = replace(bundle, manifest=manifest)
        replay = Replay(bundle, cache, chosen, folder, 1, 0, at_most, frozenset(), tell_nobody, cancelled)
        sides = replay.sides()
        baseline, refused = replay.ready(sides, 0)
        if refused is not None:
            raise BundleError(refused[1], "See what `seawall validate` says of it.")
        replay.runs.clear()
        file = bundle.manifest.input or bundle.manifest.driver
        yield Prepared(bundle, tuple(sides), file, replay, baseline)


@dataclass(frozen=True)
class Attempt:
    """What a proof did on one version of its package, with nothing to hold it against."""

    runs: tuple[Run, ...]
    """The benign control's first, then the proof's."""
    refused: str = ""
    """Why the proof was not run: what the control did. Empty where it was."""


def attempt(
    bundle: Bundle,
    version: str,
    runs: int,
    *,
    cache: Path,
    sandbox: Provider,
    built: Built | None = None,
    at_most: RunLimits | None = None,
    cancelled: Callable[[], bool] = never,
) -> Attempt:
    """Install one version, or take it as it is built, run the benign control on it and, where that is quiet, the proof.

    Raises:
        BundleError: Not an exact version, or the bundle brings its own source trees.
        TargetError: The version cannot be installed.
        Infrastructure: Something of ours failed; try again.
        Cancelled: ``cancelled`` said so.
    """
    manifest = manifests.with_versions(bundle.manifest, vulnerable=version, fixed=None)
    with scratch.folder() as folder:
        one = replace(bundle, manifest=manifest)
        replay = Replay(one, cache, sandbox, folder, runs, 0, at_most, frozenset(), tell_nobody, cancelled)
        replay.built = {Side.VULNERABLE: built} if built else {}
        baseline, refused = replay.ready([Side.VULNERABLE], 0)
        for _ in range(0 if refused else runs):
            replay.run(Side.VULNERABLE, Side.VULNERABLE, manifest.input or manifest.driver, baseline)
        return Attempt(tuple(replay.runs), refused[1] if refused else "")

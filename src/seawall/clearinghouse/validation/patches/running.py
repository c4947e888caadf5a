"""Runs proofs and controls on the flawed and on the patched side; says what came of it in a few words."""

import shutil
from dataclasses import dataclass

from seawall.clearinghouse.validation.patches import building, placing
from seawall.clearinghouse.validation.patches.building import PatchedBuild
from seawall.clearinghouse.validation.patches.placing import Layout
from seawall.clearinghouse.validation.patches.types import Applied, FileChange
from seawall.clearinghouse.validation.preparing import Prepared
from seawall.clearinghouse.validation.rules import ending
from seawall.clearinghouse.validation.types import Manifest, OracleKind, Run, Runtime, Side

_COSTS = frozenset({OracleKind.TIME_BUDGET, OracleKind.MEMORY_BUDGET, OracleKind.GROWTH})
_CRASHES = frozenset({"SIGSEGV", "SIGBUS", "SIGFPE", "SIGILL", "SIGABRT", "SIGTRAP", "SIGKILL"})


@dataclass(frozen=True)
class Tried:
    """What a content did on one side, run several times."""

    hits: int
    of: int
    last: Run
    odd: str = ""
    """Why the side's silence is none: it hung, crashed, or took the effect back. Empty where it is."""

    @property
    def always(self) -> bool:
        """Whether it triggered every time."""
        return self.hits == self.of

    @property
    def silent(self) -> bool:
        """Whether it never triggered, and the runs ended as those of a program that refuses an input end."""
        return self.hits == 0 and not self.odd


def apply(prepared: Prepared, changes: tuple[FileChange, ...]) -> tuple[Layout, Applied]:
    """Apply a patch to a prepared proof's flawed side, in memory.

    Raises:
        PatchRefused: It does not apply.
    """
    where = placing.layout(prepared.bundle, prepared.replay.built[Side.VULNERABLE])
    return where, placing.apply(changes, where)


def build(
    prepared: Prepared,
    where: Layout,
    applied: Applied,
    name: str = "patched",
    *,
    flavors: bool = True,
    checked: bool = True,
) -> PatchedBuild:
    """Build the flawed side with changed files, and add it as the patched side.

    Args:
        prepared: The proof.
        where: The target's files.
        applied: What is changed.
        name: Of the folder that it is built in, below ``prepared.replay.scratch``; everything of it is there.
        flavors: Whether a tree is compiled in every other way too.
        checked: Whether changed files of a package are read by its language first.

    Raises:
        PatchDoesNotBuild: It does not build.
        Infrastructure: Something of ours is missing.
    """
    replay = prepared.replay
    done = building.patched(
        prepared.bundle,
        replay.built[Side.VULNERABLE],
        where,
        applied,
        replay.scratch / name,
        replay.sandbox,
        flavors=flavors,
        checked=checked,
    )
    prepared.add(Side.PATCHED, done.built)
    return done


def apply_and_build(
    prepared: Prepared, changes: tuple[FileChange, ...], name: str = "patched", *, checked: bool = True
) -> tuple[Applied, PatchedBuild]:
    """Both of the above, in the one way that the proof asks for.

    Raises:
        PatchRefused: It does not apply.
        PatchDoesNotBuild: It does not build.
        Infrastructure: Something of ours is missing.
    """
    where, applied = apply(prepared, changes)
    return applied, build(prepared, where, applied, name, flavors=False, checked=checked)


def lend(prepared: Prepared, name: str) -> None:
    """Give a patched build the packages that only the fixed side has: a release may ask for more, and its own code is what is looked at.

    Args:
        prepared: The proof.
        name: Of the folder that it was built in.
    """
    runtime = prepared.bundle.manifest.runtime
    if runtime is Runtime.NATIVE or Side.FIXED not in prepared.replay.built:
        return
    below = "tree/node_modules" if runtime is Runtime.NODE else "tree"
    theirs, ours = prepared.replay.built[Side.FIXED].folder / below, prepared.replay.scratch / name / below
    scopes = [one for one in theirs.glob("@*") if runtime is Runtime.NODE]
    for there in (*theirs.iterdir(), *(one for scope in scopes for one in scope.iterdir())):
        here = ours / there.relative_to(theirs)
        if there.is_dir() and not there.is_symlink() and not here.exists():
            shutil.copytree(there, here, symlinks=True, copy_function=building.link)


def tried(prepared: Prepared, side: Side, content: bytes, runs: int) -> Tried:
    """Run an attack several times on a side; stops at the first that is against it."""
    seen: list[Run] = []
    for _ in range(runs):
        seen.append(prepared.run(side, content))
        if side is Side.PATCHED and (seen[-1].triggered or _odd(seen[-1], prepared.bundle.manifest)):
            break
    hits = sum(run.triggered for run in seen)
    odd = next((word for run in seen if (word := _odd(run, prepared.bundle.manifest))), "")
    if side is Side.PATCHED and not hits and not odd and _took_back(prepared, content):
        odd = "The effect was there and was taken back before the end."
    return Tried(hits, len(seen), seen[-1], odd)


def control_passes(prepared: Prepared, side: Side) -> str:
    """Why the benign control does not pass on a side; empty where it does, or where there is none."""
    run = prepared.control(side)
    if run is None:
        return ""
    if run.triggered:
        return f"The benign control triggers: {run.why}"
    manifest = prepared.bundle.manifest
    if manifest.control is None:
        # Loading alone: it may fail, as long as it does so on the flawed side too.
        before = prepared.control(Side.VULNERABLE)
        same = before is not None and (before.exit_code, before.signal) == (run.exit_code, run.signal)
        return "" if same else f"Loading the package ends otherwise than before: {ending(run)}"
    return (
        "" if run.exit_code == 0 else f"The benign control does not end well: {ending(run)} {run.output[-200:]}".strip()
    )


def _odd(run: Run, manifest: Manifest) -> str:
    """A silence that says nothing good: the patched program hangs or falls over the input instead."""
    if run.triggered:
        return ""
    if run.unseen:
        return f"{run.why} {ending(run)}"
    if run.killed_by is not None and manifest.oracle not in _COSTS:
        return f"It hangs or eats too much instead: {ending(run)}"
    crashed = run.signal in _CRASHES or (manifest.runtime is Runtime.NATIVE and (run.exit_code or 0) == _SANITIZED)
    return f"It crashes instead: {ending(run)}" if crashed else ""


_SANITIZED = 86
"""What a sanitizer ends a program with, whatever else the oracle looks for."""


def _took_back(prepared: Prepared, content: bytes) -> bool:
    """Whether the harness's canary was made and is gone: the kernel has told us of its making."""
    if prepared.bundle.manifest.oracle not in {OracleKind.CANARY_WRITTEN, OracleKind.CODE_EVALUATED}:
        return False
    with prepared.look(Side.PATCHED, prepared.file, content) as scene:
        return scene.stage.canary_inside in scene.witnessed.made

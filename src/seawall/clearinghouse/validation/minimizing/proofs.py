"""Minimizes the attack of a proof bundle with the harness's own runs.

    found = minimize(Path("my-proof"), cache=Path("cache"))
    write(Path("my-proof"), found, Path("smaller"))

What is kept: the oracle triggers on the flawed side with the same signature (kind and innermost functions), twice, and
does not trigger on the fixed side. A bundle's driver is never touched, since an honest driver is what makes the verdict
about the package; only where the driver alone is the attack is it the script that shrinks.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from seawall.clearinghouse.validation import archives, preparing
from seawall.clearinghouse.validation.errors import BundleError
from seawall.clearinghouse.validation.minimizing.shrink import INPUT, SCRIPT, Memory, shrink
from seawall.clearinghouse.validation.minimizing.types import Budget, Minimized, NothingToMinimize, Progress
from seawall.clearinghouse.validation.sandboxes.interface import Provider, RunLimits
from seawall.clearinghouse.validation.types import Run, Side

CONFIRMATIONS = 2
"""Runs on the flawed side that a candidate must pass; a flaky one would shrink to chance."""


@dataclass(frozen=True)
class MinimizedProof:
    """A bundle's attack, made small."""

    file: str
    """Path in the bundle."""
    what: str
    """``input`` or ``script``."""
    result: Minimized
    signature: str | None
    """What was kept; None where the oracle has none, and only its effect was."""
    sandbox_runs: int
    """Runs in the sandbox; a candidate that holds takes three."""

    @property
    def summary(self) -> str:
        """A sentence for people."""
        kept = f"the signature {self.signature}" if self.signature else "the effect; this oracle has no signature"
        end = (
            "nothing more can be taken away"
            if self.result.complete
            else "the budget ran out, so it may get smaller yet"
        )
        return (
            f"The {self.what} went from {self.result.before} to {len(self.result.content)} bytes "
            f"in {self.result.runs} candidates and {self.result.seconds:.0f} s, keeping {kept}; {end}."
        )


@dataclass
class _Oracle:
    """Whether a candidate does what the whole did."""

    prepared: preparing.Prepared
    reference: Run
    runs: int = 0

    def __call__(self, candidate: bytes) -> bool:
        for _ in range(CONFIRMATIONS):
            self.runs += 1
            if not same(self.prepared.run(Side.VULNERABLE, candidate), self.reference):
                return False
        if Side.FIXED not in self.prepared.sides:
            return True
        self.runs += 1
        return not self.prepared.run(Side.FIXED, candidate).triggered


def same(run: Run, reference: Run) -> bool:
    """Whether two runs show the same failure: both triggered, in the same functions, ended in the same way."""
    return (
        run.triggered
        and reference.triggered
        and run.signature == reference.signature
        and run.killed_by == reference.killed_by
        and (run.signature is not None or run.stack[:3] == reference.stack[:3])
    )


def minimize(
    source: Path,
    *,
    cache: Path,
    sandbox: Provider | None = None,
    budget: Budget | None = None,
    at_most: RunLimits | None = None,
    progress: Progress = lambda _now, _before, _what: None,
    cancelled: Callable[[], bool] = lambda: False,
) -> MinimizedProof:
    """Make a proof's attack as small as it gets.

    What was asked is kept in the cache folder under the bundle's digest, so that a minimization that was cut off goes on
    where it was.

    Args:
        source: Folder, ZIP or .tar.gz.
        cache: Folder for built targets and for answers.
        sandbox: As in ``replay.validate``.
        budget: Candidates and seconds.
        at_most: As in ``replay.validate``.
        progress: Told of each candidate.
        cancelled: Asked before and during runs.

    Raises:
        BundleError: The bundle cannot be used, or its controls misbehave.
        TargetError: A side cannot be built.
        NothingToMinimize: The attack does not trigger, or not the same way each time.
        Infrastructure: Something of ours failed; try again.
        SandboxUnavailable: No sandbox works here.
        Cancelled: ``cancelled`` said so.
    """
    with preparing.prepared(source, cache=cache, sandbox=sandbox, at_most=at_most, cancelled=cancelled) as prepared:
        content = (prepared.bundle.folder / prepared.file).read_bytes()
        reference = prepared.run(Side.VULNERABLE, content)
        if not reference.triggered:
            raise NothingToMinimize(f"The proof does not trigger, so there is nothing to keep. {reference.why}")
        oracle = _Oracle(prepared, reference)
        alone = prepared.bundle.manifest.alone
        answers = cache / "minimizing"
        answers.mkdir(mode=0o700, parents=True, exist_ok=True)
        memory = Memory(answers / f"{prepared.bundle.digest.removeprefix('sha256:')}.answers")
        result = shrink(content, oracle, SCRIPT if alone else INPUT, budget=budget, memory=memory, progress=progress)
        return MinimizedProof(
            file=prepared.file,
            what="script" if alone else "input",
            result=result,
            signature=reference.signature,
            sandbox_runs=oracle.runs + 1,
        )


def write(source: Path, found: MinimizedProof, into: Path) -> None:
    """Write a copy of a bundle with its minimized attack.

    Args:
        source: The bundle that was minimized.
        found: What came of it.
        into: Folder that does not exist yet.

    Raises:
        BundleError: ``into`` is there already.
    """
    members = archives.read_folder(source) if source.is_dir() else archives.read(source.name, source.read_bytes())
    try:
        into.mkdir(parents=True)
    except FileExistsError as error:
        raise BundleError(f"{into} is there already.", "Name a folder that is not there yet.") from error
    for name, content in {**members, found.file: found.result.content}.items():
        path = into / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)

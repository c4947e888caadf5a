"""The run decides: does the fix of one flaw stop the proof of the other, and the other way round? No Django.

    tried = try_pair(Path("proof-of-A"), Path("proof-of-B"), cache=cache)
    tried.zone      # Zone.SAME, Zone.DIFFERENT, or Zone.ASK where the runs do not settle it

The fix of each is taken out of its release first (``validation.patches.isolating``): that 1.2 stops both proofs says only
that both were fixed in 1.2. Same root cause *and* same fix is what the field calls one flaw; a fix that leaves the other proof
working keeps the two apart, also where it was merely incomplete.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from seawall.clearinghouse.deduplication.types import Zone
from seawall.clearinghouse.validation.patches import judging
from seawall.clearinghouse.validation.patches.isolating import Isolated, isolate
from seawall.clearinghouse.validation.sandboxes.interface import Provider

DIFF_SHOWN = 4_000
"""Characters of a fix kept for people."""


@dataclass(frozen=True)
class Direction:
    """One fix against the other's proof."""

    answer: bool | None
    """Whether the fix stops the proof; None where it cannot be told."""
    why: str
    alone: bool
    """Whether nothing but the fix of that one flaw was in the build."""
    diff: str = ""


@dataclass(frozen=True)
class Tried:
    """What the runs of a pair say."""

    zone: Zone
    sentence: str
    forward: Direction
    """The fix of the first against the proof of the second."""
    backward: Direction

    def to_json(self) -> dict[str, Any]:
        """As kept beside the suggestion."""
        return {
            "zone": self.zone.value,
            "sentence": self.sentence,
            **{
                name: {"answer": one.answer, "why": one.why, "alone": one.alone, "diff": one.diff}
                for name, one in (("forward", self.forward), ("backward", self.backward))
            },
        }


def try_pair(
    first: Path,
    second: Path,
    *,
    cache: Path,
    sandbox: Provider | None = None,
    cancelled: Callable[[], bool] = lambda: False,
) -> Tried:
    """Take the fix of each proof out of its release and hold it against the other proof.

    Args:
        first: A proof: folder, ZIP or .tar.gz.
        second: The other.
        cache: Folder for built targets.
        sandbox: As in ``replay.validate``.
        cancelled: Asked between and during runs.

    Raises:
        Infrastructure: Something of ours failed; try again.
        SandboxUnavailable: No sandbox works here.
        Cancelled: ``cancelled`` said so.
    """

    def against(fix: Isolated, proof: Path) -> Direction:
        if fix.diff is None:
            return Direction(None, f"Its fix could not be told from the rest of the release: {fix.why}", alone=False)
        stopped = judging.stopping(
            judging.Patch(fix.diff), proof, cache=cache, onto=fix.version, sandbox=sandbox, cancelled=cancelled
        )
        shown = fix.diff.decode("utf-8", "replace")[:DIFF_SHOWN]
        return Direction(stopped.answer, stopped.why, alone=fix.minimal, diff=shown)

    fixes = [isolate(proof, cache=cache, sandbox=sandbox, cancelled=cancelled) for proof in (first, second)]
    forward = against(fixes[0], second)
    backward = against(fixes[1], first)
    zone, sentence = decided(forward, backward)
    return Tried(zone, sentence, forward, backward)


def decided(forward: Direction, backward: Direction) -> tuple[Zone, str]:
    """What two answers say together."""
    answers = (forward.answer, backward.answer)
    if answers == (False, False):
        return Zone.DIFFERENT, "Neither fix stops the other proof: two flaws."
    if False in answers:
        return Zone.DIFFERENT, "One of the two fixes leaves the other proof working, so one fix does not end both."
    if answers == (True, True):
        if forward.alone and backward.alone:
            return Zone.SAME, "Each fix alone stops the other proof as well: one root cause, and one fix ends both."
        return Zone.ASK, "Each fix stops the other proof, but more than the fix may have been in the build."
    return Zone.ASK, "The runs do not settle it."

"""Why are two reports not one case, what would decide it, and what a finder may be told. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any

from seawall.clearinghouse.deduplication.signals.frames import folded
from seawall.clearinghouse.deduplication.signals.sites import base
from seawall.clearinghouse.deduplication.types import Comparison, Finding, Site, Zone

FRAMES_SHOWN = 10
HOW_LINKS = (
    "Reports are linked by themselves only where the harness saw the same signature in the same lines of the same package, "
    "or where runs show that one fix ends both proofs; a person decides the rest. Nothing that is written links."
)
UNDER_EMBARGO = (
    "Whether a report of somebody else is like yours is told to nobody who may not read both. Should a run or a person "
    "find that it is one flaw, you are told, and your credit is kept."
)


@dataclass(frozen=True)
class StackRow:
    """One line of two stacks side by side."""

    left: str
    """Function with file and line; empty where this stack has nothing here."""
    right: str
    same: bool
    """Whether both are the same function."""
    same_line: bool
    """Whether they also stand in the same line, and one is known."""


def aligned(left: Finding, right: Finding) -> tuple[StackRow, ...]:
    """The innermost functions of both stacks, noise left out and recursions folded, equal ones beside each other."""
    ours, theirs = folded(left.stack)[:FRAMES_SHOWN], folded(right.stack)[:FRAMES_SHOWN]
    matcher = SequenceMatcher(None, [name for name, _ in ours], [name for name, _ in theirs], autojunk=False)
    rows: list[StackRow] = []
    for tag, start, end, from_, to in matcher.get_opcodes():
        for at in range(max(end - start, to - from_)):
            one = ours[start + at] if start + at < end else None
            other = theirs[from_ + at] if from_ + at < to else None
            same = tag == "equal"
            known = one is not None and other is not None and one[1].line is not None
            line = same and known and _spot(one) == _spot(other)
            rows.append(StackRow(_shown(one), _shown(other), same, line))
    return tuple(rows)


def missing(left: Finding, right: Finding, said: Comparison, tried: Mapping[str, Any]) -> tuple[str, ...]:
    """What would decide about two findings that are not one case, a sentence each.

    Args:
        left: Of this case.
        right: Of the other.
        said: Their comparison.
        tried: What the runs of the pair said; empty where they have not answered.
    """
    found: list[str] = []
    if left.package != right.package and not {left.package, *left.package_aliases} & {
        right.package,
        *right.package_aliases,
    }:
        found.append(
            "That both packages come from one repository: a coordinator can confirm it where targets are weighed."
        )
    for name, one in (("this case's", left), ("the other's", right)):
        if not one.signature:
            found.append(f"A signature: {name} proof left none while it ran.")
        elif one.stack and all(site.line is None for site in one.stack):
            found.append(f"Lines: {name} stack has none, and two flaws of one function differ in nothing else.")
        if not one.stopped_in:
            found.append(f"A fix to hold against the other proof: {name} proof was run on no version that has one.")
    if not tried:
        found.append("The runs: the fix of each against the proof of the other. They have not answered.")
    else:
        for side in ("forward", "backward"):
            one_side = tried.get(side) or {}
            if one_side.get("answer") is None and one_side.get("why"):
                found.append(f"A fix that can be told from its release: {one_side['why']}")
    if said.zone is Zone.SAME:
        found.append("A decision: the keys are equal, but something holds the two apart.")
    return tuple(dict.fromkeys(found))


def own_facts(finding: Finding) -> tuple[str, ...]:
    """Why nothing links a report by itself, as far as its own proof says."""
    if not finding.signature:
        return ("Your proof left no signature while it ran, so nothing can link it by itself.",)
    if finding.stack and all(site.line is None for site in finding.stack):
        return ("The harness knows the functions of your proof's stack, but not their lines.",)
    return ()


def _shown(frame: tuple[str, Site] | None) -> str:
    if frame is None:
        return ""
    name, site = frame
    place = f" {base(site.file)}" if site.file else ""
    return f"{name[:120]}{place}{f':{site.line}' if site.line is not None else ''}"


def _spot(frame: tuple[str, Site] | None) -> tuple[str, int | None] | None:
    return (base(frame[1].file), frame[1].line) if frame else None

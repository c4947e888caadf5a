"""Lines of the crashing stacks: the same calls in the same lines, or the same with a drift. Pure.

Two flaws in one function, or reached through one helper, have equal functions and differ in their lines. Between two
versions of a file its lines drift together, so one shift that is common to all frames of a file is forgiven.

    value = agreeing frames / frames of the innermost DEPTH that both know; a drifting frame counts DRIFT
"""

from seawall.clearinghouse.deduplication.signals.frames import folded
from seawall.clearinghouse.deduplication.types import NOTHING, Finding, Measure, Site

DEPTH = 5
"""Innermost frames whose lines are compared."""
DRIFT = 0.7
SHIFT_MAX = 400
"""Lines by which a file may have drifted."""


def measure(left: Finding, right: Finding) -> Measure:
    """How many of the innermost calls stand in the same lines."""
    ours, theirs = folded(left.stack)[:DEPTH], folded(right.stack)[:DEPTH]
    pairs = [
        (base(one[1].file), one[1].line, other[1].line)
        for one, other in zip(ours, theirs, strict=False)
        if one[1].line is not None and other[1].line is not None
        if one[0] == other[0] and base(one[1].file) == base(other[1].file)
    ]
    known = min(sum(1 for _, site in stack if site.line is not None) for stack in (ours, theirs))
    if not known:
        return NOTHING
    equal = sum(1 for _, line, other in pairs if line == other)
    drifted = 0
    for file in {file for file, _, _ in pairs}:
        shifts = {(other or 0) - (line or 0) for one, line, other in pairs if one == file}
        count = sum(1 for one, _, _ in pairs if one == file)
        if len(shifts) == 1 and count > 1 and 0 < abs(next(iter(shifts))) <= SHIFT_MAX:
            drifted += count
    value = min(1.0, (equal + DRIFT * drifted) / known)
    moved = f", {drifted} more drifted together" if drifted else ""
    return Measure(value, f"Of the {known} innermost calls with known lines {equal} stand in the same line{moved}.")


def key(stack: tuple[Site, ...], depth: int = DEPTH) -> tuple[str, ...]:
    """Functions and places of the innermost frames; empty where no line is known.

    Equal keys are an equivalence, so what is linked by them does not depend on the order in which it came.
    """
    top = folded(stack)[:depth]
    if all(site.line is None for _, site in top):
        return ()
    return tuple(f"{symbol} {base(site.file)}:{site.line or 0}" for symbol, site in top)


def base(file: str) -> str:
    """The file's name without its folders, which differ between machines."""
    return file.replace("\\", "/").rpartition("/")[2]

"""Weaknesses (CWE): equal, parent and child, or of one family. Pure.

The tree is the small part of MITRE's research view (CWE-1000, version 4.18) that advisories use: ``data/weaknesses.toml``.
"""

from functools import cache

from seawall.clearinghouse.deduplication.shipped import toml
from seawall.clearinghouse.deduplication.types import NOTHING, Finding, Measure

NAMES_MAX = 50
STEP = 0.6
"""What each step in the tree leaves: parent and child 0.6, siblings 0.36."""
STEPS_MAX = 3
ROOTS = frozenset(
    {"CWE-664", "CWE-691", "CWE-693", "CWE-707", "CWE-682", "CWE-703", "CWE-710", "CWE-284", "CWE-697", "CWE-435"}
)
"""Pillars: whoever meets only there has nothing in common."""


def measure(left: Finding, right: Finding) -> Measure:
    """1 for an equal weakness, less with each step between them, 0 beyond ``STEPS_MAX``."""
    ours = sorted({name.upper() for name in left.weaknesses})[:NAMES_MAX]
    theirs = sorted({name.upper() for name in right.weaknesses})[:NAMES_MAX]
    if not ours or not theirs:
        return NOTHING
    rows = [(nearness(one, other), min(one, other), max(one, other)) for one in ours for other in theirs]
    best = max(value for value, *_ in rows)
    one, other = min((first, second) for value, first, second in rows if value == best)
    if best == 1.0:
        return Measure(1.0, f"Both give {', '.join(sorted({*ours} & {*theirs})[:3])}.")
    if best:
        return Measure(best, f"{one} and {other} are of one family.")
    return Measure(0.0, f"{one} and {other} are different weaknesses.")


def nearness(one: str, other: str) -> float:
    """1 for equal names, ``STEP`` to the power of the steps to the nearest common ancestor, 0 without one."""
    if one == other:
        return 1.0
    ours, theirs = _ancestors(one), _ancestors(other)
    common = [ours[name] + theirs[name] for name in ours.keys() & theirs.keys() if name not in ROOTS]
    steps = min(common, default=STEPS_MAX + 1)
    return STEP**steps if steps <= STEPS_MAX else 0.0


def _ancestors(name: str) -> dict[str, int]:
    """Each ancestor and its distance, the name itself among them."""
    found = {name: 0}
    edge = [name]
    for steps in range(1, STEPS_MAX + 1):
        edge = [parent for one in edge for parent in _parents().get(one, ()) if parent not in found]
        for parent in edge:
            found.setdefault(parent, steps)
    return found


@cache
def _parents() -> dict[str, tuple[str, ...]]:
    return {
        f"CWE-{child}": tuple(f"CWE-{one}" for one in parents)
        for child, parents in toml("weaknesses.toml")["parents"].items()
    }

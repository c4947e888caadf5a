"""Identifiers and aliases that the finders name. Pure; a finder can write anything, so they never decide.

An identifier that is claimed by both is a hint; two different ones of one scheme speak against it a little, for the
same flaw seldom has two CVE numbers.
"""

import re

from seawall.clearinghouse.deduplication.types import NOTHING, Finding, Measure

NAMES_MAX = 50
_SCHEME = re.compile(r"^([A-Za-z]{2,12})-")


def measure(left: Finding, right: Finding) -> Measure:
    """1 where both name one, 0 where both name different ones of a scheme."""
    ours, theirs = clean(left.identifiers), clean(right.identifiers)
    common = sorted(ours & theirs)
    if common:
        return Measure(1.0, f"Both name {', '.join(common[:3])}.")
    if _schemes(ours) & _schemes(theirs):
        return Measure(0.0, "One names {}, the other {}.".format(*sorted((min(ours), min(theirs)))))
    return NOTHING


def clean(identifiers: frozenset[str]) -> frozenset[str]:
    """In upper case, bounded."""
    return frozenset(name.strip().upper()[:80] for name in sorted(identifiers)[:NAMES_MAX] if name.strip())


def _schemes(names: frozenset[str]) -> set[str]:
    return {match[1] for match in map(_SCHEME.match, names) if match}

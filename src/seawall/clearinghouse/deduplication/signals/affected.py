"""Affected ranges: one flaw is fixed in one release. Pure.

Versions are compared by their numbers alone, which is enough to see whether ranges touch; the exact order of each
ecosystem (``matching``) is not needed to suggest something.
"""

import re

from seawall.clearinghouse.deduplication.types import NOTHING, Finding, Measure

PAIRS_MAX = 50
SAME_FIX = 1.0
OVERLAP = 0.5
_NUMBER = re.compile(r"\d{1,12}")
_Key = tuple[int, ...]
_END: _Key = (10**13,)
"""Above every version: there is no fix yet."""


def measure(left: Finding, right: Finding) -> Measure:
    """1 for a common fixed version, a half where ranges overlap, 0 where no version has both."""
    ours, theirs = left.affected[:PAIRS_MAX], right.affected[:PAIRS_MAX]
    if not ours or not theirs:
        return NOTHING
    fixes = sorted({fixed for _, fixed in ours if fixed} & {fixed for _, fixed in theirs if fixed})
    if fixes:
        return Measure(SAME_FIX, f"Both are fixed in {fixes[0][:60]}.")
    if any(_touch(one, other) for one in ours for other in theirs):
        return Measure(OVERLAP, "Some versions are said to have both.")
    return Measure(0.0, "No version is said to have both.")


def _touch(one: tuple[str, str], other: tuple[str, str]) -> bool:
    (low, high), (start, end) = _keys(one), _keys(other)
    return low < end and start < high


def _keys(pair: tuple[str, str]) -> tuple[_Key, _Key]:
    introduced, fixed = pair
    return _key(introduced), (_key(fixed) if fixed else _END)


def _key(version: str) -> _Key:
    """The version's numbers, without zeros at their end: 1.0 is 1."""
    numbers = [int(number) for number in _NUMBER.findall(version[:100])]
    while numbers and numbers[-1] == 0:
        numbers.pop()
    return tuple(numbers)

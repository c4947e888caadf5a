"""Sets of versions of one ecosystem, for publishers who say their ranges as constraints: what is fixed, what was never wrong.

    affected = ~(fixed | unaffected)
    affected.events()    # OSV's events, one tuple for each span

A set is a row of spans between cuts; a cut stands just below or just above a version, so that ``< 2``, ``<= 2``, ``>= 2`` and
``> 2`` are all exact. Cuts are compared by the ecosystem's keys, and a version without a key cannot cut: ``Unplaced``.
"""

import re
from collections.abc import Iterable, Iterator
from operator import itemgetter
from typing import NamedTuple

from seawall.clearinghouse.matching.advisories.types import Events
from seawall.clearinghouse.matching.ecosystems.interface import Ecosystem, Unparsable


class Unplaced(ValueError):
    """A version of a constraint has no place in the order, or the constraint is not of the publisher's language."""


class Cut(NamedTuple):
    """A place between versions."""

    place: tuple[bytes, bool]
    """What cuts are compared by: a version's key, and whether it stands just above that version rather than just below it.
    ``b""`` stands below every version and 0xFF above every one."""
    text: str
    """The version; empty at the two ends."""


_RELEASE = re.compile(r"[0-9]+(?:\.[0-9]+)*")
_START, _END = Cut((b"", False), ""), Cut((b"\xff", False), "")
_Pair = tuple[Cut, Cut]
_FIRST = itemgetter(0)


class Spans:
    """A set of versions: disjoint spans (``pairs`` of cuts), from low to high."""

    __slots__ = ("pairs",)

    def __init__(self, pairs: Iterable[_Pair] = ()) -> None:
        merged: list[_Pair] = []
        for low, high in sorted(pairs, key=_FIRST):
            if low.place >= high.place:
                continue
            if merged and low.place <= merged[-1][1].place:
                last = merged[-1]
                merged[-1] = last[0], max(last[1], high)
            else:
                merged.append((low, high))
        self.pairs = tuple(merged)

    def __or__(self, other: "Spans") -> "Spans":
        return Spans(self.pairs + other.pairs)

    def __invert__(self) -> "Spans":
        cuts = [_START, *(cut for pair in self.pairs for cut in pair), _END]
        return Spans(zip(cuts[::2], cuts[1::2], strict=True))

    def __and__(self, other: "Spans") -> "Spans":
        return Spans(_shared(self.pairs, other.pairs))

    def __sub__(self, other: "Spans") -> "Spans":
        return ~(~self | other)

    def __bool__(self) -> bool:
        return bool(self.pairs)

    def __len__(self) -> int:
        return len(self.pairs)

    def __contains__(self, key: bytes) -> bool:
        return any(low.place < (key, True) and (key, False) < high.place for low, high in self.pairs)

    def events(self) -> tuple[Events, ...]:
        """One range of OSV's events for each span."""
        return tuple(_events(low, high) for low, high in self.pairs)


NONE = Spans()
ALL = ~NONE


def at_least(order: Ecosystem, version: str) -> Spans:
    """``>= version``. Raises ``Unplaced``, as all of these."""
    return Spans([(_cut(order, version, above=False), _END)])


def above(order: Ecosystem, version: str) -> Spans:
    """``> version``."""
    return Spans([(_cut(order, version, above=True), _END)])


def below(order: Ecosystem, version: str) -> Spans:
    """``< version``."""
    return Spans([(_START, _cut(order, version, above=False))])


def at_most(order: Ecosystem, version: str) -> Spans:
    """``<= version``."""
    return Spans([(_START, _cut(order, version, above=True))])


def exactly(order: Ecosystem, version: str) -> Spans:
    """``= version``, and what compares as equal to it."""
    return Spans([(_cut(order, version, above=False), _cut(order, version, above=True))])


COMPARATORS = {"<": below, "<=": at_most, ">": above, ">=": at_least, "=": exactly, "==": exactly}


def united(sets: Iterable[Spans]) -> Spans:
    """Versions in any of the sets; one sort, however many there are."""
    return Spans(pair for found in sets for pair in found.pairs)


def common(sets: Iterable[Spans]) -> Spans:
    """Versions in all of the sets; every version where there is no set."""
    return ~united(~found for found in sets)


def of_numbers(found: Spans, order: Ecosystem) -> Spans:
    """The same versions in an order that knows only numbers with dots between.

    Such a version stands before the pre-releases of a release exactly where it stands before the release, so a cut at one
    becomes a cut below its release, and spans of pre-releases alone vanish.
    """
    return Spans((_number_cut(low, order), _number_cut(high, order)) for low, high in found.pairs)


def _number_cut(cut: Cut, order: Ecosystem) -> Cut:
    release = _RELEASE.match(cut.text)
    if release is None:
        return cut
    return _cut(order, release[0], above=cut.place[1] and release[0] == cut.text)


def _cut(order: Ecosystem, version: str, *, above: bool) -> Cut:
    key = order.key(version)
    if isinstance(key, Unparsable):
        raise Unplaced(f"{key.version[:80]!r}: {key.why}")
    return Cut((key, above), version)


def _shared(ours: tuple[_Pair, ...], theirs: tuple[_Pair, ...]) -> Iterator[_Pair]:
    mine = other = 0
    while mine < len(ours) and other < len(theirs):
        low, high = max(ours[mine][0], theirs[other][0]), min(ours[mine][1], theirs[other][1])
        if low.place < high.place:
            yield low, high
        if ours[mine][1] < theirs[other][1]:
            mine += 1
        else:
            other += 1


def _events(low: Cut, high: Cut) -> Events:
    begin = ("introduced", "0") if low is _START else ("introduced_after" if low.place[1] else "introduced", low.text)
    if high is _END:
        return (begin,)
    return begin, ("last_affected" if high.place[1] else "fixed", high.text)

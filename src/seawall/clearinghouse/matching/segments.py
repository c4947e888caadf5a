"""All ranges of one package, cut into elementary segments, so that one bisection finds every advisory.

The ends of all ranges cut the line of keys into segments; each segment knows which ranges cover it. Looking up a
version is one ``bisect`` however many ranges the package has.
"""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable

from seawall.clearinghouse.matching.types import Bound, Interval

Hit = tuple[str, Bound]
"""An advisory and the bound that covers the version."""


class Segments:
    """The segments of one package."""

    __slots__ = ("_hits", "_starts", "bounds")

    def __init__(self, intervals: Iterable[Interval]) -> None:
        kept = [(advisory, bound) for advisory, bounds in _united(intervals).items() for bound in bounds]
        self.bounds: tuple[Hit, ...] = tuple(kept)
        """All of them, for versions without a key in an ecosystem that can compare texts."""
        changes: dict[bytes, tuple[list[int], list[int]]] = defaultdict(lambda: ([], []))
        for number, (_, bound) in enumerate(kept):
            changes[bound.low][0].append(number)
            if bound.high is not None:
                changes[bound.high][1].append(number)
        self._starts: list[bytes] = sorted(changes)
        self._hits: list[tuple[Hit, ...]] = []
        active: dict[int, None] = {}
        for start in self._starts:
            begun, ended = changes[start]
            for number in ended:
                del active[number]
            active.update(dict.fromkeys(begun))
            self._hits.append(tuple(kept[number] for number in active))

    def at(self, key: bytes) -> tuple[Hit, ...]:
        """Every advisory whose ranges cover the key; an advisory may come by several bounds."""
        position = bisect_right(self._starts, key) - 1
        return self._hits[position] if position >= 0 else ()

    def __len__(self) -> int:
        return len(self._starts)


def _united(intervals: Iterable[Interval]) -> dict[str, list[Bound]]:
    """Per advisory, overlapping bounds of one kind made one: at most three then cover any version."""
    grouped: dict[str, dict[tuple[bool, bool], list[Bound]]] = defaultdict(lambda: defaultdict(list))
    for interval in intervals:
        bound = interval.bound
        grouped[interval.advisory][bound.listed, bool(bound.flag)].append(bound)
    return {
        advisory: [bound for bounds in kinds.values() for bound in _merged(bounds)]
        for advisory, kinds in grouped.items()
    }


def _merged(bounds: list[Bound]) -> list[Bound]:
    result = [bound for bound in bounds if bound.compared]  # their texts decide, and cannot be united
    ordered = sorted((bound for bound in bounds if not bound.compared), key=lambda bound: bound.low)
    result += ordered[:1]
    for bound in ordered[1:]:
        last = result[-1]
        if last.high is not None and bound.low >= last.high:
            result.append(bound)
        elif last.high is not None and (bound.high is None or bound.high > last.high):
            result[-1] = Bound(
                last.low,
                bound.high,
                last.introduced,
                bound.fixed,
                bound.last_affected,
                listed=last.listed,
                flag=last.flag or bound.flag,
            )
    return result

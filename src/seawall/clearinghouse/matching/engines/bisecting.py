"""Plain Python: one bisection in the package's elementary segments. For a few thousand versions at a time."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

from seawall.clearinghouse.matching.engines.interface import LISTED, Asked, Row, compares
from seawall.clearinghouse.matching.snapshot.files import listed_of, ranges_of
from seawall.clearinghouse.matching.snapshot.folder import Snapshot
from seawall.clearinghouse.matching.types import Bound, Package


class _Segments:
    """Ranges of one package, cut where any of them begins or ends."""

    __slots__ = ("covering", "numbers", "starts")

    def __init__(self, ranges: Sequence[tuple[int, int, Bound]]) -> None:
        self.numbers = [(advisory, number) for number, advisory, _ in ranges]
        ends = {bound.low for _, _, bound in ranges} | {bound.high for _, _, bound in ranges if bound.high is not None}
        self.starts = sorted(ends)
        places = {key: place for place, key in enumerate(self.starts)}
        begins: list[list[int]] = [[] for _ in self.starts]
        stops: list[list[int]] = [[] for _ in self.starts]
        for index, (_, _, bound) in enumerate(ranges):
            begins[places[bound.low]].append(index)
            if bound.high is not None:
                stops[places[bound.high]].append(index)
        active: set[int] = set()
        self.covering: list[tuple[int, ...]] = []
        for place in range(len(self.starts)):
            active.difference_update(stops[place])
            active.update(begins[place])
            self.covering.append(tuple(active))

    def at(self, key: bytes) -> Iterator[tuple[int, int]]:
        place = bisect_right(self.starts, key) - 1
        if place >= 0:
            yield from (self.numbers[index] for index in self.covering[place])


class Bisecting:
    """Holds all of a snapshot's ranges in memory."""

    name = "bisecting"

    def __init__(self, snapshot: Snapshot) -> None:
        grouped: dict[Package, list[tuple[int, int, Bound]]] = defaultdict(list)
        self._bounds: dict[int, Bound] = {}
        for number, package, advisory, bound in ranges_of(snapshot):
            grouped[package].append((number, advisory, bound))
            self._bounds[number] = bound
        self._segments = {package: _Segments(ranges) for package, ranges in grouped.items()}
        self._listed: dict[tuple[Package, str], set[int]] = defaultdict(set)
        for package, version, advisory in listed_of(snapshot):
            self._listed[package, version].add(advisory)

    def candidates(self, asked: Sequence[Asked]) -> Iterator[Row]:
        """See ``interface``."""
        for place, one in enumerate(asked):
            segments = self._segments.get(one.package)
            if segments is not None:
                if one.key is not None:
                    yield from (Row(place, advisory, number) for advisory, number in segments.at(one.key))
                elif compares(one) and one.version.strip():
                    yield from (Row(place, advisory, number) for advisory, number in segments.numbers)
            for advisory in self._listed.get((one.package, one.version.strip()), ()):
                yield Row(place, advisory, LISTED)

    def bounds(self, numbers: Iterable[int]) -> dict[int, Bound]:
        """See ``interface``."""
        return {number: self._bounds[number] for number in numbers}

"""What every engine must keep: the same rows as the definition, read range by range, one comparison at a time.

for broken in violations(engine, snapshot, asked):
    print(broken)
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence

from seawall.clearinghouse.matching.engines.interface import LISTED, Asked, Engine, Row, compares, decided, match
from seawall.clearinghouse.matching.snapshot.files import listed_of, ranges_of
from seawall.clearinghouse.matching.snapshot.folder import Snapshot
from seawall.clearinghouse.matching.types import Bound, Package


def violations(engine: Engine, snapshot: Snapshot, asked: Sequence[Asked]) -> Iterator[str]:
    """Every row that is missing or too much, as a sentence."""
    ours, theirs = set(defined(snapshot, asked)), match(engine, asked)
    if len(set(theirs)) != len(theirs):
        yield f"{engine.name} gives {len(theirs) - len(set(theirs))} rows twice"
    for row in sorted(ours - set(theirs)):
        yield f"{engine.name} misses {_said(row, asked)}"
    for row in sorted(set(theirs) - ours):
        yield f"{engine.name} has {_said(row, asked)}, which is not covered"


def defined(snapshot: Snapshot, asked: Sequence[Asked]) -> Iterator[Row]:
    """The rows by definition: ``low <= key < high``, or what the ecosystem's comparison says, or the very text."""
    ranges: dict[Package, list[tuple[int, int, Bound]]] = defaultdict(list)
    for number, package, advisory, bound in ranges_of(snapshot):
        ranges[package].append((number, advisory, bound))
    texts: dict[Package, list[tuple[str, int]]] = defaultdict(list)
    for package, version, advisory in listed_of(snapshot):
        texts[package].append((version, advisory))
    for place, one in enumerate(asked):
        for number, advisory, bound in ranges.get(one.package, ()):
            if one.key is None:
                inside = compares(one) and bool(one.version.strip()) and decided(one, bound)
            else:
                inside = bound.low <= one.key and (bound.high is None or one.key < bound.high) and decided(one, bound)
            if inside:
                yield Row(place, advisory, number)
        for version, advisory in texts.get(one.package, ()):
            if version == one.version.strip():
                yield Row(place, advisory, LISTED)


def _said(row: Row, asked: Sequence[Asked]) -> str:
    one = asked[row.asked]
    return f"{one.package.ecosystem}/{one.package.name} {one.version!r} by range {row.range} of advisory {row.advisory}"

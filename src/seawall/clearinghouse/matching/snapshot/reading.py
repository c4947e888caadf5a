"""Advisories of a snapshot a few at a time, each with all that it says: for a server that takes them in, in bounded memory."""

import hashlib
import json
from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from seawall.clearinghouse.matching.snapshot.files import connect, quoted
from seawall.clearinghouse.matching.snapshot.folder import Snapshot
from seawall.clearinghouse.matching.snapshot.types import Entry
from seawall.clearinghouse.matching.types import Bound, Package


@dataclass(frozen=True, slots=True)
class Whole:
    """An advisory with its ranges."""

    entry: Entry
    bounds: tuple[tuple[Package, Bound], ...]
    texts: tuple[tuple[Package, str], ...]
    """Listed versions without a place in the order."""

    @property
    def extent(self) -> str:
        """Digest (hex) of what decides whom it concerns: its ranges, as keys, and the names of its flaw."""
        ranges: list[list[str | bool | None]] = [
            [
                package.ecosystem,
                package.name,
                bound.low.hex(),
                bound.high.hex() if bound.high is not None else None,
                bound.introduced,
                bound.fixed,
                bound.last_affected,
                bound.listed,
                bound.flag,
                bound.compared,
            ]
            for package, bound in self.bounds
        ]
        listed = [[package.ecosystem, package.name, text] for package, text in self.texts]
        return _digest([self.entry.aliases, ranges, listed])

    @property
    def digest(self) -> str:
        """Digest (hex) of all of it."""
        entry = self.entry
        words = [entry.title, entry.severity, entry.published, entry.modified, entry.references]
        return _digest([entry.id, self.extent, words])


def some(snapshot: Snapshot, start: int, count: int) -> list[Whole]:
    """``count`` advisories from number ``start`` on, in the order of their identifiers; fewer at the end."""
    bounds: dict[int, list[tuple[Package, Bound]]] = defaultdict(list)
    texts: dict[int, list[tuple[Package, str]]] = defaultdict(list)
    with connect(snapshot.folder) as connection:

        def rows(table: str, columns: str, number: str) -> list[tuple[Any, ...]]:
            source = f"SELECT {columns} FROM '{quoted(snapshot.path(table))}'"  # noqa: S608 - our own names
            within = f"{source} WHERE {number} >= ? AND {number} < ? ORDER BY ALL"
            return connection.execute(within, [start, start + count]).fetchall()

        columns = "advisory, ecosystem, package, low, high, introduced, fixed, last_affected, listed, flag, compared"
        for row in rows("ranges", columns, "advisory"):
            bounds[row[0]].append((Package(row[1], row[2]), Bound(*row[3:])))
        for row in rows("listed", "advisory, ecosystem, package, version", "advisory"):
            texts[row[0]].append((Package(row[1], row[2]), row[3]))
        columns = 'number, id, source, aliases, title, severity, published, modified, "references"'
        entries = rows("advisories", columns, "number")
    return [
        Whole(
            Entry(row[1], row[2], tuple(row[3]), row[4], row[5], row[6], row[7], tuple(row[8])),
            tuple(bounds[row[0]]),
            tuple(texts[row[0]]),
        )
        for row in entries
    ]


def present(snapshot: Snapshot, identifiers: Collection[str]) -> set[str]:
    """Those of some advisories' identifiers (``source:identifier``) that the snapshot has."""
    with connect(snapshot.folder) as connection:
        query = f"SELECT id FROM '{quoted(snapshot.path('advisories'))}' WHERE id IN (SELECT unnest(?))"  # noqa: S608 - our own names
        return {row[0] for row in connection.execute(query, [sorted(identifiers)]).fetchall()}


def _digest(value: Sequence[Any]) -> str:
    return hashlib.sha256(json.dumps(value, ensure_ascii=True, separators=(",", ":")).encode()).hexdigest()

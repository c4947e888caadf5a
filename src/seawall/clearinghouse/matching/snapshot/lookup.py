"""Answers about a few packages out of a snapshot, without loading the rest, nor a columnar engine.

    with Lookup(snapshot) as lookup:
        index = lookup.index(packages)

It reads an index file (SQLite) that is made from the snapshot's Parquet once, and can be made anew at any time. A check of a
thousand components asks for a few hundred packages: that is a few milliseconds here, where opening DuckDB alone takes a
hundred.
"""

import json
import os
import sqlite3
import tempfile
from collections.abc import Collection, Iterable, Iterator
from contextlib import closing
from datetime import date
from itertools import groupby
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from seawall.clearinghouse.matching.matcher import Index
from seawall.clearinghouse.matching.snapshot.errors import NotASnapshot
from seawall.clearinghouse.matching.snapshot.folder import Snapshot, verify
from seawall.clearinghouse.matching.snapshot.types import Entry, Stated
from seawall.clearinghouse.matching.types import Bound, Interval, Listed, Package
from seawall.clearinghouse.prioritization.rules import is_cve, normal
from seawall.clearinghouse.prioritization.types import Fact, FactName

INDEX = "index.sqlite"
_EDITION = 2
"""Of the index's own layout; another one is made anew."""
_ASKED = 500
"""Names in one statement; SQLite takes 32,766."""
_TABLES = """
CREATE TABLE made_of (digest TEXT NOT NULL);
CREATE TABLE package (name TEXT NOT NULL, ecosystem TEXT NOT NULL, body TEXT NOT NULL, PRIMARY KEY (name, ecosystem))
  WITHOUT ROWID;
CREATE TABLE advisory (number INTEGER PRIMARY KEY, body TEXT NOT NULL);
CREATE TABLE severity (cve TEXT PRIMARY KEY, vector TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE fact (cve TEXT PRIMARY KEY, body TEXT NOT NULL) WITHOUT ROWID;
"""


class Lookup:
    """A snapshot's index, open for reading."""

    def __init__(self, snapshot: Snapshot, *, cache: Path | None = None) -> None:
        """Open the index; make it where it is missing or of another snapshot.

        Args:
            snapshot: What it is of.
            cache: Folder for it, where the snapshot's own cannot be written to.

        Raises:
            NotASnapshot: The snapshot's files differ from its manifest.
        """
        self.snapshot = snapshot
        self._connection = _opened(snapshot, cache)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._connection.close()

    def index(self, packages: Collection[Package]) -> Index:
        """The ranges of some packages; advisories are named by their numbers, as texts."""
        exact = set(packages)
        intervals: list[Interval] = []
        listed: list[Listed] = []
        names = sorted({package.name for package in packages})
        for name, ecosystem, body in self._asked("SELECT name, ecosystem, body FROM package WHERE name IN", names):
            package = Package(ecosystem, name)
            if package in exact:
                said = json.loads(body)
                intervals += [Interval(package, str(row[0]), _bound(row)) for row in said["ranges"]]
                listed += [Listed(package, str(number), version) for version, number in said["listed"]]
        return Index(intervals, listed)

    def entries(self, numbers: Collection[str]) -> dict[str, Entry]:
        """Advisories by their numbers, as texts."""
        asked = [int(number) for number in sorted(numbers)]
        return {
            str(number): _entry(json.loads(body))
            for number, body in self._asked("SELECT number, body FROM advisory WHERE number IN", asked)
        }

    def severities(self, cves: Collection[str]) -> dict[str, str]:
        """CVSS vectors of CVEs, by whichever advisory gives one: the flaw is the same wherever it is packaged."""
        return dict(self._asked("SELECT cve, vector FROM severity WHERE cve IN", sorted(cves)))

    def facts(self, cves: Collection[str]) -> list[tuple[str, Fact]]:
        """What is said about some CVEs."""
        return [
            (cve, Fact(FactName(name), value, source, date.fromisoformat(as_of)))
            for cve, body in self._asked("SELECT cve, body FROM fact WHERE cve IN", sorted(cves))
            for name, value, source, as_of in json.loads(body)
        ]

    def _asked(self, statement: str, values: list[Any]) -> Iterator[tuple[Any, ...]]:
        for start in range(0, len(values), _ASKED):
            part = values[start : start + _ASKED]
            yield from self._connection.execute(f"{statement} ({','.join('?' * len(part))})", part)


def make(snapshot: Snapshot, path: Path) -> None:
    """Make the index of a snapshot, whole or not at all.

    Raises:
        NotASnapshot: The snapshot's files differ from its manifest.
    """
    from seawall.clearinghouse.matching.snapshot.files import facts_of  # noqa: PLC0415 - loads DuckDB, needed once

    verify(snapshot)
    handle, name = tempfile.mkstemp(prefix=".index-", dir=path.parent)
    os.close(handle)
    try:
        with closing(sqlite3.connect(name)) as connection:
            connection.executescript(f"PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; {_TABLES}")
            connection.execute("INSERT INTO made_of VALUES (?)", (_made_of(snapshot),))
            connection.executemany("INSERT INTO package VALUES (?, ?, ?)", _packages(snapshot))
            connection.executemany("INSERT INTO advisory VALUES (?, ?)", _advisories(snapshot))
            connection.executemany("INSERT INTO severity VALUES (?, ?)", _severities(snapshot))
            connection.executemany("INSERT INTO fact VALUES (?, ?)", _facts(facts_of(snapshot)))
            connection.commit()
        Path(name).chmod(0o644)  # mkstemp made it for its owner alone; a snapshot is read by everybody on the machine
        Path(name).replace(path)
    finally:
        Path(name).unlink(missing_ok=True)


def _opened(snapshot: Snapshot, cache: Path | None) -> sqlite3.Connection:
    wanted = _made_of(snapshot)
    places = [snapshot.folder / INDEX]
    if cache is not None:
        places.append(cache / f"{snapshot.digest[:32]}.sqlite")
    for path in places:
        if path.is_file():
            connection = _read_only(path)
            if _says(connection) == wanted:
                return connection
            connection.close()
    for path in places:
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            make(snapshot, path)
        except OSError:
            continue  # a medium that is only read: the next place
        return _read_only(path)
    raise NotASnapshot(
        f"No index can be written beside {snapshot.folder}.", "Copy the snapshot to a folder that can be written to."
    )


def _read_only(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro&immutable=1", uri=True)


def _says(connection: sqlite3.Connection) -> str:
    try:
        row = connection.execute("SELECT digest FROM made_of").fetchone()
    except sqlite3.DatabaseError:
        return ""  # damaged, or no index: made anew
    return str(row[0]) if row else ""


def _made_of(snapshot: Snapshot) -> str:
    return f"{_EDITION}:{snapshot.digest}"


def _packages(snapshot: Snapshot) -> Iterator[tuple[str, str, str]]:
    from seawall.clearinghouse.matching.snapshot.files import listed_of, ranges_of  # noqa: PLC0415 - loads DuckDB

    texts: dict[Package, list[tuple[str, int]]] = {}
    for package, version, advisory in listed_of(snapshot):
        texts.setdefault(package, []).append((version, advisory))
    for package, rows in groupby(ranges_of(snapshot), key=lambda row: row[1]):
        body = {"ranges": [_row(advisory, bound) for _, _, advisory, bound in rows], "listed": texts.pop(package, [])}
        yield package.name, package.ecosystem, json.dumps(body, separators=(",", ":"))
    for package, listed in texts.items():
        yield package.name, package.ecosystem, json.dumps({"ranges": [], "listed": listed}, separators=(",", ":"))


def _row(advisory: int, bound: Bound) -> list[Any]:
    high = None if bound.high is None else bound.high.hex()
    ends = [bound.introduced, bound.fixed, bound.last_affected]
    return [advisory, bound.low.hex(), high, *ends, int(bound.listed), bound.flag, int(bound.compared)]


def _bound(row: list[Any]) -> Bound:
    high = None if row[2] is None else bytes.fromhex(row[2])
    return Bound(bytes.fromhex(row[1]), high, row[3], row[4], row[5], bool(row[6]), row[7], bool(row[8]))


def _advisories(snapshot: Snapshot) -> Iterator[tuple[int, str]]:
    from seawall.clearinghouse.matching.snapshot.files import entries_of  # noqa: PLC0415 - loads DuckDB, needed once

    for number, entry in entries_of(snapshot):
        yield number, json.dumps([getattr(entry, name) for name in Entry.__slots__], separators=(",", ":"))


def _severities(snapshot: Snapshot) -> Iterator[tuple[str, str]]:
    """Of advisories that speak of one CVE; where several give a vector, the one of the newest CVSS."""
    from seawall.clearinghouse.matching.snapshot.files import entries_of  # noqa: PLC0415 - loads DuckDB, needed once

    found: dict[str, str] = {}
    for _, entry in entries_of(snapshot):
        cves = [name for name in entry.aliases if is_cve(name)]
        if entry.severity and len(cves) == 1:
            found[normal(cves[0])] = max(found.get(normal(cves[0]), ""), entry.severity)
    yield from sorted(found.items())


def _entry(values: list[Any]) -> Entry:
    fields: list[Any] = [tuple(value) if isinstance(value, list) else value for value in values]
    return Entry(*fields)


def _facts(stated: Iterable[Stated]) -> Iterator[tuple[str, str]]:
    for cve, group in groupby(stated, key=lambda item: item.cve):
        rows = [(fact.name, fact.value, fact.source, fact.as_of.isoformat()) for fact in (one.fact for one in group)]
        yield cve, json.dumps(rows, separators=(",", ":"))

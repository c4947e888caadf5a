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
import zlib
from collections.abc import Collection, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from seawall.clearinghouse.matching.matcher import Index
from seawall.clearinghouse.matching.snapshot.errors import NotASnapshot
from seawall.clearinghouse.matching.snapshot.folder import Snapshot, verify
from seawall.clearinghouse.matching.snapshot.types import Entry
from seawall.clearinghouse.matching.types import Bound, Interval, Listed, Package
from seawall.clearinghouse.prioritization.rules import is_cve, normal
from seawall.clearinghouse.prioritization.types import Fact, FactName

INDEX = "index.sqlite"
_EDITION = 3
"""Of the index's own layout; another one is made anew."""
_SAMPLES = 100
_SAMPLE_BYTES = 16000
"""zlib looks back 32 KiB at most; half of that packs nearly as well, and faster."""
_ASKED = 500
"""Names in one statement; SQLite takes 32,766."""
_TABLES = """
CREATE TABLE made_of (digest TEXT NOT NULL);
CREATE TABLE dictionary (kind TEXT PRIMARY KEY, sample BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE package (name TEXT NOT NULL, ecosystem TEXT NOT NULL, body BLOB NOT NULL, PRIMARY KEY (name, ecosystem))
  WITHOUT ROWID;
CREATE TABLE advisory (number INTEGER PRIMARY KEY, body BLOB NOT NULL);
CREATE TABLE cve (name TEXT PRIMARY KEY, body BLOB NOT NULL) WITHOUT ROWID;
"""


@dataclass(frozen=True, slots=True)
class About:
    """What is known about a CVE."""

    severity: str
    """CVSS vector, by whichever advisory gives the one of the newest CVSS; empty where none does."""
    facts: tuple[Fact, ...]


class _Packing:
    """Small JSON values, packed with a sample of the others of their kind as dictionary: a fifth of their size."""

    def __init__(self, sample: bytes) -> None:
        self._sample = sample

    @classmethod
    def of(cls, texts: Sequence[str]) -> Self:
        """One for values like these."""
        step = max(1, len(texts) // _SAMPLES)
        return cls("".join(texts[::step])[-_SAMPLE_BYTES:].encode())

    @property
    def sample(self) -> bytes:
        return self._sample

    def pack(self, text: str) -> bytes:
        packer = zlib.compressobj(6, zlib.DEFLATED, -zlib.MAX_WBITS, 9, zlib.Z_DEFAULT_STRATEGY, self._sample)
        return packer.compress(text.encode()) + packer.flush()

    def unpack(self, data: bytes) -> Any:
        return json.loads(zlib.decompressobj(-zlib.MAX_WBITS, self._sample).decompress(data))


class Lookup:
    """A snapshot's index, open for reading."""

    def __init__(self, snapshot: Snapshot, *, cache: Path | None = None, beside: bool = True) -> None:
        """Open the index; make it where it is missing or of another snapshot.

        Args:
            snapshot: What it is of.
            cache: Folder for it, where the snapshot's own cannot be written to.
            beside: Whether one in the snapshot's folder is believed. A signature does not cover it: who goes by
                signatures wants the one in ``cache``, which was made here.

        Raises:
            NotASnapshot: The snapshot's files differ from its manifest.
        """
        self.snapshot = snapshot
        self._connection = _opened(snapshot, cache, beside=beside)

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
        packing = self._packing("package")
        for name, ecosystem, body in self._asked("SELECT name, ecosystem, body FROM package WHERE name IN", names):
            package = Package(ecosystem, name)
            if package in exact:
                said = packing.unpack(body)
                intervals += [Interval(package, str(row[0]), _bound(row)) for row in said["ranges"]]
                listed += [Listed(package, str(number), version) for version, number in said["listed"]]
        return Index(intervals, listed)

    def entries(self, numbers: Collection[str]) -> dict[str, Entry]:
        """Advisories by their numbers, as texts."""
        asked = [int(number) for number in sorted(numbers)]
        packing = self._packing("advisory")
        return {
            str(number): _entry(packing.unpack(body))
            for number, body in self._asked("SELECT number, body FROM advisory WHERE number IN", asked)
        }

    def about(self, cves: Collection[str]) -> dict[str, About]:
        """What is said about some CVEs, wherever they are packaged."""
        packing = self._packing("cve")
        found: dict[str, About] = {}
        for name, body in self._asked("SELECT name, body FROM cve WHERE name IN", sorted(cves)):
            vector, rows = packing.unpack(body)
            facts = tuple(
                Fact(FactName(kind), value, source, date.fromisoformat(day)) for kind, value, source, day in rows
            )
            found[name] = About(vector, facts)
        return found

    def _packing(self, kind: str) -> _Packing:
        row = self._connection.execute("SELECT sample FROM dictionary WHERE kind = ?", [kind]).fetchone()
        return _Packing(row[0])

    def _asked(self, statement: str, values: list[Any]) -> Iterator[tuple[Any, ...]]:
        for start in range(0, len(values), _ASKED):
            part = values[start : start + _ASKED]
            yield from self._connection.execute(f"{statement} ({','.join('?' * len(part))})", part)


def make(snapshot: Snapshot, path: Path) -> None:
    """Make the index of a snapshot, whole or not at all.

    Raises:
        NotASnapshot: The snapshot's files differ from its manifest.
    """
    verify(snapshot)
    handle, name = tempfile.mkstemp(prefix=".index-", dir=path.parent)
    os.close(handle)
    try:
        with closing(sqlite3.connect(name)) as connection:
            connection.executescript(f"PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; {_TABLES}")
            connection.execute("INSERT INTO made_of VALUES (?)", (made_of(snapshot),))
            _fill(connection, "package", "INSERT INTO package VALUES (?, ?, ?)", list(_packages(snapshot)))
            _fill(connection, "advisory", "INSERT INTO advisory VALUES (?, ?)", list(_advisories(snapshot)))
            _fill(connection, "cve", "INSERT INTO cve VALUES (?, ?)", list(_cves(snapshot)))
            connection.commit()
        Path(name).chmod(0o644)  # mkstemp made it for its owner alone; a snapshot is read by everybody on the machine
        Path(name).replace(path)
    finally:
        Path(name).unlink(missing_ok=True)


def _opened(snapshot: Snapshot, cache: Path | None, *, beside: bool) -> sqlite3.Connection:
    wanted = made_of(snapshot)
    places = [snapshot.folder / INDEX] if beside else []
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


def made_of(snapshot: Snapshot) -> str:
    """What an index says that it is of."""
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


def _entry(values: list[Any]) -> Entry:
    fields: list[Any] = [tuple(value) if isinstance(value, list) else value for value in values]
    return Entry(*fields)


def _cves(snapshot: Snapshot) -> Iterator[tuple[str, str]]:
    """CVEs that an advisory or a fact speaks of. A vector is taken from advisories that speak of one CVE alone."""
    from seawall.clearinghouse.matching.snapshot.files import entries_of, facts_of  # noqa: PLC0415 - loads DuckDB

    vectors: dict[str, str] = {}
    for _, entry in entries_of(snapshot):
        cves = [name for name in entry.aliases if is_cve(name)]
        if entry.severity and len(cves) == 1:
            vectors[normal(cves[0])] = max(vectors.get(normal(cves[0]), ""), entry.severity)
    facts: dict[str, list[tuple[str, str, str, str]]] = {}
    for item in facts_of(snapshot):
        fact = item.fact
        facts.setdefault(item.cve, []).append((fact.name.value, fact.value, fact.source, fact.as_of.isoformat()))
    for name in sorted({*vectors, *facts}):
        yield name, json.dumps([vectors.get(name, ""), facts.get(name, [])], separators=(",", ":"))


def _fill(connection: sqlite3.Connection, kind: str, statement: str, rows: list[tuple[Any, ...]]) -> None:
    packing = _Packing.of([row[-1] for row in rows])
    connection.execute("INSERT INTO dictionary VALUES (?, ?)", (kind, packing.sample))
    connection.executemany(statement, ((*row[:-1], packing.pack(row[-1])) for row in rows))

"""DuckDB over the snapshot's Parquet: whole estates at once.

Ranges are cut into elementary segments when the engine opens; a version then needs one ASOF join to its segment, however
many ranges its package has, instead of a comparison with each of them.

    engine = Columnar(snapshot)
    engine.sweep(Path("components.parquet"), Path("findings.parquet"))

DuckDB is let into the snapshot's folder and one scratch folder, without extensions, with its configuration locked.
"""

import csv
import tempfile
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import duckdb

from seawall.clearinghouse.matching.ecosystems import registry
from seawall.clearinghouse.matching.ecosystems.interface import Ecosystem
from seawall.clearinghouse.matching.engines.interface import Asked, Row, compares, decided
from seawall.clearinghouse.matching.snapshot.files import quoted
from seawall.clearinghouse.matching.snapshot.folder import Snapshot
from seawall.clearinghouse.matching.types import Bound, Package

_FETCHED = 65_536
"""Rows that are handed from the engine to Python and back at a time."""

_PREPARE = """
CREATE TABLE packages AS
  SELECT row_number() OVER (ORDER BY ecosystem, package)::INTEGER AS package_id, ecosystem, package
  FROM (SELECT ecosystem, package FROM ranges UNION SELECT ecosystem, package FROM listed);
CREATE TABLE spans AS
  SELECT package_id, number, advisory, compared, low, coalesce(high, '\\xFF'::BLOB) AS high
  FROM ranges JOIN packages USING (ecosystem, package);
CREATE TABLE segments AS
  SELECT package_id, low AS start FROM spans UNION SELECT package_id, high FROM spans;
CREATE TABLE covering AS
  SELECT segments.package_id, start, advisory, number, compared
  FROM segments JOIN spans ON segments.package_id = spans.package_id AND start >= low AND start < high;
CREATE TABLE texts AS
  SELECT package_id, version AS trimmed, advisory FROM listed JOIN packages USING (ecosystem, package);
"""
_KEYED = """
CREATE OR REPLACE TABLE keyed AS
  SELECT place, package_id, trimmed, unhex(nullif(hex, '')) AS key, compares FROM asked
"""
_KEYED_BY_TEXT = """
CREATE OR REPLACE TABLE keyed AS
  SELECT place, package_id, trimmed, unhex(nullif(hex, '')) AS key, compares
  FROM distinct_versions JOIN packages USING (package_id) JOIN orders USING (ecosystem) JOIN keys USING (scheme, version)
"""
_COVERED = """
CREATE OR REPLACE TABLE covered AS
SELECT place, advisory, number, compares AND compared AS doubtful
FROM (
  SELECT place, keyed.package_id, compares, start
  FROM (SELECT * FROM keyed WHERE key IS NOT NULL) AS keyed ASOF JOIN segments
    ON keyed.package_id = segments.package_id AND keyed.key >= segments.start
) JOIN covering USING (package_id, start)
UNION ALL
SELECT place, advisory, -1, false FROM keyed JOIN texts USING (package_id, trimmed)
UNION ALL
SELECT place, advisory, number, true FROM keyed JOIN spans USING (package_id)
WHERE key IS NULL AND compares AND trimmed <> ''
"""
_ORDERS = "ecosystem VARCHAR, scheme INTEGER, compares BOOLEAN"
_KEYS = "scheme INTEGER, version VARCHAR, trimmed VARCHAR, hex VARCHAR"
_ASKED = "place INTEGER, package_id INTEGER, trimmed VARCHAR, hex VARCHAR, compares BOOLEAN"


@dataclass(frozen=True, slots=True)
class Swept:
    """What a sweep did."""

    components: int
    distinct: int
    """Package versions whose package some advisory names."""
    findings: int
    """Pairs of a component and an advisory."""
    keys_s: float
    """Of the whole time, making keys in Python and finding what covers them."""


@dataclass(frozen=True, slots=True)
class _Order:
    """An order that some of a snapshot's ecosystems have."""

    number: int
    ecosystem: Ecosystem | None
    """None: their versions have no order here."""

    @property
    def compares(self) -> bool:
        return self.ecosystem is not None and self.ecosystem.compare is not None


def _orders(names: Iterable[str]) -> dict[str, _Order]:
    """Of each ecosystem's name; those with one scheme (Debian's releases) share one."""
    found: dict[str, _Order] = {}
    numbers: dict[str, int] = {}
    for name in names:
        order = registry.of_name(name)
        number = numbers.setdefault("" if order is None else order.scheme, len(numbers))
        found[name] = _Order(number, order)
    return found


class Columnar:
    """A DuckDB that holds a snapshot's segments."""

    name = "columnar"

    def __init__(
        self, snapshot: Snapshot, *, shared: Path | None = None, threads: int = 2, memory: str = "8GB"
    ) -> None:
        """Open it.

        Args:
            snapshot: What to match against.
            shared: A folder with components and for findings, besides ``scratch``.
            threads: Processor cores to use.
            memory: Over which it uses ``scratch``.
        """
        self._scratch = tempfile.TemporaryDirectory(prefix="seawall-columnar-")
        self._folder = Path(self._scratch.name)
        self._connection = duckdb.connect(
            config={"threads": threads, "memory_limit": memory, "preserve_insertion_order": False}
        )
        places = (snapshot.folder, self._folder, *([shared] if shared is not None else []))
        folders = [f"{place.absolute()}/" for place in places]
        self._connection.execute("SET allowed_directories = ?", [folders])
        self._connection.execute(f"SET temp_directory = '{quoted(self._folder)}'")
        for table in ("ranges", "listed"):
            self._connection.execute(f"CREATE VIEW {table} AS FROM '{quoted(snapshot.path(table))}'")
        self._connection.execute(_PREPARE)
        self._orders = _orders(row[0] for row in self._rows("SELECT DISTINCT ecosystem FROM packages ORDER BY ALL"))
        self._load("orders", _ORDERS, [(name, one.number, int(one.compares)) for name, one in self._orders.items()])
        self._packages = {
            Package(ecosystem, name): number
            for number, ecosystem, name in self._connection.execute("FROM packages").fetchall()
        }

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let the engine and its scratch files go."""
        self._connection.close()
        self._scratch.cleanup()

    def candidates(self, asked: Sequence[Asked]) -> Iterator[Row]:
        """See ``interface``."""
        self._cover(
            (place, self._packages[one.package], one.version, one.key, compares(one))
            for place, one in enumerate(asked)
            if one.package in self._packages
        )
        yield from (Row(*row) for row in self._rows("SELECT place, advisory, number FROM covered"))

    def bounds(self, numbers: Iterable[int]) -> dict[int, Bound]:
        """See ``interface``."""
        found = self._connection.execute(
            "SELECT number, low, high, introduced, fixed, last_affected, listed, flag, compared FROM ranges"
            " WHERE number IN (SELECT unnest(?))",
            [sorted(numbers)],
        ).fetchall()
        return {row[0]: Bound(*row[1:]) for row in found}

    def sweep(self, components: Path, findings: Path) -> Swept:
        """Match a whole estate.

        Args:
            components: Parquet that we wrote: ``id BIGINT, ecosystem VARCHAR, package VARCHAR, version VARCHAR``. It must
                lie in ``scratch`` or ``shared``.
            findings: Parquet to write there: ``id BIGINT, advisory INTEGER``, each pair once.
        """
        run = self._connection.execute
        run(f"CREATE OR REPLACE VIEW components AS FROM '{quoted(components)}'")
        run(
            "CREATE OR REPLACE TABLE distinct_versions AS SELECT row_number() OVER ()::INTEGER AS place, package_id,"
            " version FROM (SELECT DISTINCT package_id, version FROM components JOIN packages USING (ecosystem, package))"
        )
        began = time.perf_counter()
        self._load("keys", _KEYS, self._keys())
        self._connection.execute(_KEYED_BY_TEXT)
        self._connection.execute(_COVERED)
        keys_s = time.perf_counter() - began
        self._decide()
        run(
            "CREATE OR REPLACE TABLE answers AS SELECT DISTINCT ecosystem, package, version, advisory"
            " FROM covered JOIN distinct_versions USING (place) JOIN packages USING (package_id)"
        )
        run(
            "COPY (SELECT id, advisory FROM components JOIN answers USING (ecosystem, package, version))"  # noqa: S608 - our own path
            f" TO '{quoted(findings)}' (FORMAT parquet)"
        )
        return Swept(
            self._count("components"), self._count("distinct_versions"), self._count(f"'{quoted(findings)}'"), keys_s
        )

    def write(self, components: Iterable[tuple[int, str, str, str]], path: Path) -> None:
        """Components as Parquet: id, ecosystem, package, version; into ``scratch``."""
        self._load("written", "id BIGINT, ecosystem VARCHAR, package VARCHAR, version VARCHAR", components)
        self._connection.execute(f"COPY written TO '{quoted(path)}' (FORMAT parquet)")
        self._connection.execute("DROP TABLE written")

    def read(self, findings: Path) -> list[tuple[int, int]]:
        """Pairs of component and advisory that a sweep wrote, in order."""
        found = self._connection.execute(f"SELECT id, advisory FROM '{quoted(findings)}' ORDER BY ALL").fetchall()  # noqa: S608 - our own path
        return [(row[0], row[1]) for row in found]

    @property
    def scratch(self) -> Path:
        """A folder that goes when the engine is closed, and that it may read and write."""
        return self._folder

    def _keys(self) -> Iterator[tuple[int, str, str, str]]:
        """Scheme, version, trimmed version and key (hex) of every distinct text, made in Python: an order is code, not SQL.

        Packages share version texts, so these are a fraction of the distinct package versions.
        """
        by_number = {one.number: one for one in self._orders.values()}
        for scheme, version in self._rows(
            "SELECT DISTINCT scheme, version FROM distinct_versions JOIN packages USING (package_id)"
            " JOIN orders USING (ecosystem)"
        ):
            order = by_number[scheme].ecosystem
            key = None if order is None else order.key(version)
            yield scheme, version, version.strip(), key.hex() if isinstance(key, bytes) else ""

    def _decide(self) -> None:
        """Where an ecosystem's own comparison has the last word, ask it, and keep what it says."""
        doubtful = self._connection.execute(
            "SELECT covered.rowid, package_id, trimmed, key, number FROM covered JOIN keyed USING (place) WHERE doubtful"
        ).fetchall()
        names = {number: package for package, number in self._packages.items()}
        bounds = self.bounds({row[4] for row in doubtful})
        wrong = [(row[0],) for row in doubtful if not decided(Asked(names[row[1]], row[2], row[3]), bounds[row[4]])]
        if wrong:
            self._load("wrong", "number BIGINT", wrong)
            self._connection.execute("DELETE FROM covered WHERE rowid IN (SELECT number FROM wrong)")

    def _cover(self, rows: Iterable[tuple[int, int, str, bytes | None, bool]]) -> None:
        """Fill ``covered`` from place, package, version, key, and whether the ecosystem compares texts."""
        self._load(
            "asked",
            _ASKED,
            (
                (place, package, version.strip(), "" if key is None else key.hex(), int(texts))
                for place, package, version, key, texts in rows
            ),
        )
        self._connection.execute(_KEYED)
        self._connection.execute(_COVERED)

    def _count(self, table: str) -> int:
        found = self._connection.execute(f"SELECT count(*) FROM {table}").fetchone()  # noqa: S608 - our own names
        return int(found[0]) if found else 0

    def _rows(self, query: str) -> Iterator[tuple[Any, ...]]:
        # A cursor of its own: its caller may use the connection while it reads.
        with self._connection.cursor() as cursor:
            result = cursor.execute(query)
            while rows := result.fetchmany(_FETCHED):
                yield from rows

    def _load(self, table: str, columns: str, rows: Iterable[tuple[Any, ...]]) -> None:
        """Rows into a table by way of a file: an INSERT for each takes a hundred times as long."""
        path = self._folder / f"{table}.csv"
        with path.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file, quoting=csv.QUOTE_ALL).writerows(rows)
        self._connection.execute(f"CREATE OR REPLACE TABLE {table} ({columns})")
        self._connection.execute(
            f"COPY {table} FROM '{quoted(path)}' (FORMAT csv, HEADER false, DELIMITER ',', QUOTE '\"', ESCAPE '\"',"
            " ALLOW_QUOTED_NULLS false)"
        )
        path.unlink()

"""A snapshot on disk: a folder with four Parquet files (zstd) and a manifest; written by us, read by us.

The same content gives the same bytes: rows are sorted, one thread writes, and no time is noted. DuckDB is let into this
one folder, without extensions and with its configuration locked; it never sees a stranger's file.
"""

import json
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Any

import duckdb

from seawall.clearinghouse.matching.snapshot.folder import MANIFEST, SCHEMA, TABLES, Snapshot, digest_of, orders, verify
from seawall.clearinghouse.matching.snapshot.types import Content, Entry, Reason, SourceCount, Stated
from seawall.clearinghouse.matching.types import Bound, Interval, Listed, Package
from seawall.clearinghouse.prioritization.types import Fact, FactName

_COLUMNS = {
    "advisories": "{number: 'INTEGER', id: 'VARCHAR', source: 'VARCHAR', aliases: 'VARCHAR[]', title: 'VARCHAR', "
    "severity: 'VARCHAR', published: 'VARCHAR', modified: 'VARCHAR', 'references': 'VARCHAR[]'}",
    "ranges": "{number: 'INTEGER', ecosystem: 'VARCHAR', package: 'VARCHAR', low: 'VARCHAR', high: 'VARCHAR', "
    "introduced: 'VARCHAR', fixed: 'VARCHAR', last_affected: 'VARCHAR', listed: 'BOOLEAN', flag: 'VARCHAR', "
    "compared: 'BOOLEAN', advisory: 'INTEGER'}",
    "listed": "{ecosystem: 'VARCHAR', package: 'VARCHAR', version: 'VARCHAR', advisory: 'INTEGER'}",
    "facts": "{cve: 'VARCHAR', name: 'VARCHAR', value: 'VARCHAR', source: 'VARCHAR', as_of: 'VARCHAR'}",
}
_SELECT = {
    "advisories": "*",
    "ranges": "* REPLACE (unhex(low) AS low, unhex(high) AS high)",
    "listed": "*",
    "facts": "*",
}
_ROW_GROUP = 16384
"""Rows that are packed together."""


def write(content: Content, folder: Path) -> Snapshot:
    """Write a snapshot. It is whole or it is not there: files are made beside their places and then put into them.

    Args:
        content: From ``builder.build``.
        folder: Is made, or its files are replaced.
    """
    folder.mkdir(parents=True, exist_ok=True)
    numbers = {entry.id: number for number, entry in enumerate(content.entries)}
    with tempfile.TemporaryDirectory(prefix=".making-", dir=folder) as scratch:
        made = Path(scratch)
        for table, rows in (
            ("advisories", _entry_rows(content.entries)),
            ("ranges", _range_rows(content.intervals, numbers)),
            ("listed", _listed_rows(content.listed, numbers)),
            ("facts", _fact_rows(content.facts)),
        ):
            _write_table(made, table, rows)
        manifest = {
            "schema": SCHEMA,
            "advisories": len(content.entries),
            "ranges": len(content.intervals),
            "listed": len(content.listed),
            "facts": len(content.facts),
            "orders": orders(),
            "sources": [asdict(source) for source in content.sources],
            "files": {f"{table}.parquet": digest_of(made / f"{table}.parquet") for table in TABLES},
        }
        text = json.dumps(manifest, indent=1, sort_keys=True) + "\n"
        # Without a manifest the folder is no snapshot, so a kill between two of these leaves none that is half new.
        (folder / MANIFEST).unlink(missing_ok=True)
        for table in TABLES:
            (made / f"{table}.parquet").replace(folder / f"{table}.parquet")
        (made / MANIFEST).write_text(text, encoding="utf-8")
        (made / MANIFEST).replace(folder / MANIFEST)
    return Snapshot(folder, json.loads(text))


def connect(folder: Path, *, threads: int = 1, writable: bool = False) -> duckdb.DuckDBPyConnection:
    """A DuckDB that reads (or writes) this folder and nothing else."""
    connection = duckdb.connect(config={"threads": threads, "preserve_insertion_order": True})
    connection.execute("SET allowed_directories = ?", [[f"{folder.absolute()}/"]])
    if not writable:
        connection.execute("SET enable_external_access = false")
        connection.execute("SET lock_configuration = true")
    return connection


def content_of(snapshot: Snapshot) -> Content:
    """All of a snapshot, as it was before it was written.

    Raises:
        NotASnapshot: A file differs from the manifest.
    """
    verify(snapshot)
    entries = tuple(entry for _, entry in entries_of(snapshot))
    names = [entry.id for entry in entries]
    return Content(
        entries=entries,
        intervals=tuple(
            Interval(package, names[advisory], bound) for _, package, advisory, bound in ranges_of(snapshot)
        ),
        listed=tuple(Listed(package, names[advisory], version) for package, version, advisory in listed_of(snapshot)),
        facts=tuple(facts_of(snapshot)),
        sources=tuple(_source_count(item) for item in snapshot.manifest["sources"]),
    )


def entries_of(snapshot: Snapshot) -> Iterator[tuple[int, Entry]]:
    """Advisories with their numbers, in order."""
    columns = 'number, id, source, aliases, title, severity, published, modified, "references"'
    for row in _rows(snapshot, "advisories", columns):
        yield row[0], Entry(row[1], row[2], tuple(row[3]), row[4], row[5], row[6], row[7], tuple(row[8]))


def ranges_of(snapshot: Snapshot) -> Iterator[tuple[int, Package, int, Bound]]:
    """Ranges in order: number, package, number of the advisory, bound."""
    columns = (
        "number, ecosystem, package, advisory, low, high, introduced, fixed, last_affected, listed, flag, compared"
    )
    for row in _rows(snapshot, "ranges", columns):
        yield row[0], Package(row[1], row[2]), row[3], Bound(*row[4:])


def listed_of(snapshot: Snapshot) -> Iterator[tuple[Package, str, int]]:
    """Listed versions without a place in the order: package, version, number of the advisory."""
    for row in _rows(snapshot, "listed", "ecosystem, package, version, advisory"):
        yield Package(row[0], row[1]), row[2], row[3]


def facts_of(snapshot: Snapshot) -> Iterator[Stated]:
    """What is said about CVEs."""
    for row in _rows(snapshot, "facts", "cve, name, value, source, as_of"):
        yield Stated(row[0], Fact(FactName(row[1]), row[2], row[3], date.fromisoformat(row[4])))


def _rows(snapshot: Snapshot, table: str, columns: str) -> Iterator[tuple[Any, ...]]:
    with connect(snapshot.folder) as connection:
        query = f"SELECT {columns} FROM '{quoted(snapshot.path(table))}'"  # noqa: S608 - our own names
        result = connection.execute(query)
        while rows := result.fetchmany(_ROW_GROUP):
            yield from rows


def _source_count(item: dict[str, Any]) -> SourceCount:
    dropped = tuple(Reason(one["why"], one["count"], tuple(one["sample"])) for one in item["dropped"])
    return SourceCount(**{**item, "dropped": dropped})


def _write_table(folder: Path, table: str, rows: Iterable[dict[str, Any]]) -> None:
    lines = folder / f"{table}.ndjson"
    with lines.open("w", encoding="utf-8") as file:
        for row in rows:
            file.write(json.dumps(row, ensure_ascii=True))
            file.write("\n")
    with connect(folder, writable=True) as connection:
        connection.execute(
            f"COPY (SELECT {_SELECT[table]} FROM read_json('{quoted(lines)}', format = 'newline_delimited',"  # noqa: S608 - our own names
            f" columns = {_COLUMNS[table]}, maximum_object_size = 33554432)) TO '{quoted(folder / table)}.parquet'"
            f" (FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 12, ROW_GROUP_SIZE {_ROW_GROUP})"
        )
    lines.unlink()


def _entry_rows(entries: Sequence[Entry]) -> Iterator[dict[str, Any]]:
    for number, entry in enumerate(entries):
        yield {"number": number, **asdict(entry)}


def _range_rows(intervals: Sequence[Interval], numbers: dict[str, int]) -> Iterator[dict[str, Any]]:
    for number, interval in enumerate(intervals):
        bound = interval.bound
        yield {
            "number": number,
            "ecosystem": interval.package.ecosystem,
            "package": interval.package.name,
            "low": bound.low.hex(),
            "high": None if bound.high is None else bound.high.hex(),
            "introduced": bound.introduced,
            "fixed": bound.fixed,
            "last_affected": bound.last_affected,
            "listed": bound.listed,
            "flag": bound.flag,
            "compared": bound.compared,
            "advisory": numbers[interval.advisory],
        }


def _listed_rows(listed: Sequence[Listed], numbers: dict[str, int]) -> Iterator[dict[str, Any]]:
    for item in listed:
        yield {
            "ecosystem": item.package.ecosystem,
            "package": item.package.name,
            "version": item.version,
            "advisory": numbers[item.advisory],
        }


def _fact_rows(facts: Sequence[Stated]) -> Iterator[dict[str, Any]]:
    for item in facts:
        yield {"cve": item.cve, **asdict(item.fact), "as_of": item.fact.as_of.isoformat()}


def quoted(path: Path) -> str:
    """A path inside an SQL text's single quotes."""
    return str(path.absolute()).replace("'", "''")

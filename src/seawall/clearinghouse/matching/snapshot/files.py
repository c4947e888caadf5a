"""A snapshot on disk: a folder with three Parquet files (zstd) and a manifest; written by us, read by us.

The same content gives the same bytes: rows are sorted, one thread writes, and no time is noted. DuckDB is let into this
one folder, without extensions and with its configuration locked; it never sees a stranger's file.
"""

import hashlib
import json
import tempfile
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import duckdb

from seawall.clearinghouse.matching.ecosystems import registry
from seawall.clearinghouse.matching.snapshot.errors import NotASnapshot
from seawall.clearinghouse.matching.snapshot.types import SCHEMA, Content, Entry
from seawall.clearinghouse.matching.types import Bound, Interval, Listed, Package

MANIFEST = "manifest.json"
TABLES = ("advisories", "ranges", "listed")
_COLUMNS = {
    "advisories": "{number: 'INTEGER', id: 'VARCHAR', source: 'VARCHAR', aliases: 'VARCHAR[]', title: 'VARCHAR', "
    "severity: 'VARCHAR', published: 'VARCHAR', modified: 'VARCHAR', 'references': 'VARCHAR[]'}",
    "ranges": "{ecosystem: 'VARCHAR', package: 'VARCHAR', low: 'VARCHAR', high: 'VARCHAR', introduced: 'VARCHAR', "
    "fixed: 'VARCHAR', last_affected: 'VARCHAR', listed: 'BOOLEAN', flag: 'VARCHAR', advisory: 'INTEGER'}",
    "listed": "{ecosystem: 'VARCHAR', package: 'VARCHAR', version: 'VARCHAR', advisory: 'INTEGER'}",
}
_SELECT = {
    "advisories": "*",
    "ranges": "* REPLACE (unhex(low) AS low, unhex(high) AS high)",
    "listed": "*",
}
_ROW_GROUP = 8192
"""Rows that are unpacked together; a check of a thousand components touches a few groups."""


@dataclass(frozen=True)
class Snapshot:
    """A snapshot on disk."""

    folder: Path
    manifest: dict[str, Any]

    @property
    def digest(self) -> str:
        """Of the manifest, which has the digests of all files: two snapshots with one digest are the same."""
        return hashlib.sha256((self.folder / MANIFEST).read_bytes()).hexdigest()

    def path(self, table: str) -> Path:
        """The file of one of ``TABLES``."""
        return self.folder / f"{table}.parquet"


def write(content: Content, folder: Path) -> Snapshot:
    """Write a snapshot.

    Args:
        content: From ``builder.build``.
        folder: Is made, or its files are replaced.
    """
    folder.mkdir(parents=True, exist_ok=True)
    numbers = {entry.id: number for number, entry in enumerate(content.entries)}
    with tempfile.TemporaryDirectory(prefix="seawall-snapshot-") as scratch:
        for table, rows in (
            ("advisories", _entry_rows(content.entries)),
            ("ranges", _range_rows(content.intervals, numbers)),
            ("listed", _listed_rows(content.listed, numbers)),
        ):
            _write_table(Path(scratch), folder, table, rows)
    manifest = {
        "schema": SCHEMA,
        "advisories": len(content.entries),
        "ranges": len(content.intervals),
        "listed": len(content.listed),
        "orders": {name: registry.ecosystem_of_folder(name).scheme for name in registry.FOLDERS},
        "sources": [asdict(source) for source in content.sources],
        "dropped": [asdict(reason) for reason in content.dropped],
        "files": {f"{table}.parquet": _digest(folder / f"{table}.parquet") for table in TABLES},
    }
    (folder / MANIFEST).write_text(json.dumps(manifest, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    return Snapshot(folder, manifest)


def load(folder: Path) -> Snapshot:
    """Open a snapshot.

    Raises:
        NotASnapshot: It is none, is damaged, or its keys are of other orders than this version's.
    """
    try:
        manifest = json.loads((folder / MANIFEST).read_bytes())
    except (OSError, ValueError) as error:
        raise NotASnapshot(f"{folder} is no snapshot.", "Make one with 'seawall snapshot build'.") from error
    if not isinstance(manifest, dict) or manifest.get("schema") != SCHEMA:
        raise NotASnapshot(f"{folder} is not of the schema {SCHEMA}.", "Build it anew with this version.")
    ours = {name: registry.ecosystem_of_folder(name).scheme for name in registry.FOLDERS}
    if manifest.get("orders") != ours:
        raise NotASnapshot("Its versions are ordered by other editions than this version's.", "Build it anew.")
    return Snapshot(folder, manifest)


def verify(snapshot: Snapshot) -> None:
    """Compare the files with the manifest.

    Raises:
        NotASnapshot: One differs.
    """
    for name, digest in snapshot.manifest.get("files", {}).items():
        if name not in {f"{table}.parquet" for table in TABLES} or _digest(snapshot.folder / name) != digest:
            raise NotASnapshot(f"{name[:80]} is not the file that the manifest names.", "Fetch or build it again.")


def connect(folder: Path, *, threads: int = 1, writable: bool = False) -> duckdb.DuckDBPyConnection:
    """A DuckDB that reads (or writes) this folder and nothing else."""
    connection = duckdb.connect(config={"threads": threads, "preserve_insertion_order": True})
    connection.execute("SET allowed_directories = ?", [[f"{folder.absolute()}/"]])
    if not writable:
        connection.execute("SET enable_external_access = false")
        connection.execute("SET lock_configuration = true")
    return connection


def rows_for(snapshot: Snapshot, packages: Collection[Package]) -> tuple[list[Interval], list[Listed]]:
    """The ranges and listed versions of some packages; advisories by their number, as text."""
    wanted = sorted({package.name for package in packages})
    exact = {(package.ecosystem, package.name) for package in packages}
    with connect(snapshot.folder) as connection:
        ranges = connection.execute(
            "SELECT ecosystem, package, low, high, introduced, fixed, last_affected, listed, flag, advisory"
            f" FROM '{_quoted(snapshot.path('ranges'))}' WHERE package IN (SELECT unnest(?))",  # noqa: S608 - our own path
            [wanted],
        ).fetchall()
        texts = connection.execute(
            "SELECT ecosystem, package, version, advisory"
            f" FROM '{_quoted(snapshot.path('listed'))}' WHERE package IN (SELECT unnest(?))",  # noqa: S608 - our own path
            [wanted],
        ).fetchall()
    intervals = [
        Interval(Package(row[0], row[1]), str(row[9]), Bound(row[2], row[3], row[4], row[5], row[6], row[7], row[8]))
        for row in ranges
        if (row[0], row[1]) in exact
    ]
    listed = [Listed(Package(row[0], row[1]), str(row[3]), row[2]) for row in texts if (row[0], row[1]) in exact]
    return intervals, listed


def entries_for(snapshot: Snapshot, numbers: Collection[str]) -> dict[str, Entry]:
    """Advisories by their number, as text."""
    if not numbers:
        return {}
    with connect(snapshot.folder) as connection:
        found = connection.execute(
            'SELECT number, id, source, aliases, title, severity, published, modified, "references"'
            f" FROM '{_quoted(snapshot.path('advisories'))}' WHERE number IN (SELECT unnest(?))",  # noqa: S608 - our own path
            [sorted(int(number) for number in numbers)],
        ).fetchall()
    return {
        str(row[0]): Entry(row[1], row[2], tuple(row[3]), row[4], row[5], row[6], row[7], tuple(row[8]))
        for row in found
    }


def _write_table(scratch: Path, folder: Path, table: str, rows: Iterable[dict[str, Any]]) -> None:
    lines = scratch / f"{table}.ndjson"
    with lines.open("w", encoding="utf-8") as file:
        for row in rows:
            file.write(json.dumps(row, ensure_ascii=True))
            file.write("\n")
    target = folder / f"{table}.parquet"
    with connect(folder, writable=True) as connection:
        connection.execute(
            f"COPY (SELECT {_SELECT[table]} FROM read_json('{_quoted(lines)}', format = 'newline_delimited',"  # noqa: S608 - our own names
            f" columns = {_COLUMNS[table]}, maximum_object_size = 33554432))"
            f" TO '{_quoted(target)}' (FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 12, ROW_GROUP_SIZE {_ROW_GROUP})"
        )


def _entry_rows(entries: Sequence[Entry]) -> Iterator[dict[str, Any]]:
    for number, entry in enumerate(entries):
        yield {"number": number, **asdict(entry)}


def _range_rows(intervals: Sequence[Interval], numbers: dict[str, int]) -> Iterator[dict[str, Any]]:
    for interval in intervals:
        bound = interval.bound
        yield {
            "ecosystem": interval.package.ecosystem,
            "package": interval.package.name,
            "low": bound.low.hex(),
            "high": None if bound.high is None else bound.high.hex(),
            "introduced": bound.introduced,
            "fixed": bound.fixed,
            "last_affected": bound.last_affected,
            "listed": bound.listed,
            "flag": bound.flag,
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


def _digest(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return f"sha256:{hashlib.file_digest(file, 'sha256').hexdigest()}"
    except OSError as error:
        raise NotASnapshot(f"{path.name} is missing.", "Fetch or build it again.") from error


def _quoted(path: Path) -> str:
    return str(path.absolute()).replace("'", "''")

"""A snapshot's folder and manifest. Loads no columnar engine, so that a check can start fast."""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from seawall.clearinghouse.matching.ecosystems import registry
from seawall.clearinghouse.matching.snapshot.errors import NotASnapshot

MANIFEST = "manifest.json"
SCHEMA = "seawall.snapshot/1"
TABLES = ("advisories", "ranges", "listed", "facts")


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


def orders() -> dict[str, str]:
    """Order and edition by which this version makes keys, per ecosystem."""
    return {name: registry.ecosystem_of_folder(name).scheme for name in registry.FOLDERS}


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
    if manifest.get("orders") != orders():
        raise NotASnapshot("Its versions are ordered by other editions than this version's.", "Build it anew.")
    return Snapshot(folder, manifest)


def verify(snapshot: Snapshot) -> None:
    """Compare the files with the manifest.

    Raises:
        NotASnapshot: One differs.
    """
    for name, digest in snapshot.manifest.get("files", {}).items():
        if name not in {f"{table}.parquet" for table in TABLES} or digest_of(snapshot.folder / name) != digest:
            raise NotASnapshot(f"{name[:80]} is not the file that the manifest names.", "Fetch or build it again.")


def digest_of(path: Path) -> str:
    """``sha256:`` of a file.

    Raises:
        NotASnapshot: It is missing.
    """
    try:
        with path.open("rb") as file:
            return f"sha256:{hashlib.file_digest(file, 'sha256').hexdigest()}"
    except OSError as error:
        raise NotASnapshot(f"{path.name} is missing.", "Fetch or build it again.") from error

"""Snapshots that a server takes in: copies of their files, by digest, which stay as they are while they are loaded."""

import shutil
from collections.abc import Collection
from pathlib import Path
from uuid import uuid4

from django.conf import settings

from seawall.clearinghouse.matching.snapshot.folder import MANIFEST, Snapshot, load, verify


def _home() -> Path:
    return Path(settings.SEAWALL.data_dir) / "snapshots"


def folder_of(digest: str) -> Path:
    """Where the copy of a snapshot lies."""
    return _home() / digest


def keep(snapshot: Snapshot) -> None:
    """Copy a snapshot; the copy is whole, or not there at all.

    Raises:
        NotASnapshot: It changes while it is copied.
    """
    target = folder_of(snapshot.digest)
    if target.is_dir():
        return
    scratch = _home() / f".{uuid4().hex}"
    scratch.mkdir(parents=True)
    for name in (MANIFEST, *snapshot.manifest["files"]):
        shutil.copyfile(snapshot.folder / name, scratch / name)
    verify(load(scratch))
    scratch.rename(target)


def forget_all_but(digests: Collection[str]) -> None:
    """Delete the other copies."""
    for path in _home().iterdir():
        if path.name not in digests and not path.name.startswith("."):
            shutil.rmtree(path, ignore_errors=True)

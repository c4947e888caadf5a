"""Proof bundles: a folder, .zip or .tar.gz with ``proof.toml`` at its root.

    check_archive("proof.zip", data)                     # in memory, for the moment of submission
    bundle = open_bundle(Path("proof.zip"), scratch)     # onto disk, for a run

``archives`` reads the members and ``manifests`` the proof.toml; nothing is written before both are content.
"""

import hashlib
from dataclasses import dataclass
from pathlib import Path

from seawall.clearinghouse.validation import archives, manifests
from seawall.clearinghouse.validation.errors import BundleError
from seawall.clearinghouse.validation.types import Manifest

__all__ = ["PACKED_MAX", "Bundle", "BundleError", "check_archive", "open_bundle"]

PACKED_MAX = 64 * 2**20
"""Bytes of an archive on disk."""


@dataclass(frozen=True)
class Bundle:
    """A bundle unpacked into a folder of ours."""

    folder: Path
    manifest: Manifest
    digest: str
    """SHA-256 over names and contents, the same for a folder, a ZIP and a tarball of it."""


def check_archive(name: str, data: bytes) -> None:
    """Check an archive's members and manifest in memory, without writing anything.

    Raises:
        BundleError: See ``archives`` and ``manifests``.
    """
    manifests.read(archives.read(name, data))


def open_bundle(source: Path, into: Path) -> Bundle:
    """Unpack (or copy) a bundle into a fresh folder.

    Args:
        source: Folder or archive.
        into: Folder that does not exist yet.

    Raises:
        BundleError: See ``archives`` and ``manifests``; also a source that is not there.
    """
    members = _members(source)
    manifest = manifests.read(members)
    digest = hashlib.sha256()
    into.mkdir(mode=0o755)
    for path, content in sorted(members.items()):
        target = into / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)
        digest.update(f"{len(path)}:{path}{len(content)}:".encode())
        digest.update(content)
    return Bundle(folder=into, manifest=manifest, digest=f"sha256:{digest.hexdigest()}")


def _members(source: Path) -> dict[str, bytes]:
    try:
        if source.is_dir():
            return archives.read_folder(source)
        if source.stat().st_size > PACKED_MAX:
            raise BundleError(f"The archive has more than {PACKED_MAX >> 20} MiB.", "Leave out what is not used.")
        return archives.read(source.name, source.read_bytes())
    except OSError as error:
        raise BundleError(f"The bundle cannot be read: {error.strerror}.", "Check the path.") from error

"""Content-addressed files: a blob is named by the SHA-256 of its bytes.

A blob is on disk, flushed and renamed into place, before ``put`` returns; a crash leaves either the
whole blob or none. Writing the same bytes twice is one file. Nothing here decides who may read:
blobs are reached only through rows whose folder checks access.
"""

import hashlib
import os
import re
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from mmap import ACCESS_READ, mmap
from pathlib import Path

from seawall.foundation.platform.errors import NotFound

_DIGEST = re.compile(r"^sha256:[0-9a-f]{64}$")


class BlobStore:
    """Blobs under one folder, in 256 subfolders by the first byte of the digest."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def path(self, digest: str) -> Path:
        """Where the blob lies.

        Raises:
            NotFound: ``digest`` is not of the form ``sha256:<64 hex digits>``.
        """
        if not _DIGEST.match(digest):
            raise NotFound("There is no such blob.")
        name = digest.removeprefix("sha256:")
        return self._root / name[:2] / name

    def put(self, data: bytes) -> str:
        """Store bytes durably and return their digest."""
        digest = f"sha256:{hashlib.sha256(data).hexdigest()}"
        target = self.path(digest)
        if target.exists():
            return digest
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=target.parent, delete=False) as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        Path(file.name).replace(target)
        _flush(target.parent)
        return digest

    def put_stream(self, pieces: Iterable[bytes]) -> str:
        """Store bytes as they come, durably, holding one piece in memory, and return their digest.

        An error of ``pieces`` leaves nothing behind.
        """
        self._root.mkdir(parents=True, exist_ok=True)
        digester = hashlib.sha256()
        with tempfile.NamedTemporaryFile(dir=self._root, prefix=".incoming-", delete=False) as file:
            try:
                for piece in pieces:
                    digester.update(piece)
                    file.write(piece)
                file.flush()
                os.fsync(file.fileno())
            except BaseException:
                Path(file.name).unlink(missing_ok=True)
                raise
        digest = f"sha256:{digester.hexdigest()}"
        target = self.path(digest)
        target.parent.mkdir(parents=True, exist_ok=True)
        Path(file.name).replace(target)
        _flush(target.parent)
        return digest

    def read(self, digest: str) -> bytes:
        """The bytes of a blob, checked against its name.

        Raises:
            NotFound: Not there, or damaged on disk.
        """
        try:
            data = self.path(digest).read_bytes()
        except FileNotFoundError as error:
            raise NotFound("There is no such blob.") from error
        if f"sha256:{hashlib.sha256(data).hexdigest()}" != digest:
            raise NotFound("The stored bytes no longer match their digest.", "Restore the blob from a backup.")
        return data

    @contextmanager
    def mapped(self, digest: str) -> Iterator[mmap | bytes]:
        """The bytes of a blob, checked against its name, without holding them in memory.

        Raises:
            NotFound: Not there, or damaged on disk.
        """
        try:
            with self.path(digest).open("rb") as file:
                if f"sha256:{hashlib.file_digest(file, 'sha256').hexdigest()}" != digest:
                    raise NotFound("The stored bytes no longer match their digest.", "Restore the blob from a backup.")
                if file.seek(0, os.SEEK_END) == 0:
                    yield b""
                    return
                with mmap(file.fileno(), 0, access=ACCESS_READ) as data:
                    yield data
        except FileNotFoundError as error:
            raise NotFound("There is no such blob.") from error


def _flush(folder: Path) -> None:
    """Make the names in a folder durable."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _store() -> BlobStore:
    from django.conf import settings  # noqa: PLC0415 - offline commands use BlobStore without Django

    return BlobStore(settings.SEAWALL.data_dir / "blobs")


def put(data: bytes) -> str:
    """Store bytes in this server's blob store; see ``BlobStore.put``."""
    return _store().put(data)


def put_stream(pieces: Iterable[bytes]) -> str:
    """Store bytes in this server's blob store as they come; see ``BlobStore.put_stream``."""
    return _store().put_stream(pieces)


def read(digest: str) -> bytes:
    """Read bytes from this server's blob store; see ``BlobStore.read``."""
    return _store().read(digest)


def mapped(digest: str) -> AbstractContextManager[mmap | bytes]:
    """Map a blob of this server; see ``BlobStore.mapped``."""
    return _store().mapped(digest)


def path(digest: str) -> Path:
    """Where a blob of this server lies on disk; see ``BlobStore.path``."""
    return _store().path(digest)

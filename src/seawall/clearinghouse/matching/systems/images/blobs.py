"""Where an image's parts lie: in a tar archive, packed or not, or in a folder. Parts are read in place; nothing is unpacked."""

import os
import posixpath
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import BinaryIO, Protocol

from seawall.clearinghouse.matching.systems.errors import NotASystem, SystemTooLarge
from seawall.clearinghouse.matching.systems.images.tars import Kind, members
from seawall.clearinghouse.matching.systems.images.unpacking import CHUNK, GZIP, ZSTD, Unpacked

PARTS_MAX = 20_000
"""Members of the outer archive: layers, and the few documents that tell of them."""
DOCUMENT_MAX = 8 * 2**20
"""Bytes of a document, such as a manifest; Docker's own limit is 4 MiB."""
LINKS_MAX = 8
"""Links that are followed from one part to another, inside of the archive."""

_FLAGS = os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK


class Blobs(Protocol):
    """An image's parts by name."""

    def size(self, name: str) -> int | None:
        """Bytes of a part; None where there is none of this name."""
        ...

    def chunks(self, name: str) -> Iterator[bytes]:
        """A part's bytes."""
        ...


def document(blobs: Blobs, name: str) -> bytes | None:
    """A small part's bytes; None where there is none of this name.

    Raises:
        SystemTooLarge: Over ``DOCUMENT_MAX``.
    """
    size = blobs.size(name)
    if size is None:
        return None
    if size > DOCUMENT_MAX:
        raise SystemTooLarge(
            f"{name[:80]} has over {DOCUMENT_MAX // 2**20} MiB.", "Check where the image comes from.", name[:80]
        )
    return b"".join(blobs.chunks(name))


def open_blobs(path: Path, cleaning: ExitStack) -> Blobs:
    """The parts of the image at a path; files stay open until ``cleaning`` ends.

    Raises:
        NotASystem: No file or folder, or no archive.
        SystemTooLarge: Over a limit.
    """
    try:
        if path.is_dir():
            return FolderBlobs(path)
        file: BinaryIO = cleaning.enter_context(path.open("rb"))
        begin = file.read(4)
        file.seek(0)
    except OSError as error:
        raise NotASystem(f"The image cannot be opened: {error.strerror}.", "Check its name and rights.") from error
    if begin[:2] == GZIP or begin == ZSTD:
        packed = file
        file = cleaning.enter_context(tempfile.TemporaryFile())  # noqa: SIM115 - closed by the caller
        stream = Unpacked(iter(lambda: packed.read(CHUNK), b""))
        try:
            while piece := stream.take(CHUNK):
                file.write(piece)
            file.seek(0)
        except OSError as error:
            raise NotASystem(
                f"The archive cannot be unpacked to a temporary file: {error.strerror}.", "Give it unpacked."
            ) from error
    return TarBlobs(file)


class TarBlobs:
    """Parts in an open archive."""

    def __init__(self, file: BinaryIO) -> None:
        """Read the list of members."""
        self._file = file
        self._parts: dict[str, tuple[int, int]] = {}
        self._links: dict[str, str] = {}
        stream = _FileStream(file)
        for count, member in enumerate(members(stream)):
            if count >= PARTS_MAX:
                raise SystemTooLarge(
                    f"The archive has over {PARTS_MAX} members.",
                    "Give the image as 'docker save' or an OCI layout writes it; a root folder is given unpacked.",
                )
            name = posixpath.normpath(member.name).lstrip("/")
            if member.kind is Kind.FILE:
                self._parts[name] = (stream.at, member.size)
            elif member.kind is Kind.HARD_LINK:
                self._links[name] = posixpath.normpath(member.link)
            elif member.kind is Kind.SYMLINK:
                self._links[name] = posixpath.normpath(posixpath.join(posixpath.dirname(name), member.link))

    def size(self, name: str) -> int | None:
        """See ``Blobs``."""
        found = self._find(name)
        return None if found is None else found[1]

    def chunks(self, name: str) -> Iterator[bytes]:
        """See ``Blobs``."""
        at, left = self._find(name) or (0, 0)
        while left:
            self._file.seek(at)
            data = self._file.read(min(CHUNK, left))
            if not data:
                raise NotASystem("The archive is cut: it ends inside of a layer.", "Save the image again.")
            at, left = at + len(data), left - len(data)
            yield data

    def _find(self, name: str) -> tuple[int, int] | None:
        for _ in range(LINKS_MAX):
            if name in self._parts or name not in self._links:
                break
            name = self._links[name]
        return self._parts.get(name)


class FolderBlobs:
    """Parts in a folder; a part that is a link, or lies behind one, is none."""

    def __init__(self, path: Path) -> None:
        """Remember the folder."""
        self._path = path

    def size(self, name: str) -> int | None:
        """See ``Blobs``."""
        try:
            descriptor = self._open(name)
        except OSError:
            return None
        try:
            return os.fstat(descriptor).st_size
        finally:
            os.close(descriptor)

    def chunks(self, name: str) -> Iterator[bytes]:
        """See ``Blobs``."""
        try:
            with os.fdopen(self._open(name), "rb") as file:
                while data := file.read(CHUNK):
                    yield data
        except OSError as error:
            raise NotASystem(f"{name[:80]} cannot be read: {error.strerror}.", "Check its rights.") from error

    def _open(self, name: str) -> int:
        *folders, last = name.split("/")
        here = os.open(self._path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            for part in folders:
                below = os.open(_plain(part), _FLAGS | os.O_DIRECTORY, dir_fd=here)
                os.close(here)
                here = below
            return os.open(_plain(last), _FLAGS, dir_fd=here)
        finally:
            os.close(here)


def _plain(part: str) -> str:
    if part in {"", ".", ".."} or "\0" in part:
        raise FileNotFoundError(part)
    return part


class _FileStream:
    """A file that is read forward, passing over what is not wanted without reading it."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._size = file.seek(0, os.SEEK_END)
        self.at = file.seek(0)

    def take(self, count: int) -> bytes:
        self._file.seek(self.at)
        data = self._file.read(count)
        self.at += len(data)
        return data

    def skip(self, count: int) -> int:
        passed = min(count, max(0, self._size - self.at))
        self.at += passed
        return passed

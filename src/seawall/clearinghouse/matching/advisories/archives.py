"""The files of a source, whatever it is: a folder, a ZIP, a tarball, a file of lines or one file.

Nothing is written: names that lead elsewhere, links and devices can do nothing here but be passed over. What is too large
is reported, and a bomb ends at a total.
"""

import bz2
import gzip
import io
import lzma
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, Any

from seawall.clearinghouse.matching.advisories.documents import text
from seawall.clearinghouse.matching.advisories.errors import NotASource
from seawall.clearinghouse.matching.advisories.types import Unread

MEMBERS_MAX = 2_000_000
"""Files of one source; all of OSV has about 500,000."""
TOTAL_MAX = 64 * 2**30
"""Unpacked bytes of one source; a bomb ends here."""

Report = Callable[[Unread], None]
Member = tuple[str, bytes]
_OPENERS: tuple[tuple[bytes, Any], ...] = ((b"\x1f\x8b", gzip.open), (b"BZh", bz2.open), (b"\xfd7zXZ", lzma.open))
_ARCHIVES = (".zip", ".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tar.xz", ".txz")


def members(source: Path, *, limit: int, report: Report = lambda _unread: None) -> Iterator[Member]:
    """Names and contents of the files of a source, in order of the names where the source allows it.

    A ZIP or tarball inside a folder is read as a folder, one step deep (OSV hands out ``PyPI/all.zip``).

    Args:
        source: Folder, archive or file.
        limit: Bytes of the largest file that is read.
        report: Told of every file that is not read: too large, or damaged in an archive that goes on after it.

    Raises:
        NotASource: It cannot be opened, is damaged, or unpacks to more than is read.
    """
    try:
        total = 0
        for count, (path, data) in enumerate(_members(source, limit, report), start=1):
            total += len(data)
            if count > MEMBERS_MAX or total > TOTAL_MAX:
                raise NotASource(f"{source.name} unpacks to more than is read.", "Is this a source of advisories?")
            yield path, data
    except (
        OSError,
        tarfile.TarError,
        zipfile.BadZipFile,
        zlib.error,
        lzma.LZMAError,
        EOFError,
        RuntimeError,
        NotImplementedError,
        ValueError,
    ) as error:
        raise NotASource(f"{source.name} cannot be read: {text(str(error), 120)}.", "Fetch it again.") from error


def _members(source: Path, limit: int, report: Report) -> Iterator[Member]:
    if source.is_dir():
        for path in sorted(source.rglob("*")):
            if path.is_file() and not path.is_symlink():
                name = path.relative_to(source).as_posix()
                if name.lower().endswith(_ARCHIVES):
                    for inner, data in _of_file(path, limit, report):
                        yield f"{name}/{inner}", data
                else:
                    yield from _plain(path, name, limit, report)
    else:
        yield from _of_file(source, limit, report)


def _of_file(source: Path, limit: int, report: Report) -> Iterator[Member]:
    if _has_lines(source.name):
        yield from _plain(source, source.name, limit, report)
    elif zipfile.is_zipfile(source):
        yield from _of_zip(source, limit, report)
    elif _is_tarball(source):
        yield from _of_tarball(source, limit, report)
    elif source.name.endswith(_ARCHIVES) and source.exists():
        raise NotASource(f"{source.name} is damaged, or no archive.", "Fetch it again.")
    else:
        yield from _plain(source, source.name, limit, report)


def _plain(path: Path, name: str, limit: int, report: Report) -> Iterator[Member]:
    if _has_lines(name):
        yield from _lines_of(path, name, limit)
    elif path.stat().st_size > limit:
        report(_too_large(name, limit))
    else:
        yield name, path.read_bytes()


def _of_zip(source: Path, limit: int, report: Report) -> Iterator[Member]:
    with zipfile.ZipFile(source) as archive:
        for info in sorted(archive.infolist(), key=lambda item: item.filename):
            if info.is_dir():
                continue
            try:
                with archive.open(info) as file:
                    data = file.read(limit + 1)
            except (
                zipfile.BadZipFile,
                zlib.error,
                lzma.LZMAError,
                EOFError,
                RuntimeError,
                NotImplementedError,
            ) as error:
                # The list of names is at the end and whole, so the others can still be read.
                report(Unread(text(info.filename), f"It is damaged in the archive: {text(str(error), 120)}"))
                continue
            if len(data) > limit:
                report(_too_large(info.filename, limit))
            else:
                yield info.filename, data


def _of_tarball(source: Path, limit: int, report: Report) -> Iterator[Member]:
    # As it comes: sorting would unpack it once for each member.
    with _unpacked(source) as file, tarfile.open(fileobj=_Bounded(file, limit), mode="r:") as tar:
        for member in tar:
            if not member.isfile():
                continue
            if member.size > limit:
                report(_too_large(member.name, limit))
            elif (opened := tar.extractfile(member)) is not None:
                yield member.name, opened.read()


class _Bounded(io.RawIOBase):
    """A file of which only short pieces are read at once: a tarball's header may claim to be gigabytes long."""

    def __init__(self, file: IO[bytes], limit: int) -> None:
        super().__init__()
        self._file = file
        self._limit = limit

    def read(self, size: int = -1) -> bytes:
        if not 0 <= size <= self._limit:
            raise ValueError("a piece of the tarball is too long")
        return self._file.read(size)

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        return self._file.seek(offset, whence)

    def tell(self) -> int:
        return self._file.tell()

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True


def _is_tarball(source: Path) -> bool:
    try:
        with _unpacked(source) as file:
            start = file.read(tarfile.BLOCKSIZE)
        tarfile.TarInfo.frombuf(start, tarfile.ENCODING, "surrogateescape")
    except (tarfile.TarError, OSError, EOFError, lzma.LZMAError, zlib.error):
        return False
    return True


def _unpacked(path: Path) -> IO[bytes]:
    with path.open("rb") as file:
        start = file.read(6)
    for magic, opener in _OPENERS:
        if start.startswith(magic):
            opened: IO[bytes] = opener(path)
            return opened
    return path.open("rb")


def _has_lines(name: str) -> bool:
    return name.endswith((".jsonl", ".jsonl.xz", ".jsonl.gz"))


def _lines_of(path: Path, name: str, limit: int) -> Iterator[Member]:
    with _unpacked(path) as file:
        number = 0
        while line := file.readline(limit + 1):
            number += 1
            # Of a line over the limit the beginning is handed on, which its parser refuses, and the rest passed over.
            rest = line
            while rest and not rest.endswith(b"\n"):
                rest = file.readline(limit)
            if line.strip():
                yield f"{name}/{number:06}.json", line


def _too_large(name: str, limit: int) -> Unread:
    return Unread(text(name), f"It has over {limit >> 20} MiB.")

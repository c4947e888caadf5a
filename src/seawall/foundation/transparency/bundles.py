"""The log as one file: a ZIP that anybody can take apart, and of which every bit counts. Pure but for that file.

Members, in this order, all stored without compression (nothing to unpack to death, and the content's
size is the file's size):

==================  ======================================================================
README.txt          how to check the rest by hand
vkey.txt            the key that the exporter says signs the log; compare it with one you trust
checkpoint.txt      signed size and root (C2SP)
checkpoints.jsonl   every earlier checkpoint, one JSON object ``{"note":…}`` a line
leaves.txt          ``index leaf-hash leaf`` a line, from entry 0 on
openings.jsonl      ``{"content":…,"index":…,"salt":…}`` a line: what the exporter may see
manifest.json       count of leaves and openings, SHA-256 of each member above
==================  ======================================================================

Times, flags and attributes in the ZIP have one fixed value, so a changed bit anywhere is noticed: in a
member by its checksum, between members by ``opened``.
"""

import hashlib
import io
import json
import struct
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import rfc8785

from seawall.foundation.platform.errors import TooLarge

README, VKEY, CHECKPOINT, CHECKPOINTS, LEAVES, OPENINGS, MANIFEST = NAMES = (
    "README.txt",
    "vkey.txt",
    "checkpoint.txt",
    "checkpoints.jsonl",
    "leaves.txt",
    "openings.jsonl",
    "manifest.json",
)
FORMAT = "seawall-log-bundle"
VERSION = 1
LINE_MAX = 512 * 1024
"""Bytes of a line: the largest opening, escaped, stays below."""
TEXT_MAX = 256 * 1024
"""Bytes of a member that is read as one text."""

_CHUNK = 1 << 20
_DATE_1980 = 33  # 1 January 1980, the earliest that ZIP knows
_FILE_MODE = 0o644 << 16
_UNIX = 3
_LOCAL = struct.Struct("<4s5H3L2H")
_CENTRAL = struct.Struct("<4s4B4HL2L5H2L")
_END = struct.Struct("<4s4H2LH")


class Damaged(ValueError):
    """The file is not a bundle as an export writes it."""

    def __init__(self, where: str, what: str) -> None:
        super().__init__(f"{where}: {what}")
        self.where = where
        self.what = what


@dataclass(frozen=True, slots=True)
class _Member:
    start: int
    size: int
    crc: int


def pack(file: IO[bytes], members: Mapping[str, Iterable[bytes]]) -> None:
    """Write a bundle.

    Args:
        file: Seekable, opened for writing.
        members: Content of every member but the manifest, as chunks of any size.

    Raises:
        TooLarge: A member has more than 2 GiB, which plain ZIP cannot hold.
    """
    try:
        _pack(file, members)
    except (RuntimeError, zipfile.LargeZipFile) as error:  # zipfile uses either, by when it notices
        raise TooLarge("A part of the bundle has more than 2 GiB.", "Export fewer openings.") from error


def _pack(file: IO[bytes], members: Mapping[str, Iterable[bytes]]) -> None:
    digests: dict[str, str] = {}
    lines: dict[str, int] = {}
    with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED, allowZip64=False) as archive:
        for name in NAMES[:-1]:
            digest = hashlib.sha256()
            lines[name] = 0
            with archive.open(_info(name), "w") as member:
                for chunk in members[name]:
                    member.write(chunk)
                    digest.update(chunk)
                    lines[name] += chunk.count(b"\n")
            digests[name] = digest.hexdigest()
        with archive.open(_info(MANIFEST), "w") as member:
            member.write(_manifest(lines[LEAVES], lines[OPENINGS], digests))


class Bundle:
    """An opened bundle whose frame is sound; its content is not checked yet."""

    def __init__(self, file: IO[bytes], members: Mapping[str, _Member]) -> None:
        self._file = file
        self._members = members

    def text(self, name: str) -> str:
        """A small member as text.

        Raises:
            Damaged: It is too large or no UTF-8.
        """
        member = self._members[name]
        if member.size > TEXT_MAX:
            raise Damaged(name, f"It has {member.size} bytes; {TEXT_MAX} are the most.")
        self._file.seek(member.start)
        try:
            return self._file.read(member.size).decode()
        except UnicodeDecodeError as error:
            raise Damaged(name, f"Byte {error.start} is no UTF-8.") from error

    def lines(self, name: str) -> Iterator[bytes]:
        """The lines of a member, each with its newline (but for a last one that has none).

        Raises:
            Damaged: A line is longer than ``LINE_MAX``.
        """
        member = self._members[name]
        reader = io.BufferedReader(_Section(self._file, member.start, member.size), _CHUNK)
        number = 0
        while line := reader.readline(LINE_MAX + 1):
            number += 1
            if len(line) > LINE_MAX:
                raise Damaged(f"{name}, line {number}", f"The line has more than {LINE_MAX} bytes.")
            yield line

    def damage(self) -> Iterator[Damaged]:
        """What checksums and manifest say against the members; empty for a bundle as it was exported."""
        digests: dict[str, str] = {}
        lines: dict[str, int] = {}
        for name, member in self._members.items():
            digest, crc, lines[name] = hashlib.sha256(), 0, 0
            self._file.seek(member.start)
            left = member.size
            while left and (chunk := self._file.read(min(left, _CHUNK))):
                left -= len(chunk)
                digest.update(chunk)
                crc = zlib.crc32(chunk, crc)
                lines[name] += chunk.count(b"\n")
            digests[name] = digest.hexdigest()
            if crc != member.crc:
                yield Damaged(name, "Its bytes do not fit the checksum in the ZIP: it was changed or damaged.")
        del digests[MANIFEST]
        stated = self._stated_manifest()
        if stated == _manifest(lines[LEAVES], lines[OPENINGS], digests):
            return
        try:
            files = json.loads(stated)["files"]
            changed = [name for name in digests if files[name] != digests[name]]
        except (ValueError, KeyError, TypeError, RecursionError):
            changed = []
        for name in changed:
            yield Damaged(name, "Its SHA-256 is another than the manifest says: it was changed after the export.")
        if not changed:
            yield Damaged(MANIFEST, "It does not describe this bundle.")

    def _stated_manifest(self) -> bytes:
        member = self._members[MANIFEST]
        self._file.seek(member.start)
        return self._file.read(min(member.size, TEXT_MAX))


@contextmanager
def opened(path: Path) -> Iterator[Bundle]:
    """Open a bundle and check its frame byte for byte.

    Raises:
        Damaged: A byte outside the members is not as ``pack`` writes it; says where.
        OSError: The file cannot be read.
    """
    with path.open("rb") as file:
        size = file.seek(0, io.SEEK_END)
        file.seek(0)
        members: dict[str, _Member] = {}
        central = b""
        for name in NAMES:
            offset = file.tell()
            header = file.read(_LOCAL.size + len(name))
            if len(header) < _LOCAL.size + len(name):
                raise Damaged(f"byte {offset}", f"The file ends before {name}: it was cut short, or is no log bundle.")
            crc, stored = _LOCAL.unpack_from(header)[6:8]
            if header != _local(name, crc, stored):
                raise Damaged(f"byte {offset}", f"There is no header of {name} as an export writes it.")
            members[name] = _Member(file.tell(), stored, crc)
            central += _entry(name, crc, stored, offset)
            if file.tell() + stored > size:
                raise Damaged(name, f"It should have {stored} bytes, but the file ends before: it was cut short.")
            file.seek(stored, io.SEEK_CUR)
        start = file.tell()
        end = _END.pack(b"PK\5\6", 0, 0, len(NAMES), len(NAMES), len(central), start, 0)
        if size != start + len(central) + len(end) or file.read() != central + end:
            raise Damaged(f"byte {start}", "The ZIP's directory does not fit its members, or bytes follow it.")
        yield Bundle(file, members)


class _Section(io.RawIOBase):
    """A part of a file as a stream of its own; keeps its place however the file is used between reads."""

    def __init__(self, file: IO[bytes], start: int, size: int) -> None:
        self._file = file
        self._place = start
        self._end = start + size

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]  # the stubs know no common buffer type
        self._file.seek(self._place)
        data = self._file.read(min(len(buffer), self._end - self._place))
        buffer[: len(data)] = data
        self._place += len(data)
        return len(data)


def _info(name: str) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
    info.create_system = _UNIX
    info.external_attr = _FILE_MODE
    return info


def _manifest(entries: int, openings: int, digests: Mapping[str, str]) -> bytes:
    return rfc8785.dumps(
        {"entries": entries, "files": dict(digests), "format": FORMAT, "openings": openings, "v": VERSION}
    )


def _local(name: str, crc: int, size: int) -> bytes:
    """A member's header as ``zipfile`` writes it: version 2.0, no flags, stored (APPNOTE.TXT, 4.3.7)."""
    return _LOCAL.pack(b"PK\3\4", 20, 0, 0, 0, _DATE_1980, crc, size, size, len(name), 0) + name.encode("ascii")


def _entry(name: str, crc: int, size: int, offset: int) -> bytes:
    """A member's entry in the directory (APPNOTE.TXT, 4.3.12)."""
    fixed = (
        b"PK\1\2",
        20,
        _UNIX,
        20,
        0,
        0,
        0,
        0,
        _DATE_1980,
        crc,
        size,
        size,
        len(name),
        0,
        0,
        0,
        0,
        _FILE_MODE,
        offset,
    )
    return _CENTRAL.pack(*fixed) + name.encode("ascii")

"""Reads the members of a tar stream as the hostile things they may be; nothing is written.

ustar, GNU and pax. Python's own ``tarfile`` reads a member's extended header whole however long it says it is, keeps every member it
has seen, and in the releases that we support has had endless loops on hostile headers; 1,000,000 members take it a minute.

    for member in members(stream):
        if member.kind is Kind.FILE: member.read()

A member's bytes are to be read before the next is asked for.
"""

import struct
from collections.abc import Iterator
from enum import Enum
from typing import Protocol

from seawall.clearinghouse.matching.systems.errors import NotASystem, SystemTooLarge, damaged

MEMBERS_MAX = 5_000_000
"""Members of one archive; the largest images have a million."""
EXTENDED_MAX = 1 * 2**20
"""Bytes of an extended header: names and attributes."""
NAME_MAX = 4096
"""Bytes of a name, as on Linux."""

_BLOCK = 512
_ZEROS = bytes(_BLOCK)
_SIZE_MAX = 2**60
_CHECKSUM = struct.Struct("148s8s356s")
_SPACES = 8 * ord(" ")
_GNU_SPARSE_MORE, _GNU_SPARSE_MORE_AGAIN = 482, 504
"""Where an old GNU sparse header, and a further one, says that another follows."""
_BINARY = 0x80
"""First byte of a number that is not in octal digits."""


class Kind(Enum):
    """What a member is."""

    FILE = "file"
    FOLDER = "folder"
    SYMLINK = "symbolic link"
    HARD_LINK = "hard link"
    OTHER = "other"
    """A device, a pipe, or a file with holes."""


class Stream(Protocol):
    """Bytes that are read forward."""

    def take(self, count: int) -> bytes:
        """The next bytes, fewer only at the end."""
        ...

    def skip(self, count: int) -> int:
        """Pass over bytes; how many there were."""
        ...


class Member:
    """A member; ``name`` and ``link`` as written, in UTF-8 with other bytes escaped."""

    __slots__ = ("_begun", "_left", "_stream", "kind", "link", "name", "size")

    def __init__(self, stream: Stream, kind: Kind, name: str, size: int, link: str) -> None:
        self._stream, self._left, self._begun = stream, size, b""
        self.kind, self.name, self.size, self.link = kind, name, size, link

    def begin(self, count: int) -> bytes:
        """At most its first ``count`` bytes; they are still there to be read."""
        if len(self._begun) < count and self._left:
            self._begun += self._take(min(count - len(self._begun), self._left))
        return self._begun[:count]

    def read(self) -> bytes:
        """All of its bytes."""
        self._begun += self._take(self._left)
        return self._begun

    def skip(self) -> None:
        """Pass over what was not read, and to the next header."""
        rest = self._left + -self.size % _BLOCK
        padding = rest - self._left
        if self._stream.skip(rest) < rest - padding:
            raise _cut()
        self._left = 0

    def _take(self, count: int) -> bytes:
        data = self._stream.take(count)
        if len(data) < count:
            raise _cut()
        self._left -= count
        return data


def members(stream: Stream) -> Iterator[Member]:
    """The members of an archive, up to the first block of zeros.

    Raises:
        NotASystem: It is no tar archive, is damaged or ends early.
        SystemTooLarge: Over a limit.
    """
    following: dict[str, str] = {}
    everywhere: dict[str, str] = {}
    count = 0
    while True:
        header = stream.take(_BLOCK)
        if not header or header == _ZEROS:
            return
        if len(header) < _BLOCK:
            raise _cut()
        count += 1
        if count > MEMBERS_MAX:
            raise SystemTooLarge(f"A layer has over {MEMBERS_MAX} members.", "Check where the image comes from.")
        _check(header)
        size, kind = _number(header[124:136]), header[156:157]
        if kind in b"LKxg" and kind:
            _extend(kind, _extended(stream, size), everywhere if kind == b"g" else following)
            continue
        member = _member(stream, header, size, {**everywhere, **following} if everywhere else following)
        following = {}
        if kind == b"S":
            _skip_sparse(stream, header)
        yield member
        member.skip()


def _member(stream: Stream, header: bytes, size: int, extended: dict[str, str]) -> Member:
    kind = _KINDS.get(header[156:157], Kind.OTHER)
    name = extended.get("path") or _name(header)
    link = extended.get("linkpath") or _text(header[157:257])
    if "size" in extended:
        if not extended["size"].isdecimal() or len(extended["size"]) > len(str(_SIZE_MAX)):
            raise damaged("A layer is damaged: a member's size is no number.")
        size = int(extended["size"])
    if any(key.startswith("GNU.sparse.") for key in extended):
        kind = Kind.OTHER
    if kind is Kind.FILE:
        if name.endswith("/"):
            kind, size = Kind.FOLDER, 0  # how the oldest archives mark them
    elif kind is not Kind.OTHER:
        size = 0  # some writers give the target's
    if len(name) > NAME_MAX:
        raise damaged(f"A layer is damaged: a name has over {NAME_MAX} characters.")
    return Member(stream, kind, name, size, link)


_KINDS = {
    b"0": Kind.FILE,
    b"\0": Kind.FILE,
    b"7": Kind.FILE,
    b"1": Kind.HARD_LINK,
    b"2": Kind.SYMLINK,
    b"5": Kind.FOLDER,
}


def _check(header: bytes) -> None:
    before, _, after = _CHECKSUM.unpack(header)
    if _octal(header[148:156]) != sum(before) + sum(after) + _SPACES:
        raise damaged("A layer is damaged, or is no tar archive: a header's checksum is wrong.")


def _name(header: bytes) -> str:
    name = _text(header[:100])
    if header[257:263] == b"ustar\0" and header[345]:
        return f"{_text(header[345:500])}/{name}"
    return name


def _text(field: bytes) -> str:
    return field.partition(b"\0")[0].decode("utf-8", "surrogateescape")


def _number(field: bytes) -> int:
    binary = field[0] & _BINARY
    number = int.from_bytes(bytes([field[0] & ~_BINARY]) + field[1:], "big") if binary else _octal(field)
    if not 0 <= number <= _SIZE_MAX:
        raise damaged("A layer is damaged: a member's size is no number.")
    return number


def _octal(field: bytes) -> int:
    digits = field.strip(b" \0")
    if not digits:
        return 0
    if len(digits.translate(None, b"01234567")):
        raise damaged("A layer is damaged, or is no tar archive: a header's number is none.")
    return int(digits, 8)


def _extended(stream: Stream, size: int) -> bytes:
    if size > EXTENDED_MAX:
        raise SystemTooLarge(
            f"A layer has an extended header of over {EXTENDED_MAX} bytes.", "Check where the image comes from."
        )
    data = stream.take(size)
    if len(data) < size or stream.skip(-size % _BLOCK) < -size % _BLOCK:
        raise _cut()
    return data


def _extend(kind: bytes, data: bytes, into: dict[str, str]) -> None:
    if kind in b"LK":
        into["path" if kind == b"L" else "linkpath"] = _text(data)
        return
    at = 0
    while at < len(data):
        space = data.find(b" ", at, at + 20)
        digits = data[at:space] if space >= 0 else b""
        length = int(digits) if digits.isdigit() else 0
        if space < 0 or length <= space + 1 - at or at + length > len(data):
            raise damaged("A layer is damaged: an extended header's lengths do not fit.")
        key, _, value = data[space + 1 : at + length].rstrip(b"\n").partition(b"=")
        if key in {b"path", b"linkpath", b"size"} or key.startswith(b"GNU.sparse."):
            into[key.decode("ascii", "replace")] = value.decode("utf-8", "surrogateescape")
        at += length


def _skip_sparse(stream: Stream, header: bytes) -> None:
    more = header[_GNU_SPARSE_MORE]
    while more:
        block = stream.take(_BLOCK)
        if len(block) < _BLOCK:
            raise _cut()
        more = block[_GNU_SPARSE_MORE_AGAIN]


def _cut() -> NotASystem:
    return damaged("A layer is cut: it ends inside of a file.")

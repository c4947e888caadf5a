"""The three containers in which RPM keeps headers: SQLite (since 4.16), ndb (openSUSE), Berkeley DB hashes (until Fedora 32,
RHEL 8). Each function gives the headers' bytes, in the order of the file.

SQLite runs on a private copy in memory, opened for reading only; the other two are read here. References: rpm's
``lib/backend/ndb/rpmpkg.c`` and ``lib/backend/sqlite.c`` for the layouts, Berkeley DB's ``db_page.h``.
"""

import sqlite3
import struct
from collections.abc import Iterator

from seawall.clearinghouse.matching.systems.errors import NotASystem

HEADERS_MAX = 200_000
"""Packages of one database."""
HEADER_MAX = 64 * 2**20
"""Bytes of one header; the largest at hand have 5 MB. rpm's own limit is 256 MB."""

_SQLITE = b"SQLite format 3\0"
_NDB, _NDB_SLOT, _NDB_BLOB = b"RpmP", b"Slot", b"BlbS"
_NDB_PAGE, _NDB_BLOCK = 4096, 16
_NDB_FIRST_SLOTS = 2
"""Slots' room that the file's own header takes."""
_BDB_HASH = 0x00061561
_BDB_PAGES = frozenset({2, 13})
"""Page types of hash buckets: unsorted and sorted."""
_BDB_PAGE_MIN, _BDB_PAGE_MAX = 512, 65536
_BDB_OFF_PAGE = 3
_BDB_OVERFLOW = 7
_BDB_HEAD = 26
"""Bytes of a page's own header."""


def headers(data: bytes) -> Iterator[bytes]:
    """The headers in a database of any of the three kinds.

    Raises:
        NotASystem: It is none of them, or is damaged.
    """
    if data[:16] == _SQLITE:
        return _bounded(_sqlite(data), len(data))
    if data[:4] == _NDB:
        return _bounded(_ndb(data), len(data))
    for order in "<>":
        if len(data) >= _BDB_PAGE_MIN and struct.unpack_from(f"{order}I", data, 12)[0] == _BDB_HASH:
            return _bounded(_berkeley(data, order), len(data))
    raise NotASystem("The RPM database is of a kind that is not read; SQLite, ndb and Berkeley DB hashes are.")


def _bounded(found: Iterator[bytes], size: int) -> Iterator[bytes]:
    left = size
    for count, blob in enumerate(found):
        left -= len(blob)
        if left < 0:
            raise NotASystem("The RPM database is damaged: its packages are larger than itself.")
        if count >= HEADERS_MAX:
            raise NotASystem(f"The RPM database has over {HEADERS_MAX} packages.")
        yield blob


def _sqlite(data: bytes) -> Iterator[bytes]:
    # A database with a write-ahead log cannot be opened from memory; bytes 18 and 19 say which kind it is.
    plain = data[:18] + b"\1\1" + data[20:]
    connection = sqlite3.connect(":memory:")
    try:
        connection.deserialize(plain)
        connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, HEADER_MAX)
        connection.execute("PRAGMA query_only = 1")
        connection.execute("PRAGMA trusted_schema = 0")
        kind = connection.execute("SELECT type, rootpage > 0 FROM sqlite_schema WHERE name = 'Packages'").fetchone()
        if kind != ("table", 1):  # a virtual table has no page of its own
            raise NotASystem("The SQLite file is no RPM database: it has no table Packages.")
        for (blob,) in connection.execute("SELECT blob FROM Packages ORDER BY hnum"):
            if not isinstance(blob, bytes):
                raise NotASystem("A package's header in the RPM database is no bytes.")
            yield blob
    except (sqlite3.Error, OverflowError, MemoryError) as error:
        raise NotASystem(f"The RPM database is damaged: {str(error)[:100]}.") from error
    finally:
        connection.close()


def _ndb(data: bytes) -> Iterator[bytes]:
    if len(data) < _NDB_PAGE:
        raise NotASystem("The RPM database (ndb) is cut.")
    version, _, pages = struct.unpack_from("<III", data, 4)
    if version != 0 or pages * _NDB_PAGE > len(data):
        raise NotASystem("The RPM database (ndb) is cut, or of a version that is not read.")
    found = []
    for at in range(16 * _NDB_FIRST_SLOTS, pages * _NDB_PAGE, 16):
        mark, index, block, _ = struct.unpack_from("<4sIII", data, at)
        if mark != _NDB_SLOT:
            raise NotASystem("The RPM database (ndb) is damaged: a slot has no mark.")
        if block:
            found.append((index, block * _NDB_BLOCK))
    for index, at in sorted(found):
        mark, same, _, length = struct.unpack_from("<4sIII", data, at) if at + 16 <= len(data) else (b"", 0, 0, 0)
        if mark != _NDB_BLOB or same != index or length > HEADER_MAX or at + 16 + length > len(data):
            raise NotASystem("The RPM database (ndb) is damaged: a header is not where its slot says.")
        yield data[at + 16 : at + 16 + length]


def _berkeley(data: bytes, order: str) -> Iterator[bytes]:
    size, last = struct.unpack_from(f"{order}I", data, 20)[0], struct.unpack_from(f"{order}I", data, 32)[0]
    if not _BDB_PAGE_MIN <= size <= _BDB_PAGE_MAX or size & (size - 1) or len(data) < size * (last + 1):
        raise NotASystem("The RPM database (Berkeley DB) is cut.")
    for page in range(1, last + 1):
        begin = page * size
        if data[begin + 25] not in _BDB_PAGES:
            continue
        entries = struct.unpack_from(f"{order}H", data, begin + 20)[0]
        if _BDB_HEAD + 2 * entries > size:
            raise NotASystem("The RPM database (Berkeley DB) is damaged: a page has more entries than room.")
        # Keys and values take turns; a header is never short enough to stand on the page itself.
        for offset in struct.unpack_from(f"{order}{entries}H", data, begin + _BDB_HEAD)[1::2]:
            if offset + 12 <= size and data[begin + offset] == _BDB_OFF_PAGE:
                first, length = struct.unpack_from(f"{order}II", data, begin + offset + 4)
                yield _overflow(data, order, size, first, length)


def _overflow(data: bytes, order: str, size: int, page: int, length: int) -> bytes:
    if length > HEADER_MAX:
        raise NotASystem("The RPM database (Berkeley DB) is damaged: a header is longer than any.")
    parts: list[bytes] = []
    left = length
    while left > 0:
        begin = page * size
        is_cycle = len(parts) * size > len(data)
        if page == 0 or is_cycle or begin + size > len(data) or data[begin + 25] != _BDB_OVERFLOW:
            raise NotASystem("The RPM database (Berkeley DB) is damaged: a header's pages are not there.")
        following, used = (
            struct.unpack_from(f"{order}I", data, begin + 16)[0],
            struct.unpack_from(f"{order}H", data, begin + 22)[0],
        )
        if not 0 < used <= size - _BDB_HEAD:
            raise NotASystem("The RPM database (Berkeley DB) is damaged: a page is empty.")
        parts.append(data[begin + _BDB_HEAD : begin + _BDB_HEAD + used])
        left -= used
        page = following
    return b"".join(parts)[:length]

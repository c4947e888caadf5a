"""An RPM header as the databases keep it: an index of tags over a store of values (rpm's ``headerImport`` without signature).

Layout, big-endian: count of entries, bytes of the store, then per entry tag, type, offset and count, then the store.
"""

import struct
from collections.abc import Iterator

from seawall.clearinghouse.matching.systems.errors import NotASystem
from seawall.clearinghouse.matching.systems.types import Installed

ENTRIES_MAX = 65_536
"""Entries of one header, as in rpm itself."""
STRINGS_MAX = 2_000_000
"""Strings of one entry; the largest packages have 100,000 files."""

_NAME, _VERSION, _RELEASE, _EPOCH = 1000, 1001, 1002, 1003
_ARCH, _SOURCE = 1022, 1044
_DIRINDEXES, _BASENAMES, _DIRNAMES = 1116, 1117, 1118
_INT32, _STRING, _STRINGS, _I18N = 4, 6, 8, 9
_TEXTS = frozenset({_STRING, _STRINGS, _I18N})
_KEYS = "gpg-pubkey"
"""Name under which rpm keeps trusted keys among the packages."""

Entries = dict[int, tuple[int, int, int]]


class Header:
    """One package's header."""

    def __init__(self, blob: bytes) -> None:
        """Read the index.

        Raises:
            NotASystem: It does not fit its own sizes.
        """
        if len(blob) < 8:  # noqa: PLR2004 - the two counts
            raise NotASystem("A package's header in the RPM database is cut.")
        count, size = struct.unpack_from(">II", blob)
        begin = 8 + 16 * count
        if count > ENTRIES_MAX or begin + size > len(blob):
            raise NotASystem("A package's header in the RPM database is cut.")
        self._store = memoryview(blob)[begin : begin + size]
        self._entries: Entries = {}
        for tag, kind, offset, number in struct.iter_unpack(">iiiI", blob[8:begin]):
            self._entries.setdefault(tag, (kind, offset, number))

    def text(self, tag: int) -> str:
        """A tag's first string; empty where there is none."""
        return next(self.texts(tag), "")

    def texts(self, tag: int) -> Iterator[str]:
        """A tag's strings."""
        kind, offset, number = self._entries.get(tag, (0, 0, 0))
        if kind not in _TEXTS or not 0 <= offset < len(self._store) or number > STRINGS_MAX:
            return
        parts = bytes(self._store[offset:]).split(b"\0", number)[:number]
        yield from (part.decode("utf-8", "replace") for part in parts)

    def numbers(self, tag: int) -> tuple[int, ...]:
        """A tag's 32-bit numbers."""
        kind, offset, number = self._entries.get(tag, (0, 0, 0))
        if kind != _INT32 or offset < 0 or offset + 4 * number > len(self._store):
            return ()
        return struct.unpack_from(f">{number}I", self._store, offset)


def package(header: Header) -> Installed | None:
    """What a header says is installed; None for the keys that are kept among the packages."""
    name, version, release = (header.text(tag) for tag in (_NAME, _VERSION, _RELEASE))
    if name == _KEYS:
        return None
    if not name or not version:
        raise NotASystem("A package in the RPM database has no name or version.")
    epoch = header.numbers(_EPOCH)
    return Installed(
        "rpm",
        name,
        f"{version}-{release}" if release else version,
        arch=header.text(_ARCH),
        epoch=str(epoch[0]) if epoch and epoch[0] else "",
        source=header.text(_SOURCE),
    )


def files(header: Header) -> Iterator[str]:
    """Paths of all files that a package brought."""
    folders = tuple(header.texts(_DIRNAMES))
    for index, name in zip(header.numbers(_DIRINDEXES), header.texts(_BASENAMES), strict=False):
        if index < len(folders):
            yield folders[index] + name

"""What systems consist of: trees of entries, and readers that say what a file lists as installed.

A tree is walked once; nothing is written, and no link is followed: a package database is found at each place where a distribution
keeps the real file. A reader decides by the path whether it wants a file, and turns its bytes into ``Found``; the bytes are then
let go. So an image of any size needs the memory of its largest wanted file.

Readers are modules in ``readers/`` that export ``wants``, ``read`` and ``SIZE_MAX``. They raise ``NotASystem`` where a file is not
what its name says; that file is noted, and nothing else is lost.
"""

from importlib import import_module
from typing import Any, Protocol, cast

from seawall.clearinghouse.matching.systems.types import Found


class Entry(Protocol):
    """A regular file of a tree."""

    @property
    def path(self) -> str:
        """From the root, without the first slash; no part is empty, ``.`` or ``..``."""
        ...

    @property
    def size(self) -> int:
        """Bytes."""
        ...

    def begin(self, count: int) -> bytes:
        """At most its first ``count`` bytes."""
        ...

    def read(self) -> bytes:
        """All of it; the caller has looked at ``size``."""
        ...


class Reader(Protocol):
    """A module that knows one kind of file."""

    SIZE_MAX: int
    """Bytes; a larger file is noted and passed over."""
    LANGUAGE: bool
    """Whether a distribution's package may bring such files, and then answers for them."""

    def wants(self, path: str) -> bool:
        """Whether the file of this path is of the kind."""
        ...

    def read(self, path: str, entry: Entry) -> Found:
        """What the file says."""
        ...


_NAMES = ("os_release", "dpkg", "apk", "rpm", "python", "node", "java", "binaries")


def readers() -> tuple[Reader, ...]:
    """All readers, in the order in which they are asked."""
    here = __name__.rpartition(".")[0]
    modules: list[Any] = [import_module(f"{here}.readers.{name}") for name in _NAMES]
    return tuple(cast("Reader", module) for module in modules)

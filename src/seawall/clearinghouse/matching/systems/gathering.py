"""What was found in a tree, with the layers of an image laid over each other.

Found things hang in a tree of path parts, so that a layer takes away a file or a whole folder in as many steps as its path has
parts, however many there are.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

from seawall.clearinghouse.matching.systems.errors import NotASystem, SystemTooLarge
from seawall.clearinghouse.matching.systems.interface import Entry, Reader, readers
from seawall.clearinghouse.matching.systems.types import NOTHING, Found

INSTALLED_MAX = 1_000_000
"""Packages found in all layers, those that later layers take away included."""
OWNED_MAX = 5_000_000
"""Files of packages that are remembered."""
NOTES_MAX = 40
"""Notes that are kept; the others are counted."""
SHOWN = 120
"""Characters of a path in a note."""


class Gathering:
    """Found things by path; ``offer`` files, then ``remove`` what later layers take away."""

    def __init__(self) -> None:
        self._readers = readers()
        self._root = _Node()
        self._installed = self._owned = 0
        self.notes = Notes()

    def look(self, entry: Entry) -> tuple[Reader, Found] | None:
        """What the first reader that wants a file finds in it; None where none does.

        A file that is damaged or too large is noted.

        Raises:
            SystemTooLarge: More packages or files of packages than any system has.
        """
        reader = self.reader_of(entry.path)
        if reader is None:
            return None
        if entry.size > reader.SIZE_MAX:
            self.notes.add(f"{shown(entry.path)} is not read: it has over {reader.SIZE_MAX // 2**20} MiB.")
            return reader, NOTHING
        try:
            found = reader.read(entry.path, entry)
        except NotASystem as error:
            self.notes.add(f"{shown(entry.path)} is not read: {error.detail}")
            return reader, NOTHING
        self._installed += len(found.installed)
        self._owned += len(found.owned)
        if self._installed > INSTALLED_MAX or self._owned > OWNED_MAX:
            raise SystemTooLarge(
                f"The system has over {INSTALLED_MAX} packages, or {OWNED_MAX} files of packages.",
                "Check the parts of it one by one.",
            )
        return reader, found

    def reader_of(self, path: str) -> Reader | None:
        """The reader that wants the file of a path."""
        return next((reader for reader in self._readers if reader.wants(path)), None)

    def put(self, path: str, reader: Reader, found: Found) -> None:
        """Keep what was found at a path, in place of what was there."""
        node = self._root
        for part in path.split("/"):
            node.held = None  # a folder now
            node = node.children.setdefault(part, _Node())
        node.children.clear()
        node.held = (path, reader, found)

    def has(self, path: str) -> bool:
        """Whether something was found at or below a path."""
        node = self._root
        for part in path.split("/"):
            following = node.children.get(part)
            if following is None:
                return False
            node = following
        return True

    def remove(self, path: str, *, inside_only: bool = False) -> None:
        """Take away what was found at and below a path, or only below it."""
        node = self._root
        parts = path.split("/") if path else []
        for part in parts[:-1]:
            following = node.children.get(part)
            if following is None:
                return
            node = following
        if not parts:
            node.children.clear()
        elif not inside_only:
            node.children.pop(parts[-1], None)
        elif (last := node.children.get(parts[-1])) is not None:
            last.children.clear()

    def owned(self) -> frozenset[str]:
        """Files that a package of the distribution brought."""
        return frozenset(path for _, _, found in self.all() for path in found.owned)

    def all(self) -> Iterator[tuple[str, Reader, Found]]:
        """What is left, in the order of the paths."""
        waiting = [self._root]
        while waiting:
            node = waiting.pop()
            if node.held is not None:
                yield node.held
            waiting += [node.children[part] for part in sorted(node.children, reverse=True)]


@dataclass(slots=True)
class _Node:
    children: "dict[str, _Node]" = field(default_factory=dict)
    held: tuple[str, Reader, Found] | None = None


class Notes:
    """Sentences, each once, and a count of those that were too many."""

    def __init__(self) -> None:
        self._kept: dict[str, None] = {}
        self._more = 0

    def add(self, note: str) -> None:
        """Keep a sentence."""
        if note in self._kept:
            return
        if len(self._kept) >= NOTES_MAX:
            self._more += 1
        else:
            self._kept[note] = None

    def all(self) -> tuple[str, ...]:
        """All of them."""
        return (*self._kept, *((f"{self._more} more notes are not shown.",) if self._more else ()))


def shown(path: str) -> str:
    """A path in a sentence."""
    safe = clean(path[-SHOWN:])
    return safe if len(path) <= SHOWN else f"...{safe}"


def clean(text: str) -> str:
    """A text without what moves a terminal's cursor or cannot be written: controls, and bytes that are not UTF-8."""
    if text.isprintable():
        return text
    return "".join(character if character.isprintable() else "\N{REPLACEMENT CHARACTER}" for character in text)

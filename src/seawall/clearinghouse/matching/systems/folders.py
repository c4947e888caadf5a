"""A folder on this machine as a system's root, walked without following a link.

Each folder is opened from its parent's descriptor, and no name is resolved twice: one who may write in the tree cannot lead the
walk out of it, not even while it runs.
"""

import os
import stat
from collections.abc import Callable, Collection, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

from seawall.clearinghouse.matching.systems.errors import NotASystem, SystemTooLarge
from seawall.clearinghouse.matching.systems.gathering import Notes, shown

ENTRIES_MAX = 20_000_000
"""Files and folders; a build server with its caches has a few million."""
DEPTH_MAX = 128
"""Folders inside each other; each costs an open descriptor."""

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


@dataclass(frozen=True, slots=True)
class FolderEntry:
    """An open file of the tree."""

    path: str
    size: int
    descriptor: int

    def begin(self, count: int) -> bytes:
        """See ``interface.Entry``."""
        return self._part(min(count, self.size), 0)

    def read(self) -> bytes:
        """See ``interface.Entry``."""
        parts: list[bytes] = []
        at = 0
        # What has grown since it was opened is not read.
        while at < self.size and (part := self._part(self.size - at, at)):
            parts.append(part)
            at += len(part)
        return b"".join(parts)

    def _part(self, count: int, at: int) -> bytes:
        try:
            return os.pread(self.descriptor, count, at)
        except OSError as error:
            raise NotASystem(f"Reading it failed: {error.strerror}.") from error


class Folder:
    """A tree below a folder."""

    def __init__(
        self, path: str, wants: Callable[[str], bool], *, without: Collection[str] = (), only: Collection[str] = ()
    ) -> None:
        """Prepare a walk.

        Args:
            path: The root.
            wants: Of a path; only such files are opened.
            without: Paths of folders that are passed over.
            only: Where not empty, paths of files and folders; others are passed over.
        """
        self._path, self._wants, self._without = path, wants, frozenset(without)
        self._only = tuple(f"{place}/" for place in only)
        self._unreadable = 0
        self.notes = Notes()

    def entries(self) -> Iterator[FolderEntry]:
        """All wanted regular files, depth first.

        Raises:
            NotASystem: The root is no folder, or cannot be opened.
            SystemTooLarge: More entries than ``ENTRIES_MAX``.
        """
        try:
            root = os.open(self._path, _FOLDER & ~os.O_NOFOLLOW)
        except OSError as error:
            raise NotASystem(f"The folder cannot be opened: {error.strerror}.", "Check its name and rights.") from error
        count = 0
        with ExitStack() as cleaning:
            waiting = [_Level("", root)]
            cleaning.callback(_close, waiting)
            while waiting:
                level = waiting[-1]
                item = level.following()
                if item is None:
                    waiting.pop().close()
                    continue
                count += 1
                if count > ENTRIES_MAX:
                    raise SystemTooLarge(
                        f"The folder has over {ENTRIES_MAX} files.", "Check the parts of it one by one."
                    )
                path = f"{level.path}/{item.name}" if level.path else item.name
                if item.is_dir(follow_symlinks=False):
                    self._descend(waiting, level, item.name, path)
                elif self._wants(path) and item.is_file(follow_symlinks=False):
                    yield from self._file(level, item.name, path)
        if self._unreadable:
            self.notes.add(f"{self._unreadable} files and folders may not be read by this user, and are not looked at.")

    def _descend(self, waiting: "list[_Level]", level: "_Level", name: str, path: str) -> None:
        if path in self._without or (self._only and not self._leads_to(f"{path}/")):
            return
        if len(waiting) > DEPTH_MAX:
            self.notes.add(f"{shown(path)} is not looked at: it lies over {DEPTH_MAX} folders deep.")
            return
        try:
            below = _Level(path, os.open(name, _FOLDER, dir_fd=level.descriptor))
        except OSError:
            self._unreadable += 1
            return
        self._unreadable += below.failed
        waiting.append(below)

    def _leads_to(self, folder: str) -> bool:
        return any(folder.startswith(place) or place.startswith(folder) for place in self._only)

    def _file(self, level: "_Level", name: str, path: str) -> Iterator[FolderEntry]:
        try:
            descriptor = os.open(name, _FILE, dir_fd=level.descriptor)
        except OSError:
            self._unreadable += 1
            return
        try:
            status = os.fstat(descriptor)
            if stat.S_ISREG(status.st_mode):
                yield FolderEntry(path, status.st_size, descriptor)
        finally:
            os.close(descriptor)


def _close(levels: "list[_Level]") -> None:
    for level in levels:
        level.close()


class _Level:
    """An open folder and what is left of it."""

    def __init__(self, path: str, descriptor: int) -> None:
        self.path, self.descriptor = path, descriptor
        # A list of one folder at most; names sorted, so that two walks of a tree find the same in the same order.
        self._items: list[os.DirEntry[Any]]
        self.failed = False
        try:
            with os.scandir(descriptor) as found:
                self._items = sorted(found, key=lambda item: item.name, reverse=True)
        except OSError:
            self._items, self.failed = [], True

    def following(self) -> "os.DirEntry[str] | None":
        return self._items.pop() if self._items else None

    def close(self) -> None:
        if self.descriptor >= 0:
            os.close(self.descriptor)
            self.descriptor = -1

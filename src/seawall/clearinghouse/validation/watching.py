"""Watches from outside what a run does to the harness's files: made, opened, read. Linux's inotify; no threads.

    with Watcher() as watcher:
        watcher.made(stage.work, "/work")
        watcher.opened(folder / "touch", "touch")
        ...                                  # the run
        seen = watcher.seen()

The kernel notes each event in a queue of ours while the run goes on, so a file that is made and removed again is seen, and a
program that is started by the kernel is seen although nothing inside says so. Nothing inside can reach the queue: an
event cannot be taken back, and can be caused only by doing what it says. Who did it, the package or the driver, it does not say.

New folders are watched by nobody, what stays in them is found by looking after the run.
"""

import ctypes
import errno
import os
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from seawall.clearinghouse.validation.errors import Infrastructure

EVENTS_BYTES_MAX = 4 * 2**20
"""Bytes of events looked at after a run; the kernel's own queue ends at 16,384 events."""
NAMES_MAX = 200
_ACCESS, _OPEN, _MOVED_TO, _CREATE = 0x1, 0x20, 0x80, 0x100
_ISDIR = 0x40000000
_HEADER = struct.Struct("iIII")
_CHUNK = 65536


@dataclass(frozen=True)
class Witnessed:
    """What was seen of a run from outside its sandbox."""

    made: tuple[str, ...] = ()
    """Paths, as the run saw them, of files that were made, sorted; also of those that were removed again."""
    opened: tuple[str, ...] = ()
    """Labels of watched files that were opened, which is also how the kernel starts a program."""
    read: tuple[str, ...] = ()
    """Labels of watched files whose content was read."""


class Watcher:
    """One queue of events."""

    def __init__(self) -> None:
        """Open the queue.

        Raises:
            Infrastructure: The kernel has none left.
        """
        self._libc = ctypes.CDLL(None, use_errno=True)
        self._descriptor = self._libc.inotify_init1(os.O_NONBLOCK | os.O_CLOEXEC)
        self._labels: dict[int, tuple[str, str]] = {}
        if self._descriptor < 0:
            raise Infrastructure(
                f"Files cannot be watched: {os.strerror(ctypes.get_errno())}.", "Raise fs.inotify.max_user_instances."
            )

    def __enter__(self) -> Self:
        """The watcher."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the queue."""
        os.close(self._descriptor)

    def made(self, folder: Path, inside: str) -> None:
        """Note the files that are made in a folder, which is at ``inside`` in the run."""
        self._add(folder, _CREATE | _MOVED_TO, "made", inside)

    def opened(self, file: Path, label: str) -> None:
        """Note that a program was started."""
        self._add(file, _OPEN, "opened", label)

    def read(self, file: Path, label: str) -> None:
        """Note that a file's content was read; that it was opened, or asked about, is not enough."""
        self._add(file, _ACCESS, "read", label)

    def seen(self) -> Witnessed:
        """What was noted so far."""
        found: dict[str, set[str]] = {"made": set(), "opened": set(), "read": set()}
        for number, mask, name in self._events():
            kind, label = self._labels.get(number, ("", ""))
            if kind == "made" and name and not mask & _ISDIR and len(found[kind]) < NAMES_MAX:
                found[kind].add(f"{label}/{name}")
            elif kind in {"opened", "read"}:
                found[kind].add(label)
        return Witnessed(*(tuple(sorted(found[kind])) for kind in ("made", "opened", "read")))

    def _add(self, path: Path, mask: int, kind: str, label: str) -> None:
        number = self._libc.inotify_add_watch(self._descriptor, os.fsencode(path), mask)
        if number < 0:
            raise Infrastructure(
                f"A file cannot be watched: {os.strerror(ctypes.get_errno())}.", "Raise fs.inotify.max_user_watches."
            )
        self._labels[number] = (kind, label)

    def _events(self) -> Iterator[tuple[int, int, str]]:
        taken = 0
        while taken < EVENTS_BYTES_MAX:
            try:
                data = os.read(self._descriptor, _CHUNK)
            except OSError as error:
                if error.errno in {errno.EAGAIN, errno.EWOULDBLOCK}:
                    return
                raise
            taken += len(data)
            place = 0
            while place < len(data):
                number, mask, _, length = _HEADER.unpack_from(data, place)
                place += _HEADER.size
                name = data[place : place + length].rstrip(b"\0").decode("utf-8", errors="replace")
                place += length
                yield number, mask, name

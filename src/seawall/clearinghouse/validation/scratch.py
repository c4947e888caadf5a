"""Folders for one validation: made, given away to hostile programs, and removed whatever those left in them.

A folder is locked while its validation lives. The lock goes with the process, however it ends, so what a killed
worker left behind is told from what is in use, and the next validation removes it.
"""

import contextlib
import fcntl
import os
import secrets
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path

PREFIX = "seawall-proof-"
_LOCK = ".lock"


@contextlib.contextmanager
def folder(*, parent: Path | None = None) -> Iterator[Path]:
    """A fresh folder that everybody may enter and only we may change."""
    # The lock is taken before the folder has the name that ``sweep`` looks for: nobody sees it unlocked.
    place = parent or Path(tempfile.gettempdir())
    made = Path(tempfile.mkdtemp(prefix=f".{PREFIX}", dir=place))
    lock = os.open(made / _LOCK, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
    fcntl.flock(lock, fcntl.LOCK_EX)
    path = made.rename(place / made.name.removeprefix("."))
    path.chmod(0o755)
    try:
        yield path
    finally:
        remove(path)
        os.close(lock)


def sweep(*, parent: Path | None = None) -> int:
    """Remove what validations of ours that were killed left behind.

    Returns:
        How many folders were removed.
    """
    removed = 0
    for path in (parent or Path(tempfile.gettempdir())).glob(f"{PREFIX}*"):
        try:
            ours = stat.S_ISDIR(path.lstat().st_mode) and path.lstat().st_uid == os.geteuid()
            lock = os.open(path / _LOCK, os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC) if ours else None
        except OSError:
            continue
        if lock is None:
            continue
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            remove(path)
            removed += 1
        except OSError:
            continue
        finally:
            os.close(lock)
    return removed


def remove(path: Path) -> None:
    """Remove a folder with everything in it, however deep, and follow no link.

    Folders are moved up to the top before they are emptied, so that neither the length of a path nor the depth of a
    nest matters. What cannot be removed stays, for the next ``sweep``.
    """
    with contextlib.suppress(OSError):
        top = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
        try:
            _empty(top)
        finally:
            os.close(top)
        path.rmdir()


def _empty(top: int) -> None:
    waiting = ["."]
    while waiting:
        name = waiting.pop()
        here = os.open(name, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=top)
        try:
            waiting += _moved_up(here, top, kept=_LOCK if name == "." else None)
        finally:
            os.close(here)
        if name != ".":
            os.rmdir(name, dir_fd=top)
    # Last, so that what a kill interrupts is still found by ``sweep``.
    with contextlib.suppress(FileNotFoundError):
        os.unlink(_LOCK, dir_fd=top)


def _moved_up(here: int, top: int, *, kept: str | None) -> list[str]:
    """Unlink everything in a folder but its folders, which are moved to the top; their new names."""
    moved = []
    with os.scandir(here) as entries:
        found = [(entry.name, entry.is_dir(follow_symlinks=False)) for entry in entries]
    for name, is_folder in found:
        if is_folder:
            moved.append(secrets.token_hex(16))
            os.chmod(name, 0o700, dir_fd=here)
            os.rename(name, moved[-1], src_dir_fd=here, dst_dir_fd=top)
        elif name != kept:
            os.unlink(name, dir_fd=here)
    return moved

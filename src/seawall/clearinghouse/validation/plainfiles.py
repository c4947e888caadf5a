"""Reads files that a proof may have made: no links followed, no pipes waited for, never more than asked.

A proof may leave a link to the host's files, a pipe that never answers, or a sparse file of a terabyte where the
harness will look.
"""

import os
import stat
from collections.abc import Iterator
from pathlib import Path

FILES_MAX = 200
"""Files looked at in one folder."""


def read(path: Path, limit: int) -> bytes | None:
    """At most ``limit`` bytes of a regular file; None where there is none."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        # Asked before Python opens it: of a folder it would make no file at all.
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            return None
        with os.fdopen(os.dup(descriptor), "rb") as file:
            return file.read(limit)
    finally:
        os.close(descriptor)


def walk(folder: Path) -> Iterator[Path]:
    """Regular files below a folder, at most ``FILES_MAX``, without following links."""
    count = 0
    stack = [folder]
    while stack:
        try:
            with os.scandir(stack.pop()) as entries:
                for entry in entries:
                    count += 1
                    if count > FILES_MAX:
                        return
                    if entry.is_dir(follow_symlinks=False):
                        stack.append(Path(entry.path))
                    elif entry.is_file(follow_symlinks=False):
                        yield Path(entry.path)
        except OSError:
            continue

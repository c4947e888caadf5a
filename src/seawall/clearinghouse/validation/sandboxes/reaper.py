"""Stands around sandlock and ends whatever a program leaves: ``python -I -S reaper.py ORDERS TOLD``, two descriptors.

Three processes: this one, which the worker may kill at any time and which dies with it; the reaper, in a session of its own,
to which every orphan comes; and sandlock's supervisor with the program below it. The reaper goes when nothing is left, however
this one ended. A program cannot reach it: Landlock keeps signals within. Standard library and sandlock only.
"""

import contextlib
import ctypes
import json
import os
import resource
import select
import signal
import sys
from pathlib import Path
from typing import Any

_PDEATHSIG, _SUBREAPER = 1, 36
_PAUSE_S = 0.005
_libc = ctypes.CDLL(None, use_errno=True)


def main(orders: int, told: int) -> int:
    """Start, wait and clean up; 0 once the reaper has said how the program ended."""
    order = json.loads(os.pread(orders, os.fstat(orders).st_size, 0))
    os.close(orders)
    outer = os.pidfd_open(os.getpid())
    reaper = os.fork()
    if reaper:
        os.close(told)
        _close_standard()
        return os.waitstatus_to_exitcode(os.waitpid(reaper, 0)[1])
    os.setsid()
    _libc.prctl(_SUBREAPER, 1, 0, 0, 0)
    os.write(told, f"reaper {os.getpid()}\n".encode())
    read, write = os.pipe()
    supervisor = os.fork()
    if not supervisor:
        _libc.prctl(_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        os.close(read)
        for descriptor in (told, outer):
            os.close(descriptor)
        return _supervise(order, write)
    os.close(write)
    _close_standard()
    _wait(read, outer)
    how = os.read(read, 64) if select.select([read], [], [], 0)[0] else b""
    _empty()
    os.write(told, how)
    return 0


def _close_standard() -> None:
    """Pipes must end with the program."""
    for descriptor in range(3):
        os.close(descriptor)


def _wait(said: int, outer: int) -> None:
    """Until the supervisor says something or is gone, or the outer process is; orphans are buried meanwhile."""
    while not select.select([said, outer], [], [], 0.2)[0]:
        with contextlib.suppress(ChildProcessError):
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass


def _empty() -> None:
    """Kill until there is no child: everything that lives below becomes one."""
    while True:
        for pid in _below(os.getpid()):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        try:
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass
        except ChildProcessError:
            return
        select.select([], [], [], _PAUSE_S)


def _below(root: int) -> list[int]:
    found: list[int] = []
    stack = [root]
    while stack:
        with contextlib.suppress(OSError):
            for task in Path(f"/proc/{stack.pop()}/task").iterdir():
                with contextlib.suppress(OSError):
                    children = [int(child) for child in (task / "children").read_text("ascii").split()]
                    found += children
                    stack += children
    return found


def _tasks() -> int:
    """Threads of this user now: the kernel's count, which the limit is held against."""
    count = 0
    for entry in Path("/proc").iterdir():
        with contextlib.suppress(OSError):
            if entry.name.isdigit() and entry.stat().st_uid == os.geteuid():
                count += len(list((entry / "task").iterdir()))
    return count


def _supervise(order: dict[str, Any], said: int) -> int:
    """Be sandlock's supervisor; says how the program ended."""
    sys.path.insert(0, order["library"])
    os.environ.clear()
    os.environ.update(HOME="/")
    from sandlock import Sandbox  # noqa: PLC0415 - after the path

    os.environ.clear()
    os.environ.update(order["env"])
    for name, value in order["rlimits"].items():
        kind = getattr(resource, f"RLIMIT_{name}")
        hard = resource.getrlimit(kind)[1]
        most = value if hard == resource.RLIM_INFINITY else min(value, hard)
        resource.setrlimit(kind, (most, most))
    # sandlock's own threads come on top: about one for each processor, and two.
    most = _tasks() + order["processes"]
    resource.setrlimit(resource.RLIMIT_NPROC, (most, most))
    process = Sandbox(**order["settings"]).popen(order["argv"])
    _close_standard()
    result = process.wait()
    word, number = ("signaled", result.signal) if result.signal > 0 else ("exited", result.exit_code)
    os.write(said, f"{word} {number}\n".encode())
    return 0


if __name__ == "__main__":
    os._exit(main(int(sys.argv[1]), int(sys.argv[2])))

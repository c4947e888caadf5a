"""Starts a sandbox's outermost process, feeds and watches it, and ends it with everything it started.

Whatever a provider is, its runs go through ``supervise``: pipes are read up to the limit, twenty times a second the
run is looked at (cancelled? disk, processor time, memory over the limit? anything runnable?), and it is over only when
the first process of its process namespace is gone, which the kernel lets happen last.
"""

import contextlib
import os
import select
import signal
import subprocess
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from seawall.clearinghouse.validation.errors import Infrastructure
from seawall.clearinghouse.validation.processes import exchange
from seawall.clearinghouse.validation.sandboxes.cgroups import RunGroup
from seawall.clearinghouse.validation.sandboxes.interface import RunSpec

POLL_S = 0.05
"""Seconds between two looks at a run."""
GONE_WITHIN_S = 10.0
"""The kernel needs milliseconds to empty a namespace; this long means that something is stuck."""
MEMORY_FLOOR = 384 * 2**20
"""Bytes that must stay free on the machine where no cgroup limits a run; memory that no process maps is not seen else."""
DEPTH_MAX = 100
"""Folders in folders that a run may leave; a deeper nest is ended like a full disk."""
_RUNNABLE = ("R", "D")
_ENTRY = 4096
_BLOCK = 512


@dataclass(frozen=True)
class Ended:
    """How a run ended, before a provider puts its own knowledge to it."""

    returncode: int
    killed_by: str | None
    stdout: bytes
    stderr: bytes
    wall_s: float
    cpu_s: float | None
    idle_share: float | None
    peak_memory_bytes: int | None


def supervise(
    argv: Sequence[str],
    spec: RunSpec,
    group: RunGroup,
    *,
    keep: Sequence[int],
    first_process: Callable[[], int | None],
) -> Ended:
    """Run a sandbox's command to its end or to a limit.

    Args:
        argv: The whole command; its process must die with this thread (PR_SET_PDEATHSIG or the like).
        spec: What is run, with its limits.
        group: The run's cgroups, if any.
        keep: File descriptors that the command inherits.
        first_process: The process number, seen from here, of the first process inside, once it is known.

    Raises:
        Infrastructure: Something lives on, or the machine is out of memory.
    """
    watch = Watch(spec, group)
    begun = time.monotonic()
    child = subprocess.Popen(
        argv,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={"PATH": "/usr/bin:/bin"},
        pass_fds=keep,
        start_new_session=True,
    )
    watch.root = child.pid
    limits = spec.limits
    with child:
        try:
            out, err, killed_by = exchange(
                child, spec.stdin, wall_s=limits.wall_s, output_bytes=limits.output_bytes, poll_s=POLL_S, stop=watch
            )
            if killed_by is None:
                # The pipes are closed, but the program may live on without them.
                killed_by = _wait(child, begun + limits.wall_s, watch)
        finally:
            wall = time.monotonic() - begun
            cpu = watch.cpu_s()
            _end(child, group)
    _await_end(first_process())
    if watch.starved:
        raise Infrastructure("The machine ran out of memory during a run.", "It is tried again.")
    return Ended(
        returncode=child.returncode,
        killed_by=killed_by,
        stdout=out,
        stderr=err,
        wall_s=wall,
        cpu_s=cpu,
        idle_share=watch.idle_share,
        peak_memory_bytes=group.peak_memory() or watch.peak_memory or None,
    )


class Watch:
    """Asked while a run goes on; answers with the limit that was passed, or None."""

    def __init__(self, spec: RunSpec, group: RunGroup) -> None:
        self._spec = spec
        self._group = group
        self._next = 0.0
        self._looks = 0
        self._idle = 0
        self._cpu = 0.0
        self.root = 0
        self.peak_memory = 0
        self.starved = False

    def __call__(self) -> str | None:
        """Look, at most every ``POLL_S`` seconds."""
        now = time.monotonic()
        if now < self._next:
            return None
        self._next = now + POLL_S
        return "cancelled" if self._spec.cancelled() else self._over()

    def _over(self) -> str | None:
        """The limit that is passed now."""
        limits = self._spec.limits
        folders = (mount.source for mount in self._spec.mounts if mount.writable)
        if any(size(folder, limits.disk_bytes) > limits.disk_bytes for folder in folders):
            return "disk"
        self._look_at_processes()
        used = self.cpu_s()
        if used is not None and used >= limits.cpu_s:
            return "cpu-time"
        if self._group.limits_memory:
            return None
        self.starved = self.peak_memory <= limits.memory_bytes and _available_memory() < MEMORY_FLOOR
        return "memory" if self.starved or self.peak_memory > limits.memory_bytes else None

    def cpu_s(self) -> float | None:
        """Processor seconds so far; without a cgroup those of the processes that were seen."""
        measured = self._group.cpu_s()
        if measured is not None:
            return measured
        return self._cpu or None

    @property
    def idle_share(self) -> float | None:
        """See ``Evidence.idle_share``."""
        return self._idle / self._looks if self._looks else None

    def _look_at_processes(self) -> None:
        pids = self._group.pids() or tree(self.root)
        stats = [stat for stat in map(_stat, pids) if stat is not None]
        if not stats:
            return
        self._looks += 1
        self._idle += not any(stat.runnable for stat in stats)
        self._cpu = max(self._cpu, sum(stat.cpu_s for stat in stats))
        if not self._group.limits_memory:
            self.peak_memory = max(self.peak_memory, sum(stat.memory_bytes for stat in stats))


@dataclass(frozen=True)
class _Stat:
    runnable: bool
    cpu_s: float
    """Its own and that of its children that have ended."""
    memory_bytes: int


def _stat(pid: int) -> _Stat | None:
    try:
        own = _fields(Path(f"/proc/{pid}/stat"))
        runnable = own[0] in _RUNNABLE or any(
            _fields(task / "stat")[0] in _RUNNABLE for task in Path(f"/proc/{pid}/task").iterdir()
        )
        ticks = sum(int(value) for value in own[11:15])
        return _Stat(
            runnable=runnable,
            cpu_s=ticks / os.sysconf("SC_CLK_TCK"),
            memory_bytes=int(own[21]) * os.sysconf("SC_PAGE_SIZE"),
        )
    except (OSError, IndexError, ValueError):
        return None  # gone while it was looked at


def _fields(path: Path) -> list[str]:
    return path.read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()


def tree(root: int) -> list[int]:
    """A process and all its descendants."""
    found: list[int] = []
    stack = [root]
    while stack:
        pid = stack.pop()
        found.append(pid)
        with contextlib.suppress(OSError):
            for task in Path(f"/proc/{pid}/task").iterdir():
                stack += [int(child) for child in (task / "children").read_text(encoding="ascii").split()]
    return found


@dataclass
class _Level:
    """One folder on the way down, by descriptor: paths may be longer than a path may be."""

    descriptor: int
    folders: list[str]
    bytes: int

    @classmethod
    def open(cls, name: str | Path, parent: int | None) -> "_Level":
        descriptor = os.open(name, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=parent)
        level = cls(descriptor, [], 0)
        try:
            with os.scandir(descriptor) as entries:
                for entry in entries:
                    level.bytes += _ENTRY
                    with contextlib.suppress(FileNotFoundError):
                        level.bytes += entry.stat(follow_symlinks=False).st_blocks * _BLOCK
                    if entry.is_dir(follow_symlinks=False):
                        level.folders.append(entry.name)
        except OSError:
            os.close(descriptor)
            raise
        return level


def size(folder: Path, enough: int) -> int:
    """Bytes on disk below a folder, with 4 KiB for each entry; stops counting above ``enough``.

    A folder that hides from the count (nested deeper than ``DEPTH_MAX``, or closed to us) counts as too much.
    """
    try:
        levels = [_Level.open(folder, None)]
    except OSError:
        return enough + 1
    total = levels[0].bytes
    try:
        while levels and total <= enough:
            name = levels[-1].folders.pop() if levels[-1].folders else None
            if name is None:
                os.close(levels.pop().descriptor)
                continue
            if len(levels) >= DEPTH_MAX:
                return enough + 1
            try:
                levels.append(_Level.open(name, levels[-1].descriptor))
            except (FileNotFoundError, NotADirectoryError):
                continue  # it went while we looked
            except OSError:
                return enough + 1
            total += levels[-1].bytes
        return total
    finally:
        for level in levels:
            os.close(level.descriptor)


def _wait(child: "subprocess.Popen[bytes]", deadline: float, watch: Watch) -> str | None:
    while True:
        try:
            child.wait(POLL_S)
        except subprocess.TimeoutExpired:
            reason = watch()
            if reason is not None:
                return reason
            if time.monotonic() > deadline:
                return "wall-time"
        else:
            return None


def _end(child: "subprocess.Popen[bytes]", group: RunGroup) -> None:
    if child.poll() is None:
        group.kill()
        with contextlib.suppress(ProcessLookupError):
            os.killpg(child.pid, signal.SIGKILL)
        child.wait()


def _await_end(pid: int | None) -> None:
    """Wait until the first process inside is gone; it was told to die with its parent, and goes last of its namespace.

    Only waits: were the number another process's by now, no signal would reach that one.
    """
    if pid is None:
        return
    try:
        descriptor = os.pidfd_open(pid)
    except ProcessLookupError:
        return
    try:
        if not select.select([descriptor], [], [], GONE_WITHIN_S)[0]:
            raise Infrastructure("A run could not be ended.", "Look for a hung file system or device.")
    finally:
        os.close(descriptor)


def _available_memory() -> int:
    for line in Path("/proc/meminfo").read_text(encoding="ascii").splitlines():
        if line.startswith("MemAvailable:"):
            return int(line.split()[1]) * 1024
    return MEMORY_FLOOR

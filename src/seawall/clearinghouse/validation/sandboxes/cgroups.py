"""One cgroup per run, for memory, process counts and processor time: v2, v1 and hybrid hierarchies.

AddressSanitizer reserves terabytes of address space, so memory cannot be limited by RLIMIT_AS. Where no cgroup
is writable, ``RunGroup.paths`` is empty and ``supervision`` watches the process tree instead.
"""

import contextlib
import os
import secrets
import signal
import time
from pathlib import Path
from types import TracebackType
from typing import Self

ROOT = Path("/sys/fs/cgroup")
PREFIX = "seawall-"
EMPTY_FOR_S = 60.0
"""An empty group this old belongs to no run: a run joins its group milliseconds after making it."""
OLDEST_S = 7200.0
"""No run lasts this long (jobs end after an hour), so whatever is left in a group this old may be ended."""
_PATIENCE_S = 2.0
_NANOSECONDS, _MICROSECONDS = 1e9, 1e6


class RunGroup:
    """The cgroups of one run; a context manager that ends what is left in them."""

    def __init__(self, memory_bytes: int, processes: int, *, root: Path = ROOT) -> None:
        """Make them where they can be made."""
        self._name = f"{PREFIX}{secrets.token_hex(8)}"
        self.paths: list[Path] = []
        self._memory: Path | None = None
        self._cpu: Path | None = None
        self._pids: Path | None = None
        self._v2 = _has_v2(root)
        if self._v2:
            self._make_v2(root, memory_bytes, processes)
        else:
            self._make_v1(root, memory_bytes, processes)

    def _make_v2(self, root: Path, memory_bytes: int, processes: int) -> None:
        # At the top for root; beside our own group where a session was handed its subtree (systemd's Delegate=).
        for parent in (root, _own_v2(root).parent):
            group = self._make(parent)
            if group is None:
                continue
            if self._set(group, {"memory.max": memory_bytes, "pids.max": processes}):
                self._set(group, {"memory.swap.max": 0, "memory.oom.group": 1})
                self._memory = self._cpu = self._pids = group
                return
            with contextlib.suppress(OSError):
                group.rmdir()
                self.paths.remove(group)

    def _make_v1(self, root: Path, memory_bytes: int, processes: int) -> None:
        memory = self._make(root / "memory")
        if memory and self._set(memory, {"memory.limit_in_bytes": memory_bytes}):
            self._set(memory, {"memory.memsw.limit_in_bytes": memory_bytes})
            self._memory = memory
        pids = self._make(root / "pids")
        if pids and self._set(pids, {"pids.max": processes}):
            self._pids = pids
        self._cpu = self._make(root / "cpuacct")

    def _make(self, parent: Path) -> Path | None:
        path = parent / self._name
        try:
            path.mkdir()
        except OSError:
            return None
        self.paths.append(path)
        return path

    @staticmethod
    def _set(group: Path, values: dict[str, int]) -> bool:
        try:
            for name, value in values.items():
                (group / name).write_text(str(value), encoding="ascii")
        except OSError:
            return False
        return True

    @property
    def limits_memory(self) -> bool:
        """Whether the kernel holds the memory limit."""
        return self._memory is not None

    @property
    def limits_processes(self) -> bool:
        """Whether the kernel holds the number of processes of this run."""
        return self._pids is not None

    def peak_memory(self) -> int | None:
        """Most memory that the run held at once, in bytes; None where the kernel does not say."""
        if self._memory is None:
            return None
        name = "memory.peak" if self._v2 else "memory.max_usage_in_bytes"
        try:
            return int((self._memory / name).read_text(encoding="ascii"))
        except (OSError, ValueError):
            return None

    def cpu_s(self) -> float | None:
        """Processor seconds used so far by everything that was ever in the group."""
        if self._cpu is None:
            return None
        try:
            if not self._v2:
                return int((self._cpu / "cpuacct.usage").read_text(encoding="ascii")) / _NANOSECONDS
            return _entry(self._cpu / "cpu.stat", "usage_usec") / _MICROSECONDS
        except (OSError, ValueError):
            return None

    def ran_out_of_memory(self) -> bool:
        """Whether the kernel ended something for its memory."""
        if self._memory is None:
            return False
        try:
            return _entry(self._memory / ("memory.events" if self._v2 else "memory.oom_control"), "oom_kill") > 0
        except (OSError, ValueError):
            return False

    def pids(self) -> list[int]:
        """Processes in the run now; empty where there is no group."""
        return _pids(self.paths[0]) if self.paths else []

    def kill(self) -> None:
        """End every process in the groups."""
        for path in self.paths:
            _kill(path)

    def __enter__(self) -> Self:
        """Nothing more to do."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End what is left and remove the groups."""
        deadline = time.monotonic() + _PATIENCE_S
        for path in self.paths:
            while not _removed(path) and time.monotonic() < deadline:
                _kill(path)
                time.sleep(0.002)


def sweep(*, root: Path = ROOT, now: float | None = None, prefix: str = PREFIX) -> int:
    """Remove groups that a killed worker left behind; its processes died with it (``--die-with-parent``).

    Args:
        root: Where the hierarchies are mounted.
        now: Seconds since the epoch; the present by default.
        prefix: How the names of groups begin.

    Returns:
        How many were removed. Groups of runs under way, here or in other workers, are left alone.
    """
    moment = time.time() if now is None else now
    removed = 0
    # In version 1 a container's runtime makes groups under every controller, not only where we do.
    parents = {root, _own_v2(root).parent} if _has_v2(root) else {path for path in root.glob("*") if path.is_dir()}
    for parent in parents:
        for path in parent.glob(f"{prefix}*"):
            try:
                age = moment - path.stat().st_mtime
            except OSError:
                continue
            if age > OLDEST_S:
                _kill(path)
            if age > EMPTY_FOR_S and not _pids(path):
                removed += _removed(path)
    return removed


def _has_v2(root: Path) -> bool:
    try:
        return {"memory", "pids"} <= set((root / "cgroup.controllers").read_text(encoding="ascii").split())
    except OSError:
        return False


def _own_v2(root: Path) -> Path:
    """This process's own group in the unified hierarchy; the root where it cannot be told."""
    for line in Path("/proc/self/cgroup").read_text(encoding="utf-8").splitlines():
        if line.startswith("0::/"):
            return root / line.removeprefix("0::/")
    return root


def _entry(file: Path, name: str) -> int:
    for line in file.read_text(encoding="ascii").splitlines():
        key, _, value = line.partition(" ")
        if key == name:
            return int(value)
    raise ValueError(f"{file} has no {name}")


def _pids(path: Path) -> list[int]:
    try:
        return [int(line) for line in (path / "cgroup.procs").read_text(encoding="ascii").split()]
    except OSError:
        return []


def _kill(path: Path) -> None:
    with contextlib.suppress(OSError):
        (path / "cgroup.kill").write_text("1", encoding="ascii")
    for pid in _pids(path):
        # 0 is a process that is gone by now, or of another namespace; to kill(2) it is our own whole group.
        if pid > 0:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(pid, signal.SIGKILL)


def _removed(path: Path) -> bool:
    try:
        path.rmdir()
    except FileNotFoundError:
        return True
    except OSError:
        return False
    return True

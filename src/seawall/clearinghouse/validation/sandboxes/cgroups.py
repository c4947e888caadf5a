"""One cgroup per run, for memory and process counts: v2, v1 and hybrid hierarchies.

AddressSanitizer reserves terabytes of address space, so memory cannot be limited by RLIMIT_AS. Where no cgroup
is writable, ``RunGroup.paths`` is empty and the provider watches the tree's resident memory instead.
"""

import contextlib
import os
import secrets
import signal
import time
from pathlib import Path

_ROOT = Path("/sys/fs/cgroup")
_PATIENCE_S = 2.0


class RunGroup:
    """The cgroups of one run; a context manager that ends what is left in them."""

    def __init__(self, memory_bytes: int, processes: int) -> None:
        """Make them where they can be made."""
        name = f"seawall-{secrets.token_hex(8)}"
        self.paths: list[Path] = []
        self._memory: Path | None = None
        self._v2 = False
        unified = _ROOT / "cgroup.controllers"
        if unified.exists() and {"memory", "pids"} <= set(unified.read_text(encoding="ascii").split()):
            group = self._make(_ROOT / name)
            if group and self._set(group, {"memory.max": memory_bytes, "pids.max": processes}):
                self._set(group, {"memory.swap.max": 0, "memory.oom.group": 1})
                self._memory, self._v2 = group, True
            return
        memory = self._make(_ROOT / "memory" / name)
        if memory and self._set(memory, {"memory.limit_in_bytes": memory_bytes}):
            self._set(memory, {"memory.memsw.limit_in_bytes": memory_bytes})
            self._memory = memory
        pids = self._make(_ROOT / "pids" / name)
        if pids:
            self._set(pids, {"pids.max": processes})

    def _make(self, path: Path) -> Path | None:
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

    def peak_memory(self) -> int | None:
        """Most memory that the run held at once, in bytes."""
        if self._memory is None:
            return None
        name = "memory.peak" if self._v2 else "memory.max_usage_in_bytes"
        try:
            return int((self._memory / name).read_text(encoding="ascii"))
        except (OSError, ValueError):
            return None

    def ran_out_of_memory(self) -> bool:
        """Whether the kernel ended something for its memory."""
        if self._memory is None:
            return False
        name = "memory.events" if self._v2 else "memory.oom_control"
        try:
            lines = (self._memory / name).read_text(encoding="ascii").splitlines()
        except OSError:
            return False
        return any(line.split()[0] == "oom_kill" and line.split()[1] != "0" for line in lines)

    def kill(self) -> None:
        """End every process in the groups."""
        for path in self.paths:
            with contextlib.suppress(OSError):
                (path / "cgroup.kill").write_text("1", encoding="ascii")
            for pid in self._pids(path):
                with contextlib.suppress(ProcessLookupError, PermissionError):
                    os.kill(pid, signal.SIGKILL)

    @staticmethod
    def _pids(path: Path) -> list[int]:
        try:
            return [int(line) for line in (path / "cgroup.procs").read_text(encoding="ascii").split()]
        except OSError:
            return []

    def __enter__(self) -> "RunGroup":
        """Nothing more to do."""
        return self

    def __exit__(self, *_: object) -> None:
        """End what is left and remove the groups."""
        deadline = time.monotonic() + _PATIENCE_S
        for path in self.paths:
            while path.exists():
                self.kill()
                with contextlib.suppress(OSError):
                    path.rmdir()
                    break
                if time.monotonic() > deadline:
                    break
                time.sleep(0.005)

"""The provider for machines without root, user namespaces and bubblewrap: sandlock, once a version keeps the contract.

sandlock holds a program with Landlock and seccomp alone, and answers its system calls on paths so that it finds its mounts
where the spec puts them. It has no process namespace, so a process of ours stands around it (``reaper.py``) and ends whatever
is left. Processor time, memory and disk are watched from outside; the kernel counts processes by user.

Version 0.9.0 breaks the contract in checks that nothing outside it can mend (decision 0185), so ``probe`` refuses it and what
came before; a later one is asked for the whole contract, as every provider is.
"""

import contextlib
import functools
import hashlib
import importlib.util
import json
import os
import re
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from seawall.clearinghouse.validation import scratch
from seawall.clearinghouse.validation.errors import Infrastructure, SandboxUnavailable
from seawall.clearinghouse.validation.sandboxes import rootfs, seccomp
from seawall.clearinghouse.validation.sandboxes.cgroups import RunGroup
from seawall.clearinghouse.validation.sandboxes.interface import Evidence, Mount, RunLimits, RunSpec
from seawall.clearinghouse.validation.sandboxes.supervision import Ended, supervise

PROFILE = "1"
"""Raise when what a run sees or may do changes."""
REFUSED_UP_TO = (0, 9, 0)
"""The last version that is known to break the contract. Not left to the contract alone: what /tmp may take is held by a watch
here, so that one check of it passes or fails by the moment."""
REAPER = Path(__file__).parent / "reaper.py"
_SETPRIV = "/usr/bin/setpriv"
_SHM = "/dev/shm"  # noqa: S108 - inside the sandbox
_READABLE = ("/proc", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom")
_WRITABLE = ("/dev/null",)
_OPEN_FILES = 1024
_TOLD = 64
"""Bytes that the reaper says at most: three short numbers and words."""


class Sandlock:
    """Runs programs under sandlock. Not as root: it would let a program stay root."""

    name = "sandlock"

    def __init__(self, python: str = sys.executable) -> None:
        """Use an interpreter that the run's user may start; it must be able to import sandlock."""
        self._python = python
        found = importlib.util.find_spec("sandlock")
        self._package = Path(found.origin).parent if found is not None and found.origin else None

    @property
    def profile(self) -> str:
        """Provider and digest of what it promises."""
        ours = (
            PROFILE, REAPER.read_bytes(), _READABLE, _WRITABLE, rootfs.SYSTEM, rootfs.FILES, seccomp.REFUSED, _digest(self._package),
        )  # fmt: skip
        return f"{self.name}/{PROFILE}:{hashlib.sha256(repr(ours).encode()).hexdigest()[:16]}"

    def probe(self) -> str | None:
        """None where it works here; else what is missing and what to do."""
        if self._package is None:
            return f"sandlock is not installed; up to version {'.'.join(map(str, REFUSED_UP_TO))} it would not be used"
        from importlib.metadata import version as installed  # noqa: PLC0415 - slow to load

        version = installed("sandlock")
        if _numbers(version) <= REFUSED_UP_TO:
            return f"sandlock {version} does not keep the contract (decision 0185); use bubblewrap, or a later sandlock"
        return self.missing()

    def missing(self) -> str | None:
        """What this machine lacks for any version; None where programs can be run."""
        if os.geteuid() == 0:
            return "sandlock is not used by root: a program would stay root; use bubblewrap, or run as another user"
        if not Path(_SETPRIV).exists():
            return "setpriv is missing: apt-get install util-linux"
        if self._package is None:
            return "sandlock is not installed: pip install sandlock"
        import sandlock  # noqa: PLC0415 - optional, and slow to load

        has, needs = sandlock.landlock_abi_version(), sandlock.min_landlock_abi()
        if has < needs:
            return f"sandlock needs Landlock ABI {needs} (Linux 6.12), and the kernel has {max(has, 0) or 'none'}"
        try:
            done = self.run(RunSpec(argv=("/bin/true",), cwd=rootfs.TMP))
        except (Infrastructure, SandboxUnavailable) as error:
            return f"sandlock does not work here: {error}"
        return None if done.exit_code == 0 else f"sandlock does not work here: {done.stderr[:300]!r}"

    def run(self, spec: RunSpec) -> Evidence:
        """Run to the end or to a limit; see ``interface.Provider``."""
        if self._package is None:
            raise SandboxUnavailable("sandlock is not installed.", "pip install sandlock")
        if spec.root is not None:
            raise SandboxUnavailable("sandlock runs nothing in a root of its own.", "Use bubblewrap or runc.")
        limits = spec.limits
        with (
            scratch.folder() as folder,
            _descriptors() as given,
            RunGroup(limits.memory_bytes, limits.processes) as group,
        ):
            watched = replace(spec, mounts=(*spec.mounts, *_own(folder)))
            given.order(_order(watched, self._package.parent))
            argv = [
                _SETPRIV, "--pdeathsig", "KILL", "--", self._python, "-I", "-S", str(REAPER), str(given.orders), str(given.write),
            ]  # fmt: skip
            ended = supervise(argv, watched, group, keep=given.all, first_process=given.first_process)
            return self._evidence(ended, limits, given.how())

    def _evidence(self, ended: Ended, limits: RunLimits, how: tuple[str, int] | None) -> Evidence:
        killed_by = ended.killed_by
        if killed_by is None and how is None:
            said = ended.stderr.decode("utf-8", errors="replace")[:300]
            raise Infrastructure(f"The sandbox could not be set up: {said}")
        word, number = how or ("killed", 9)
        name, code = rootfs.signal_or_code(number if word == "exited" else 128 + number)
        if killed_by is None and name == "SIGXFSZ":
            killed_by = "disk"
        if killed_by is None and name in {"SIGKILL", "SIGXCPU"} and (ended.cpu_s or 0.0) >= limits.cpu_s:
            killed_by = "cpu-time"
        return Evidence(
            exit_code=code,
            signal=name,
            killed_by=killed_by,
            stdout=ended.stdout,
            stderr=ended.stderr,
            wall_s=ended.wall_s,
            cpu_s=ended.cpu_s,
            idle_share=ended.idle_share,
            peak_memory_bytes=ended.peak_memory_bytes,
            profile=self.profile,
        )


def _numbers(version: str) -> tuple[int, ...]:
    """Leading numbers of a version; what stands behind them (``rc1``) is left out."""
    return tuple(int(part) for part in re.findall(r"\d+", version)[:3])


@functools.cache
def _digest(package: Path | None) -> str:
    digest = hashlib.sha256()
    for path in sorted(package.glob("*.so")) if package else ():
        digest.update(path.read_bytes())
    return digest.hexdigest()


def _own(folder: Path) -> Iterator[Mount]:
    """Places for what bubblewrap makes a file system in memory for: here they are watched, like every writable mount."""
    for target in (rootfs.TMP, _SHM):
        place = folder / target.strip("/").replace("/", "-")
        place.mkdir(mode=0o700)
        yield Mount(place, target, writable=True)


def _order(spec: RunSpec, library: Path) -> dict[str, Any]:
    """What the reaper is told: sandlock's settings, limits and the program."""
    shown = rootfs.shown(spec)
    written = [mount for mount in spec.mounts if mount.writable]
    read = [mount for mount in spec.mounts if not mount.writable]
    limits = spec.limits
    return {
        "library": str(library),
        "argv": [shutil.which(spec.argv[0], path="/usr/bin:/bin") or spec.argv[0], *spec.argv[1:]],
        "env": rootfs.environment(spec.env),
        "rlimits": {
            "CORE": 0,
            "CPU": int(limits.cpu_s) + 2,
            "FSIZE": limits.disk_bytes,
            "NOFILE": _OPEN_FILES,
        },
        "processes": limits.processes,
        "settings": {
            "chroot": "/",
            "cwd": spec.cwd,
            "fs_mount": {mount.target: str(mount.source.resolve()) for mount in written},
            "fs_mount_ro": {mount.target: str(mount.source.resolve()) for mount in read},
            "fs_readable": [
                *(source for source, _ in shown.binds),
                *(link for _, link in shown.links if Path(link).exists()),
                *_READABLE,
                *(mount.target for mount in read),
            ],
            "fs_writable": [*_WRITABLE, *(mount.target for mount in written)],
            "fs_denied": ["/proc/sysvipc"],
            "extra_deny_syscalls": list(seccomp.REFUSED),
            "max_processes": limits.processes,
        },
    }


@dataclass
class _Descriptors:
    """What the reaper is handed by number."""

    orders: int
    read: int
    write: int
    said: bytearray

    @property
    def all(self) -> tuple[int, ...]:
        """Those that it inherits."""
        return (self.orders, self.write)

    def order(self, order: dict[str, Any]) -> None:
        """Write down what is to be done."""
        data = json.dumps(order).encode()
        os.truncate(self.orders, len(data))
        os.pwrite(self.orders, data, 0)

    def first_process(self) -> int | None:
        """Number of the reaper, which goes last; None where it never came so far."""
        words = self._words("reaper")
        return int(words[0]) if words else None

    def how(self) -> tuple[str, int] | None:
        """How the program ended; None where that was not seen. A program cannot say so: it never has this descriptor."""
        words = self._words("exited") or self._words("signaled")
        return (words[1], int(words[0])) if words else None

    def _words(self, about: str) -> tuple[str, str] | None:
        with contextlib.suppress(BlockingIOError):
            while chunk := os.read(self.read, _TOLD):
                self.said += chunk
        for line in self.said.decode("ascii").splitlines():
            what, _, number = line.partition(" ")
            if what == about:
                return number, what
        return None


@contextlib.contextmanager
def _descriptors() -> Iterator[_Descriptors]:
    with contextlib.ExitStack() as stack:
        read, write = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        orders = os.memfd_create("seawall-orders")
        for descriptor in (read, write, orders):
            stack.callback(os.close, descriptor)
        yield _Descriptors(orders, read, write, bytearray())

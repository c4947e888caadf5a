"""What a sandbox provider is: ``run(spec) -> Evidence``. Nothing is ever run without one.

A provider promises, and ``contract.py`` checks with hostile programs, that a run
- sees only the mounts of its spec and a minimal read-only system, never the host's root;
- has no network, no other processes than its own, no new privileges, no way to mount or to make namespaces;
- is ended, with everything it started, at its limits, on cancel, and when this process dies;
- costs the host at most its limits in memory, processes, disk and output.

To add one: a module here with a class that has ``name``, ``probe`` and ``run``, a line in ``choose.py``; the
contract suite runs over every provider that ``probe`` finds.
"""

from collections.abc import Callable
from dataclasses import astuple, dataclass, field
from pathlib import Path
from typing import Protocol


@dataclass(frozen=True)
class Mount:
    """A host path at a place inside."""

    source: Path
    target: str
    writable: bool = False


@dataclass(frozen=True)
class RunLimits:
    """What one run may use."""

    wall_s: float = 20.0
    cpu_s: float = 20.0
    """Processor seconds of the whole tree (watched), and of each process (held by the kernel, rounded up)."""
    memory_bytes: int = 512 * 2**20
    processes: int = 64
    output_bytes: int = 2**20
    disk_bytes: int = 64 * 2**20
    """Of /tmp, and of each writable mount (watched)."""

    def within(self, other: "RunLimits") -> "RunLimits":
        """The smaller of each limit."""
        return RunLimits(*(min(mine, theirs) for mine, theirs in zip(astuple(self), astuple(other), strict=True)))


@dataclass(frozen=True)
class RunSpec:
    """One program to run."""

    argv: tuple[str, ...]
    mounts: tuple[Mount, ...] = ()
    env: dict[str, str] = field(default_factory=dict)
    cwd: str = "/work"
    stdin: bytes = b""
    users: str = ""
    """Further lines at the end of the run's /etc/passwd; a provider that makes none may leave them out."""
    root: Path | None = None
    """A folder whose content stands in place of this machine's system folders, read-only (``rootfs.entries``)."""
    seeks_leaks: bool = False
    """LeakSanitizer is in it, which stops the program's threads and looks at their registers: see ``seccomp.STOPS``."""
    limits: RunLimits = field(default_factory=RunLimits)
    cancelled: Callable[[], bool] = lambda: False


@dataclass(frozen=True)
class Evidence:
    """What was seen of a run from outside."""

    exit_code: int | None
    """None where a signal ended it."""
    signal: str | None
    """Name of the signal that ended it. A program that ends with code 128 + n looks the same: never evidence alone."""
    killed_by: str | None
    """Which limit of ours ended it: wall-time, cpu-time, output, disk, memory, cancelled; None where it ended by itself."""
    stdout: bytes
    stderr: bytes
    wall_s: float
    cpu_s: float | None
    """Processor seconds of the whole tree; None where nothing could be measured."""
    idle_share: float | None
    """Share of looks (about 20 a second) at which no thread of the tree wanted a processor; None without a look."""
    peak_memory_bytes: int | None
    profile: str
    """Provider and digest of what it promises, so that two runs can be compared."""


class Provider(Protocol):
    """A way to run programs apart from everything."""

    @property
    def name(self) -> str:
        """Short name, such as ``bubblewrap``."""
        ...

    @property
    def profile(self) -> str:
        """Name and digest of everything that decides what a run sees and may do."""
        ...

    def probe(self) -> str | None:
        """None where it works here; else what is missing and what to do."""
        ...

    def run(self, spec: RunSpec) -> Evidence:
        """Run to the end or to a limit.

        Raises:
            Infrastructure: The sandbox itself failed; says nothing about the program.
        """
        ...

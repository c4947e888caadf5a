"""What every sandbox provider must keep: hostile programs, and what is seen of them from outside.

    breaches = contract.breaches(provider, scratch)      # () where it keeps everything

Each check runs one program of ``hostile/`` under small limits. The tests run every check over every provider that
works here, and over providers with a hole on purpose; ``selfcheck`` runs all of them before a machine's first proof.
"""

import contextlib
import ctypes
import json
import os
import secrets
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from seawall.clearinghouse.validation import interpreters, plainfiles
from seawall.clearinghouse.validation.sandboxes.hostile.attempts import ATTEMPTS
from seawall.clearinghouse.validation.sandboxes.interface import Evidence, Mount, Provider, RunLimits, RunSpec

PROGRAMS = Path(__file__).parent / "hostile"

MEMORY = 96 * 2**20
DISK = 8 * 2**20
OUTPUT = 64 * 1024
PROCESSES = 16
SHORT_S = 0.5
"""Wall time of programs that never end."""
LATE_S = 8.0
"""Seconds over a limit after which a run counts as not ended; a busy machine may need some of them."""
SLACK = 64 * 2**20
"""Bytes that may land on the host's disk between two looks."""
SPARE_PROCESSES = 4
"""A provider's own, counted with the program's."""
_LIMITS = RunLimits(
    wall_s=15.0, cpu_s=10.0, memory_bytes=MEMORY, processes=PROCESSES, output_bytes=OUTPUT, disk_bytes=DISK
)
_ENDLESS = RunLimits(
    wall_s=SHORT_S, cpu_s=10.0, memory_bytes=MEMORY, processes=PROCESSES, output_bytes=OUTPUT, disk_bytes=DISK
)
_HUNGRY = RunLimits(
    wall_s=LATE_S, cpu_s=LATE_S, memory_bytes=MEMORY, processes=PROCESSES, output_bytes=OUTPUT, disk_bytes=DISK
)


class Breach(Exception):
    """A program got what it should not, or was not ended; the text says what."""


@dataclass
class Ground:
    """Where the checks of one provider are made."""

    provider: Provider
    folder: Path
    """Of ours, with room for the checks' files."""
    marker: str = field(default_factory=lambda: f"hostile-{secrets.token_hex(8)}")
    """On every program's command line, so that one that lives on can be found."""
    runs: int = 0

    def run(
        self,
        name: str,
        *arguments: str,
        limits: RunLimits = _LIMITS,
        cancelled: bool = False,
        seeks_leaks: bool = False,
    ) -> Evidence:
        """Run a program of ``hostile/`` and hold what is true for every run.

        Raises:
            Breach: It was ended late, left something running, or left something that cannot be told from a file.
        """
        program, mounts = interpreters.python()
        file = "attempts.py" if name in ATTEMPTS else "hungers.py"
        self.runs += 1
        work = self.work
        work.mkdir(mode=0o755)
        spec = RunSpec(
            argv=(program, "-S", "-s", "-E", f"/hostile/{file}", name, *arguments, self.marker),
            mounts=(*mounts, Mount(PROGRAMS, "/hostile"), Mount(work, "/work", writable=True)),
            limits=limits,
            seeks_leaks=seeks_leaks,
            cancelled=lambda: cancelled,
        )
        begun = time.monotonic()
        evidence = self.provider.run(spec)
        if time.monotonic() - begun > limits.wall_s + LATE_S:
            raise Breach(f"it was ended {time.monotonic() - begun:.1f} s after its start")
        if alive := _alive(self.marker):
            raise Breach(f"{len(alive)} of its processes live on")
        return evidence

    @property
    def work(self) -> Path:
        """The writable mount of the last run, on the host."""
        return self.folder / f"work-{self.runs}"


@dataclass(frozen=True)
class Check:
    """One promise and the program that tries to break it."""

    name: str
    promise: str
    """A sentence that is true where the check passes."""
    test: Callable[[Ground], None]
    """Raises ``Breach``."""


def breaches(provider: Provider, folder: Path) -> tuple[str, ...]:
    """Run every check.

    Args:
        provider: Under test.
        folder: Empty folder of ours that others may enter (mode 0755).

    Returns:
        A sentence for each promise that is not kept.

    Raises:
        Infrastructure: The provider itself failed.
    """
    found = []
    for check in CHECKS:
        place = folder / check.name
        place.mkdir(mode=0o755)
        try:
            check.test(Ground(provider, place))
        except Breach as breach:
            found.append(f"{check.promise} Not so: {breach}.")
    return tuple(found)


def _alive(marker: str) -> list[int]:
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError):
                if marker.encode() in (entry / "cmdline").read_bytes():
                    found.append(int(entry.name))
    return found


def _nothing_got(evidence: Evidence) -> None:
    """Hold an attempt's answer: it must have come to its end, and nothing may have worked."""
    try:
        answer = json.loads(evidence.stdout)
        tried, got = int(answer["tried"]), [str(what) for what in answer["got"]]
    except (ValueError, KeyError, TypeError) as error:
        said = (evidence.stderr or evidence.stdout)[-300:].decode("utf-8", "replace")
        raise Breach(f"the program did not come to its end ({evidence.killed_by or said})") from error
    if got or not tried:
        raise Breach(f"of {tried} attempts these worked: {', '.join(got) or 'none, for nothing was tried'}")


def _ended_by(evidence: Evidence, *reasons: str) -> None:
    if evidence.killed_by not in reasons:
        how = evidence.killed_by or evidence.signal or f"exit code {evidence.exit_code}"
        raise Breach(f"it ended by {how}, not by {' or '.join(reasons)}")


def _held(evidence: Evidence, most: int) -> None:
    """Hold what a program says it took against what it may take."""
    lines = evidence.stdout.split()
    taken = int(lines[-1]) if lines else 0
    if not taken:
        raise Breach(f"the program did not begin ({evidence.stderr[-300:]!r})")
    if taken > most:
        raise Breach(f"it held {taken >> 20} MiB of {most >> 20}")


def _hidden(ground: Ground) -> Path:
    hidden = ground.folder / "hidden"
    hidden.write_text("of the host", encoding="ascii")
    hidden.chmod(0o644)
    return hidden


@contextlib.contextmanager
def _bystander(ground: Ground) -> Iterator["subprocess.Popen[bytes]"]:
    """A process of ours beside the sandbox; it goes when its standard input is closed."""
    argv = ["/bin/sh", "-c", "read line", f"bystander-{ground.marker.removeprefix('hostile-')}"]
    with subprocess.Popen(argv, stdin=subprocess.PIPE) as process:
        yield process


def _ordinary(ground: Ground) -> None:
    evidence = ground.run("works", "given")
    if evidence.exit_code != 0 or evidence.stdout != b"given\n" or evidence.killed_by:
        raise Breach(f"exit code {evidence.exit_code}, {evidence.killed_by}, {evidence.stderr[:200]!r}")
    for name in ("made", "elsewhere/still/file"):
        if plainfiles.read(ground.work / name, 100) != b"given":
            raise Breach(f"the file {name} that it wrote is not there")


def _files(ground: Ground) -> None:
    _nothing_got(ground.run("files", str(_hidden(ground))))


def _environment(ground: Ground) -> None:
    _nothing_got(ground.run("environment"))


def _network(ground: Ground) -> None:
    name = f"seawall-{ground.marker}"
    with (
        socket.create_server(("127.0.0.1", 0)) as tcp,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp,
        socket.socket(socket.AF_UNIX) as abstract,
    ):
        udp.bind(("127.0.0.1", 0))
        abstract.bind(f"\0{name}")
        abstract.listen()
        evidence = ground.run("network", str(tcp.getsockname()[1]), str(udp.getsockname()[1]), name)
        for listener in (tcp, abstract):
            listener.setblocking(False)
            with contextlib.suppress(BlockingIOError):
                listener.accept()[0].close()
                raise Breach("something arrived outside")
        udp.setblocking(False)
        with contextlib.suppress(BlockingIOError):
            udp.recv(16)
            raise Breach("something arrived outside")
    _nothing_got(evidence)


def _processes(ground: Ground) -> None:
    for seeks_leaks in (False, True):
        with _bystander(ground) as process:
            given = (str(process.pid), str(process.args[-1]))  # type: ignore[index]
            evidence = ground.run("processes", *given, seeks_leaks=seeks_leaks)
            if process.poll() is not None:
                raise Breach("it ended a process of the host")
        _nothing_got(evidence)


def _traces(ground: Ground) -> None:
    _nothing_got(ground.run("traces", seeks_leaks=True))


def _privileges(ground: Ground) -> None:
    _nothing_got(ground.run("privileges"))


def _writes(ground: Ground) -> None:
    before = sorted(path.name for path in PROGRAMS.iterdir())
    evidence = ground.run("writes", "/hostile")
    if sorted(path.name for path in PROGRAMS.iterdir()) != before:
        raise Breach("a read-only mount was changed")
    _nothing_got(evidence)


def _links(ground: Ground) -> None:
    hidden = _hidden(ground)
    evidence = ground.run("links", str(hidden))
    if hidden.read_text("ascii") != "of the host":
        raise Breach("a file of the host was changed through a link")
    if plainfiles.read(ground.work / "link", 100) is not None or plainfiles.read(ground.work / "pipe", 100) is not None:
        raise Breach("a link or a pipe is taken for a file")
    _nothing_got(evidence)


def _ipc(ground: Ground) -> None:
    """Hold memory that any process of this machine may attach, and a file where shared memory lies."""
    libc = ctypes.CDLL(None, use_errno=True)
    key = secrets.randbits(30)
    number = libc.shmget(key, ctypes.c_size_t(4096), 0o1666)  # IPC_CREAT, open to everybody
    shared = Path("/dev/shm", ground.marker)  # noqa: S108 - what is tried from inside
    shared.write_bytes(b"x")
    try:
        _nothing_got(ground.run("ipc", str(key), shared.name))
    finally:
        shared.unlink()
        libc.shmctl(number, 0, None)  # IPC_RMID


def _tunes(ground: Ground) -> None:
    _nothing_got(ground.run("tunes"))


def _dumps(ground: Ground) -> None:
    evidence = ground.run("dumps")
    if evidence.signal != "SIGSEGV":
        raise Breach(f"its crash was not seen (exit code {evidence.exit_code}, {evidence.stderr[-300:]!r})")
    if left := [entry.name for entry in ground.work.iterdir()]:
        raise Breach(f"it left {left[0]}")


def _forks(ground: Ground) -> None:
    _ended_by(ground.run("forks", limits=_ENDLESS), "wall-time", "cpu-time", "memory")


def _counted(name: str) -> Callable[[Ground], None]:
    def test(ground: Ground) -> None:
        count = int(ground.run(name).stdout or b"0")
        if not 0 < count <= PROCESSES + SPARE_PROCESSES:
            raise Breach(f"{count} {name} of {PROCESSES}")

    return test


def _leaves_a_daemon(name: str) -> Callable[[Ground], None]:
    def test(ground: Ground) -> None:
        evidence = ground.run(name)
        if evidence.killed_by or evidence.exit_code != 0:
            raise Breach(f"its end was not seen ({evidence.killed_by or evidence.stderr[-300:]!r})")

    return test


def _never_ends(name: str, *reasons: str, limits: RunLimits = _ENDLESS) -> Callable[[Ground], None]:
    def test(ground: Ground) -> None:
        _ended_by(ground.run(name, limits=limits), *reasons)

    return test


def _spins(ground: Ground) -> None:
    limits = RunLimits(wall_s=15.0, cpu_s=0.5, memory_bytes=MEMORY, processes=PROCESSES)
    _ended_by(ground.run("spins", limits=limits), "cpu-time")


def _shouts(descriptor: int) -> Callable[[Ground], None]:
    def test(ground: Ground) -> None:
        evidence = ground.run("shouts", str(descriptor), limits=_HUNGRY)
        _ended_by(evidence, "output")
        if len(evidence.stdout) > OUTPUT or len(evidence.stderr) > OUTPUT:
            raise Breach("more was kept than the limit")

    return test


def _takes_memory(name: str, *arguments: str, most: int = MEMORY) -> Callable[[Ground], None]:
    def test(ground: Ground) -> None:
        _held(ground.run(name, *arguments, limits=_HUNGRY), most + most // 2)

    return test


def _takes_disk(name: str) -> Callable[[Ground], None]:
    def test(ground: Ground) -> None:
        evidence = ground.run(name, limits=_HUNGRY)
        if evidence.exit_code == 0:
            raise Breach("it came to an end that it does not have")
        taken = sum(entry.lstat().st_blocks * 512 for entry in _entries(ground.work))
        if not taken:
            raise Breach(f"the program did not begin ({evidence.stderr[-300:]!r})")
        if taken > DISK + SLACK:
            raise Breach(f"{taken >> 20} MiB are on the disk")

    return test


def _entries(folder: Path) -> Iterator[Path]:
    for root, folders, names in os.walk(folder):
        if len(root) < os.pathconf("/", "PC_PATH_MAX") // 2:
            yield from (Path(root, name) for name in (*folders, *names))


def _cancelled(ground: Ground) -> None:
    _ended_by(ground.run("sleeps", cancelled=True), "cancelled")


CHECKS: tuple[Check, ...] = (
    Check("ordinary", "An ordinary program runs, reads, writes and ends.", _ordinary),
    Check("files", "No file of the host is seen beyond the mounts and a minimal system.", _files),
    Check("environment", "Nothing of the starter's environment, terminal or open files is handed on.", _environment),
    Check("network", "Nothing outside is reached, this machine's own loopback included.", _network),
    Check("processes", "No other process is seen, signalled or traced.", _processes),
    Check("traces", "Where leaks are looked for, ptrace reads and writes nothing of another process.", _traces),
    Check("privileges", "No rights are held or gained, no mounts or namespaces made.", _privileges),
    Check("writes", "Nothing is written but in the writable mounts and /tmp.", _writes),
    Check("links", "What is left in a writable mount leads nobody astray.", _links),
    Check("ipc", "No memory or queue of the machine is attached.", _ipc),
    Check("tunes", "Clock, name, priorities and limits of the machine stay as they are.", _tunes),
    Check("forks", "A fork bomb is ended.", _forks),
    Check("crowds", "There are never more processes than the limit.", _counted("crowds")),
    Check("threads", "Threads count as processes do.", _counted("threads")),
    Check("orphans", "A daemon that gave up its session and its pipes ends with its run.", _leaves_a_daemon("orphans")),
    Check("clings", "A daemon that keeps the pipes open ends with its run.", _leaves_a_daemon("clings")),
    Check("sleeps", "A sleeper is ended at its wall time.", _never_ends("sleeps", "wall-time")),
    Check("stays", "A program that ignores signals and stops itself is ended.", _never_ends("stays", "wall-time")),
    Check("spins", "Processor time of all processes together is limited.", _spins),
    Check("cancelled", "A cancelled run ends.", _cancelled),
    Check("prints", "Standard output is limited.", _shouts(1)),
    Check("complains", "Standard error is limited.", _shouts(2)),
    Check("hogs", "Private memory is limited.", _takes_memory("hogs")),
    Check("shares", "Shared memory is limited.", _takes_memory("shares")),
    Check("pipes", "What lies in pipes is limited.", _takes_memory("pipes")),
    Check("sockets", "What lies between sockets is limited.", _takes_memory("sockets")),
    Check("heaps-tmp", "What /tmp takes is limited.", _takes_memory("heaps", "/tmp", most=DISK)),  # noqa: S108
    Check("heaps-shm", "What /dev/shm takes is limited.", _takes_memory("heaps", "/dev/shm", most=DISK)),  # noqa: S108
    Check("fills", "A file without end is ended.", _takes_disk("fills")),
    Check("litters", "Files without end are ended.", _takes_disk("litters")),
    Check("digs", "Folders in folders without end are ended.", _takes_disk("digs")),
    Check("dumps", "A crash leaves no core on the host.", _dumps),
)
"""Every promise; the order is that of the page that explains them."""

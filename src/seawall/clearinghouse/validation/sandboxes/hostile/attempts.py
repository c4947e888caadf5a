"""Programs that try to reach something: ``python attempts.py NAME ARGUMENTS MARKER``, run inside the sandbox under test.

Each prints, as one line of JSON, how many ways it tried and which of them worked: ``{"tried": 9, "got": ["read
/etc/shadow"]}``. Standard library only; nothing here harms a machine that lets it through.
"""

import contextlib
import ctypes
import errno
import json
import os
import platform
import resource
import signal
import socket
import stat
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

Attempt = tuple[str, Callable[[], object]]
"""What is tried, and the try: it worked unless it raises OSError or returns False."""

ALLOWED_VARIABLES = {"PATH", "HOME", "LANG", "TMPDIR", "PWD", "SHLVL", "_", "OLDPWD", "LC_CTYPE"}
DEVICES = {"null", "zero", "full", "random", "urandom", "tty", "ptmx", "pts", "shm", "fd", "stdin", "stdout", "stderr"}
DEVICES |= {"core", "console"}
CONNECT_S = 0.5
LAST_STANDARD = 2
_SYSCALLS = {
    "x86_64": {
        "ptrace": 101, "syslog": 103, "chroot": 161, "mount": 165, "init_module": 175, "add_key": 248, "keyctl": 250,
        "unshare": 272, "perf_event_open": 298, "setns": 308, "process_vm_readv": 310, "bpf": 321, "userfaultfd": 323,
        "io_uring_setup": 425, "open_tree": 428, "fsopen": 430, "mount_setattr": 442,
    },
    "aarch64": {
        "chroot": 51, "unshare": 97, "init_module": 105, "syslog": 116, "ptrace": 117, "add_key": 217, "keyctl": 219,
        "mount": 40, "perf_event_open": 241, "setns": 268, "process_vm_readv": 270, "bpf": 280, "userfaultfd": 282,
        "io_uring_setup": 425, "open_tree": 428, "fsopen": 430, "mount_setattr": 442,
    },
}  # fmt: skip
_CLONE_NEWUSER, _CLONE_NEWNS, _CLONE_NEWNET = 0x10000000, 0x00020000, 0x40000000
_PTRACE_SEIZE = 0x4206
_PTRACE_NEVER = {
    "be traced": 0,
    "read the text of": 1,
    "read the memory of": 2,
    "read the user area of": 3,
    "write the text of": 4,
    "write the memory of": 5,
    "write the user area of": 6,
    "step through": 9,
    "set the registers of": 13,
    "set options for": 0x4200,
    "read the event of": 0x4201,
    "set the signal of": 0x4203,
    "set a set of registers of": 0x4205,
    "seize": _PTRACE_SEIZE,
    "peek into the signals of": 0x4209,
    "read the filter of": 0x420C,
    "send a request without a number to": -1,
}
"""What no run may ask of ptrace, and no run that looks for leaks either."""
_SYSLOG_READ_ALL = 3
_TIOCSTI = 0x5412
_libc = ctypes.CDLL(None, use_errno=True)


def _call(name: str, *arguments: object) -> bool:
    number = _SYSCALLS[platform.machine()][name]
    # Refused by a filter, or for want of rights; other errors mean that the kernel went on to look at the arguments.
    result = _libc.syscall(ctypes.c_long(number), *arguments)
    return result >= 0 or ctypes.get_errno() not in {errno.EPERM, errno.ENOSYS, errno.EACCES}


def _readable(path: str) -> Attempt:
    return f"read {path}", lambda: bool(Path(path).read_bytes()[:1])


def files(*hidden: str) -> list[Attempt]:
    """Files of the host, straight and through /proc."""
    usual = (
        "/etc/shadow", "/etc/hostname", "/etc/machine-id", "/etc/ssh/ssh_host_ed25519_key", "/root/.profile",
        "/var/lib/dpkg/status", "/boot/config", "/proc/kcore", "/sys/kernel/uevent_seqnum", "/run/utmp",
    )  # fmt: skip
    tried = [_readable(path) for path in (*usual, *hidden)]
    for pid in _pids():
        for way in ("root", "cwd"):
            tried += [_readable(f"/proc/{pid}/{way}/{path.lstrip('/')}") for path in hidden]
            tried += [_readable(f"/proc/{pid}/{way}/../../../../{path.lstrip('/')}") for path in hidden]
    return tried


def environment() -> list[Attempt]:
    """Variables of whoever started the sandbox, in any process that can be seen; inherited descriptors."""

    def foreign(pid: str) -> bool:
        names = {
            part.split(b"=")[0].decode() for part in Path(f"/proc/{pid}/environ").read_bytes().split(b"\0") if part
        }
        return bool(names - ALLOWED_VARIABLES)

    def inherited() -> bool:
        numbers = [int(entry.name) for entry in Path("/proc/self/fd").iterdir()]
        return any(number > LAST_STANDARD and _is_open(number) for number in numbers)

    tried: list[Attempt] = [(f"read the environment of process {pid}", partial(foreign, pid)) for pid in _pids()]
    tried.append(("use an inherited descriptor", inherited))
    tried.append(("open the terminal", lambda: Path("/dev/tty").open("rb").close()))
    tried.append(("type into the terminal", lambda: _libc.ioctl(0, _TIOCSTI, ctypes.c_char_p(b"x")) == 0))
    return tried


def _is_open(descriptor: int) -> bool:
    # The one that listed the folder is closed by now.
    try:
        os.fstat(descriptor)
    except OSError:
        return False
    return True


def network(tcp: str, udp: str, abstract: str) -> list[Attempt]:
    """Listeners on this machine's loopback and in its abstract namespace; the world; other interfaces."""

    def connects(family: int, address: tuple[str, int] | str, kind: int = socket.SOCK_STREAM) -> bool:
        with socket.socket(family, kind) as client:
            client.settimeout(CONNECT_S)
            client.connect(address)
            client.send(b"out")
        # Nobody answers a datagram: whether it arrived is seen from outside.
        return kind == socket.SOCK_STREAM

    def interfaces() -> bool:
        names = [line.split(":")[0].strip() for line in Path("/proc/net/dev").read_text("ascii").splitlines()[2:]]
        return bool(set(names) - {"lo"})

    return [
        ("connect to the host's loopback", lambda: connects(socket.AF_INET, ("127.0.0.1", int(tcp)))),
        ("send to the host's loopback", lambda: connects(socket.AF_INET, ("127.0.0.1", int(udp)), socket.SOCK_DGRAM)),
        ("connect to an abstract socket", lambda: connects(socket.AF_UNIX, f"\0{abstract}")),
        # TEST-NET-1 (RFC 5737) answers nobody: without a route the error comes at once, with one a wait.
        ("find a way out", lambda: _waits(("192.0.2.1", 9))),
        ("open a raw socket", lambda: socket.socket(socket.AF_INET, socket.SOCK_RAW, 1).close()),
        ("open a packet socket", lambda: socket.socket(socket.AF_PACKET, socket.SOCK_RAW).close()),
        ("see an interface", interfaces),
    ]


def _waits(address: tuple[str, int]) -> bool:
    with socket.socket() as client:
        client.settimeout(CONNECT_S)
        try:
            client.connect(address)
        except TimeoutError:
            return True
    return True


def processes(pid: str, marker: str) -> list[Attempt]:
    """See, signal and read a process that is not of this run."""

    def seen() -> bool:
        lines = []
        for entry in _others():
            with contextlib.suppress(OSError):
                lines.append(Path(f"/proc/{entry}/cmdline").read_bytes())
        return any(marker.encode() in line and b"hostile" not in line for line in lines)

    def killed() -> bool:
        os.kill(int(pid), signal.SIGKILL)
        # Within a namespace the number may be one of ours: whether the other one lives is seen from outside.
        return False

    first, target = ctypes.c_long(1), ctypes.c_long(int(pid))
    return [
        ("see a process of the host", seen),
        ("kill a process of the host", killed),
        ("trace a process of the host", lambda: _call("ptrace", ctypes.c_long(_PTRACE_SEIZE), target, 0, 0)),
        ("trace its first process", lambda: _call("ptrace", ctypes.c_long(_PTRACE_SEIZE), first, 0, 0)),
        ("read another's memory", lambda: _call("process_vm_readv", first, 0, 0, 0, 0, 0)),
        ("take over a process that may do more", lambda: any(map(_worth_taking, _others()))),
    ]


def _pids() -> list[str]:
    return [entry.name for entry in Path("/proc").iterdir() if entry.name.isdigit()]


def _others() -> list[str]:
    return [pid for pid in _pids() if int(pid) != os.getpid()]


def _worth_taking(pid: str) -> bool:
    """Whether a process's memory can be written, and it may do what this one may not."""
    rights = ("Uid", "CapEff", "CapPrm", "CapBnd", "NoNewPrivs", "Seccomp", "Seccomp_filters")
    try:
        Path(f"/proc/{pid}/mem").open("r+b").close()
        return any(_status(name, pid) != _status(name) for name in rights)
    except OSError:
        return False


def _status(name: str, pid: str = "self") -> str:
    lines = Path(f"/proc/{pid}/status").read_text("ascii", "replace").splitlines()
    return next(line.split()[1] for line in lines if line.startswith(f"{name}:"))


def traces() -> list[Attempt]:
    """Use ptrace, where a part of it is let through, for what it is feared for."""
    first = ctypes.c_long(1)
    return [
        (f"{what} its first process", partial(_call, "ptrace", ctypes.c_long(number), first, 0, 0))
        for what, number in _PTRACE_NEVER.items()
    ]


def privileges() -> list[Attempt]:
    """Become root, mount, make or join namespaces, use the kernel's rarer doors."""
    own = ctypes.c_long(0)
    none = ctypes.c_char_p(b"none")
    mounted = (none, ctypes.c_char_p(b"/tmp"), ctypes.c_char_p(b"tmpfs"), ctypes.c_long(0), own)
    return [
        ("become root", lambda: os.setuid(0)),
        ("join root's group", lambda: os.setgid(0)),
        ("run as root", lambda: os.geteuid() == 0),
        ("hold a capability", lambda: any(int(_status(name), 16) for name in ("CapEff", "CapPrm", "CapBnd", "CapAmb"))),
        ("gain rights by a program", lambda: _status("NoNewPrivs") != "1"),
        ("mount", lambda: _call("mount", *mounted)),
        (
            "open a tree of mounts",
            lambda: _call("open_tree", ctypes.c_long(-100), ctypes.c_char_p(b"/"), ctypes.c_long(1)),
        ),
        ("open a file system", lambda: _call("fsopen", ctypes.c_char_p(b"tmpfs"), own)),
        ("change a mount", lambda: _call("mount_setattr", ctypes.c_long(-100), ctypes.c_char_p(b"/"), own, own, own)),
        ("make a user namespace", lambda: _call("unshare", ctypes.c_long(_CLONE_NEWUSER))),
        ("make a mount namespace", lambda: _call("unshare", ctypes.c_long(_CLONE_NEWNS))),
        ("make a network namespace", lambda: _call("unshare", ctypes.c_long(_CLONE_NEWNET))),
        ("join a namespace", lambda: _call("setns", own, own)),
        ("change the root", lambda: _call("chroot", ctypes.c_char_p(b"/tmp"))),
        ("load a module", lambda: _call("init_module", own, own, own)),
        ("load a BPF program", lambda: _call("bpf", own, own, own)),
        ("count events", lambda: _call("perf_event_open", own, own, own, own, own)),
        ("set up io_uring", lambda: _call("io_uring_setup", ctypes.c_long(1), own)),
        ("handle page faults", lambda: _call("userfaultfd", own)),
        ("add a key", lambda: _call("add_key", own, own, own, own, own)),
        ("read the kernel's log", lambda: _call("syslog", ctypes.c_long(_SYSLOG_READ_ALL), own, own)),
        ("make a device", lambda: os.mknod("/tmp/disk", stat.S_IFBLK | 0o600, os.makedev(8, 0))),  # noqa: S108
    ]


def writes(*read_only: str) -> list[Attempt]:
    """Change what is only to be read: mounts, the system, the kernel's settings."""

    def created(folder: str) -> bool:
        path = Path(folder) / "left-behind"
        path.write_bytes(b"x")
        return path.exists()

    def changed(path: str, text: str) -> bool:
        Path(path).write_text(text, "ascii")
        return True

    def opened(path: Path) -> None:
        path.open("rb").close()

    places = ("/", "/usr", "/usr/bin", "/usr/lib", "/etc", "/dev", "/sys", "/opt", "/proc", *read_only)
    tried: list[Attempt] = [(f"write into {place}", partial(created, place)) for place in places]
    tried += [
        ("replace a program", lambda: Path("/usr/bin/env").rename("/usr/bin/env.old")),
        ("make itself the last to be ended", lambda: changed("/proc/self/oom_score_adj", "-1000")),
        ("change where cores go", lambda: changed("/proc/sys/kernel/core_pattern", "|/tmp/x")),
        ("press a system key", lambda: changed("/proc/sysrq-trigger", "h")),
        ("leave its cgroup", lambda: changed("/sys/fs/cgroup/cgroup.procs", "0")),
    ]
    rare = [path for path in Path("/dev").iterdir() if path.name not in DEVICES]
    return tried + [(f"open the device {path.name}", partial(opened, path)) for path in rare]


def links(host_file: str) -> list[Attempt]:
    """Leave links, pipes and strange names in a writable mount for whoever looks there afterwards."""
    work = Path("/work")
    for name in ("link", "report.jsonl", "canary"):
        (work / name).symlink_to(host_file)
    os.mkfifo(work / "pipe")
    for strange in (b"-rf *", b"line\nbreak", b"\xff\xfe", b"n" * 255, "\u202etxt".encode()):
        Path(os.fsdecode(b"/work/" + strange)).write_bytes(b"x")
    closed = work / "closed"
    closed.mkdir()
    (closed / "inside").write_bytes(b"x")
    closed.chmod(0)
    return [("write through a link", lambda: (work / "link").write_bytes(b"changed") > 0)]


def ipc(key: str, queue: str) -> list[Attempt]:
    """Memory and queues that belong to the machine and not to a process: System V's and POSIX's."""

    def listed() -> bool:
        return any(key in path.read_text("ascii").split() for path in Path("/proc/sysvipc").iterdir())

    return [
        ("attach the host's shared memory", lambda: _libc.shmget(int(key), ctypes.c_size_t(1), 0) >= 0),
        ("see the host's shared memory", listed),
        ("open the host's message queue", lambda: _libc.mq_open(f"/{queue}".encode(), os.O_RDONLY) >= 0),
        ("find the host's files in /dev/shm", lambda: Path("/dev/shm", queue).exists()),  # noqa: S108
    ]


def tunes() -> list[Attempt]:
    """Settings of the machine that its other programs would feel: clock, name, priority, limits."""
    now = time.clock_gettime(time.CLOCK_REALTIME)
    name = ctypes.c_char_p(b"taken")

    def raises_limit() -> bool:
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        with contextlib.suppress(ValueError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard + 1))
        return resource.getrlimit(resource.RLIMIT_NOFILE)[1] > hard

    def real_time() -> None:
        os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1))

    return [
        ("set the clock", lambda: time.clock_settime(time.CLOCK_REALTIME, now)),
        ("name the machine", lambda: _libc.sethostname(name, ctypes.c_size_t(5)) == 0),
        ("be served first", lambda: os.nice(-5) < 0),
        ("be served in real time", real_time),
        ("lift the limit of open files", raises_limit),
        ("swap to a file", lambda: _libc.swapon(ctypes.c_char_p(b"/tmp/swap"), 0) == 0),
        ("stop the accounting", lambda: _libc.acct(None) == 0),
    ]


ATTEMPTS: dict[str, Callable[..., list[Attempt]]] = {
    function.__name__: function
    for function in (files, environment, network, processes, traces, privileges, writes, links, ipc, tunes)
}


def attempt(tried: list[Attempt]) -> str:
    """Try everything and say what worked."""
    got = []
    for what, way in tried:
        with contextlib.suppress(OSError, subprocess.SubprocessError):
            if way() is not False:
                got.append(what)
    return json.dumps({"tried": len(tried), "got": got})


if __name__ == "__main__":
    print(attempt(ATTEMPTS[sys.argv[1]](*sys.argv[2:-1])))  # noqa: T201 - how it answers

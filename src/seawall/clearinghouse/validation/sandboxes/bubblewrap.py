"""The default provider: bubblewrap from Debian.

Started by root, the namespaces are made with root's powers and the program then drops to an unprivileged uid of
its own with no capabilities (``setpriv``); started by anybody else, a user namespace does the same. Either way the
program sees a root made of a few read-only system folders, an empty /tmp with a size, and its mounts.
"""

import hashlib
import os
import secrets
import shutil
import signal
import subprocess
import time
from pathlib import Path, PurePosixPath

from seawall.clearinghouse.validation.errors import Infrastructure, SandboxUnavailable
from seawall.clearinghouse.validation.processes import exchange
from seawall.clearinghouse.validation.sandboxes import seccomp
from seawall.clearinghouse.validation.sandboxes.cgroups import RunGroup
from seawall.clearinghouse.validation.sandboxes.interface import Evidence, RunSpec

PROFILE = "1"
"""Raise when what a run sees or may do changes."""
_SYSTEM = ("/usr/bin", "/usr/lib", "/usr/lib64", "/usr/libexec", "/usr/include")
_LINKS = (("usr/bin", "/bin"), ("usr/lib", "/lib"), ("usr/lib64", "/lib64"))
_FILES = ("/etc/os-release", "/etc/ld.so.cache", "/etc/alternatives")
_POLL_S = 0.05
_UID_FIRST, _UID_COUNT = 200_000, 60_000
_PASSWD = "nobody:x:65534:65534:nobody:/tmp:/bin/false\nproof:x:{uid}:{uid}:proof:/tmp:/bin/sh\n"
# Joins the cgroups, sets what ulimit can, and becomes bubblewrap: no code of ours runs between fork and exec.
_SHIM = 'for g in $1; do echo $$ > "$g/cgroup.procs" || exit 97; done; ulimit -c 0; ulimit -t "$2"; shift 2; exec "$@"'
_SHIM_FAILED = 97


class Bubblewrap:
    """Runs programs under ``bwrap``."""

    name = "bubblewrap"

    def __init__(self) -> None:
        self._program = shutil.which("bwrap") or ""
        self._as_root = os.geteuid() == 0

    def probe(self) -> str | None:
        """None where it works here; else what is missing and what to do."""
        if not self._program:
            return "bubblewrap is not installed: apt-get install bubblewrap"
        try:
            done = self.run(RunSpec(argv=("/bin/true",), cwd="/tmp"))  # noqa: S108 - inside the sandbox
        except (Infrastructure, SandboxUnavailable) as error:
            return str(error)
        return (
            None
            if done.exit_code == 0
            else f"bubblewrap does not work here: {done.stderr.decode(errors='replace')[:300]}"
        )

    @property
    def profile(self) -> str:
        """Provider and digest of what it promises."""
        text = repr((PROFILE, _SYSTEM, _LINKS, _FILES, seccomp.REFUSED, self._as_root))
        return f"bubblewrap/{PROFILE}:{hashlib.sha256(text.encode()).hexdigest()[:16]}"

    def run(self, spec: RunSpec) -> Evidence:
        """Run to the end or to a limit; see ``interface.Provider``."""
        limits = spec.limits
        uid = _UID_FIRST + secrets.randbelow(_UID_COUNT)
        if self._as_root:
            for mount in spec.mounts:
                if mount.writable:
                    os.chown(mount.source, uid, uid)
        descriptor = seccomp.program()
        passwd = _memory_file(_PASSWD.format(uid=uid))
        try:
            with RunGroup(limits.memory_bytes, limits.processes + 4) as group:
                argv = [
                    "/bin/sh", "-c", _SHIM, "sh", " ".join(map(str, group.paths)), str(limits.cpu_s + 1),
                    *self._command(spec, uid, descriptor, passwd, tree_limit=not group.paths),
                ]  # fmt: skip
                return self._supervise(argv, spec, group, (descriptor, passwd))
        finally:
            os.close(descriptor)
            os.close(passwd)

    def _command(self, spec: RunSpec, uid: int, filter_fd: int, passwd_fd: int, *, tree_limit: bool) -> list[str]:
        limits = spec.limits
        command = [
            self._program, "--unshare-pid", "--unshare-net", "--unshare-ipc", "--unshare-uts", "--unshare-cgroup-try",
            "--die-with-parent", "--new-session", "--hostname", "seawall", "--clearenv",
        ]  # fmt: skip
        if not self._as_root:
            command[1:1] = ["--unshare-user", "--uid", str(uid), "--gid", str(uid), "--disable-userns"]
        targets = [mount.target for mount in spec.mounts]
        for parent in sorted(
            {str(folder) for name in targets for folder in PurePosixPath(name).parents} | {"/usr", "/etc"}
        ):
            if parent != "/":
                # bubblewrap makes missing parents readable to root alone.
                command += ["--perms", "0755", "--dir", parent]
        for folder in _SYSTEM:
            command += ["--ro-bind-try", folder, folder]
        for source, target in _LINKS:
            command += ["--symlink", source, target]
        for file in _FILES:
            command += ["--ro-bind-try", file, file]
        command += [
            "--proc",
            "/proc",
            "--dev",
            "/dev",
            "--perms",
            "1777",
            "--size",
            str(limits.disk_bytes),
            "--tmpfs",
            "/tmp",
        ]  # noqa: S108
        command += [
            "--perms",
            "0444",
            "--ro-bind-data",
            str(passwd_fd),
            "/etc/passwd",
            "--perms",
            "0755",
            "--dir",
            "/work",
        ]
        for mount in spec.mounts:
            command += ["--bind" if mount.writable else "--ro-bind", str(mount.source), mount.target]
        # The root's own tmpfs is closed last: nothing may be written beside the mounts.
        command += ["--remount-ro", "/", "--chdir", spec.cwd, "--seccomp", str(filter_fd)]
        env = {"PATH": "/usr/bin:/bin", "HOME": "/tmp", "LANG": "C.UTF-8", "TMPDIR": "/tmp", **spec.env}  # noqa: S108
        for name, value in env.items():
            command += ["--setenv", name, value]
        if self._as_root:
            command += [
                "--cap-drop",
                "ALL",
                "--cap-add",
                "CAP_SETUID",
                "--cap-add",
                "CAP_SETGID",
                "--cap-add",
                "CAP_SETPCAP",
            ]
            command += ["--", "/usr/bin/setpriv", "--reuid", str(uid), "--regid", str(uid), "--clear-groups"]
            command += ["--no-new-privs", "--bounding-set=-all", "--inh-caps=-all", "--ambient-caps=-all"]
        else:
            command += ["--cap-drop", "ALL"]
        command.append("--")
        if tree_limit:
            # No cgroup: the process count is held per uid, which is this run's own.
            command += ["/bin/sh", "-c", f'ulimit -p {limits.processes} 2>/dev/null || true; exec "$@"', "sh"]
        return [*command, *spec.argv]

    def _supervise(self, argv: list[str], spec: RunSpec, group: RunGroup, keep: tuple[int, ...]) -> Evidence:
        begun = time.monotonic()
        watch = _Watch(spec, group)
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
        with child:
            out, err, killed_by = exchange(
                child,
                spec.stdin,
                wall_s=spec.limits.wall_s,
                output_bytes=spec.limits.output_bytes,
                poll_s=_POLL_S,
                stop=watch,
            )
            if killed_by is None:
                # The pipes are closed, but the program may live on without them.
                killed_by = _wait(child, begun + spec.limits.wall_s, watch)
            if killed_by is not None:
                _kill(child, group)
            child.wait()
        wall = time.monotonic() - begun
        if group.ran_out_of_memory():
            killed_by = "memory"
        code = child.returncode
        if code == _SHIM_FAILED or (code == 1 and err.startswith(b"bwrap: ")):
            raise Infrastructure(f"The sandbox could not be set up: {err.decode(errors='replace')[:300]}")
        name, code_or_none = _signal(code)
        return Evidence(
            exit_code=code_or_none,
            signal=name,
            killed_by=killed_by,
            stdout=out,
            stderr=err,
            wall_s=wall,
            peak_memory_bytes=group.peak_memory() or watch.peak or None,
            profile=self.profile,
        )


class _Watch:
    """Asked while a run goes on: was it cancelled, does it fill a writable mount, does its tree hold too much memory?"""

    def __init__(self, spec: RunSpec, group: RunGroup) -> None:
        self._spec = spec
        self._group = group
        self.root = 0
        self.peak = 0

    def __call__(self) -> str | None:
        if self._spec.cancelled():
            return "cancelled"
        for mount in self._spec.mounts:
            if mount.writable and _size(mount.source) > self._spec.limits.disk_bytes:
                return "disk"
        if not self._group.limits_memory:
            self.peak = max(self.peak, _tree_memory(self.root))
            if self.peak > self._spec.limits.memory_bytes:
                return "memory"
        return None


def _wait(child: "subprocess.Popen[bytes]", deadline: float, watch: _Watch) -> str | None:
    while True:
        try:
            child.wait(_POLL_S)
        except subprocess.TimeoutExpired:
            reason = watch()
            if reason is not None:
                return reason
            if time.monotonic() > deadline:
                return "wall-time"
        else:
            return None


def _kill(child: "subprocess.Popen[bytes]", group: RunGroup) -> None:
    group.kill()
    try:
        os.killpg(child.pid, signal.SIGKILL)
    except ProcessLookupError:
        return


def _signal(code: int) -> tuple[str | None, int | None]:
    """bubblewrap hands a signal on as 128 + number; a negative code is bubblewrap's own."""
    number = -code if code < 0 else code - 128 if 128 < code < 192 else 0  # noqa: PLR2004 - the shell's convention
    if not number:
        return None, code
    try:
        return signal.Signals(number).name, None
    except ValueError:
        return None, code


def _memory_file(text: str) -> int:
    descriptor = os.memfd_create("seawall-data")
    os.write(descriptor, text.encode("ascii"))
    os.lseek(descriptor, 0, os.SEEK_SET)
    return descriptor


def _size(folder: Path) -> int:
    total = 0
    stack = [folder]
    while stack:
        try:
            with os.scandir(stack.pop()) as entries:
                for entry in entries:
                    total += 4096
                    if entry.is_dir(follow_symlinks=False):
                        stack.append(Path(entry.path))
                    else:
                        total += entry.stat(follow_symlinks=False).st_blocks * 512
        except OSError:
            continue
    return total


def _tree_memory(root: int) -> int:
    """Resident bytes of a process and all its descendants."""
    total = 0
    stack = [root]
    page = os.sysconf("SC_PAGE_SIZE")
    while stack:
        pid = stack.pop()
        try:
            total += int(Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1]) * page
            for task in Path(f"/proc/{pid}/task").iterdir():
                stack += [int(child) for child in (task / "children").read_text(encoding="ascii").split()]
        except (OSError, ValueError, IndexError):
            continue
    return total

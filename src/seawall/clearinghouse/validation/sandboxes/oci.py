"""The provider for OCI runtimes: ``runc`` from the system's packages, gVisor's ``runsc`` where it is installed.

A runtime by itself leaves its container running when it is killed. So each run is started inside a process namespace whose
first process dies with this thread: the kernel then ends the runtime and everything in the container with it. The container
joins the run's cgroups, which this side has made and reads after the end (``--keep``).

The root is an empty folder with mounts: the same read-only system folders as bubblewrap's, an empty /tmp with a size, the
run's own mounts, a users file. No capabilities, no new privileges, a system call filter, no network but a loopback of its own.
"""

import hashlib
import json
import math
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from seawall.clearinghouse.validation import scratch
from seawall.clearinghouse.validation.errors import Infrastructure, SandboxUnavailable
from seawall.clearinghouse.validation.sandboxes import rootfs, seccomp
from seawall.clearinghouse.validation.sandboxes.cgroups import RunGroup
from seawall.clearinghouse.validation.sandboxes.interface import Evidence, RunLimits, RunSpec
from seawall.clearinghouse.validation.sandboxes.supervision import Ended, supervise

PROFILE = "1"
"""Raise when what a run sees or may do changes."""
RUNTIMES = ("runsc", "runc")
"""The preferred one first: gVisor answers system calls itself, so a flaw in the kernel is out of a program's reach."""


class Oci:
    """Runs programs in containers of an OCI runtime. Needs root."""

    def __init__(self, runtime: str | None = None) -> None:
        """Use a runtime by name or path, or the first of ``RUNTIMES`` that is installed."""
        found = (shutil.which(name) for name in ([runtime] if runtime else RUNTIMES))
        self._program = next(filter(None, found), "")
        self.name = Path(self._program).name if self._program else (runtime or "oci")

    @property
    def profile(self) -> str:
        """Provider and digest of what it promises."""
        program = hashlib.sha256(Path(self._program).read_bytes()).hexdigest() if self._program else ""
        text = repr(
            (PROFILE, program, rootfs.SYSTEM, rootfs.LINKS, rootfs.FILES, seccomp.REFUSED, sorted(seccomp.STOPS))
        )
        return f"{self.name}/{PROFILE}:{hashlib.sha256(text.encode()).hexdigest()[:16]}"

    def probe(self) -> str | None:
        """None where it works here; else what is missing and what to do."""
        if not self._program:
            hint = "see gvisor.dev for its packages" if self.name == "runsc" else f"apt-get install {self.name}"
            return f"{self.name} is not installed: {hint}"
        if os.geteuid() != 0:
            return f"{self.name} is used by root only"
        if shutil.which("unshare") is None or shutil.which("setpriv") is None:
            return "unshare or setpriv is missing: apt-get install util-linux"
        try:
            done = self.run(RunSpec(argv=("/bin/true",), cwd="/tmp"))  # noqa: S108 - inside
        except (Infrastructure, SandboxUnavailable) as error:
            return f"{self.name} does not work here: {error}"
        return None if done.exit_code == 0 else f"{self.name} does not work here: {done.stderr[:300]!r}"

    def run(self, spec: RunSpec) -> Evidence:
        """Run to the end or to a limit; see ``interface.Provider``."""
        limits = spec.limits
        uid = rootfs.new_uid()
        for mount in spec.mounts:
            if mount.writable:
                os.chown(mount.source, uid, uid)
        with scratch.folder() as folder, RunGroup(limits.memory_bytes, limits.processes + 1) as group:
            if not (group.limits_memory and group.limits_processes):
                raise SandboxUnavailable(f"{self.name} needs cgroups for memory and processes.", "Mount them.")
            with self._container(folder, group.paths[0].name) as state:
                _write_bundle(folder, spec, uid, group.paths[0].name)
                ended = supervise(
                    self._command(folder, state, group.paths[0].name), spec, group, keep=(), first_process=_unknown
                )
                started = self.name == "runsc" or (state / group.paths[0].name).exists()
                return self._evidence(ended, limits, started=started, out_of_memory=group.ran_out_of_memory())

    def _command(self, bundle: Path, state: Path, name: str) -> list[str]:
        # runsc keeps nothing of a container that has ended, and wants to be told that there is no network.
        is_gvisor = self.name == "runsc"
        return [
            "/usr/bin/setpriv", "--pdeathsig", "KILL",
            "/usr/bin/unshare", "--pid", "--fork", "--kill-child=KILL", "--mount-proc",
            self._program, "--root", str(state), *(["--network=none"] if is_gvisor else []),
            "run", *([] if is_gvisor else ["--keep"]), "--bundle", str(bundle), name,
        ]  # fmt: skip

    @contextmanager
    def _container(self, folder: Path, name: str) -> Iterator[Path]:
        """The runtime's own state; what it keeps of the container is removed with it."""
        state = folder / "state"
        state.mkdir(mode=0o700)
        try:
            yield state
        finally:
            with suppress(subprocess.TimeoutExpired):
                subprocess.run(
                    [self._program, "--root", str(state), "delete", "--force", name],
                    capture_output=True,
                    timeout=10,
                    check=False,
                )

    def _evidence(self, ended: Ended, limits: RunLimits, *, started: bool, out_of_memory: bool) -> Evidence:
        name, code = rootfs.signal_or_code(ended.returncode)
        killed_by = "memory" if out_of_memory else ended.killed_by
        if killed_by is None and name == "SIGXFSZ":
            killed_by = "disk"
        if killed_by is None and name in {"SIGKILL", "SIGXCPU"} and (ended.cpu_s or 0.0) >= limits.cpu_s:
            killed_by = "cpu-time"
        if killed_by is None and not started:
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


def _unknown() -> int | None:
    """Processes are told by the run's cgroups, which are only removed when they are empty."""
    return None


def _write_bundle(folder: Path, spec: RunSpec, uid: int, group: str) -> None:
    """The container's root folder, empty but for places to mount on, and ``config.json``."""
    root = folder / "rootfs"
    root.mkdir()
    folder.chmod(0o711)
    (folder / "passwd").write_text(rootfs.users(uid, spec.users), encoding="utf-8")
    (folder / "passwd").chmod(0o444)
    shown = rootfs.shown(spec)
    for target, link in shown.links:
        (root / link.lstrip("/")).symlink_to(target)
    for name in ("proc", "dev", "tmp", "work"):
        (root / name).mkdir()
    (root / "tmp").chmod(0o1777)  # runc gives what it mounts the mode of the folder below
    (folder / "config.json").write_text(json.dumps(_config(folder, spec, shown, uid, group)), encoding="utf-8")


def _config(folder: Path, spec: RunSpec, shown: rootfs.Shown, uid: int, group: str) -> dict[str, Any]:
    limits = spec.limits
    size = f"size={limits.disk_bytes}"
    cpu = math.ceil(limits.cpu_s) + 1
    helper, started = rootfs.helper(rootfs.INIT[0]) if spec.root is not None else ((), rootfs.INIT[:1])
    mounts: list[dict[str, Any]] = [
        {"destination": "/proc", "type": "proc", "source": "proc", "options": ["nosuid", "noexec", "nodev"]},
        {"destination": "/dev", "type": "tmpfs", "source": "tmpfs", "options": ["nosuid", "mode=755", "size=65536"]},
        {"destination": "/dev/shm", "type": "tmpfs", "source": "shm", "options": ["nosuid", "nodev", "mode=1777", size]},  # noqa: S108
        {"destination": rootfs.TMP, "type": "tmpfs", "source": "tmp", "options": ["nosuid", "nodev", "mode=1777", size]},
        *(_bound(Path(source), target) for source, target in shown.binds),
        *([_bound(folder / "passwd", "/etc/passwd")] if spec.root is None else []),
        *(_bound(Path(source), target) for source, target in helper),
        *(_bound(mount.source, mount.target, writable=mount.writable) for mount in spec.mounts),
    ]  # fmt: skip
    return {
        "ociVersion": "1.0.2",
        "hostname": "seawall",
        "root": {"path": "rootfs", "readonly": True},
        "process": {
            "terminal": False,
            "user": {"uid": uid, "gid": uid, "additionalGids": []},
            "args": [*started, *rootfs.INIT[1:], *spec.argv],
            "env": [f"{name}={value}" for name, value in rootfs.environment(spec.env, foreign=spec.root is not None).items()],
            "cwd": spec.cwd,
            "capabilities": {name: [] for name in ("bounding", "effective", "inheritable", "permitted", "ambient")},
            "rlimits": [
                {"type": "RLIMIT_CORE", "soft": 0, "hard": 0},
                {"type": "RLIMIT_CPU", "soft": cpu, "hard": cpu},
                {"type": "RLIMIT_FSIZE", "soft": limits.disk_bytes, "hard": limits.disk_bytes},
                {"type": "RLIMIT_NOFILE", "soft": 1024, "hard": 1024},
            ],
            "noNewPrivileges": True,
        },
        "mounts": mounts,
        "linux": {
            "cgroupsPath": f"/{group}",
            "namespaces": [{"type": kind} for kind in ("pid", "network", "ipc", "uts", "mount", "cgroup")],
            "maskedPaths": ["/proc/acpi", "/proc/kcore", "/proc/keys", "/proc/sched_debug", "/proc/scsi", "/proc/timer_list"],
            "readonlyPaths": ["/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"],
            "seccomp": seccomp.oci(seeks_leaks=spec.seeks_leaks),
        },
    }  # fmt: skip


def _bound(source: Path, target: str, *, writable: bool = False) -> dict[str, Any]:
    options = ["rbind", "nosuid", "nodev", "rw" if writable else "ro", "rprivate"]
    return {"destination": target, "type": "bind", "source": str(source), "options": options}

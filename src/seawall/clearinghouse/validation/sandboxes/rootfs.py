"""What every provider shows a program of this machine: a few system folders, read-only, and nothing else.

A run with a root of its own (``RunSpec.root``) sees that folder's entries in their place, and of this machine only the few files
that a helper of the sandbox is made of, below ``HELPERS``.
"""

import functools
import os
import re
import secrets
import signal
import subprocess
from dataclasses import dataclass
from pathlib import Path

from seawall.clearinghouse.validation.errors import SandboxUnavailable
from seawall.clearinghouse.validation.sandboxes.interface import RunSpec

TMP = "/tmp"  # noqa: S108 - inside the sandbox
SYSTEM = (
    "/usr/bin",
    "/usr/lib",
    "/usr/lib64",
    "/usr/libexec",
    "/usr/include",
    "/usr/share/zoneinfo",
    "/usr/share/nodejs",  # Debian's node keeps parts of itself there
)
LINKS = (("usr/bin", "/bin"), ("usr/lib", "/lib"), ("usr/lib64", "/lib64"))
FILES = ("/etc/os-release", "/etc/ld.so.cache", "/etc/alternatives")
_UID_FIRST, _UID_COUNT = 200_000, 60_000
_USERS = "nobody:x:65534:65534:nobody:/tmp:/bin/false\nproof:x:{uid}:{uid}:proof:/tmp:/bin/sh\n"


INIT = ("/bin/sh", "-c", 'exec 3>&2 2>/dev/null; (exec "$@" 2>&3 3>&-); exit $?', "sh")
"""First process of a container, in front of the program: the kernel withholds from a namespace's first process the signals
that it does not handle, so that an abort() there ends as another signal or not at all. What the shell says of it is dropped."""


ENTRIES_MAX = 500
"""Files and folders at the top of a root."""
HELPERS = "/.seawall"
_OWN = frozenset({"proc", "dev", "sys", "tmp", "work", HELPERS.strip("/")})
"""What a root does not decide: the sandbox makes these."""
_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
_NEEDED = re.compile(r"^\s*(?:(?P<name>[\w.+-]+) => )?(?P<path>/\S+) \(0x", re.MULTILINE)


@dataclass(frozen=True)
class Shown:
    """What a run sees, before its own mounts."""

    binds: tuple[tuple[str, str], ...]
    """Host path and place inside, all read-only."""
    links: tuple[tuple[str, str], ...]
    """Target and place."""


def shown(spec: RunSpec) -> Shown:
    """This machine's system folders, or the entries of the run's own root.

    Raises:
        SandboxUnavailable: The root is no folder of a target's.
    """
    if spec.root is None:
        return Shown(tuple((name, name) for name in (*SYSTEM, *FILES) if Path(name).exists()), LINKS)
    if spec.root.is_symlink() or not spec.root.is_dir() or spec.root.resolve().parent == spec.root.resolve():
        raise SandboxUnavailable(f"{spec.root} is no folder for a root.", "Use a target's.")
    taken = _OWN | {mount.target.split("/")[1] for mount in spec.mounts}
    binds, links = [], []
    with os.scandir(spec.root) as entries:
        for entry in sorted(entries, key=lambda one: one.name)[:ENTRIES_MAX]:
            if entry.name in taken:
                continue
            if entry.is_symlink():
                links.append((str(Path(entry.path).readlink()), f"/{entry.name}"))
            elif entry.is_dir(follow_symlinks=False) or entry.is_file(follow_symlinks=False):
                binds.append((entry.path, f"/{entry.name}"))
    return Shown(tuple(binds), tuple(links))


@functools.cache
def helper(program: str) -> tuple[tuple[tuple[str, str], ...], tuple[str, ...]]:
    """A program of this machine for runs whose root has none of it: what must be bound, and the words that start it.

    Raises:
        SandboxUnavailable: It cannot be told what it is made of.
    """
    done = subprocess.run(["/usr/bin/ldd", program], capture_output=True, text=True, timeout=10, check=False)
    files = {match["name"] or Path(match["path"]).name: match["path"] for match in _NEEDED.finditer(done.stdout)}
    loader = next((name for name in files if name.startswith("ld-")), None)
    if done.returncode or loader is None:
        raise SandboxUnavailable(f"It cannot be told which libraries {program} needs.", "Use glibc and its ldd.")
    files[Path(program).name] = program
    binds = tuple((str(Path(path).resolve()), f"{HELPERS}/{name}") for name, path in sorted(files.items()))
    return binds, (f"{HELPERS}/{loader}", "--library-path", HELPERS, f"{HELPERS}/{Path(program).name}")


def new_uid() -> int:
    """An unprivileged user of a run's own."""
    return _UID_FIRST + secrets.randbelow(_UID_COUNT)


def users(uid: int, more: str) -> str:
    """The run's /etc/passwd."""
    return _USERS.format(uid=uid) + more


def environment(more: dict[str, str], *, foreign: bool = False) -> dict[str, str]:
    """What a program's environment holds, and nothing of ours; ``foreign`` where the root is not this machine's."""
    if foreign:  # some images keep programs elsewhere
        more = {**more, "PATH": more.get("PATH", "/usr/bin:/bin").replace("/usr/bin:/bin", _PATH)}
    return {"PATH": "/usr/bin:/bin", "HOME": TMP, "LANG": "C.UTF-8", "TMPDIR": TMP, **more}


def signal_or_code(code: int) -> tuple[str | None, int | None]:
    """The signal or the exit code: a signal is handed on as 128 + number; a negative code is the sandbox's own."""
    number = -code if code < 0 else code - 128 if 128 < code < 192 else 0  # noqa: PLR2004 - the shell's convention
    if not number:
        return None, code
    try:
        return signal.Signals(number).name, None
    except ValueError:
        return None, code

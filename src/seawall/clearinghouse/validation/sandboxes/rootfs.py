"""What every provider shows a program of this machine: a few system folders, read-only, and nothing else."""

import secrets
import signal

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


def new_uid() -> int:
    """An unprivileged user of a run's own."""
    return _UID_FIRST + secrets.randbelow(_UID_COUNT)


def users(uid: int, more: str) -> str:
    """The run's /etc/passwd."""
    return _USERS.format(uid=uid) + more


def environment(more: dict[str, str]) -> dict[str, str]:
    """What a program's environment holds, and nothing of ours."""
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

"""The system calls that no proof needs: a filter for libseccomp, as BPF for the provider to load.

AF_NETLINK and the like stay allowed: programs that merely look at interfaces would fail at start and give wrong
verdicts; without a network namespace of the host's there is nothing to reach.
"""

import errno
import os
from typing import Any

from seawall.clearinghouse.validation.errors import SandboxUnavailable

_CLONE_NEWUSER = 0x10000000
_CLONE_NAMESPACES = (0x00020000, 0x02000000, 0x04000000, 0x08000000, 0x10000000, 0x20000000, 0x40000000)
"""CLONE_NEWNS, NEWCGROUP, NEWUTS, NEWIPC, NEWUSER, NEWPID, NEWNET."""

PTRACE = "ptrace"
STOPS = frozenset({7, 8, 12, 16, 17, 0x4204})
"""Requests of ptrace that LeakSanitizer needs, in a run that looks for leaks: CONT, KILL, GETREGS, ATTACH, DETACH, GETREGSET.
None of them reads or writes memory or sets a register (decision 0182)."""
_REQUESTS_END = 0x4204
"""The last request that is let through; all beyond, negative ones included, are refused."""
_REQUESTS_KNOWN = (*range(256), *range(0x4200, _REQUESTS_END))
"""Numbers up to there that are requests somewhere."""

REFUSED = (
    "acct",
    "add_key",
    "bpf",
    "chroot",
    "delete_module",
    "fanotify_init",
    "finit_module",
    "fsconfig",
    "fsmount",
    "fsopen",
    "fspick",
    "get_mempolicy",
    "init_module",
    "io_uring_enter",
    "io_uring_register",
    "io_uring_setup",
    "ioperm",
    "iopl",
    "kcmp",
    "kexec_file_load",
    "kexec_load",
    "keyctl",
    "lookup_dcookie",
    "mbind",
    "migrate_pages",
    "mount",
    "mount_setattr",
    "move_mount",
    "move_pages",
    "name_to_handle_at",
    "open_by_handle_at",
    "open_tree",
    "perf_event_open",
    "personality",
    "pivot_root",
    "process_madvise",
    "process_vm_readv",
    "process_vm_writev",
    "ptrace",
    "quotactl",
    "reboot",
    "request_key",
    "set_mempolicy",
    "setdomainname",
    "sethostname",
    "setns",
    "settimeofday",
    "swapoff",
    "swapon",
    "syslog",
    "umount2",
    "unshare",
    "uselib",
    "userfaultfd",
    "vhangup",
)


def oci(*, seeks_leaks: bool = False) -> dict[str, Any]:
    """The same filter as the ``seccomp`` object of an OCI runtime's configuration."""
    names = [name for name in REFUSED if not (seeks_leaks and name == PTRACE)]
    more = _refused_requests() if seeks_leaks else []
    masked = [{"index": 0, "value": flag, "valueTwo": flag, "op": "SCMP_CMP_MASKED_EQ"} for flag in _CLONE_NAMESPACES]
    return {
        "defaultAction": "SCMP_ACT_ALLOW",
        "syscalls": [
            {"names": names, "action": "SCMP_ACT_ERRNO", "errnoRet": errno.EPERM},
            *(
                {
                    "names": [PTRACE],
                    "action": "SCMP_ACT_ERRNO",
                    "errnoRet": errno.EPERM,
                    "args": [{"index": 0, "value": value, "op": f"SCMP_CMP_{op}"}],
                }
                for op, value in more
            ),
            *(
                {"names": ["clone"], "action": "SCMP_ACT_ERRNO", "errnoRet": errno.EPERM, "args": [one]}
                for one in masked
            ),
            {"names": ["clone3"], "action": "SCMP_ACT_ERRNO", "errnoRet": errno.ENOSYS},
        ],
    }


def _refused_requests() -> list[tuple[str, int]]:
    """How the first argument of ptrace is compared, each for a refusal: one rule may compare an argument only once."""
    return [("EQ", number) for number in _REQUESTS_KNOWN if number not in STOPS] + [("GT", _REQUESTS_END)]


def program(*, seeks_leaks: bool = False) -> int:
    """A file descriptor holding the filter as BPF; the caller closes it.

    Raises:
        SandboxUnavailable: libseccomp is not there.
    """
    try:
        import pyseccomp  # noqa: PLC0415 - loads libseccomp when imported
    except (ImportError, OSError, RuntimeError) as error:
        raise SandboxUnavailable("libseccomp is missing.", "apt-get install libseccomp2") from error
    rules = pyseccomp.SyscallFilter(pyseccomp.ALLOW)
    for op, value in _refused_requests() if seeks_leaks else ():
        rules.add_rule(pyseccomp.ERRNO(errno.EPERM), PTRACE, pyseccomp.Arg(0, getattr(pyseccomp, op), value))
    for name in REFUSED:
        if seeks_leaks and name == PTRACE:
            continue
        try:
            rules.add_rule(pyseccomp.ERRNO(errno.EPERM), name)
        except (OSError, ValueError, RuntimeError):
            continue  # not a system call of this architecture
    for flag in _CLONE_NAMESPACES:
        rules.add_rule(pyseccomp.ERRNO(errno.EPERM), "clone", pyseccomp.Arg(0, pyseccomp.MASKED_EQ, flag, flag))
    # clone3 takes its flags behind a pointer, which a filter cannot see: C libraries fall back to clone.
    rules.add_rule(pyseccomp.ERRNO(errno.ENOSYS), "clone3")
    descriptor = os.memfd_create("seawall-seccomp")
    with os.fdopen(os.dup(descriptor), "wb") as file:
        rules.export_bpf(file)
    os.lseek(descriptor, 0, os.SEEK_SET)
    return descriptor

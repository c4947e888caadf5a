"""Headlines of operating systems: Linux's oopses, its sanitizers, Trusty, Windows' debugger. Pure.

Sources: Documentation/dev-tools (KASAN, KMSAN, KCSAN, UBSAN) and Documentation/admin-guide/bug-hunting of Linux.
"""

import re

from seawall.clearinghouse.validation.understanding.headlines import Headline, Rank, detects
from seawall.clearinghouse.validation.understanding.lines import Report
from seawall.clearinghouse.validation.understanding.sanitizers import NULL_PAGE

_SAN = re.compile(
    r"BUG: (KASAN|KMSAN|KCSAN|KFENCE): (?P<what>.{1,300}?)(?: in (?P<where>\S{1,200}).*| on address .*| on ?)?$"
)
_AT = re.compile(r"(?:at addr(?:ess)? |on address )(?:0x)?([0-9a-f]{8,16})")
_SIZE = re.compile(r"(Read|Write|read|write) of size (\d{1,9})|(?:read|write|READ|WRITE) to 0x")


@detects("BUG: KASAN: ", "BUG: KMSAN: ", "BUG: KCSAN: ", "BUG: KFENCE: ")
def kernel_sanitizer(report: Report, at: int, line: str) -> Headline | None:
    """``BUG: KASAN: slab-out-of-bounds in f+0x1/0x2 at addr ffff...``."""
    match = _SAN.search(line)
    if not match:
        return None
    kind = re.sub(r"[^a-z]+", "-", match["what"].lower()).strip("-")[:60] or "kernel-memory-error"
    access = size = address = ""
    for _, text in report.after(at, 8):
        access_match = _SIZE.search(text)
        if access_match and access_match[1] and not access:
            access, size = access_match[1].lower(), access_match[2]
        address_match = _AT.search(text)
        if address_match and not address:
            address = f"0x{address_match[1]}"
    if size and size not in {"1", "2", "4", "8", "16", "32", "64"}:
        size = "{*}"
    return Headline(at, kind, Rank.FAULT, match[1], "kernel", "kernel", access=access, size=size, address=address)


_VIRTUAL = re.compile(r"(?:at virtual address|at address:?|at|address) (?:0x)?([0-9a-f]{8,16})\b")
_OOPS = (
    ("Unable to handle kernel NULL pointer dereference", "null-dereference"),
    ("BUG: unable to handle kernel NULL pointer", "null-dereference"),
    ("BUG: kernel NULL pointer dereference", "null-dereference"),
    ("Unable to handle kernel ", "page-fault"), ("BUG: unable to handle", "page-fault"),
    ("general protection fault", "general-protection-fault"), ("divide error: ", "divide-by-zero"),
    ("Internal error: ", "oops"), ("kernel BUG at ", "kernel-bug"), ("Unhandled fault: ", "page-fault"),
    ("Kernel panic - not syncing: ", "kernel-panic"),
    ("stack segment: ", "stack-segment-fault"), ("Kernel stack overflow", "stack-overflow"),
    ("soft lockup", "soft-lockup"), ("blocked for more than", "hung-task"), ("self-detected stall", "rcu-stall"),
    ("kernel stack is corrupted", "stack-buffer-overflow"), ("invalid opcode: ", "ill"),
)  # fmt: skip


@detects(*{words for words, _ in _OOPS})
def oops(report: Report, at: int, line: str) -> Headline | None:
    """What Linux prints where it stops or goes on after a fault."""
    words, kind = next(((words, kind) for words, kind in _OOPS if words in line), ("", ""))
    if not kind:
        return None
    match = _VIRTUAL.search(line)
    address = f"0x{match[1]}" if match else ""
    access = ""
    if kind == "page-fault" and address and int(address, 16) < NULL_PAGE:
        kind = "null-dereference"
    for _, text in report.after(at, 30):
        fault = re.search(
            r"(READ|WRITE|read|write) (?:access in kernel mode|.{0,40}Translation Fault.{0,40}|from unreadable memory)",
            text,
        )
        if fault:
            access = fault[1].lower()
            break
        if re.search(r"Internal error: Oops: [0-9a-f]{1,4}[89a-f]\d\d ", text):
            break
    rank = Rank.ABORT if words in {"Internal error: ", "invalid opcode: "} else Rank.FAULT
    message = ""
    if kind == "kernel-panic":
        why = line.split(words, 1)[1].strip()
        if why.startswith(("Fatal exception", "Oops", "stack-protector")):
            rank = Rank.ABORT
        kind = re.sub(r"[^a-z0-9_]+", "-", why.lower()).strip("-")[:80] or kind
    if kind == "kernel-bug":
        where = re.search(r"kernel BUG at (.{1,200}?):\d{1,7}!", line)
        kind = f"kernel-bug-{where[1].rsplit('/', 1)[-1]}" if where else kind
    return Headline(at, kind, rank, "Linux", "kernel", "kernel", access=access, address=address, message=message)


_FAULT = re.compile(
    r"([Rr]ead|[Ww]rite|READ|WRITE)\s.{0,10}?(Translation|Permission|Alignment|Access flag|Domain).{0,3}[Ff]ault"
)


@detects("ranslation Fault", "ermission Fault", "lignment Fault")
def arm_fault(report: Report, at: int, line: str) -> Headline | None:
    """The fault status of an ARM kernel of a Qualcomm phone."""
    del report
    match = re.search(r"\b(READ|WRITE|read|write)\b", line)
    if "Internal error" in line or "fault code" in line:
        return None
    return Headline(at, "page-fault", Rank.ABORT, "Linux", "kernel", "kernel", access=match[1].lower() if match else "")


@detects("panic notifier - trusty", "Backtrace for thread: trusty_app")
def trusty(report: Report, at: int, line: str) -> Headline | None:
    """An app of Android's Trusty, or its kernel."""
    app = any("Backtrace for thread: trusty_app" in text for _, text in report.after(at, 200))
    del line
    return Headline(
        at,
        "trusted-app-crash" if app else "trusty-kernel-crash",
        Rank.FAULT,
        "Trusty",
        "native",
        "trusty",
        relevant=True,
    )


_CODES = {
    "c0000005": "access-violation", "c00000fd": "stack-overflow", "c0000094": "divide-by-zero",
    "c0000095": "integer-overflow", "c0000374": "heap-corruption", "c0000409": "stack-buffer-overflow",
    "c000001d": "ill", "80000003": "breakpoint", "c0000008": "invalid-handle", "c0000420": "assert",
    "c0000096": "ill", "c000008e": "divide-by-zero", "80000001": "guard-page",
}  # fmt: skip
_CDB = re.compile(r"\([0-9a-f]{1,8}\.[0-9a-f]{1,8}\): .{1,100}? - code ([0-9a-f]{8}) \((?:!!! second|first) chance")
_ATTEMPT = re.compile(r"Attempt to (read|write|execute).{0,40}? address ([0-9a-f]{8,16})")


@detects(" chance !!!)", "first chance)")
def windows(report: Report, at: int, line: str) -> Headline | None:
    """Cdb's ``(14a8.c04): Access violation - code c0000005 (!!! second chance !!!)``."""
    match = _CDB.search(line)
    if not match:
        return None
    kind = _CODES.get(match[1], f"exception-{match[1]}")
    access = address = ""
    frames_at = None
    for start, text in report.after(at, 20_000):
        attempt = _ATTEMPT.search(text) if "Attempt to" in text else None
        if attempt and not address:
            access, address = attempt[1], f"0x{attempt[2]}"
        if text.startswith("STACK_TEXT:") and frames_at is None:
            frames_at = start
        if text.startswith(("ChildEBP ", "Child-SP ", " # Child")):  # the whole stack; the other may be folded
            frames_at = start
            break
    second = "second chance" in line
    rank = Rank.FAULT if second else Rank.ABORT
    return Headline(at, kind, rank, "cdb", "native", "windows", access=access, address=address, frames_at=frames_at)

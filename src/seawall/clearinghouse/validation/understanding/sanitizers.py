"""Headlines of AddressSanitizer and its kin, libFuzzer, Centipede, Valgrind and bare signals.

Sources: the bug types in the documentation of each sanitizer (clang.llvm.org/docs) and of libFuzzer.
"""

import re

from seawall.clearinghouse.validation.understanding.headlines import Headline, Rank, detects
from seawall.clearinghouse.validation.understanding.lines import Report

NULL_PAGE = 0x10000
"""Addresses below are taken for a null pointer with an offset."""
_FOLLOWING = 12
"""Lines after the headline in which access and size stand."""
_ASAN = re.compile(
    r"(?P<tool>(?:HW|Kernel)?AddressSanitizer|MemorySanitizer|ThreadSanitizer|UndefinedBehaviorSanitizer|"
    r"LeakSanitizer|DataFlowSanitizer|GWP-ASan|RealtimeSanitizer|TypeSanitizer|NumericalStabilitySanitizer):\s*(?P<what>\S.{0,300})"
)
_ADDRESS = re.compile(r"address\s{1,4}(?:space\s)?(0x[0-9a-f]{1,16}|[0-9a-f]{4,16})\b")
_ACCESS = re.compile(r"\b(READ|WRITE|Read|Write) of size (\d{1,12}|\S{1,20})")
_CAUSED = re.compile(r"The signal is caused by an? (READ|WRITE|UNKNOWN) memory access")
_SIGNALS = {
    "segv": "segv", "access-violation": "segv", "abrt": "abrt", "ill": "ill", "illegal-instruction": "ill",
    "bus": "bus", "fpe": "floating-point-exception", "trap": "sigtrap", "sigtrap": "sigtrap",
    "breakpoint": "breakpoint", "int-divide-by-zero": "divide-by-zero", "unknown-crash": "segv",
    "float-divide-by-zero": "divide-by-zero", "illegal": "ill", "stack-overflow": "stack-overflow",
    "in-page-error": "bus", "priv-instruction": "ill",
}  # fmt: skip
_STOPPING = frozenset({"abrt", "ill", "sigtrap", "breakpoint"})
_RENAMED = {
    "attempting double-free": "heap-double-free",
    "attempting free": "invalid-free",
    "attempting to call malloc_usable_size": "bad-malloc-usable-size",
    "attempting to call __sanitizer_get_allocated_size": "bad-allocated-size",
    "alloc-dealloc-mismatch": "alloc-dealloc-mismatch",
    "calloc parameters overflow": "calloc-overflow",
    "requested allocation size": "allocation-size-too-big",
    "out of memory": "out-of-memory",
    "allocator is out of memory": "out-of-memory",
    "allocation-size-too-big": "allocation-size-too-big",
    "failed to allocate": "",
    "odr-violation": "odr-violation",
    "memcpy-param-overlap": "memcpy-param-overlap",
    "negative-size-param": "negative-size-param",
    "bad parameters to": "bad-parameters",
    "invalid-pointer-pair": "invalid-pointer-pair",
    "detected memory leaks": "",
    "nested bug": "",
    "data race": "data-race",
    "heap-use-after-free": "heap-use-after-free",
    "use-of-uninitialized-value": "use-of-uninitialized-value",
    "lock-order-inversion": "lock-order-inversion",
    "signal-unsafe call": "signal-unsafe-call",
    "thread leak": "thread-leak",
    "destroy of a locked mutex": "destroy-of-locked-mutex",
    "unlock of an unlocked mutex": "unlock-of-unlocked-mutex",
    "double lock of a mutex": "double-lock",
    "allocation-tail-overwritten": "allocation-tail-overwritten",
    "container-overflow": "container-overflow",
    "tag-mismatch": "tag-mismatch",
    "invalid-free": "invalid-free",
    "undefined-behavior": "",
    "nan": "",
}
_COMMON_SIZES = frozenset({"1", "2", "4", "8", "16", "32", "64"})


@detects("Sanitizer: ", "GWP-ASan: ")
def sanitizer(report: Report, at: int, line: str) -> Headline | None:  # noqa: C901, PLR0911 - one exit a case
    """``==1==ERROR: AddressSanitizer: heap-buffer-overflow on address 0x...``."""
    match = _ASAN.search(line)
    if not match or "SUMMARY: " in line[: match.start()]:
        return None
    tool, what = match["tool"], match["what"]
    before = line[: match.start()]
    if "ERROR" not in before and "WARNING" not in before and tool != "GWP-ASan" and "panic" not in what:
        return None
    if what.startswith(("DEADLYSIGNAL", "can not", "CHECK failed", "WARNING")):
        return None
    for words, kind in _RENAMED.items():
        if what.lower().startswith(words) or (kind and f" {words}" in what[:60].lower()):
            break
    else:
        words, kind = "", re.split(r"[\s:(,]", what, maxsplit=1)[0].lower()
    if not kind:
        return None
    if "WARNING" in before and tool == "AddressSanitizer":
        return None
    address = _address(what)
    access, size = _access(report, at)
    if kind in _SIGNALS:
        return _signal(Headline(at, _SIGNALS[kind], Rank.FAULT, tool, address=address), access, kind)
    if kind in {"out-of-memory", "allocation-size-too-big", "calloc-overflow"}:
        return Headline(at, "out-of-memory", Rank.FAULT, tool)
    if not re.fullmatch(r"[a-z][a-z0-9-]{2,60}", kind):
        return None
    if tool == "GWP-ASan":
        kind = what.split(" at ")[0].split(" on ")[0].strip().lower().replace(" ", "-")[:60] or "memory-error"
    return Headline(at, kind, Rank.FAULT, tool, access=access, size=size, address=address)


def _signal(headline: Headline, access: str, word: str) -> Headline:
    kind, address = headline.kind, headline.address
    if kind == "segv":
        null = address and int(address, 16) < NULL_PAGE
        kind = "null-dereference" if null else "segv"
        access = "" if word == "unknown-crash" else access
    else:
        access = ""
    rank = Rank.ABORT if kind in _STOPPING else Rank.FAULT
    return Headline(headline.at, kind, rank, headline.tool, access=access, address=address)


def _address(what: str) -> str:
    match = _ADDRESS.search(what)
    if not match:
        return ""
    return match[1] if match[1].startswith("0x") else f"0x{match[1]}"


def _access(report: Report, at: int) -> tuple[str, str]:
    for number, (_, line) in enumerate(report.after(at, _FOLLOWING)):
        match = _ACCESS.search(line)
        if match:
            size = match[2] if match[2] in _COMMON_SIZES else "{*}"
            return match[1].lower(), size
        caused = _CAUSED.search(line)
        if caused:
            return ("" if caused[1] == "UNKNOWN" else caused[1].lower()), ""
        if number > 1 and line.lstrip().startswith("#1 "):
            break
    return "", ""


_LEAK = re.compile(r"^(Direct|Indirect) leak of (\d{1,12}) byte")


@detects(" leak of ")
def leak(report: Report, at: int, line: str) -> Headline | None:
    """``Direct leak of 10 byte(s) in 1 object(s) allocated from:``; a direct one is the cause of indirect ones."""
    del report
    match = _LEAK.match(line)
    if not match:
        return None
    direct = match[1] == "Direct"
    return Headline(at, f"{match[1].lower()}-leak", Rank.FAULT if direct else Rank.CHECK, "LeakSanitizer", style="leak")


_UBSAN = re.compile(r"(?:^|\s)(?:\S{1,400}:\d{1,7}(?::\d{1,7})?: )?runtime error: (?P<what>.{1,1000})")
_UBSAN_KINDS: tuple[tuple[str, str], ...] = (
    ("signed integer overflow", "integer-overflow"),
    ("unsigned integer overflow", "unsigned-integer-overflow"),
    ("negation of", "integer-overflow"),
    ("division by zero", "divide-by-zero"),
    ("division of", "integer-overflow"),
    ("shift exponent", "undefined-shift"),
    ("left shift of", "undefined-shift"),
    ("index ", "index-out-of-bounds"),
    ("member access within null", "null-dereference"),
    ("member call on null", "null-dereference"),
    ("reference binding to null", "null-dereference"),
    ("load of null pointer", "null-dereference"),
    ("store to null pointer", "null-dereference"),
    ("null pointer passed", "invalid-null-argument"),
    ("null pointer returned", "invalid-null-return"),
    ("misaligned address", "misaligned-address"),
    ("with insufficient space", "object-size"),
    ("variable length array bound", "non-positive-vla-bound-value"),
    ("applying non-zero offset", "pointer-overflow"),
    ("applying zero offset", "pointer-overflow"),
    ("pointer index expression", "pointer-overflow"),
    ("addition of unsigned offset", "pointer-overflow"),
    ("subtraction of unsigned offset", "pointer-overflow"),
    ("pointer overflow", "pointer-overflow"),
    ("which is not a valid value for type 'bool'", "invalid-bool-value"),
    ("which is not a valid value for type bool", "invalid-bool-value"),
    ("which is not a valid value for type", "invalid-enum-value"),
    ("is outside the range of representable values", "float-cast-overflow"),
    ("implicit conversion", "implicit-conversion"),
    ("through pointer to incorrect function type", "incorrect-function-pointer-type"),
    ("control flow integrity check", "bad-cast"),
    ("which does not point to an object of type", "bad-cast"),
    ("execution reached the end of a value-returning", "no-return-value"),
    ("execution reached an unreachable", "unreachable-code"),
    ("execution reached a __builtin_unreachable", "unreachable-code"),
    ("passing zero to ", "invalid-builtin-use"),
    ("assumption is violated", "assumption-violation"),
    ("upcast of null", "upcast-of-null-pointer"),
    ("cast to virtual base of null", "upcast-of-null-pointer"),
    ("downcast of null", "downcast-of-null-pointer"),
    ("assumption of", "misaligned-address"),
    ("invalid vptr", "bad-cast"),
    ("execution reached", "unreachable-code"),
)
_TYPE = re.compile(r"(?:object of type|for type|to type) '?([^',(]{1,300}?)'?(?:$| failed|[,(]| \()")
_VPTR_NOTE = re.compile(
    r"note: (?:object is of type|vtable is of type|object is base class subobject at offset \d{1,7} within object of type) '?([^'\n]{1,300}?)'?$"
)


@detects("runtime error: ")
def undefined(report: Report, at: int, line: str) -> Headline | None:
    """``file.c:1:2: runtime error: signed integer overflow: ...``."""
    match = _UBSAN.search(line)
    if not match or "panic" in line[: match.start() + 8]:
        return None
    what = match["what"]
    kind = next((kind for words, kind in _UBSAN_KINDS if words in what), "undefined-behavior")
    access, relevant = "", None
    if kind == "null-dereference":
        access = "read" if what.startswith("load of") else "write" if what.startswith("store to") else ""
    address = ""
    extra = ""
    if kind == "bad-cast":
        address = next(iter(re.findall(r"address (0x[0-9a-f]{4,16})", what[:600])), "")
        extra = _cast(report, at, what)
    return Headline(at, kind, Rank.FAULT, "UndefinedBehaviorSanitizer", access=access, address=address, message=extra,
                    relevant=relevant)  # fmt: skip


def _cast(report: Report, at: int, what: str) -> str:
    wanted = re.search(r"for type '(.{1,300}?)' failed", what) or _TYPE.search(what)
    if not wanted:
        return ""
    for _, line in report.after(report.next_line(at), 4):
        if "invalid vptr" in line or "note: invalid vtable" in line:
            return f"Bad-cast to {wanted[1]} from invalid vptr"
        note = _VPTR_NOTE.search(line)
        if note:
            return f"Bad-cast to {wanted[1]} from {note[1]}"
    return f"Bad-cast to {wanted[1]}" + (" from invalid vptr" if "invalid vptr" in what else "")


_LIBFUZZER = re.compile(r"ERROR: libFuzzer: (.{1,120})")
_LIBFUZZER_KINDS = (
    ("timeout", "timeout", Rank.FAULT),
    ("out-of-memory", "out-of-memory", Rank.FAULT),
    ("fuzz target overwrites its const input", "overwrites-const-input", Rank.FAULT),
    ("fuzz target exited", "unexpected-exit", Rank.FAULT),
    ("deadly signal", "fatal-signal", Rank.VAGUE),
)


@detects("ERROR: libFuzzer: ")
def libfuzzer(report: Report, at: int, line: str) -> Headline | None:
    """``==1== ERROR: libFuzzer: timeout after 90 seconds``."""
    del report
    match = _LIBFUZZER.search(line)
    for words, kind, rank in _LIBFUZZER_KINDS if match else ():
        if match and match[1].startswith(words):
            return Headline(at, kind, rank, "libFuzzer")
    return None


_CENTIPEDE = re.compile(
    r"(?:=+\s|Failure\s{1,40}:\s|CRASH LOG:\s.{0,20})?(Timeout of \d|Per-input timeout exceeded|per-input-timeout-exceeded|RSS limit exceeded|rss-limit-exceeded|"
    r"Stack limit exceeded|stack-limit-exceeded|SLO|out-of-memory|Per-batch timeout exceeded|per-batch-timeout-exceeded)"
)


@detects("imeout exceeded", "seconds exceeded", "limit exceeded", "-timeout-exceeded", "-limit-exceeded")
def centipede(report: Report, at: int, line: str) -> Headline | None:
    """``Per-input timeout exceeded: 20 > 10``."""
    del report
    match = _CENTIPEDE.search(line)
    if not match:
        return None
    word = match[1].lower()
    kind = "out-of-memory" if word.startswith("rss") else "stack-overflow" if word.startswith("stack") else "timeout"
    return Headline(at, kind, Rank.FAULT, "Centipede")


_RECEIVED = re.compile(r"Received signal (\d{1,3})(?: (\S{1,20}))?(?: ([0-9a-f]{8,16}))?")
_FATAL = re.compile(
    r"[Ff]atal signal (\d{1,3}) \((SIG[A-Z]{2,6})\)(?:, code -?\d{1,3}(?: \([A-Z_]{1,40}\))?)?(?:, fault addr (?:0x)?([0-9a-f]{4,16}))?"
)
_TOMB = re.compile(r"signal (\d{1,3}) \((SIG[A-Z]{2,6})\), code .{1,40}?, fault addr (?:(?:0x)?([0-9a-f]{4,16})|-+)")
_KINDS = {
    "4": "ill",
    "5": "sigtrap",
    "6": "abrt",
    "7": "bus",
    "8": "floating-point-exception",
    "10": "bus",
    "11": "segv",
}


_GDB = re.compile(
    r"(?:Program|Thread \d{1,6}.{0,60}?) (?:received signal|terminated with signal) SIG(SEGV|ABRT|TRAP|ILL|FPE|BUS)\b"
)
_GDB_KINDS = {
    "SEGV": "segv",
    "ABRT": "abrt",
    "TRAP": "sigtrap",
    "ILL": "ill",
    "FPE": "floating-point-exception",
    "BUS": "bus",
}


@detects("received signal SIG", "terminated with signal SIG")
def gdb(report: Report, at: int, line: str) -> Headline | None:
    """The line ``Program received signal SIGSEGV`` of gdb."""
    del report
    match = _GDB.search(line)
    return Headline(at, _GDB_KINDS[match[1]], Rank.ABORT, "gdb") if match else None


@detects("Received signal ", "atal signal ", "signal 11 (", "signal 6 (", "signal 7 (", "signal 4 (", "signal 5 (")
def bare_signal(report: Report, at: int, line: str) -> Headline | None:
    """``Received signal 11 SEGV_MAPERR 7f6b0c580000`` of Chromium; ``Fatal signal 11 (SIGSEGV)`` of Android."""
    if "Received signal " in line:
        match = _RECEIVED.search(line)
        if not match or match[1] not in _KINDS:
            return None
        return _of_signal(at, match[1], match[3] or "", "Chromium")
    match = _TOMB.search(line) or _FATAL.search(line)
    if not match or match[1] not in _KINDS:
        return None
    headline = _of_signal(at, match[1], match[3] or "", "debuggerd")
    frames_at = next((start for start, text in report.after(at, 400) if text.strip() == "backtrace:"), None)
    return Headline(at, headline.kind, headline.rank, "debuggerd", address=headline.address, frames_at=frames_at)


def _of_signal(at: int, number: str, address: str, tool: str) -> Headline:
    kind = _KINDS[number]
    if kind == "segv" and address and int(address, 16) < NULL_PAGE:
        kind = "null-dereference"
    rank = Rank.VAGUE if kind in {"abrt", "ill", "sigtrap"} else Rank.ABORT
    return Headline(at, kind, rank, tool, address=f"0x{address}" if address and kind != "abrt" else "")


_VALGRIND = (
    ("Invalid read of size ", "invalid-read", "read"), ("Invalid write of size ", "invalid-write", "write"),
    ("Invalid free() ", "invalid-free", ""), ("Conditional jump or move depends on uninit", "use-of-uninitialized-value", ""),
    ("Use of uninitialised value", "use-of-uninitialized-value", ""), ("Mismatched free()", "alloc-dealloc-mismatch", ""),
    ("Jump to the invalid address", "wild-jump", ""), ("Source and destination overlap in", "memcpy-param-overlap", ""),
    ("Stack overflow in thread", "stack-overflow", ""),
)  # fmt: skip


@detects("Invalid read of", "Invalid write of", "Invalid free()", "uninitialised value", "Mismatched free()",
         "Jump to the invalid address", "Source and destination overlap in", "Stack overflow in thread")  # fmt: skip
def valgrind(report: Report, at: int, line: str) -> Headline | None:
    """``==12== Invalid write of size 4``."""
    del report
    for words, kind, access in _VALGRIND:
        where = line.find(words)
        if where != -1 and line.startswith("=="):
            size = line[where + len(words) :].strip() if access else ""
            return Headline(at, kind, Rank.FAULT, "Valgrind", access=access, size=size if size.isdigit() else "")
    return None

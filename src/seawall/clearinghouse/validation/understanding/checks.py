"""Headlines of programs that stop themselves: assertions, Chromium's and V8's checks, glibc, Skia, Swift. Pure."""

import re

from seawall.clearinghouse.validation.understanding.headlines import Headline, Rank, detects
from seawall.clearinghouse.validation.understanding.lines import Report

_FATAL = re.compile(r":FATAL:([^\]\s(:]{1,300})(?:\(\d{1,7}\)|:\d{1,7})\]\s?(.{0,2000})")
_GOOGLE = re.compile(r"^F\d{4,8} \d\d:\d\d:\d\d\.\d{1,9}\s{1,8}\d{1,10} (\S{1,300}?):\d{1,7}\]\s?(.{0,2000})")
_FAILED = re.compile(r"^(?:(Security )?(D?CHECK|Check|check)(?:_\w{2,4})? failed: |(Assert)(?:ion)? failed: )(.*)")
_ASSERT_H = re.compile(r"assert\.h assertion failed at .{1,300}? in .{1,200}?: (.{1,1000})")


_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
_NUMBER = re.compile(r"(?<![\w])\d{2,20}(?!\w)|(?<=[#@])\d{1,20}(?!\w)")


def without_numbers(text: str) -> str:
    """A message without the numbers that change from run to run."""
    return _NUMBER.sub("NUMBER", text)


def without_values(condition: str) -> str:
    """``a == b (2 vs. 3)`` without the values, which change from run to run."""
    at = condition.find(" vs. ")
    if at == -1:
        return condition.rstrip(". ")
    depth = 0
    for place in range(at, -1, -1):
        letter = condition[place]
        if letter == ")":
            depth += 1
        elif letter == "(":
            if depth == 0:
                return condition[:place].rstrip(". ")
            depth -= 1
    return condition.rstrip(". ")


def base(path: str) -> str:
    """The file's name without its folders, whichever system wrote it."""
    return path.replace("\\", "/").rsplit("/", 1)[-1]


@detects(":FATAL:", "\nF0", "\nF1", "\nF2")
def fatal(report: Report, at: int, line: str) -> Headline | None:
    """``[1:1:0417/224500:FATAL:text_iterator.cc(207)] Check failed: a == b (1 vs. 2)`` of Chromium and of glog."""
    del report
    match = _FATAL.search(line) or _GOOGLE.match(line)
    if not match:
        return None
    return of_fatal(at, base(match[1]), match[2])


def of_fatal(at: int, file: str, text: str) -> Headline | None:
    """What a FATAL line of a file means."""
    text = _CONTROL.sub("", text).strip()
    failed = _FAILED.match(text)
    tool = "Chromium"
    if failed:
        condition = without_values(failed[4])
        if failed[3]:
            return Headline(at, "assert", Rank.CHECK, tool, message=failed[4], file=file)
        condition = without_numbers(condition.split("; ", 1)[0])
        word = "dcheck" if failed[2] == "DCHECK" else "check"
        kind = f"security-{word}-failure" if failed[1] else "check-failure"
        return Headline(at, kind, Rank.CHECK, tool, message=condition, file=file)
    asserted = _ASSERT_H.search(text)
    if asserted:
        return Headline(at, "assert", Rank.CHECK, tool, message=asserted[1])
    if text.startswith(("Out of memory", "Terminating process due to memory")):
        return Headline(at, "out-of-memory", Rank.FAULT, tool)
    if text.startswith("V8 error: "):
        return Headline(at, "v8-api-error", Rank.CHECK, tool, message=text[10:].rstrip(". "))
    reached = re.match(r"NOTREACHED(?: hit)?\.?\s?", text)
    kind = "check-failure" if reached else "fatal-error"
    text = without_numbers(text[reached.end() :] if reached else text)
    return Headline(at, kind, Rank.CHECK, tool, message=text.rstrip(". ") or file, file=file)


_ABORT_MESSAGE = re.compile(
    r"Abort message: '?\[?(?:[^\]]{0,80}:)?FATAL:([^\]\s(:]{1,300})(?:\(\d{1,7}\)|:\d{1,7})\]\s?(.{0,2000}?)'?$"
)


@detects("Abort message: ")
def android_abort(report: Report, at: int, line: str) -> Headline | None:
    """A tombstone's ``Abort message: '[FATAL:a.cc(1)] Check failed: ...'``."""
    del report
    match = _ABORT_MESSAGE.search(line)
    if not match:
        return None
    headline = of_fatal(at, base(match[1]), match[2])
    if headline and headline.kind == "fatal-error":
        return Headline(at, "check-failure", Rank.CHECK, "Chromium", message=headline.message, file=headline.file)
    return headline


_MEDIA = re.compile(r"^(?:.{0,80}?\s)?(\S{1,300}\.(?:c|cc|cpp|h)):\d{1,7} (CHECK(?:_[A-Z]{2})?\(.{1,600}\)) failed\b")


@detects(") failed")
def android_check(report: Report, at: int, line: str) -> Headline | None:
    """``MPEG4Extractor.cpp:3301 CHECK_EQ( a,1u) failed: 25 vs. 1``."""
    del report
    match = _MEDIA.match(line)
    if not match:
        return None
    return Headline(at, "check-failure", Rank.CHECK, "Android", message=f"{match[2]} failed", file=base(match[1]))


_V8 = re.compile(r"#\s{1,4}Fatal (?:JavaScript )?error(?: in (.{0,400}?)(?:, line \d{1,7})?)?$")
_V8_NODE = re.compile(r"^RepresentationChangerError: node #\d{1,9}:")
_V8_RUNTIME = re.compile(r"#\s{1,4}Runtime error in (.{0,400}?)(?:, line \d{1,7})?$")


@detects("# Fatal error", "# Fatal JavaScript error in", "# Runtime error in")
def v8(report: Report, at: int, line: str) -> Headline | None:
    """``# Fatal error in ../../src/a.cc, line 1`` and, on the next line, why."""
    runtime = _V8_RUNTIME.search(line)
    match = runtime or _V8.search(line)
    if not match:
        return None
    following = [text for _, text in report.after(report.next_line(at), 4)]
    text = next((text.lstrip("# ").strip() for text in following if text.lstrip("# ").strip()), "")
    place = match[1] or ""
    file = base(place.strip()) if "." in place and "::" not in place else ""
    if runtime:
        return Headline(at, "runtime-assert", Rank.CHECK, "V8", message=text, file=file)
    if "out of memory" in text:
        return Headline(at, "out-of-memory", Rank.CHECK, "V8", message=text.rstrip("."), file=file)
    for words, kind in (("Check failed: ", "check-failure"), ("Debug check failed: ", "dcheck-failure")):
        if text.startswith(words):
            condition = without_numbers(without_values(text[len(words) :]))
            return Headline(at, kind, Rank.CHECK, "V8", message=condition, file=file)
    if text in {"unreachable code", "unimplemented code"}:
        return Headline(at, "unreachable-code", Rank.CHECK, "V8", message=file or text)
    kind = "check-failure" if _V8_NODE.match(text) else "fatal-error"
    text = without_numbers(_V8_NODE.sub("", text))
    if not text:
        text, file = file, ""
    return Headline(at, kind, Rank.CHECK, "V8", message=text.rstrip(". "), file=file)


_CSA = re.compile(r"^abort: (.{1,1500}?)((?: \[[^\[\]]{1,300}:\d{1,7}\]){0,5})$")


@detects("abort: ")
def v8_abort(report: Report, at: int, line: str) -> Headline | None:
    """``abort: CSA_ASSERT failed: ... [../../src/a.cc:1]``: an assertion in code that V8 made."""
    del report
    match = _CSA.match(line)
    if not match or ("ASSERT" not in match[1] and "CHECK" not in match[1]):
        return None
    file = base(match[2].split("]", 1)[0].strip(" [").rsplit(":", 1)[0])
    relevant = "DCHECK" in match[1] or None
    return Headline(
        at, "assert", Rank.CHECK, "V8", message=match[1], extra=(file,) if file else (), relevant=relevant, style="none"
    )


@detects("V8 correctness failure")
def v8_correctness(report: Report, at: int, line: str) -> Headline | None:
    """Two configurations of V8 that disagree; the state names them."""
    if not line.startswith("#"):
        return None
    words = ("configs: ", "sources: ", "suppression: ")
    named = {}
    for _, text in report.after(at, 12):
        for word in words:
            where = text.find(f"V8 correctness {word}")
            if where != -1:
                named[word] = text[where + 15 :].strip()
    extra = tuple(named[word] for word in words if word in named)
    return Headline(at, "v8-correctness-failure", Rank.FAULT, "V8", message=extra[0] if extra else "", extra=extra[1:],
                    alone=False, style="none")  # fmt: skip


@detects("## V8 sandbox violation detected!")
def v8_sandbox(report: Report, at: int, line: str) -> Headline | None:
    """Memory outside of V8's cage was harmed; the sanitizer's report that goes with it has the stack."""
    del report, line
    return Headline(at, "v8-sandbox-violation", Rank.FAULT, "V8", relevant=True)


_GLIBC = re.compile(
    r"(?:^|\s)\S{0,300}?: ?\S{1,300}:\d{1,7}: .{1,600}?: Assertion [`'](.{1,800}?)(?:['`] failed\.?|\sfailed\.?|$)"
)
_GLIB = re.compile(r"assertion [`'](.{1,800}?)' failed")
_BSD = re.compile(r"Assertion failed: \(?(.{1,800}?)\)?, function .{1,300}?, file .{1,300}?,? line \d{1,7}")
_GLIB_ERROR = re.compile(r"ERROR:\S{1,300}:\d{1,7}:.{1,200}?: assertion failed:? (.{1,800})$")
_ENVOY = re.compile(r"\[assert\] .{1,300}?\] (?:assert failure|panic): (.{1,800})$")
_MUSL = re.compile(r"Assertion failed: (.{1,800}?) \((\S{1,300}): .{1,200}: \d{1,7}\)$")
_LIBCXX = re.compile(
    r"\S{1,300}:\d{1,7}: (?:libc\+\+ Hardening )?assertion .{1,400}? failed: (.{1,600}?)(?:\w{0,20}Sanitizer:|Address|$)",
    re.IGNORECASE,
)
_LIBCXX_NOSPACE = re.compile(
    r"\S{1,300}:\d{1,7}:\s?assertion .{1,400}? failed: (.{1,600}?)(?:Address(?:Sanitizer.*)?)?$"
)


@detects("Assertion `", "ssertion '", "ssertion failed", "ssertion ", "[assert] ")
def assertion(report: Report, at: int, line: str) -> Headline | None:
    """What ``assert`` of glibc, musl, BSD, GLib and libc++ print."""
    del report
    for expression, tool in (
        (_GLIBC, "glibc"),
        (_GLIB_ERROR, "GLib"),
        (_ENVOY, "Envoy"),
        (_GLIB, "GLib"),
        (_BSD, "libc"),
        (_MUSL, "musl"),
        (_LIBCXX_NOSPACE, "libc++"),
    ):
        match = expression.search(line)
        if match:
            text = match[1].split(" failed.", 1)[0].removesuffix(" failed")
            if tool == "libc++" and text.endswith("Address"):
                text = text.removesuffix("Address")
            return Headline(at, "assert", Rank.CHECK, tool, message=text.strip())
    return None


@detects("ASSERTION FAILED: ", "ASSERT failed: ", "assert failed: ", "Assertion failure: ")
def webkit(report: Report, at: int, line: str) -> Headline | None:
    """``ASSERTION FAILED: condition`` of WebKit, followed by ``file(line) : function``."""
    match = re.search(r"(?:^|\s)(?:ASSERTION FAILED|ASSERT failed|assert failed|Assertion failure): (.{1,1500})", line)
    if not match:
        return None
    for _, text in report.after(report.next_line(at), 1):
        where = re.match(r"(\S{1,400}?)\(\d{1,7}\) : (.{1,600})", text)
        if where:
            return Headline(at, "assert", Rank.CHECK, "WebKit", message=match[1], extra=())
    return Headline(at, "assert", Rank.CHECK, "WebKit", message=match[1])


_CORRUPT = (
    ("double free or corruption", "heap-double-free"), ("free(): double free", "heap-double-free"),
    ("free(): invalid pointer", "invalid-free"), ("munmap_chunk(): invalid pointer", "invalid-free"),
    ("malloc(): ", "heap-corruption"), ("corrupted size vs. prev_size", "heap-corruption"),
    ("free(): ", "heap-corruption"), ("realloc(): ", "heap-corruption"), ("corrupted double-linked list", "heap-corruption"),
    ("stack smashing detected", "stack-buffer-overflow"), ("buffer overflow detected", "buffer-overflow"),
    ("malloc_consolidate(): ", "heap-corruption"), ("invalid fastbin", "heap-corruption"),
    ("longjmp causes uninitialized stack frame", "stack-corruption"),
)  # fmt: skip


@detects("free or corruption", "free(): ", "malloc(): ", "corrupted size vs", "realloc(): ", "corrupted double-linked",
         "smashing detected", "buffer overflow detected", "munmap_chunk(): ", "malloc_consolidate(): ", "longjmp causes")  # fmt: skip
def glibc(report: Report, at: int, line: str) -> Headline | None:
    """``*** Error in `a': free(): invalid pointer: 0x... ***`` of glibc."""
    del report
    if "in function" in line:
        return None
    for words, kind in _CORRUPT:
        if words in line:
            return Headline(at, kind, Rank.FAULT, "glibc")
    return None


_SHARED = re.compile(r"error while loading shared libraries: ([^:\s]{1,300}): ")
_LINKER = re.compile(
    r"(?:CANNOT LINK EXECUTABLE.{0,300}?library \"([^\"]{1,300})\" not found|could not load library \"([^\"]{1,300})\")"
)


@detects("error while loading shared libraries: ", "CANNOT LINK EXECUTABLE", "could not load library ")
def library(report: Report, at: int, line: str) -> Headline | None:
    """The program did not start: a library is missing."""
    del report
    match = _SHARED.search(line) or _LINKER.search(line)
    if not match:
        return None
    name = next(group for group in match.groups() if group)
    return Headline(at, "missing-library", Rank.CHECK, "loader", message=name, alone=True)


_SYSTEM = (
    ("===BUG DETECTED: Shell corruption", "command-injection"), ("===BUG DETECTED: Shell injection", "command-injection"),
    ("===BUG DETECTED: Arbitrary file open", "arbitrary-file-open"),
    ("===BUG DETECTED: Arbitrary domain name resolution", "arbitrary-dns-resolution"),
)  # fmt: skip


@detects("===BUG DETECTED: ")
def system(report: Report, at: int, line: str) -> Headline | None:
    """SystemSan of OSS-Fuzz: what a program does to its system."""
    del report
    kind = next((kind for words, kind in _SYSTEM if words in line), "")
    if not kind:
        return None
    style = "any" if kind == "command-injection" else "system"  # a shell says more than the call that started it
    return Headline(at, kind, Rank.FAULT, "SystemSan", style=style, relevant=True)


_SKIA = re.compile(
    r"(\S{1,300}):\d{1,7}: fatal error: \"(.{1,600}?)\"$|fatal error: \"(?:check|assert)\((.{1,600}?)\)\""
)


@detects(': fatal error: "')
def skia(report: Report, at: int, line: str) -> Headline | None:
    """``../../SkData.cpp:25: fatal error: "assert(x)"`` of Skia."""
    del report
    match = re.search(r"fatal error: \"(.{1,600}?)\"?$", line)
    if not match:
        return None
    inner = re.match(r"(?:check|assert)\((.{1,600})\)$", match[1])
    return Headline(at, "assert", Rank.CHECK, "Skia", message=inner[1] if inner else match[1])


@detects("memory allocation of ")
def rust_oom(report: Report, at: int, line: str) -> Headline | None:
    """``memory allocation of 2314885530818453516 bytes failed`` of Rust."""
    del report
    if not re.search(r"memory allocation of \d{1,24} bytes failed", line):
        return None
    return Headline(at, "out-of-memory", Rank.FAULT, "Rust", "rust", style="any")


@detects("control flow integrity violation")
def cfi(report: Report, at: int, line: str) -> Headline | None:
    """Chromium's hint after an illegal instruction of Clang's CFI without diagnostics."""
    del report, line
    return Headline(at, "bad-cast", Rank.FAULT, "CFI")


@detects("GPU state invalid after WaitForGetOffsetInRange", "[gMainThreadId]")
def gpu(report: Report, at: int, line: str) -> Headline | None:
    """Chromium lost its GPU process."""
    del report, line
    return Headline(at, "gpu-failure", Rank.VAGUE, "Chromium", relevant=True)

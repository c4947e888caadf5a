"""Headlines of uncaught exceptions and panics of languages with a runtime. Pure."""

import re

from seawall.clearinghouse.validation.understanding.headlines import Headline, Rank, detects
from seawall.clearinghouse.validation.understanding.lines import Report

_GO = re.compile(r"^(?:.{0,200}?\s)?(panic|fatal error): (.{1,2000})$")
_GO_RUNTIME = ("runtime error: ", "reflect: ")
_GO_KINDS = (
    ("index out of range", "index-out-of-range"), ("slice bounds out of range", "slice-bounds-out-of-range"),
    ("integer divide by zero", "integer-divide-by-zero"), ("makeslice: len out of range", "makeslice-len-out-of-range"),
    ("invalid memory address or nil pointer dereference", "invalid-memory-address"),
    ("integer overflow", "integer-overflow"), ("slice length too short", "slice-length-too-short"),
)  # fmt: skip
_GOROUTINE = re.compile(r"^goroutine \d{1,12} \[")


@detects("panic: ", "fatal error: ", "Panic in ")
def go(report: Report, at: int, line: str) -> Headline | None:
    """``panic: runtime error: index out of range [5]`` followed by a goroutine's stack."""
    match = _GO.match(line)
    logged = re.search(r"Panic in .{1,200}?: (runtime error: .{1,600})", line) if not match else None
    if not match and not logged:
        return None
    start = next((begin for begin, text in report.after(report.next_line(at), 200) if _GOROUTINE.match(text)), None)
    if start is None and not logged:
        return None
    word, text = (match[1], match[2]) if match else ("panic", logged[1] if logged else "")
    text = re.sub(r" \[recovered.{0,40}\]$", "", text).strip()
    if text.startswith(_GO_RUNTIME) or any(words in text for words, _ in _GO_KINDS):
        for words, kind in _GO_KINDS:
            if words in text:
                return Headline(at, kind, Rank.FAULT, "Go", "go", style="go", frames_at=start)
    if "stack overflow" in text[:40]:
        return Headline(at, "stack-overflow", Rank.FAULT, "Go", "go", style="go", frames_at=start)
    if word == "fatal error" and "out of memory" in text:
        return Headline(at, "out-of-memory", Rank.FAULT, "Go", "go", style="go", frames_at=start)
    kind = "fatal-error" if word == "fatal error" else "assert"
    return Headline(at, kind, Rank.FAULT, "Go", "go", style="go", message=text, frames_at=start)


_RUST = re.compile(r"thread '?.{1,200}? panicked at (?:'(.*)$|(\S.{0,300}?):(\d{1,7}):\d{1,7}:$)")


@detects(" panicked at ")
def rust(report: Report, at: int, line: str) -> Headline | None:
    """``thread 'main' panicked at 'message', src/a.rs:1:2``, and the order of Rust 1.73 on: place, then message."""
    match = _RUST.search(line)
    if not match:
        return None
    if match[1] is not None:
        text = re.sub(r"', \S{1,300}:\d{1,7}:\d{1,7}$", "", match[1])
    else:
        text = next((text for _, text in report.after(report.next_line(at), 1)), "")
    if re.match(r"index out of bounds: |range (?:start|end) index |slice index ", text):
        return Headline(at, "index-out-of-range", Rank.CHECK, "Rust", "rust", style="rust")
    if text.startswith("attempt to divide by zero"):
        return Headline(at, "integer-divide-by-zero", Rank.CHECK, "Rust", "rust", style="rust")
    if re.match(r"attempt to \w{2,9}(?: \w{2,9})? with overflow", text):
        return Headline(at, "integer-overflow", Rank.CHECK, "Rust", "rust", style="rust")
    return Headline(at, "assert", Rank.CHECK, "Rust", "rust", style="rust", message=text.strip())


_JAVA_NAME = r"(?:[a-z_$][\w$]{0,60}\.){1,12}[A-Z][\w$]{0,120}"
_JAVA = re.compile(
    rf"(?:== Java Exception: |Exception in thread \"[^\"]{{0,200}}\" (?:java\.lang\.reflect\.UndeclaredThrowableException: )?|FATAL EXCEPTION: .{{0,80}}|^)({_JAVA_NAME})(?::\s?(.{{0,1000}}))?$"
)


@detects("== Java Exception: ", "Exception in thread ", "FATAL EXCEPTION")
def java(report: Report, at: int, line: str) -> Headline | None:
    """An uncaught exception of a JVM, of Jazzer, or of an Android app."""
    if "FATAL EXCEPTION" in line:
        for start, text in report.after(at, 8):
            match = re.search(rf"({_JAVA_NAME})(?::\s?(.{{0,1000}}))?$", text)
            if match and "FATAL EXCEPTION" not in text and not text.startswith("Process: "):
                return Headline(at, "fatal-exception", Rank.FAULT, "Android", "java", style="android", frames_at=start)
        return None
    match = _JAVA.search(line)
    if not match:
        return None
    name = match[1]
    if name.endswith((".FuzzerSecurityIssueCritical", ".FuzzerSecurityIssueHigh", ".FuzzerSecurityIssueMedium")):
        return Headline(at, "security-exception", Rank.FAULT, "Jazzer", "java", style="java", relevant=True)
    if name.endswith(".FuzzerSecurityIssueLow"):
        kind = (
            "stack-overflow"
            if "Stack overflow" in line
            else "out-of-memory"
            if "Out of memory" in line
            else "uncaught-exception"
        )
        return Headline(at, kind, Rank.FAULT, "Jazzer", "java", style="java", relevant=False)
    kind = {"StackOverflowError": "stack-overflow", "OutOfMemoryError": "out-of-memory"}.get(
        name.rsplit(".", 1)[-1], "uncaught-exception"
    )
    tool = "Jazzer" if "== Java" in line else "JVM"
    return Headline(at, kind, Rank.FAULT, tool, "java", style="java", exception=name)


_PY_CHAINED = ("During handling of the above exception", "The above exception was the direct cause")
_PY_END = re.compile(r"^([A-Za-z_][\w.]{0,200})(?::\s?(.{0,1000}))?$")


@detects("Traceback (most recent call last)")
def python(report: Report, at: int, line: str) -> Headline | None:
    """A traceback; the class of the exception stands after its frames."""
    del line
    for start, text in report.after(report.next_line(at), 4_000):
        if text.startswith((" ", "\t", "+", "|")) or not text:
            continue
        match = _PY_END.match(text)
        if not match:
            return None
        if any(text.startswith(_PY_CHAINED) for _, text in report.after(start, 5)):
            return None  # the one that it led to ended the program
        name = match[1].rsplit(".", 1)[-1]
        kind = {"RecursionError": "stack-overflow", "MemoryError": "out-of-memory"}.get(name, "uncaught-exception")
        if name == "TimeoutExpired":
            kind = "timeout"
        return Headline(at, kind, Rank.FAULT, "Python", "python", style="python", exception=match[1])
    return Headline(at, "uncaught-exception", Rank.FAULT, "Python", "python", style="python")  # too long, or cut off


@detects("BUG DETECTED: PySecSan")
def pysecsan(report: Report, at: int, line: str) -> Headline | None:
    """PySecSan of OSS-Fuzz, over Atheris."""
    del report, line
    return Headline(at, "pysecsan", Rank.FAULT, "PySecSan", "python", style="python", relevant=True)


_JS = re.compile(
    r"(?:^|Uncaught Exception: Jazzer\.js: |Uncaught )((?:[A-Z][\w$]{0,60}\.)?[A-Z][\w$]{0,60}(?:Error|Exception|Issue))(?: \[[A-Z_]{1,60}\])?(?::\s?(.{0,1000}))?$|Uncaught Exception: Jazzer\.js: (.{0,1000})$"
)


@detects("Jazzer.js: ", "Error: ", "Error [", "RangeError", "node:internal/errors")
def javascript(report: Report, at: int, line: str) -> Headline | None:
    """``TypeError: x is not a function`` followed by ``    at f (file:1:2)``."""
    match = _JS.search(line)
    if not match:
        return None
    jazzer = "Jazzer.js: " in line
    following = [text for _, text in report.after(report.next_line(at), 6)]
    if not any(re.match(r"\s{2,8}at ", text) and not re.search(r"\(.{0,200}\.java:\d", text) for text in following):
        return None
    if any(re.search(r"\.(?:java|kt):\d{1,7}\)|\) in .{1,300}:line \d", text) for text in following):
        return None
    name = match[1] or ""
    kind = "stack-overflow" if "Maximum call stack" in line else "uncaught-exception"
    return Headline(at, kind, Rank.FAULT, "Jazzer.js" if jazzer else "Node.js", "javascript", style="javascript",
                    exception=name, relevant=True if "Finding" in name else None)  # fmt: skip


_DOTNET = re.compile(r"Unhandled [Ee]xception[.:] ((?:[A-Z]\w{0,60}\.){1,10}\w{1,80})")


@detects("Unhandled exception. ", "Unhandled Exception: ", "Unhandled exception: ")
def dotnet(report: Report, at: int, line: str) -> Headline | None:
    """``Unhandled exception. System.IndexOutOfRangeException: ...``."""
    del report
    match = _DOTNET.search(line)
    if not match:
        return None
    kind = (
        "stack-overflow"
        if "StackOverflow" in line
        else "out-of-memory"
        if "OutOfMemory" in line
        else "uncaught-exception"
    )
    return Headline(at, kind, Rank.FAULT, ".NET", "dotnet", style="dotnet", exception=match[1])


@detects("PHP Fatal error: ", "Fatal error: Uncaught ")
def php(report: Report, at: int, line: str) -> Headline | None:
    """``PHP Fatal error:  Uncaught TypeError: ... in file:line`` with ``Stack trace:`` below."""
    del report
    if "PHP Fatal error: " not in line and "Uncaught" not in line:
        return None
    name = re.search(r"Uncaught ([\w\\]{1,200})", line)
    kind = (
        "out-of-memory"
        if "Allowed memory size" in line
        else "timeout"
        if "Maximum execution time" in line
        else "uncaught-exception"
    )
    return Headline(at, kind, Rank.FAULT, "PHP", "php", style="php", exception=name[1] if name else "")


_RUBY = re.compile(
    r"^\S{1,400}:\d{1,7}:in [`'].{1,300}': .{0,600} \(([A-Z][\w:]{1,100})\)$|^.{0,600}\(([A-Z][\w:]{0,100}Error)\)$"
)


@detects(":in `", ":in '")
def ruby(report: Report, at: int, line: str) -> Headline | None:
    """``a.rb:1:in 'A#f': message (ArgumentError)`` and ``from`` lines."""
    del report
    match = _RUBY.match(line)
    if not match:
        return None
    name = match[1] or match[2]
    kind = (
        "stack-overflow"
        if name == "SystemStackError"
        else "out-of-memory"
        if name == "NoMemoryError"
        else "uncaught-exception"
    )
    return Headline(at, kind, Rank.FAULT, "Ruby", "ruby", style="ruby", frames_at=at, exception=name)


@detects("There were ", "There was 1 failure")
def wycheproof(report: Report, at: int, line: str) -> Headline | None:
    """JUnit 4's list of failures; the first one names the test."""
    del line
    for _, text in report.after(at, 400):
        match = re.match(r"^1\) (\w{1,200}\([\w.$]{1,300}\))", text)
        if match:
            return Headline(
                at, "wycheproof-error", Rank.FAULT, "JUnit", "java", style="none", message=match[1], relevant=True
            )
    return None

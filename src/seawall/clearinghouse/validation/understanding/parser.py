"""Reads a crash report of any of some thirty tools: ``parse(report) -> Crash | None``. Pure, and never raises.

    crash = parse(report)
    crash.kind, crash.access, crash.state      # "heap-buffer-overflow", "write", ("png_read", "png_decode", "NULL")

In this order: known words are looked up in the whole report (``headlines``), the line that tells the cause is chosen,
the stack that belongs to it is read line by line (``stacks``), and what says nothing is dropped (``noise``). Time
grows with the report's length only; memory holds the report once more as text.
"""

import re
from dataclasses import dataclass, field

from seawall.clearinghouse.validation.understanding import (  # noqa: F401 - the detectors register themselves
    checks,
    kernels,
    languages,
    names,
    sanitizers,
    security,
)
from seawall.clearinghouse.validation.understanding.headlines import Headline, Rank, chosen, found
from seawall.clearinghouse.validation.understanding.lines import Report
from seawall.clearinghouse.validation.understanding.noise import is_noise, is_place, is_stop
from seawall.clearinghouse.validation.understanding.stacks import Raw, read
from seawall.clearinghouse.validation.understanding.types import NOTHING, Crash, Frame

FRAMES_MAX = 128
"""Frames kept of a crash."""
LINES_MAX = 20_000
"""Lines after the headline in which frames are looked for; cdb prints some thousand lines before its stack."""
STATE_FRAMES = 3
SIGNATURE_FRAMES = 3
SIGNATURE_VERSION = 2
_FUZZ_ENTRY = frozenset({"LLVMFuzzerTestOneInput", "fuzzerTestOneInput"})
_RESOURCES = frozenset({"out-of-memory", "timeout"})
"""Where the stack is wherever the program happened to be; the name of the target says more."""
CYCLE_MAX = 24
"""Functions of a recursion that are looked for, and frames before it that are passed over."""


@dataclass
class _Stack:
    """Frames as they are collected."""

    frames: list[Frame] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)
    """Of the state."""
    bare: list[str] = field(default_factory=list)
    """Modules and offsets, where no function is known."""
    closed: bool = False
    """A further stack began, such as where the memory was freed: it may fill the state, but is not the crash's."""
    weak: bool = False
    """See ``Raw.weak``."""
    lines_before: int = 0
    """Lines of earlier stacks."""
    named: bool = False
    """Whether any function is known at all."""
    process: str = ""
    """Name of the program, where a tombstone tells it."""
    full: bool = False


def parse(report: bytes | str, *, target: str = "") -> Crash | None:
    """The cause that a report tells, or None where it tells none.

    Args:
        report: Anything at all; at most ``lines.REPORT_MAX`` bytes of it are read.
        target: Name of the program that ran, for the state where no frame is known.
    """
    text = Report(report)
    headline = chosen(found(text))
    if headline is None:
        return None
    stack = _collect(text, headline)
    state = _state(headline, stack, target)
    return Crash(
        kind=headline.kind,
        access=headline.access,
        size=headline.size,
        address=headline.address,
        message=headline.message,
        exception=headline.exception[:200],
        frames=tuple(stack.frames),
        state=state,
        security=security.judge(headline),
        language=headline.language,
        tool=headline.tool,
        signature=signature(headline.kind, headline.access, tuple(stack.frames)),
    )


def signature(kind: str, access: str, frames: tuple[Frame, ...]) -> str:
    """The versioned signature: kind, access and the innermost functions, each recursion once; empty without frames."""
    folded: list[str] = []
    for frame in frames:
        if frame.symbol and frame.symbol not in folded:
            folded.append(frame.symbol)
        if len(folded) == SIGNATURE_FRAMES:
            break
    if not folded:
        return ""
    what = f"{kind}-{access}" if access else kind
    return f"crash/{SIGNATURE_VERSION}:{what}@{' < '.join(folded)}"


def _state(headline: Headline, stack: _Stack, target: str) -> tuple[str, ...]:
    first = [
        _cut(
            headline.message
            + (
                f" in {headline.file}"
                if headline.file and headline.kind != "assert" and headline.language == "native"
                else ""
            )
        )
    ]
    if headline.alone:
        return tuple(first)
    if target and headline.kind in _RESOURCES and not headline.message:
        return (target,)
    frames = _cycle(stack) if headline.kind == "stack-overflow" and headline.language == "native" else stack.lines
    lines = [*(first if headline.message else []), *map(_cut, headline.extra), *frames]
    if not lines and not stack.named:
        lines = stack.bare or ([stack.process] if stack.process else [])
    if not lines and target:
        lines = [target]
    return tuple(lines[:STATE_FRAMES]) or (NOTHING,)


def _cycle(stack: _Stack) -> list[str]:
    """The functions that call each other without end, up to three; all frames where there is no such cycle."""
    shown = [_cut(frame.function) for frame in stack.frames]
    for start in range(min(CYCLE_MAX, len(shown))):
        for period in range(1, CYCLE_MAX):
            run = shown[start : start + 3 * period]
            if len(run) == 3 * period and run[:period] == run[period : 2 * period] == run[2 * period :]:
                return run[:period][:STATE_FRAMES]
    return stack.lines


def _cut(line: str) -> str:
    return line.strip()[: names.STATE_LINE]


def _collect(text: Report, headline: Headline) -> _Stack:  # noqa: C901 - one loop over lines
    stack = _Stack()
    if headline.style == "none":
        return stack
    if headline.style == "python":
        return _traceback(text, headline)
    style = {"leak": "any", "system": "any", "trusty": "any", "android": "java"}.get(headline.style, headline.style)
    start = headline.frames_at if headline.frames_at is not None else headline.at
    seen_any = False
    blanks = 0
    for number, (_, line) in enumerate(text.after(start, LINES_MAX)):
        if not line:
            blanks += 1
            if seen_any and _ends(headline, stack, blank=True):
                break
            continue
        if number and _is_end(line, headline, seen_any=seen_any):
            break
        raw = read(line, style)
        if raw is None and style == "rust":
            raw = read(line, "any")
        if raw is None:
            continue
        seen_any = True
        _add(stack, raw, headline)
        if stack.full or len(stack.frames) >= FRAMES_MAX or (stack.closed and len(stack.lines) >= STATE_FRAMES):
            break
    if headline.tool == "debuggerd" and not stack.frames:
        stack.process = _process(text, headline)
    return stack


def _process(text: Report, headline: Headline) -> str:
    """A tombstone's ``>>> /system/bin/name <<<``."""
    for line in (*(line for _, line in text.after(headline.at, 60)), *text.lines_before(headline.at, 6)):
        if ">>> " in line and line.endswith(" <<<"):
            return checks.base(line.split(">>> ", 1)[1][:-4]).capitalize()
    return ""


def _ends(headline: Headline, stack: _Stack, *, blank: bool) -> bool:
    if headline.style in {"leak", "go", "kernel"}:
        return blank and bool(stack.lines or headline.style == "leak")
    return False


_ENDS = re.compile(
    r"(?:SUMMARY: (?:Leak|Address|Thread)Sanitizer: \d{1,12} byte|\[end of stack trace\]|---\[ end trace)"
)


def _is_end(line: str, headline: Headline, *, seen_any: bool) -> bool:
    if headline.style == "leak":
        return line.startswith(("Direct leak of", "Indirect leak of", "SUMMARY: "))
    if headline.style == "go":
        return seen_any and line.startswith(("goroutine ", "created by ")) and bool(seen_any)
    if headline.style == "java":
        return seen_any and line.startswith("== libFuzzer")
    return headline.style == "kernel" and line.startswith(
        ("---[ end trace", "Allocated by task", "Freed by task", "Allocated:")
    )


def _add(stack: _Stack, raw: Raw, headline: Headline) -> None:  # noqa: C901 - one exit a reason
    if raw.number == 0:
        if stack.weak:
            stack.frames.clear()
            del stack.lines[:]
        stack.weak, stack.closed, stack.lines_before = False, bool(stack.frames), len(stack.lines)
    stack.weak = stack.weak or (raw.weak and not stack.closed)
    name = _shown(raw)
    if raw.function and any(words in raw.function[:200] for words in _FUZZ_ENTRY) and raw.style == "native":
        _entry(stack, raw, headline)
        return
    if not raw.function and raw.module and raw.offset and not raw.module.startswith("<"):
        tomb = raw.offset.startswith("0x0")  # debuggerd pads offsets; a sanitizer's differ between builds
        if len(stack.bare) < STATE_FRAMES and (tomb or not is_noise("x", "", raw.module, raw.style, "")):
            stack.bare.append(_cut(f"{raw.module}+{raw.offset}" if tomb else raw.module))
        return
    if raw.function and not raw.function.startswith("<un"):
        stack.named = True
    if raw.style == "native" and is_stop(name) and headline.rank <= Rank.CHECK:
        if not stack.closed:
            stack.frames.clear()
        del stack.lines[stack.lines_before :]
        return
    if is_noise(name, raw.file, raw.module, raw.style, headline.style):
        return
    language = {"any": "native"}.get(raw.style, raw.style)
    if not stack.closed:
        stack.frames.append(_frame(raw, name, language))
    if len(stack.lines) < STATE_FRAMES:
        stack.lines.append(_cut(name))


def _frame(raw: Raw, name: str, language: str) -> Frame:
    symbol = names.symbol(name if raw.style == "go" else raw.function, language)
    return Frame(name, symbol, raw.file, raw.line, checks.base(raw.module))


def _shown(raw: Raw) -> str:
    if raw.style == "native":
        return names.shown(raw.function)
    if raw.style == "go":
        return names.go(raw.function)
    if raw.style == "java":
        return raw.function.rsplit("/", 1)[-1]
    return raw.function[: names.NAME_MAX]


def _entry(stack: _Stack, raw: Raw, headline: Headline) -> None:
    """The fuzz target's own function: its file says which target it is, and nothing below it matters."""
    name = "" if is_place(raw.file) else checks.base(raw.file)
    if not raw.file and headline.kind == "assert":
        name = headline.file
    if name and "." in name and not name.startswith("??"):
        if len(stack.lines) < STATE_FRAMES:
            stack.lines.append(_cut(name))
        if not stack.closed:
            stack.frames.append(Frame(name, name, raw.file, raw.line))
    stack.full = True


def _traceback(text: Report, headline: Headline) -> _Stack:
    """Python writes the innermost call last."""
    raws: list[Raw] = []
    for number, (_, line) in enumerate(text.after(headline.at, LINES_MAX)):
        raw = read(line, "python")
        if raw is not None:
            raws.append(raw)
            if len(raws) > 2 * FRAMES_MAX:
                del raws[0]  # keeps the innermost
        elif number and line and line[0] not in " \t+|" and raws:
            break
    stack = _Stack()
    for raw in reversed(raws):
        _add(stack, raw, headline)
        if len(stack.frames) >= FRAMES_MAX:
            break
    return stack


__all__ = ["Rank", "parse", "signature"]

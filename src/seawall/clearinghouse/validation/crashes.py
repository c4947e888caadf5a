"""Sanitizer reports: error type and frames. Pure.

Frames of the sanitizer, the allocator and the C library are dropped, so that the innermost frame is the program's own.
"""

import re
from dataclasses import dataclass

_SUMMARY = re.compile(r"(?:ERROR: )?AddressSanitizer: (?P<kind>[a-z-]+|SEGV)")
_UBSAN = re.compile(r"runtime error: (?P<text>.+)")
_FRAME = re.compile(r"^\s*#\d+ 0x[0-9a-f]+ (?:in )?(?P<name>.+?) (?P<place>/\S+|\(.*\))", re.MULTILINE)
_NOISE = re.compile(
    r"^(?:__asan|__interceptor|__sanitizer|_start|__libc|asan_|malloc|calloc|realloc|free|mem(?:cpy|set|move)|str)"
)


@dataclass(frozen=True)
class Crash:
    """What a sanitizer saw."""

    kind: str
    """Such as ``heap-buffer-overflow``."""
    access: str
    """``read``, ``write`` or empty."""
    frames: tuple[str, ...]
    """Functions of the program, innermost first, without the noise."""


def parse(text: str) -> Crash | None:
    """The first crash in a report, or None where there is none."""
    match = _SUMMARY.search(text)
    if match:
        kind = match["kind"].lower()
    else:
        undefined = _UBSAN.search(text)
        if not undefined:
            return None
        kind = re.sub(r"[^a-z]+", "-", re.sub(r"0x[0-9a-f]+|\d+|'[^']*'", "", undefined["text"].lower())).strip("-")[
            :80
        ]
    access = re.search(r"\b(READ|WRITE) of size \d+", text)
    first_stack = text.split("\n\n", 1)[0]
    frames = [frame["name"].split("(")[0] for frame in _FRAME.finditer(first_stack)]
    return Crash(
        kind=kind,
        access=access[1].lower() if access else "",
        frames=tuple(dict.fromkeys(name for name in frames if not _NOISE.match(name))),
    )

"""The line that says what went wrong, in every format that is known. Pure.

Each detector is a word that is looked up in the whole report, and a function that reads the line with it. A report
often holds several (a failed check, then the abort that it caused); ``RANK`` says which of them is the cause.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import IntEnum

from seawall.clearinghouse.validation.understanding.lines import Report

HITS_MAX = 64
"""Lines looked at for each word."""


class Rank(IntEnum):
    """Which of several headlines tells the cause."""

    FAULT = 4
    """A memory error or exception; nothing before it caused it."""
    CHECK = 3
    """The program stopped itself and says why; the abort after it is its effect."""
    ABORT = 2
    """The program was ended by a signal that it usually sends itself."""
    VAGUE = 1
    """Something ended; says little."""


@dataclass(frozen=True)
class Headline:
    """What one line says."""

    at: int
    """Where the line begins in the report."""
    kind: str
    rank: Rank
    tool: str
    language: str = "native"
    style: str = "any"
    """Which formats of frames may follow."""
    access: str = ""
    size: str = ""
    address: str = ""
    message: str = ""
    """First line of the state, where there is one."""
    exception: str = ""
    """Class of the exception."""
    file: str = ""
    """Base name of the file that was named, for the state."""
    alone: bool = False
    """The state is the message alone."""
    frames_at: int | None = None
    """Where the stack begins, if not after the line."""
    extra: tuple[str, ...] = ()
    """Further lines of the state."""
    relevant: bool | None = None
    """Overrides what the kind says of security."""


Reader = Callable[[Report, int, str], Headline | None]
DETECTORS: list[tuple[str, Reader]] = []
"""Word and reader; filled by the modules beside this one."""


def detects(*words: str) -> Callable[[Reader], Reader]:
    """Register a reader for lines that hold one of the words."""

    def register(reader: Reader) -> Reader:
        DETECTORS.extend((word, reader) for word in words)
        return reader

    return register


def found(report: Report) -> list[Headline]:
    """All headlines, in the report's order."""
    seen: dict[tuple[int, str], Headline] = {}
    for word, reader in DETECTORS:
        for at, line in _lines(report, word):
            headline = reader(report, at, line)
            if headline is not None:
                seen.setdefault((headline.at, headline.kind), headline)
    return sorted(seen.values(), key=lambda headline: (headline.at, -headline.rank))


def _lines(report: Report, word: str) -> Iterator[tuple[int, str]]:
    return report.with_word(word, HITS_MAX)


def chosen(headlines: list[Headline]) -> Headline | None:
    """The cause among several headlines.

    The first fault, unless a failed check stands before it and the fault is how the program stopped itself.
    """
    best: Headline | None = None
    for headline in headlines:
        if best is None or headline.rank > best.rank:
            if best is not None and best.rank is Rank.CHECK and _is_stop(headline, best):
                continue
            best = headline
    return best


STOPS = frozenset({"null-dereference", "breakpoint", "abrt", "ill", "sigtrap"})
"""Faults by which programs stop themselves after a failed check."""


def _is_stop(headline: Headline, check: Headline) -> bool:
    if headline.kind == "segv" and check.kind in {"assert", "check-failure"}:
        return True  # some write to an address made for it
    return headline.kind in STOPS

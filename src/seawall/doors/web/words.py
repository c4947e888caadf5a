"""Words for people: moments, durations, sizes, states. Pure; the time is passed in.

Text from outside passes through ``seen`` before a template escapes it: controls, bidirectional overrides and
invisible characters come out as ``⟦U+202E⟧``, so that what a reader sees is what is there.
"""

import re
import unicodedata
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

MARKS_MAX = 4
"""Combining marks kept on one character; a pile of them would cover the lines around."""

_KEPT = frozenset("\n\t")
_HIDING = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
"""Unicode categories without a visible, stable shape."""
_UNSEEN_LETTERS = frozenset("\u115f\u1160\u3164\uffa0\u2800\u034f")
"""Letters, a symbol and a mark that are drawn as nothing: Hangul fillers, blank Braille, grapheme joiner."""
_SELECTORS = re.compile("[\ufe00-\ufe0f\U000e0100-\U000e01ef]")
_PLAIN = re.compile(r"[\x20-\x7e\n\t]*")


def seen(text: object) -> str:
    """The text with everything that cannot be seen written out as ``⟦U+XXXX⟧``; lines and tabs stay."""
    raw = str(text).replace("\r\n", "\n")
    if _PLAIN.fullmatch(raw):
        return raw
    kept: list[str] = []
    marks = 0
    for character in raw:
        category = unicodedata.category(character)
        marks = marks + 1 if category in {"Mn", "Me"} else 0
        hidden = (
            (category in _HIDING and character not in _KEPT)
            or character in _UNSEEN_LETTERS
            or _SELECTORS.match(character) is not None
            or marks > MARKS_MAX
        )
        kept.append(f"⟦U+{ord(character):04X}⟧" if hidden else character)
    return "".join(kept)


def seen_line(text: object) -> str:
    """``seen``, on one line."""
    return " ".join(seen(text).split())


def moment(at: datetime) -> str:
    """``8 Sep 2026 14:05 UTC``."""
    utc = at.astimezone(UTC)
    return f"{utc.day} {utc:%b %Y %H:%M} UTC"


_STEPS: tuple[tuple[int, str], ...] = ((86400, "day"), (3600, "hour"), (60, "minute"))


def span(length: timedelta) -> str:
    """A length in the largest unit that it fills: ``3 days``, ``5 hours``, ``less than a minute``."""
    seconds = abs(int(length.total_seconds()))
    for size, unit in _STEPS:
        count = seconds // size
        if count:
            return f"{count} {unit}{'' if count == 1 else 's'}"
    return "less than a minute"


def ago(at: datetime, now: datetime) -> str:
    """``3 days ago``, ``in 2 hours``, ``now``."""
    if abs(at - now) < timedelta(seconds=60):
        return "just now" if at <= now else "in less than a minute"
    return f"in {span(at - now)}" if at > now else f"{span(now - at)} ago"


def countdown(until: datetime, now: datetime) -> str:
    """What is left, in two units: ``89 days 3 hours left``; ``over since 2 hours``."""
    if until <= now:
        return f"over since {span(now - until)}"
    left = until - now
    days, hours = left.days, left.seconds // 3600
    if not days:
        minutes = (left.seconds % 3600) // 60
        return f"{_plural(hours, 'hour')} {_plural(minutes, 'minute')} left" if hours else f"{span(left)} left"
    return f"{_plural(days, 'day')} {_plural(hours, 'hour')} left"


def _plural(count: int, unit: str) -> str:
    return f"{count} {unit}{'' if count == 1 else 's'}"


def day(on: date) -> str:
    """``Fri 27 Nov 2026``."""
    return f"{on:%a} {on.day} {on:%b %Y}"


def days_until(on: date, today: date) -> str:
    """``today``, ``tomorrow``, ``in 3 days``, ``2 days late``."""
    left = (on - today).days
    if left < 0:
        return f"{_plural(-left, 'day')} late"
    return ("today", "tomorrow")[left] if left < 2 else f"in {left} days"  # noqa: PLR2004 - the two have names


def rule(directive: str, name: str) -> str:
    """The part of a directive that gave a date: ``row 4 of BOD 26-04``."""
    where = seen_line(directive)
    return f"row {name} of {where}" if name.isdecimal() else f"the {words(name)} rule of {where}"


def size(count: int | None) -> str:
    """Bytes in binary units: ``12 MiB``."""
    if count is None:
        return "not measured"
    value = float(count)
    for unit in ("B", "KiB", "MiB", "GiB"):
        if value < 1024 or unit == "GiB":  # noqa: PLR2004 - binary units
            return f"{value:.0f} {unit}" if value >= 10 or unit == "B" else f"{value:.1f} {unit}"  # noqa: PLR2004
        value /= 1024
    raise AssertionError


def seconds(value: float | None) -> str:
    """A run's time: ``0.12 s``, ``35 s``."""
    if value is None:
        return "not measured"
    return f"{value:.2f} s" if value < 10 else f"{value:.0f} s"  # noqa: PLR2004 - two digits are enough


def words(name: object) -> str:
    """A state's or class's name as words: ``not_reproduced`` is ``not reproduced``."""
    return seen_line(name).replace("_", " ").replace("-", " ")


@dataclass(frozen=True)
class Verdict:
    """A verdict for people."""

    tone: str
    """``good`` (the proof held), ``bad`` (it did not), ``busy`` (not known yet) or ``open`` (nobody can say)."""
    short: str
    plain: str
    """What it means, in a sentence or two."""


VERDICTS: dict[str, Verdict] = {
    "queued": Verdict("busy", "waiting to run", "Your proof is in line. It runs by itself; there is nothing to do."),
    "running": Verdict("busy", "running", "Your proof is running now, on the version you named and on the fixed one."),
    "confirmed": Verdict(
        "good",
        "proof holds",
        "The proof holds. It triggered the flaw on the vulnerable version and did not on the fixed one.",
    ),
    "not_reproduced": Verdict(
        "bad",
        "not reproduced",
        "The proof ran and what it claims did not happen. Nobody else was asked to read the report.",
    ),
    "flaky": Verdict(
        "open", "flaky", "The proof triggered in some runs and not in others, so nothing follows from it yet."
    ),
    "inconclusive": Verdict("open", "inconclusive", "The proof ran, and the result does not show the claimed flaw."),
    "errored": Verdict("open", "could not run", "The proof could not be run here. That says nothing about the flaw."),
    "not_attempted": Verdict("open", "no proof", "There was no proof to run."),
}


def verdict(state: str) -> Verdict:
    """The words for a state of validation."""
    return VERDICTS.get(state, Verdict("open", words(state), "The proof has not been judged."))


FAILURES: dict[str, str] = {
    "memory-safety": "Memory is read or written out of bounds",
    "code-execution": "An attacker's code runs",
    "command-execution": "An attacker's command runs",
    "file-disclosure": "Files or secrets can be read",
    "file-write": "Files can be written",
    "path-traversal": "Paths lead out of their folder",
    "denial-of-service": "The program stops answering",
    "prototype-pollution": "Objects of the whole program are changed",
    "uncaught-exception": "The program ends in an unhandled error",
    "authentication-bypass": "Somebody is let in who should not be",
    "privilege-escalation": "Somebody gains rights that they should not have",
    "sql-injection": "Commands reach the database",
    "request-forgery": "The program sends requests for an attacker",
    "other": "Something else",
}
"""What a failure class means to somebody who runs the software."""


REACHES: dict[str, str] = {
    "public": "reachable from public networks",
    "internal": "internal only",
    "unknown": "reach not known",
}
"""Who can reach a component, as its operator said."""

FORMATS: dict[str, str] = {"cyclonedx": "CycloneDX", "spdx": "SPDX"}
"""How formats of inventories are called."""

CONFIDENCES: dict[str, str] = {
    "exact": "Exact: the advisory lists this very version.",
    "range": "The version lies in a range of the advisory, by the order of its ecosystem.",
    "flagged": "Not sure: a version here has no place in the order of its ecosystem, so the range was taken wider.",
}
"""How sure a match is."""

FACTS: dict[str, str] = {
    "in_kev": "known to be exploited (KEV)",
    "kev_date_added": "added to KEV",
    "kev_due_date": "due date in KEV itself",
    "kev_forensic_triage": "forensic triage in KEV itself",
    "kev_ransomware": "used in ransomware campaigns",
    "publicly_exposed": "publicly exposed",
    "automatable": "automatable",
    "technical_impact": "technical impact",
    "exploitation": "exploitation",
}
"""What is said about a vulnerability."""

SOURCES: dict[str, str] = {"kev": "CISA's KEV catalog", "vulnrichment": "CISA's Vulnrichment"}
"""Who said it, where the short name is not a name for people."""

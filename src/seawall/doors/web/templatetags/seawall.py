"""Filters and tags of the pages. None of them marks anything as safe: the engine escapes what they return."""

from datetime import date, datetime, timedelta
from typing import Any

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from seawall.clearinghouse.intake import queries as intake
from seawall.clearinghouse.intake.queries import ReportRow
from seawall.doors.web import words
from seawall.foundation.platform import clock

register = template.Library()

register.filter("seen", words.seen)
register.filter("line", words.seen_line)
register.filter("words", words.words)
register.filter("bytes", words.size)
register.filter("seconds", words.seconds)


@register.filter
def found_by(report: ReportRow) -> str:
    """That AI found it, with which model, and whether a person reviewed it; "" for other findings."""
    return intake.provenance_of(report).label()


@register.filter
def magnitude(points: int) -> int:
    """How far a bar goes, whichever way it speaks."""
    return abs(points)


@register.simple_tag
def moment(at: datetime | None, empty: str = "never") -> str | SafeString:
    """A time in UTC with the hour, and how far it is from now."""
    if at is None:
        return empty
    return format_html(
        '<span class="moment"><time datetime="{}">{}</time> <span class="ago">{}</span></span>',
        at.isoformat(),
        words.moment(at),
        words.ago(at, clock.now()),
    )


@register.simple_tag
def away(until: datetime) -> str:
    """How far a time is from now: ``in 89 days``."""
    return words.ago(until, clock.now())


@register.simple_tag
def countdown(until: datetime | None) -> str:
    """What is left until a time."""
    return "" if until is None else words.countdown(until, clock.now())


@register.simple_tag
def due_day(on: date) -> SafeString:
    """A due date with its weekday, and how far it is from today."""
    return format_html(
        '<strong><time datetime="{}">{}</time></strong> <span class="ago">{}</span>',
        on.isoformat(),
        words.day(on),
        words.days_until(on, clock.now().date()),
    )


register.filter("day", words.day)


@register.filter
def rule_of_directive(name: str, directive: str) -> str:
    """The part of a directive that gave a date."""
    return words.rule(directive, name)


@register.filter
def reach_words(reach: str) -> str:
    """Who can reach a component."""
    return words.REACHES.get(reach, words.words(reach))


@register.filter
def format_words(name: str) -> str:
    """How a format of inventories is called."""
    return words.FORMATS.get(name, words.words(name))


@register.filter
def fact_words(name: str) -> str:
    """What is said about a vulnerability."""
    return words.FACTS.get(name, words.words(name))


@register.filter
def source_words(source: str) -> str:
    """Who said it, and when: ``kev, 2025-08-25`` is the catalog of that day."""
    name, _, day = words.seen_line(source).partition(", ")
    known = words.SOURCES.get(name, name)
    return f"{known}, {day}" if day else known


@register.filter
def confidence_words(confidence: str) -> str:
    """How sure a match is, in a sentence."""
    return words.CONFIDENCES.get(confidence, words.words(confidence))


@register.filter
def is_near(until: datetime | None, days: int = 7) -> bool:
    """Whether a time comes within some days, or has passed."""
    return until is not None and until - clock.now() < timedelta(days=days)


@register.filter
def is_past(until: datetime | None) -> bool:
    """Whether a time has passed."""
    return until is not None and until <= clock.now()


@register.filter
def chip_of(state: str) -> str:
    """The tone of a validation's state."""
    return words.verdict(state).tone


@register.filter
def verdict_short(state: str) -> str:
    """Two words for a validation's state."""
    return words.verdict(state).short


@register.filter
def failure_words(failure: str) -> str:
    """What a failure class means."""
    return words.FAILURES.get(failure, words.words(failure))


@register.filter
def rank_tone(rank: int) -> str:
    """The tone of a place in the queue: attacks, exploits and running code are ``bad``, what only stops is plain."""
    return "bad" if rank <= 2 else "open" if rank <= 4 else "plain"  # noqa: PLR2004 - places, see views/queue.py


@register.filter
def hexed(data: bytes) -> str:
    """Bytes as hex digits."""
    return bytes(data).hex()


@register.filter
def lookup(mapping: Any, key: Any) -> Any:
    """``mapping[key]``, or nothing."""
    return mapping.get(key, "") if hasattr(mapping, "get") else ""

"""When an embargo ends. Pure; time is passed in.

- Every term of a case says its own end; the earliest is the embargo's (the strictest rule binds), and it is named.
- One more term never moves the end later, and the order of the terms does not matter.
- An extension is granted to each row that would end before, as far as that row's own rule allows; attacks or a patch
  that come later end it.
- Ends are rounded up to the full second: nothing is a fraction of a second early.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from seawall.clearinghouse.coordination.embargoes.types import (
    EmbargoClock,
    Facts,
    Profile,
    ProfileKind,
    Row,
    Term,
    TermKind,
    moment,
)

SILENCE_IS_DECLINED = timedelta(days=7)
"""An invitation that nobody answers is declined after this (Vultron)."""
SILENCE_SHORTEST = timedelta(hours=72)
"""No deadline for an answer is shorter."""
REMINDERS = (timedelta(days=7), timedelta(days=2))
"""So long before the end, whoever lacks something is told."""
SECOND = timedelta(seconds=1)
_EVER = datetime.min.replace(tzinfo=UTC)


def to_the_second(at: datetime) -> datetime:
    """Rounded up to the full second."""
    return at if not at.microsecond else at.replace(microsecond=0) + SECOND


def days(length: timedelta) -> str:
    """``14 days``, ``1 day``, ``36 hours``."""
    count, rest = divmod(int(length.total_seconds()), 86_400)
    if rest:
        return f"{int(length.total_seconds()) // 3600} hours"
    return f"{count} day{'' if count == 1 else 's'}"


def clock(terms: Iterable[Term], facts: Facts) -> EmbargoClock:
    """The end of an embargo, with the rule that sets it.

    Args:
        terms: What binds the case; at least one of them has an end.
        facts: What happened.

    Raises:
        ValueError: No term has an end.
    """
    listed = tuple(terms)
    upstream = _end_of_upstream(listed, facts)
    rows = sorted((row_of(term, facts, upstream) for term in listed), key=_earliest_first)
    first = rows[0] if rows else None
    if first is None or first.ends_at is None:
        raise ValueError("no term of this case has an end")
    return EmbargoClock(first.ends_at, first, tuple(rows))


def row_of(term: Term, facts: Facts, upstream: datetime | None = None) -> Row:
    """What one term says.

    Args:
        term: The term.
        facts: What happened.
        upstream: The end by the upstream's own policy, if it has one.
    """
    if term.profile is None:
        return _dated(term)
    profile = term.profile
    if profile.ai_is_public and facts.ai_assisted:
        rule = f"findings made with AI assistance are treated as public, from {moment(term.starts_at)}"
        return Row(term, rule, to_the_second(term.starts_at), None, "")
    paths = [path for path in (_length(term, profile), _exploited(profile, facts), _patched(profile, facts)) if path]
    if not paths:
        return Row(term, "no fixed deadline", None, None, "")
    first = min((_extended(path, term) for path in paths), key=lambda path: path.ends_at)
    allowed = first.extensible_until
    if profile.upstream_extends and upstream is not None and upstream > (allowed or first.ends_at):
        allowed = upstream
    return Row(
        term=term,
        rule=first.rule,
        ends_at=to_the_second(first.ends_at),
        extensible_until=None if allowed is None else to_the_second(allowed),
        extension_if=profile.extension_if,
    )


def too_strict(found: EmbargoClock, until: datetime) -> Row | None:
    """The strictest row that does not allow an extension to ``until``; None: all that would end before allow it."""
    for row in found.rows:
        if row.ends_at is None or row.ends_at >= until:
            continue
        if row.extensible_until is None or row.extensible_until < until:
            return row
    return None


def bringers(found: EmbargoClock, until: datetime) -> tuple[str, ...]:
    """The organizations whose own rules an extension to ``until`` would stretch, sorted; they have to agree."""
    return tuple(
        sorted(
            {
                row.term.brought_by
                for row in found.rows
                if row.ends_at is not None and row.ends_at < until and row.term.brought_by
            }
        )
    )


def answer_due(invited_at: datetime, within: timedelta = SILENCE_IS_DECLINED) -> datetime:
    """When silence becomes a refusal.

    Raises:
        ValueError: Less than 72 hours.
    """
    if within < SILENCE_SHORTEST:
        raise ValueError("whoever is asked has at least 72 hours to answer")
    return to_the_second(invited_at + within)


def cautious(wall: datetime, expected: datetime) -> datetime:
    """The time to end embargoes by: never later than the wall clock, nor than what has passed since it was last sound.

    A clock that was set forward does not end an embargo early; one that was set back delays the end.
    """
    return min(wall, expected)


def details_wait_until(found: EmbargoClock, facts: Facts) -> tuple[datetime, Row] | None:
    """Until when technical details wait after a released fix, and by which rule; None where none asks for it."""
    if facts.fixed_at is None:
        return None
    waits = [
        (to_the_second(facts.fixed_at + row.term.profile.details_after_patch), row)
        for row in found.rows
        if row.term.profile is not None and row.term.profile.details_after_patch is not None
    ]
    return max(waits, key=lambda wait: wait[0], default=None)


def _earliest_first(row: Row) -> tuple[bool, float, str, str, str]:
    at = row.ends_at.timestamp() if row.ends_at else 0.0
    return row.ends_at is None, at, row.name, row.term.brought_by, row.rule


def _dated(term: Term) -> Row:
    if term.ends_at is None:
        raise ValueError(f"{term.name} has neither a profile nor a date")
    agreed = term.kind is TermKind.AGREED
    end, allowed = term.ends_at, None
    if agreed:  # people who agreed on a date may agree on another one, as far as the other rows allow
        allowed = datetime.max.replace(tzinfo=end.tzinfo, microsecond=0)
        end = max(end, term.extended_until or end)
    rule = f"{'agreed' if agreed else 'inherited'}, {moment(to_the_second(end))}"
    return Row(term, rule, to_the_second(end), allowed, "the participants agree" if agreed else "")


@dataclass(frozen=True, slots=True)
class _Path:
    """One of the ends that a profile knows."""

    ends_at: datetime
    rule: str
    extensible_until: datetime | None
    since: datetime
    """Extensions that were granted before it do not count."""


def _extended(path: _Path, term: Term) -> _Path:
    until, granted = term.extended_until, term.extended_at
    if until is None or granted is None or until <= path.ends_at or granted < path.since:
        return path
    return replace(path, ends_at=until, rule=f"{path.rule}, extended to {moment(to_the_second(until))}")


def _length(term: Term, profile: Profile) -> _Path | None:
    length = term.length if profile.own_length else profile.length
    if length is None:
        return None
    end = term.starts_at + length
    allowed = end + profile.extension if profile.extension else None
    return _Path(end, f"{days(length)} from {moment(term.starts_at)}", allowed, _EVER)


def _exploited(profile: Profile, facts: Facts) -> _Path | None:
    at = facts.attacked_at
    if profile.exploited is None or at is None or (profile.exploited_if_critical and not facts.critical):
        return None
    end = at + profile.exploited
    what = "a critical flaw under attack" if profile.exploited_if_critical else "a flaw under attack"
    allowed = end + profile.exploited_extension if profile.exploited_extension else None
    return _Path(end, f"{days(profile.exploited)} for {what}, from {moment(at)}", allowed, at)


def _patched(profile: Profile, facts: Facts) -> _Path | None:
    at = facts.fixed_at
    if not profile.patch_ends or at is None:
        return None
    return _Path(at, f"a patch is out since {moment(at)}", None, at)


def _end_of_upstream(terms: tuple[Term, ...], facts: Facts) -> datetime | None:
    ends = [
        row.ends_at
        for term in terms
        if term.profile is not None and term.profile.kind is ProfileKind.UPSTREAM
        for row in [row_of(term, facts)]
        if row.ends_at is not None
    ]
    return min(ends, default=None)

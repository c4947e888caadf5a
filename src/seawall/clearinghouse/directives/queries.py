"""Reads of directives. Clocks are reached through what they run for: the caller has checked that the actor may see it."""

from collections.abc import Iterable

from django.db.models import DateField, OuterRef, Subquery

from seawall.clearinghouse.directives.library import DEFAULT, directive
from seawall.clearinghouse.directives.models import Clock, ClockedSubject
from seawall.clearinghouse.directives.types import ClockView

_BATCH = 400
_REPLACEMENTS_MAX = 400
"""Replaced inventories that one history reaches back: a year and more of daily uploads."""


def due_on(outer: str = "pk") -> Subquery:
    """The running clock's due date, for sorting rows of another table by it.

    Args:
        outer: Field of that table that holds the subject's identifier.
    """
    running = Clock.objects.filter(subject_id=OuterRef(outer), directive=directive(DEFAULT).name, replaced_at=None)
    return Subquery(running.values("due")[:1], output_field=DateField())


def current_clocks(subject_ids: Iterable[str]) -> dict[str, ClockView]:
    """The running clock of each subject that has one."""
    wanted = list(subject_ids)
    found: dict[str, ClockView] = {}
    for start in range(0, len(wanted), _BATCH):
        rows = Clock.objects.filter(subject_id__in=wanted[start : start + _BATCH], replaced_at=None)
        found |= {row.subject_id: view(row) for row in rows.filter(directive=directive(DEFAULT).name)}
    return found


def history(subject_id: str) -> list[ClockView]:
    """Every clock of a subject and of those that it goes on from, the newest first."""
    line = [subject_id]
    while len(line) <= _REPLACEMENTS_MAX:
        before = ClockedSubject.objects.filter(pk=line[-1]).values_list("continues", flat=True).first()
        if not before or before in line:
            break
        line.append(before)
    return [view(row) for row in Clock.objects.filter(subject_id__in=line).order_by("-set_at", "-id")]


def view(row: Clock) -> ClockView:
    """A clock as others may see it."""
    return ClockView(
        directive=row.directive,
        version=row.version,
        rule=row.rule,
        started=row.started,
        days=row.days,
        due=row.due,
        triage=row.triage,
        why=row.why,
        inputs=tuple((name, value, source) for name, value, source in row.inputs),
        assumed=tuple(row.assumed),
        set_at=row.set_at,
        reason=row.reason,
        replaced_at=row.replaced_at,
        replaced_reason=row.replaced_reason,
    )

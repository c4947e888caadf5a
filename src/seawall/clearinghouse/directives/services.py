"""Writes of directives: clocks start, move with the facts, and stop; each change keeps what was before and why it changed."""

import hashlib
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime

from seawall.clearinghouse.directives import rules
from seawall.clearinghouse.directives.library import directive
from seawall.clearinghouse.directives.models import Clock, ClockedSubject, SubjectIdentifier
from seawall.clearinghouse.directives.types import ClockSubject, Due
from seawall.clearinghouse.distribution.services import notify
from seawall.clearinghouse.prioritization.queries import facts_of_many
from seawall.foundation.access.types import Actor
from seawall.foundation.platform import clock
from seawall.foundation.transparency.services import record

_BATCH = 400


def start_clocks(actor: Actor, subjects: Sequence[ClockSubject]) -> None:
    """Start the directive's clock for each subject. Must run inside the caller's transaction; no door calls this."""
    if not subjects:
        return
    now = clock.now()
    yardstick = directive()
    facts = facts_of_many({subject.subject_id: subject.identifiers for subject in subjects})
    rows = [
        ClockedSubject(
            subject_id=subject.subject_id,
            organization_id=subject.organization_id,
            reach=subject.reach,
            enumerated_on=subject.enumerated_on,
        )
        for subject in subjects
    ]
    names = [
        SubjectIdentifier(subject_id=subject.subject_id, identifier=name[:80])
        for subject in subjects
        for name in dict.fromkeys(subject.identifiers)
    ]
    clocks = [
        _clock(
            subject.subject_id,
            rules.decide(
                yardstick, facts[subject.subject_id], reach=subject.reach, enumerated_on=subject.enumerated_on
            ),
            now,
            "First set.",
        )
        for subject in subjects
    ]
    ClockedSubject.objects.bulk_create(rows, batch_size=_BATCH)
    SubjectIdentifier.objects.bulk_create(names, batch_size=_BATCH)
    Clock.objects.bulk_create(clocks, batch_size=_BATCH)
    _log(actor, "clocks.started", clocks)


def stop_clocks(actor: Actor, subject_ids: Collection[str], reason: str) -> None:
    """Stop the clocks of subjects; the history stays. Must run inside the caller's transaction; no door calls this."""
    now = clock.now()
    stopped: list[Clock] = []
    for batch in _batches(sorted(subject_ids)):
        running = Clock.objects.filter(subject_id__in=batch, replaced_at=None)
        stopped += running
        running.update(replaced_at=now, replaced_reason=reason)
        ClockedSubject.objects.filter(pk__in=batch).update(stopped_at=now)
    _log(actor, "clocks.stopped", stopped)


def forget(actor: Actor, subject_ids: Collection[str]) -> None:
    """Delete clocks with their history, for what is itself deleted. Must run inside the caller's transaction."""
    gone: list[Clock] = []
    for batch in _batches(sorted(subject_ids)):
        gone += Clock.objects.filter(subject_id__in=batch, replaced_at=None)
        ClockedSubject.objects.filter(pk__in=batch).delete()
    _log(actor, "clocks.forgotten", gone)


def reassess(system: Actor, identifiers: Collection[str] | None) -> int:
    """Set clocks anew whose facts have moved, and tell the operators whose date came nearer.

    Must run inside the caller's transaction.

    Args:
        system: The clearinghouse.
        identifiers: Of vulnerabilities; None for all.

    Returns:
        How many clocks were set anew.
    """
    now = clock.now()
    yardstick = directive()
    subjects = ClockedSubject.objects.filter(stopped_at=None)
    if identifiers is not None:
        named = SubjectIdentifier.objects.filter(identifier__in=identifiers).values("subject_id")
        subjects = subjects.filter(pk__in=named)
    changed: list[Clock] = []
    nearer: dict[str, int] = {}
    for batch in _batches(subjects.order_by("pk").values_list("pk", flat=True)):
        rows = {row.pk: row for row in ClockedSubject.objects.filter(pk__in=batch).prefetch_related("identifiers")}
        facts = facts_of_many({pk: [item.identifier for item in row.identifiers.all()] for pk, row in rows.items()})
        running = (
            Clock.objects.select_for_update().filter(subject_id__in=batch, replaced_at=None).order_by("subject_id")
        )
        for old in running:
            row = rows[old.subject_id]
            new = rules.decide(yardstick, facts[row.pk], reach=row.reach, enumerated_on=row.enumerated_on)
            if _same(old, new):
                continue
            reason = rules.what_moved(tuple((name, value, source) for name, value, source in old.inputs), new)
            old.replaced_at, old.replaced_reason = now, reason
            old.save(update_fields=["replaced_at", "replaced_reason"])
            changed.append(_clock(row.pk, new, now, reason))
            if new.due is not None and (old.due is None or new.due < old.due):
                nearer[row.organization_id] = nearer.get(row.organization_id, 0) + 1
    Clock.objects.bulk_create(changed, batch_size=_BATCH)
    for organization_id, count in sorted(nearer.items()):
        notify(
            organization_id,
            kind="due-date",
            subject=yardstick.id,
            title=f"{count} due date{'s' if count > 1 else ''} came nearer",
            body=f"Facts about flaws of yours have moved under {yardstick.name}; the exposures say which and why.",
            reference="/exposures",
        )
    _log(system, "clocks.moved", changed)
    return len(changed)


def _clock(subject_id: str, due: Due, now: datetime, reason: str) -> Clock:
    return Clock(
        subject_id=subject_id,
        directive=due.directive,
        version=due.version,
        rule=due.rule,
        started=due.started,
        days=due.days,
        due=due.due,
        triage=due.triage,
        why=due.why,
        inputs=[[item.name, item.value, item.source] for item in due.inputs],
        assumed=list(due.assumed),
        set_at=now,
        reason=reason,
    )


def _same(old: Clock, new: Due) -> bool:
    """Whether nothing that anybody would act on or ask about has changed; a newer source of the same value is no change."""
    return (old.rule, old.started, old.due, old.triage, old.version) == (
        new.rule,
        new.started,
        new.due,
        new.triage,
        new.version,
    ) and [item[:2] for item in old.inputs] == [[item.name, item.value] for item in new.inputs]


def _log(actor: Actor, kind: str, clocks: Sequence[Clock]) -> None:
    """One entry per batch: its digest fixes each clock, and says nothing about whose they are."""
    if not clocks:
        return
    lines = sorted(f"{row.subject_id} {row.version} {row.rule} {row.started} {row.due}" for row in clocks)
    digest = hashlib.sha256("\n".join(lines).encode()).hexdigest()
    record(actor, kind, directive().id, {"count": len(clocks), "clocks": f"sha256:{digest}"})


def _batches(items: Iterable[str]) -> Iterable[list[str]]:
    waiting = list(items)
    return (waiting[start : start + _BATCH] for start in range(0, len(waiting), _BATCH))

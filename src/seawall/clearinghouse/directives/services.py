"""Writes of directives: clocks start, move with the facts, and stop; each change keeps what was before and why it changed."""

import hashlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime

from seawall.clearinghouse.directives import rules
from seawall.clearinghouse.directives.library import directive
from seawall.clearinghouse.directives.models import Clock, ClockedSubject, SubjectIdentifier
from seawall.clearinghouse.directives.types import ClockSubject, Due
from seawall.clearinghouse.distribution.services import notify
from seawall.clearinghouse.prioritization.queries import facts_of_many, touched
from seawall.clearinghouse.prioritization.rules import normal
from seawall.clearinghouse.prioritization.services import REASSESS
from seawall.foundation.access.types import Actor
from seawall.foundation.jobs.services import enqueue
from seawall.foundation.platform import clock
from seawall.foundation.platform.identifiers import is_id, new_id
from seawall.foundation.transparency.services import record

_BATCH = 400


def start_clocks(actor: Actor, subjects: Sequence[ClockSubject]) -> None:
    """Start the directive's clock for each subject. Must run inside the caller's transaction; no door calls this.

    Facts that another transaction writes meanwhile are not seen here, nor are these subjects by the job that such a
    transaction queues. So a job looks at them once more when they are committed.
    """
    if not subjects:
        return
    now = clock.now()
    yardstick = directive()
    start = new_id("start")
    facts = facts_of_many({subject.subject_id: subject.identifiers for subject in subjects})
    before = _latest({subject.continues for subject in subjects if subject.continues})
    rows = [
        ClockedSubject(
            subject_id=subject.subject_id,
            organization_id=subject.organization_id,
            reach=subject.reach,
            enumerated_on=subject.enumerated_on,
            continues=subject.continues,
            started_with=start,
        )
        for subject in subjects
    ]
    names = [
        SubjectIdentifier(subject_id=subject.subject_id, identifier=name[:80])
        for subject in subjects
        for name in dict.fromkeys(normal(identifier) for identifier in subject.identifiers)
    ]
    clocks = []
    for subject in subjects:
        due = rules.decide(
            yardstick, facts[subject.subject_id], reach=subject.reach, enumerated_on=subject.enumerated_on
        )
        reason = _first_reason(before.get(subject.continues), due)
        clocks.append(_clock(subject.subject_id, due, now, reason))
    # A subject may have run before: then its clock goes on under a new start.
    ClockedSubject.objects.bulk_create(
        rows,
        batch_size=_BATCH,
        update_conflicts=True,
        unique_fields=["subject_id"],
        update_fields=["reach", "continues", "started_with", "stopped_at"],
    )
    SubjectIdentifier.objects.bulk_create(names, batch_size=_BATCH, ignore_conflicts=True)
    Clock.objects.bulk_create(clocks, batch_size=_BATCH)
    enqueue(REASSESS, start)
    _log(actor, "clocks.started", clocks)


def restate(actor: Actor, subjects: Sequence[ClockSubject]) -> None:
    """Say anew how running subjects are reached and what their flaws are called; dates that move, move in the background.

    Must run inside the caller's transaction; no door calls this. ``enumerated_on`` and ``continues`` stay as they are.
    """
    start = new_id("start")
    told: list[str] = []
    for batch in (list(subjects[first : first + _BATCH]) for first in range(0, len(subjects), _BATCH)):
        said = {subject.subject_id: subject for subject in batch}
        rows = ClockedSubject.objects.select_for_update().filter(pk__in=said, stopped_at=None).order_by("pk")
        running = list(rows)
        for row in running:
            row.reach, row.started_with = said[row.pk].reach, start
        ClockedSubject.objects.bulk_update(running, ["reach", "started_with"])
        names = [
            SubjectIdentifier(subject=row, identifier=name[:80])
            for row in running
            for name in dict.fromkeys(normal(identifier) for identifier in said[row.pk].identifiers)
        ]
        SubjectIdentifier.objects.bulk_create(names, ignore_conflicts=True, batch_size=_BATCH)
        told += [f"{row.pk} {row.reach} {' '.join(said[row.pk].identifiers)}" for row in running]
    if told:
        digest = hashlib.sha256("\n".join(sorted(told)).encode()).hexdigest()
        record(actor, "clocks.restated", directive().id, {"count": len(told), "subjects": f"sha256:{digest}"})
        enqueue(REASSESS, start)


def stop_clocks(actor: Actor, subject_ids: Collection[str], reason: str) -> None:
    """Stop the clocks of subjects; the history stays. Must run inside the caller's transaction; no door calls this."""
    now = clock.now()
    stopped: list[Clock] = []
    for batch in _batches(sorted(subject_ids)):
        # First the subjects, whose rows are the lock: no job sets a clock anew that is being stopped.
        ClockedSubject.objects.filter(pk__in=batch).update(stopped_at=now)
        running = Clock.objects.filter(subject_id__in=batch, replaced_at=None)
        stopped += running
        running.update(replaced_at=now, replaced_reason=reason)
    _log(actor, "clocks.stopped", stopped)


def forget(actor: Actor, subject_ids: Collection[str]) -> None:
    """Delete clocks with their history, for what is itself deleted. Must run inside the caller's transaction."""
    gone: list[Clock] = []
    for batch in _batches(sorted(subject_ids)):
        gone += Clock.objects.filter(subject_id__in=batch, replaced_at=None)
        ClockedSubject.objects.filter(pk__in=batch).delete()
    _log(actor, "clocks.forgotten", gone)


def outdated(subject: str) -> list[str]:
    """Subjects whose clock would be set otherwise today; no lock is held. Those of one organization stand together.

    Args:
        subject: A batch of facts, whose vulnerabilities are looked at, or a start of clocks.
    """
    subjects = ClockedSubject.objects.filter(stopped_at=None)
    if is_id(subject, "start"):
        candidates = set(subjects.filter(started_with=subject).values_list("organization_id", "pk"))
    elif (identifiers := touched(subject)) is None:
        candidates = set(subjects.values_list("organization_id", "pk"))
    else:
        candidates = set()
        for batch in _batches(sorted(identifiers)):
            named = subjects.filter(identifiers__identifier__in=batch)
            candidates |= set(named.values_list("organization_id", "pk"))
    found: list[str] = []
    for batch in _batches([pk for _, pk in sorted(candidates)]):
        rows = {row.pk: row for row in subjects.filter(pk__in=batch).prefetch_related("identifiers")}
        moved = {old.subject_id for old, _ in _moved(rows)}
        found += [pk for pk in batch if pk in moved]
    return found


def reassess(system: Actor, subject_ids: Collection[str]) -> int:
    """Set clocks anew whose facts have moved, and tell the operators whose date came nearer.

    Must run inside the caller's transaction.

    Args:
        system: The clearinghouse.
        subject_ids: Subjects to look at; stopped ones stay as they are.

    Returns:
        How many clocks were set anew.
    """
    now = clock.now()
    yardstick = directive()
    changed: list[Clock] = []
    nearer: dict[str, int] = {}
    for batch in _batches(sorted(subject_ids)):
        # The lock comes before the facts are read: of two jobs, the later one then sees what the earlier one saw.
        locked = ClockedSubject.objects.select_for_update().filter(pk__in=batch, stopped_at=None).order_by("pk")
        rows = {row.pk: row for row in locked.prefetch_related("identifiers")}
        for old, new in _moved(rows):
            reason = rules.what_moved(_inputs(old), new, old_version=old.version)
            old.replaced_at, old.replaced_reason = now, reason
            old.save(update_fields=["replaced_at", "replaced_reason"])
            changed.append(_clock(old.subject_id, new, now, reason))
            if new.due is not None and (old.due is None or new.due < old.due):
                organization_id = rows[old.subject_id].organization_id
                nearer[organization_id] = nearer.get(organization_id, 0) + 1
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


def _moved(rows: Mapping[str, ClockedSubject]) -> list[tuple[Clock, Due]]:
    """Running clocks of subjects that are not what they would be today, each with what it would be."""
    yardstick = directive()
    facts = facts_of_many({pk: [item.identifier for item in row.identifiers.all()] for pk, row in rows.items()})
    found: list[tuple[Clock, Due]] = []
    for old in Clock.objects.filter(subject_id__in=list(rows), replaced_at=None).order_by("subject_id"):
        row = rows[old.subject_id]
        new = rules.decide(yardstick, facts[row.pk], reach=row.reach, enumerated_on=row.enumerated_on)
        if not _same(old, new):
            found.append((old, new))
    return found


def _latest(subject_ids: Collection[str]) -> dict[str, Clock]:
    """The newest clock of each subject, running or not."""
    found: dict[str, Clock] = {}
    for batch in _batches(sorted(subject_ids)):
        for row in Clock.objects.filter(subject_id__in=batch).order_by("set_at", "id"):
            found[row.subject_id] = row
    return found


def _first_reason(before: Clock | None, due: Due) -> str:
    if before is None:
        return "First set."
    goes_on = "Goes on from the inventory before."
    moved = not _same(before, due)
    return f"{goes_on} {rules.what_moved(_inputs(before), due, old_version=before.version)}" if moved else goes_on


def _inputs(row: Clock) -> tuple[tuple[str, str, str], ...]:
    return tuple((name, value, source) for name, value, source in row.inputs)


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

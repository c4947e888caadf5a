"""Writes of background work.

- ``enqueue`` belongs into the transaction of the change that causes the work: both are kept or neither is.
- ``claim`` hands a job to one worker, under a lease and with a new fence. A job whose lease ran out is handed out
  again; nobody has to notice the dead worker first.
- Everything a worker writes about its job names the fence, so that a worker which was stopped and comes back late
  cannot write over its successor.

    with transaction.atomic():
        report.save()
        enqueue("validation.replay", report.id, organization_id=report.organization_id)
"""

import random
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection, transaction
from django.db.models import QuerySet

from seawall.foundation.jobs import rules, wakeups
from seawall.foundation.jobs.errors import JobConflict, JobNotFound, NotInTransaction, StaleFence
from seawall.foundation.jobs.models import Job
from seawall.foundation.jobs.registry import lookup
from seawall.foundation.jobs.types import Claimed, JobState, Priority
from seawall.foundation.platform import clock

LOST_AT_ONCE = 100
"""Lost leases that one claim settles, so that it stays short."""
ERROR_MAX = 300
"""Characters of a reason, as in the row."""

_chance = random.SystemRandom()


def enqueue(
    kind: str,
    subject_id: str,
    *,
    organization_id: str | None = None,
    priority: Priority = Priority.NORMAL,
    idempotency_key: str | None = None,
    run_after: datetime | None = None,
) -> str:
    """Queue a job in the caller's transaction; a carrier in this process wakes when that commits.

    Args:
        kind: A registered kind, such as ``validation.replay``.
        subject_id: What the job is about; the handler reads the rest from rows.
        organization_id: Whose turn it takes; None for the clearinghouse's own work.
        priority: Lower starts first.
        idempotency_key: The same key again queues nothing and returns the first job, whatever became of it.
        run_after: Not before this time.

    Returns:
        The job's identifier.

    Raises:
        NotInTransaction: No transaction is open.
        UnknownKind: Nobody registered a handler for the kind.
        JobConflict: The key belongs to a job of another kind or subject.
    """
    if not connection.in_atomic_block:
        raise NotInTransaction(f"enqueue({kind!r}) needs the transaction of the change that causes the work")
    now = clock.now()
    values = {
        "kind": kind,
        "subject_id": subject_id,
        "organization_id": organization_id or "",
        "priority": int(priority),
        "turn": _next_turn(organization_id or "", priority),
        "run_after": run_after or now,
        "max_attempts": lookup(kind).max_attempts,
        "created_at": now,
    }
    if idempotency_key is None:
        job = Job.objects.create(**values)
    else:
        job, created = Job.objects.get_or_create(idempotency_key=idempotency_key, defaults=values)
        if not created:
            if (job.kind, job.subject_id) != (kind, subject_id):
                raise JobConflict(
                    "This idempotency key was used for another job.", "Use a key that names the kind and the subject."
                )
            return job.id
    transaction.on_commit(wakeups.notify)
    return job.id


def _next_turn(organization_id: str, priority: Priority) -> int:
    same = Job.objects.filter(priority=int(priority))
    started = same.filter(started_turn__isnull=False).order_by("-started_turn").values_list("started_turn", flat=True)
    own = same.filter(organization_id=organization_id).order_by("-turn").values_list("turn", flat=True)
    return rules.next_turn(latest_started=started.first(), latest_own=own.first())


def claim(worker: str, kinds: Collection[str], now: datetime, *, urgent_only: bool = False) -> Claimed | None:
    """Take the job whose turn it is, if there is one; commits before it returns.

    On PostgreSQL, workers skip the rows that others are just taking; on SQLite, the write lock lets one in at a time.

    Args:
        worker: Name of the worker, for people who look for it.
        kinds: What the worker can do; other kinds wait for somebody else.
        now: The time. Machines whose clocks differ by more than a lease repeat work, but write nothing twice.
        urgent_only: Take nothing but ``Priority.URGENT``.
    """
    # A look without a transaction: an idle worker must not take SQLite's write lock once a second.
    if not _due(kinds, now, urgent_only=urgent_only).exists() and not _lost(kinds, now).exists():
        return None
    with transaction.atomic():
        _settle_lost(kinds, now)
        job = (
            _due(kinds, now, urgent_only=urgent_only)
            .select_for_update(skip_locked=True)
            .order_by("priority", "turn", "created_at")
            .first()
        )
        if job is None:
            return None
        lease = lookup(job.kind).lease or timedelta(seconds=settings.SEAWALL.lease_seconds)
        job.state = JobState.RUNNING.value
        job.fence += 1
        job.attempts += 1
        job.started_turn = job.turn
        job.worker = worker[:120]
        job.lease_until = now + lease
        job.started_at = now
        job.save(update_fields=["state", "fence", "attempts", "started_turn", "worker", "lease_until", "started_at"])
    return Claimed(
        job_id=job.id,
        kind=job.kind,
        subject_id=job.subject_id,
        organization_id=job.organization_id or None,
        fence=job.fence,
        attempt=job.attempts,
        worker=job.worker,
        lease=lease,
        claimed_at=now,
    )


def _due(kinds: Collection[str], now: datetime, *, urgent_only: bool) -> QuerySet[Job]:
    due = Job.objects.filter(state=JobState.QUEUED.value, run_after__lte=now, kind__in=kinds)
    return due.filter(priority=Priority.URGENT.value) if urgent_only else due


def _lost(kinds: Collection[str], now: datetime) -> QuerySet[Job]:
    return Job.objects.filter(state=JobState.RUNNING.value, lease_until__lt=now, kind__in=kinds)


def _settle_lost(kinds: Collection[str], now: datetime) -> None:
    # A worker inside its transaction holds the row: skipped, it renews its lease as that ends.
    for job in _lost(kinds, now).select_for_update(skip_locked=True)[:LOST_AT_ONCE]:
        outcome = rules.after_lost_lease(
            attempt=job.attempts,
            max_attempts=job.max_attempts,
            cancel_requested=job.cancel_requested_at is not None,
            now=now,
        )
        reason = f"The worker stopped answering during attempt {job.attempts} of {job.max_attempts}."
        _settle(job, outcome, reason, now)


def heartbeat(claimed: Claimed, now: datetime) -> None:
    """Renew the lease; returns at once where the worker's own transaction holds the row.

    Raises:
        StaleFence: The job is not this worker's any more.
    """
    mine = _mine(claimed)
    with transaction.atomic():
        if mine.select_for_update(skip_locked=True).exists():
            mine.update(lease_until=now + claimed.lease)
            return
    if not mine.exists():
        raise StaleFence(f"{claimed.job_id} moved on from fence {claimed.fence}")


@contextmanager
def fenced(claimed: Claimed) -> Iterator[None]:
    """An atomic block in which the job's row is locked and its fence is known to hold.

    Raises:
        StaleFence: The job is not this worker's any more; nothing was written.
    """
    with transaction.atomic():
        if _mine(claimed).select_for_update().first() is None:
            raise StaleFence(f"{claimed.job_id} moved on from fence {claimed.fence}")
        yield
        # A transaction may outlast the lease, as the lock kept others away; what follows it must be safe as well.
        _mine(claimed).update(lease_until=clock.now() + claimed.lease)


def progress(claimed: Claimed, done: int, total: int | None, text: str, now: datetime) -> None:
    """Note how far the job is.

    Raises:
        StaleFence: The job is not this worker's any more.
    """
    changed = _mine(claimed).update(progress_done=done, progress_total=total, progress_text=text[:200], progress_at=now)
    if not changed:
        raise StaleFence(f"{claimed.job_id} moved on from fence {claimed.fence}")


def finish(claimed: Claimed, now: datetime) -> None:
    """The job has succeeded.

    Raises:
        StaleFence: The job is not this worker's any more.
    """
    changed = _mine(claimed).update(
        state=JobState.SUCCEEDED.value, finished_at=now, lease_until=None, error="", cancel_requested_at=None
    )
    if not changed:
        raise StaleFence(f"{claimed.job_id} moved on from fence {claimed.fence}")


def is_succeeded(claimed: Claimed) -> bool:
    """Whether this very attempt has completed the job."""
    return Job.objects.filter(pk=claimed.job_id, fence=claimed.fence, state=JobState.SUCCEEDED.value).exists()


def fail(
    claimed: Claimed, reason: str, now: datetime, *, final: bool = False, after: timedelta | None = None
) -> JobState:
    """The attempt has failed: the job waits for its next one, or ends.

    Args:
        claimed: The attempt.
        reason: Short; no secrets, no report text.
        now: The time.
        final: No further attempt can help.
        after: Wait at least this long before the next attempt.

    Returns:
        Where the job stands now.

    Raises:
        StaleFence: The job is not this worker's any more.
    """
    with transaction.atomic():
        job = _locked(claimed)
        outcome = rules.after_failure(
            attempt=job.attempts,
            max_attempts=job.attempts if final else job.max_attempts,
            cancel_requested=job.cancel_requested_at is not None,
            now=now,
            chance=_chance.random(),
            at_least=after,
        )
        _settle(job, outcome, reason, now)
        return JobState(job.state)


def give_back(claimed: Claimed, now: datetime) -> JobState:
    """The worker stops before the job is done, and the job is not to blame: it waits again, the attempt uncounted.

    Raises:
        StaleFence: The job is not this worker's any more.
    """
    with transaction.atomic():
        job = _locked(claimed)
        job.attempts -= 1
        outcome = rules.after_lost_lease(
            attempt=0, max_attempts=1, cancel_requested=job.cancel_requested_at is not None, now=now
        )
        _settle(job, outcome, "", now)
        return JobState(job.state)


def cancel(job_id: str) -> JobState:
    """Ask for a job's end: at once where it waits; where it runs, its handler is told within a second or so.

    Returns:
        Where the job stands now; a job that was over stays as it is.

    Raises:
        JobNotFound: There is no such job.
    """
    now = clock.now()
    with transaction.atomic():
        job = Job.objects.select_for_update().filter(pk=job_id).first()
        if job is None:
            raise JobNotFound("There is no such job.", "Check the identifier.")
        if job.state == JobState.QUEUED:
            _settle(job, rules.Ended(JobState.CANCELLED), "", now)
        elif job.state == JobState.RUNNING and job.cancel_requested_at is None:
            job.cancel_requested_at = now
            job.save(update_fields=["cancel_requested_at"])
        return JobState(job.state)


def _mine(claimed: Claimed) -> QuerySet[Job]:
    return Job.objects.filter(pk=claimed.job_id, fence=claimed.fence, state=JobState.RUNNING.value)


def _locked(claimed: Claimed) -> Job:
    job = _mine(claimed).select_for_update().first()
    if job is None:
        raise StaleFence(f"{claimed.job_id} moved on from fence {claimed.fence}")
    return job


def _settle(job: Job, outcome: rules.Retry | rules.Ended, reason: str, now: datetime) -> None:
    """Write what follows an attempt; the row is locked."""
    new = JobState.QUEUED if isinstance(outcome, rules.Retry) else outcome.state
    if not rules.may_move(JobState(job.state), new):
        raise ValueError(f"a job cannot go from {job.state} to {new}")
    job.state = new.value
    job.lease_until = None
    job.worker = ""
    job.error = reason[:ERROR_MAX]
    if isinstance(outcome, rules.Retry):
        job.run_after = outcome.run_after
    else:
        job.finished_at = now
    job.save(update_fields=["state", "lease_until", "worker", "error", "run_after", "finished_at", "attempts"])
    if new is JobState.FAILED and (follow_up := lookup(job.kind).when_failed) is not None:
        enqueue(
            follow_up,
            job.subject_id,
            organization_id=job.organization_id or None,
            priority=Priority(job.priority),
            idempotency_key=f"failed:{job.id}",
        )

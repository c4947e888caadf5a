"""Writes of background work.

The row is made in the transaction of the write that asks for the work, so neither exists without the other. A
claim raises the row's fence; everything a worker writes is checked against it, so a worker that was
presumed dead cannot write late. A lease that is over makes the job claimable again, with no sweeper.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Count, Q, QuerySet

from seawall.foundation.jobs import wakeup
from seawall.foundation.jobs.errors import NotInTransaction, StaleFence
from seawall.foundation.jobs.models import Job
from seawall.foundation.jobs.registry import registered
from seawall.foundation.jobs.rules import backoff
from seawall.foundation.jobs.types import JobState
from seawall.foundation.platform import clock

PRIORITY_URGENT = 10
PRIORITY_NORMAL = 50
PRIORITY_BULK = 90
ATTEMPTS_DEFAULT = 5
ERROR_MAX = 500
"""Characters kept of a failure's reason."""


def enqueue(
    kind: str,
    subject_id: str,
    *,
    organization_id: str | None = None,
    priority: int = PRIORITY_NORMAL,
    idempotency_key: str | None = None,
    run_after: datetime | None = None,
) -> str:
    """Ask for background work in the caller's transaction.

    Args:
        kind: What to do; a folder's ``jobs.py`` registers the handler.
        subject_id: What to do it to; only identifiers travel, never content.
        organization_id: The tenant it is done for, for fairness.
        priority: Smaller is sooner; see the constants.
        idempotency_key: A second job with the same key is the first one.
        run_after: Not before this time.

    Returns:
        The job's id.

    Raises:
        NotInTransaction: There is no transaction whose rollback would take the job along.
    """
    if not connection.in_atomic_block:
        raise NotInTransaction("Background work is asked for inside the transaction of the write that needs it.")
    now = clock.now()
    found = registered(kind)
    fields = {
        "kind": kind,
        "subject_id": subject_id,
        "organization_id": organization_id or "",
        "state": JobState.QUEUED,
        "priority": priority,
        "run_after": run_after or now,
        "max_attempts": found.max_attempts if found else ATTEMPTS_DEFAULT,
        "created_at": now,
    }
    if idempotency_key is None:
        job = Job.objects.create(**fields)
    else:
        job, _ = Job.objects.get_or_create(idempotency_key=idempotency_key, defaults=fields)
    transaction.on_commit(wakeup.ring)
    return job.id


@dataclass(frozen=True)
class RowClaim:
    """A claimed job; see ``types.Claim``."""

    job_id: str
    subject_id: str
    kind: str
    fence: int
    worker: str

    def progress(self, done: int, total: int, text: str) -> None:
        """Say how far the work is; ignored once another worker has the job."""
        Job.objects.filter(pk=self.job_id, fence=self.fence).update(
            progress={"done": done, "total": total, "text": text, "at": clock.now().isoformat()}
        )

    def cancelled(self) -> bool:
        """Whether to stop."""
        mine = Job.objects.filter(pk=self.job_id, fence=self.fence, state=JobState.RUNNING, cancel_requested_at=None)
        return not mine.exists()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """An atomic block under the fence.

        Raises:
            StaleFence: Another worker has the job, or it was ended; nothing is written.
        """
        with transaction.atomic():
            job = Job.objects.select_for_update().filter(pk=self.job_id).first()
            if job is None or job.fence != self.fence or job.state != JobState.RUNNING:
                raise StaleFence("Another worker has this job now, or it was ended.")
            yield


def claim(worker: str, kinds: Sequence[str], now: datetime) -> RowClaim | None:
    """Take the next job: by priority, then the tenant with the fewest running jobs, then the oldest.

    Args:
        worker: Name of the worker, for people.
        kinds: Kinds that it does.
        now: The time of the claim.

    Returns:
        The claim, or None where nothing waits.
    """
    with transaction.atomic():
        waiting = Job.objects.filter(kind__in=kinds, run_after__lte=now).filter(
            Q(state=JobState.QUEUED) | Q(state=JobState.RUNNING, lease_until__lte=now)
        )
        first = waiting.order_by("priority").values_list("priority", flat=True).first()
        if first is None:
            return None
        top = waiting.filter(priority=first)
        job = _fairest(top, now)
        if job is None:
            return None
        job.state = JobState.RUNNING
        job.fence += 1
        job.attempts += 1
        job.worker = worker
        job.started_at = now
        job.lease_until = now + timedelta(seconds=settings.SEAWALL.lease_seconds)
        if job.attempts > job.max_attempts:
            # Every attempt ended without a word: the job kills its workers.
            job.state, job.finished_at, job.lease_until = JobState.FAILED, now, None
            job.error = job.error or "Each attempt ended without a result; the worker died with it."
            job.save()
            return None
        job.save()
        return RowClaim(job.id, job.subject_id, job.kind, job.fence, worker)


def _fairest(top: QuerySet[Job], now: datetime) -> Job | None:
    running = dict(
        Job.objects.filter(state=JobState.RUNNING, lease_until__gt=now)
        .values_list("organization_id")
        .annotate(number=Count("id"))
    )
    tenants = top.order_by().values_list("organization_id", flat=True).distinct()
    for tenant in sorted(tenants, key=lambda name: (running.get(name, 0), name)):
        rows = top.filter(organization_id=tenant).order_by("run_after", "id")
        if connection.features.has_select_for_update_skip_locked:
            rows = rows.select_for_update(skip_locked=True)
        job = rows.first()
        if job is not None:
            return job
    return None


def heartbeat(claimed: RowClaim, now: datetime) -> bool:
    """Lengthen the lease; False once another worker has the job."""
    until = now + timedelta(seconds=settings.SEAWALL.lease_seconds)
    mine = Job.objects.filter(pk=claimed.job_id, fence=claimed.fence, state=JobState.RUNNING)
    return bool(mine.update(lease_until=until))


def finish(claimed: RowClaim) -> bool:
    """Mark as done; False (and nothing changed) once another worker has the job."""
    mine = Job.objects.filter(pk=claimed.job_id, fence=claimed.fence, state=JobState.RUNNING)
    return bool(mine.update(state=JobState.SUCCEEDED, finished_at=clock.now(), lease_until=None))


@transaction.atomic
def fail(claimed: RowClaim, reason: str) -> None:
    """Put back with a backoff, or end as failed after the last attempt; a cancelled job ends as cancelled."""
    job = Job.objects.select_for_update().filter(pk=claimed.job_id).first()
    if job is None or job.fence != claimed.fence or job.state != JobState.RUNNING:
        return
    now = clock.now()
    job.error = reason[:ERROR_MAX]
    job.lease_until = None
    if job.cancel_requested_at is not None:
        job.state, job.finished_at = JobState.CANCELLED, now
    elif job.attempts >= job.max_attempts:
        job.state, job.finished_at = JobState.FAILED, now
    else:
        job.state, job.run_after = JobState.QUEUED, now + backoff(job.attempts)
    job.save()


@transaction.atomic
def release(claimed: RowClaim) -> None:
    """Give a job back untouched, as a worker that is asked to stop does."""
    Job.objects.filter(pk=claimed.job_id, fence=claimed.fence, state=JobState.RUNNING).update(
        state=JobState.QUEUED, lease_until=None, run_after=clock.now()
    )


@transaction.atomic
def cancel(job_id: str) -> bool:
    """Ask a job to stop: a queued one ends now, a running one at its next look; False where it is over already."""
    job = Job.objects.select_for_update().filter(pk=job_id).first()
    if job is None or job.state not in {JobState.QUEUED, JobState.RUNNING}:
        return False
    now = clock.now()
    job.cancel_requested_at = now
    if job.state == JobState.QUEUED:
        job.state, job.finished_at = JobState.CANCELLED, now
    job.save()
    return True

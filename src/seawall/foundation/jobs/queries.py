"""Reads of background work. A job is seen through its subject: who may see that may see how far its work is."""

from collections.abc import Collection

from django.db.models import Count

from seawall.foundation.jobs.errors import JobNotFound
from seawall.foundation.jobs.models import Job
from seawall.foundation.jobs.types import JobState, JobView, Progress


def view(job_id: str) -> JobView:
    """One job, for callers that have checked its subject.

    Raises:
        JobNotFound: There is no such job.
    """
    job = Job.objects.filter(pk=job_id).first()
    if job is None:
        raise JobNotFound("There is no such job.", "Check the identifier.")
    return _view(job)


def latest_of(subject_ids: Collection[str], *, kinds: Collection[str] | None = None) -> dict[str, JobView]:
    """The newest job of each subject, for callers that have got ``subject_ids`` from ``visible_to``.

    Args:
        subject_ids: What the jobs are about; at most a page of them.
        kinds: Only these kinds; None for all.

    Returns:
        By subject; subjects without a job are missing.
    """
    jobs = Job.objects.filter(subject_id__in=subject_ids)
    if kinds is not None:
        jobs = jobs.filter(kind__in=kinds)
    return {job.subject_id: _view(job) for job in jobs.order_by("created_at")}


def backlog() -> dict[JobState, int]:
    """How many jobs are in each state, for the server's own health page and logs."""
    counted = dict(Job.objects.values_list("state").annotate(Count("id")))
    return {state: counted.get(state.value, 0) for state in JobState}


def _view(job: Job) -> JobView:
    return JobView(
        id=job.id,
        kind=job.kind,
        subject_id=job.subject_id,
        state=JobState(job.state),
        attempts=job.attempts,
        max_attempts=job.max_attempts,
        created_at=job.created_at,
        run_after=job.run_after,
        started_at=job.started_at,
        finished_at=job.finished_at,
        progress=None
        if job.progress_at is None
        else Progress(job.progress_done, job.progress_total, job.progress_text, job.progress_at),
        error=job.error,
        cancel_requested=job.cancel_requested_at is not None,
    )

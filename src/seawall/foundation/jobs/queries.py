"""Reads of background work, for services and pages that have checked access to the subject."""

from typing import Any

from seawall.foundation.jobs.models import Job


def progress_of(kind: str, subject_id: str) -> dict[str, Any] | None:
    """State and progress of the newest job of this kind about a subject; None where there is none."""
    job = Job.objects.filter(kind=kind, subject_id=subject_id).order_by("-created_at").first()
    return None if job is None else {"state": job.state, "attempts": job.attempts, **job.progress}

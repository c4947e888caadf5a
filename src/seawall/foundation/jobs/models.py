from typing import ClassVar

from django.db import models

from seawall.foundation.jobs.types import JobState
from seawall.foundation.platform.identifiers import new_id


def _job_id() -> str:
    return new_id("job")


class Job(models.Model):
    """One piece of background work. This row is the truth; carriers only move its id."""

    id = models.CharField(primary_key=True, max_length=40, default=_job_id)
    kind = models.CharField(max_length=60)
    subject_id = models.CharField(max_length=40)
    organization_id = models.CharField(max_length=40, blank=True)
    state = models.CharField(max_length=10, choices=[(state.value, state.name) for state in JobState])
    priority = models.SmallIntegerField(default=50)
    run_after = models.DateTimeField()
    attempts = models.PositiveSmallIntegerField(default=0)
    max_attempts = models.PositiveSmallIntegerField()
    lease_until = models.DateTimeField(null=True)
    fence = models.BigIntegerField(default=0)
    worker = models.CharField(max_length=120, blank=True)
    progress = models.JSONField(default=dict)
    idempotency_key = models.CharField(max_length=120, null=True, unique=True)  # noqa: DJ001 - many rows have none
    cancel_requested_at = models.DateTimeField(null=True)
    error = models.CharField(max_length=500, blank=True)
    created_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["state", "priority", "run_after", "id"])]

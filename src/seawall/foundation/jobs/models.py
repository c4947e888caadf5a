from typing import ClassVar

from django.db import models

from seawall.foundation.jobs.types import JobState, Priority
from seawall.foundation.platform.identifiers import new_id


def new_job_id() -> str:
    """A fresh identifier."""
    return new_id("job")


class Job(models.Model):
    """One piece of background work: this row is the truth, carriers only bring workers to it."""

    id = models.CharField(primary_key=True, max_length=40, default=new_job_id)
    kind = models.CharField(max_length=80)
    subject_id = models.CharField(max_length=80)
    organization_id = models.CharField(max_length=40, blank=True)
    """Whose turn it takes; empty for the clearinghouse's own work."""
    state = models.CharField(
        max_length=10, choices=[(state.value, state.name) for state in JobState], default=JobState.QUEUED.value
    )
    priority = models.SmallIntegerField(default=Priority.NORMAL.value)
    turn = models.BigIntegerField()
    """Place in its priority's line; see ``rules.next_turn``."""
    started_turn = models.BigIntegerField(null=True)
    """``turn`` once the job was started: its maximum is found in one step of an index."""
    run_after = models.DateTimeField()
    attempts = models.PositiveIntegerField(default=0)
    max_attempts = models.PositiveIntegerField()
    fence = models.BigIntegerField(default=0)
    lease_until = models.DateTimeField(null=True)
    worker = models.CharField(max_length=120, blank=True)
    progress_done = models.BigIntegerField(default=0)
    progress_total = models.BigIntegerField(null=True)
    progress_text = models.CharField(max_length=200, blank=True)
    progress_at = models.DateTimeField(null=True)
    idempotency_key = models.CharField(max_length=200, blank=True)
    cancel_requested_at = models.DateTimeField(null=True)
    error = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["idempotency_key"], condition=~models.Q(idempotency_key=""), name="job_once_per_key"
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["state", "priority", "turn", "created_at"], name="job_line"),
            models.Index(fields=["state", "lease_until"], name="job_leases"),
            models.Index(fields=["priority", "started_turn"], name="job_started_turns"),
            models.Index(fields=["organization_id", "priority", "turn"], name="job_own_turns"),
            models.Index(fields=["subject_id", "created_at"], name="job_by_subject"),
        ]

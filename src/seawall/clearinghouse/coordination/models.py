from typing import ClassVar

from django.db import models

from seawall.clearinghouse.coordination.types import (
    EmbargoManagement,
    LinkRole,
    ParticipantEmbargo,
    ParticipantRole,
    ReportManagement,
)
from seawall.foundation.platform.identifiers import new_id


def _case_id() -> str:
    return new_id("case")


class Case(models.Model):
    """One flaw: same root cause and same fix, however many reported it."""

    id = models.CharField(primary_key=True, max_length=40, default=_case_id)
    advisory_id = models.CharField(max_length=40, unique=True)
    title = models.CharField(max_length=300)
    package = models.CharField(max_length=500, db_index=True)
    failure = models.CharField(max_length=24)
    identifiers = models.JSONField(default=list)
    weaknesses = models.JSONField(default=list)
    severity = models.CharField(max_length=120, blank=True)
    affected = models.JSONField(default=list)
    embargo = models.CharField(max_length=10, choices=[(state.value, state.name) for state in EmbargoManagement])
    embargo_ends_at = models.DateTimeField(null=True)
    public_aware = models.BooleanField(default=False)
    exploit_public = models.BooleanField(default=False)
    attacks_observed = models.BooleanField(default=False)
    merged_into = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="merged_cases")
    opened_at = models.DateTimeField()
    published_at = models.DateTimeField(null=True)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["opened_at", "id"])]


class CaseReport(models.Model):
    """A report belongs to a case, for a reason; undone links stay as history."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="links")
    report_id = models.CharField(max_length=40, db_index=True)
    organization_id = models.CharField(max_length=40)
    role = models.CharField(max_length=10, choices=[(role.value, role.name) for role in LinkRole])
    said = models.JSONField(default=dict)
    reason = models.TextField()
    evidence = models.JSONField(default=dict)
    received_at = models.DateTimeField()
    linked_by = models.CharField(max_length=200)
    linked_at = models.DateTimeField()
    undone_at = models.DateTimeField(null=True)
    undone_by = models.CharField(max_length=200, blank=True)
    undone_reason = models.TextField(blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["report_id"], condition=models.Q(undone_at=None), name="report_in_one_case_at_a_time"
            ),
        ]


class CaseMerge(models.Model):
    """One case was folded into another, and what that changed there: enough to take it back."""

    source = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="merges_out")
    target = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="merges_in")
    before = models.JSONField()
    reason = models.TextField()
    made_by = models.CharField(max_length=200)
    made_at = models.DateTimeField()
    undone_at = models.DateTimeField(null=True)
    undone_by = models.CharField(max_length=200, blank=True)
    undone_reason = models.TextField(blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["source"], condition=models.Q(undone_at=None), name="case_merged_once_at_a_time"
            ),
        ]


class Participant(models.Model):
    """An organization takes part in a case."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="participants")
    organization_id = models.CharField(max_length=40, db_index=True)
    role = models.CharField(max_length=12, choices=[(role.value, role.name) for role in ParticipantRole])
    report_management = models.CharField(
        max_length=10, choices=[(state.value, state.name) for state in ReportManagement]
    )
    consent = models.CharField(max_length=12, choices=[(state.value, state.name) for state in ParticipantEmbargo])
    joined_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["case", "organization_id"], name="participant_once"),
        ]


class CaseEvent(models.Model):
    """A step of the case's timeline; each has its log entry."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="events")
    at = models.DateTimeField()
    actor_label = models.CharField(max_length=200)
    kind = models.CharField(max_length=40)
    text = models.TextField()
    log_index = models.BigIntegerField()

    class Meta:
        indexes: ClassVar = [models.Index(fields=["case", "at", "id"])]


class PackageContact(models.Model):
    """Whom to bring in for a package: the start of the contact register."""

    package = models.CharField(primary_key=True, max_length=500)
    organization_id = models.CharField(max_length=40)

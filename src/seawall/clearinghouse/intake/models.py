from typing import ClassVar

from django.db import models

from seawall.clearinghouse.intake.types import FailureClass, ReportState
from seawall.foundation.platform.identifiers import new_id


def _report_id() -> str:
    return new_id("report")


class Report(models.Model):
    """A finding as received, with what its finder was answered."""

    id = models.CharField(primary_key=True, max_length=40, default=_report_id)
    organization_id = models.CharField(max_length=40, db_index=True)
    submitted_by = models.CharField(max_length=40)
    lease_id = models.CharField(max_length=40, blank=True)
    format = models.CharField(max_length=20)
    raw_digest = models.CharField(max_length=71)
    proof_digest = models.CharField(max_length=71, blank=True)
    proof_name = models.CharField(max_length=120, blank=True)

    title = models.CharField(max_length=300)
    description = models.TextField()
    package = models.CharField(max_length=500, db_index=True)
    versions = models.JSONField(default=list)
    failure = models.CharField(max_length=24, choices=[(item.value, item.name) for item in FailureClass])
    weaknesses = models.JSONField(default=list)
    identifiers = models.JSONField(default=list)
    affected = models.JSONField(default=list)
    paths = models.JSONField(default=list)
    symbols = models.JSONField(default=list)
    severity = models.CharField(max_length=120, blank=True)
    provenance = models.JSONField(default=dict)
    fingerprints = models.JSONField(default=dict)
    relay = models.JSONField(default=dict, db_default=models.Value({}, models.JSONField()))
    unread = models.JSONField(default=list, db_default=models.Value([], models.JSONField()))

    state = models.CharField(max_length=12, choices=[(state.value, state.name) for state in ReportState])
    proved = models.BooleanField(default=False)
    case_id = models.CharField(max_length=40, blank=True, db_index=True)
    answer = models.TextField(blank=True)
    received_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["received_at", "id"])]

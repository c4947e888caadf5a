from typing import ClassVar

from django.db import models

from seawall.foundation.platform.identifiers import new_id

_STATES = (  # the shared vocabulary of validation
    "queued",
    "running",
    "confirmed",
    "not_reproduced",
    "flaky",
    "inconclusive",
    "errored",
    "not_attempted",
)


def _validation_id() -> str:
    return new_id("val")


class Validation(models.Model):
    """One judgment of one report's proof."""

    id = models.CharField(primary_key=True, max_length=40, default=_validation_id)
    report_id = models.CharField(max_length=40, db_index=True)
    organization_id = models.CharField(max_length=40)
    job_id = models.CharField(max_length=40, blank=True)
    fence = models.BigIntegerField(default=0)
    state = models.CharField(max_length=16, choices=[(state, state) for state in _STATES])
    summary = models.TextField(blank=True)
    result = models.JSONField(default=dict)
    result_digest = models.CharField(max_length=71, blank=True)
    log_index = models.BigIntegerField(null=True)
    attestation = models.BinaryField(null=True)
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["report_id"], name="one_validation_per_report"),
        ]

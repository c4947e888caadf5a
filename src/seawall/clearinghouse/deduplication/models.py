from typing import ClassVar

from django.db import models

from seawall.clearinghouse.deduplication.types import Zone


class Suggestion(models.Model):
    """A proved report may belong to an older case; a person decides."""

    report_id = models.CharField(max_length=40, db_index=True)
    case_id = models.CharField(max_length=40, db_index=True)
    zone = models.CharField(max_length=10, choices=[(zone.value, zone.name) for zone in Zone])
    score = models.PositiveSmallIntegerField()
    contributions = models.JSONField()
    made_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["report_id", "case_id"], name="suggestion_once"),
        ]

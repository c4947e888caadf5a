from typing import ClassVar

from django.db import models

from seawall.clearinghouse.deduplication.types import Outcome, Zone


class Suggestion(models.Model):
    """A proved report may belong to an older case; a run or a person decides."""

    report_id = models.CharField(max_length=40, db_index=True)
    case_id = models.CharField(max_length=40, db_index=True)
    zone = models.CharField(max_length=10, choices=[(zone.value, zone.name) for zone in Zone])
    score = models.PositiveSmallIntegerField()
    contributions = models.JSONField()
    made_at = models.DateTimeField()
    outcome = models.CharField(
        max_length=10, default=Outcome.OPEN, choices=[(outcome.value, outcome.name) for outcome in Outcome]
    )
    tried = models.JSONField(default=dict)
    decided_by = models.CharField(max_length=200, blank=True)
    decided_at = models.DateTimeField(null=True)
    decided_reason = models.TextField(blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["report_id", "case_id"], name="suggestion_once"),
        ]


class Decision(models.Model):
    """Somebody said of two reports whether they are the same flaw; what it was decided on is kept to learn from."""

    left_id = models.CharField(max_length=40, db_index=True)
    right_id = models.CharField(max_length=40, db_index=True)
    same = models.BooleanField()
    by_person = models.BooleanField()
    made_by = models.CharField(max_length=200)
    made_at = models.DateTimeField()
    reason = models.TextField()
    comparison = models.JSONField(default=dict)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["left_id", "right_id"], name="decided_once_about_a_pair"),
            models.CheckConstraint(condition=models.Q(left_id__lt=models.F("right_id")), name="pair_in_order"),
        ]

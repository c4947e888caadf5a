from typing import ClassVar

from django.db import models

from seawall.clearinghouse.deconfliction.collisions.types import IntroductionState, KeyKind
from seawall.clearinghouse.deconfliction.models.commitments import Commitment
from seawall.foundation.platform.identifiers import new_id


def _introduction_id() -> str:
    return new_id("intro")


class Holding(models.Model):
    """An organization holds a finding with this tag. Only a digest of the tag is kept."""

    organization_id = models.CharField(max_length=40)
    kind = models.CharField(max_length=8, choices=[(kind.value, kind.name) for kind in KeyKind])
    tag_digest = models.CharField(max_length=64)
    commitment = models.ForeignKey(Commitment, null=True, on_delete=models.PROTECT)
    report_id = models.CharField(max_length=40, blank=True, default="")
    held_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["organization_id", "kind", "tag_digest"], name="one_holding_each")
        ]
        indexes: ClassVar = [models.Index(fields=["kind", "tag_digest"])]


class CollisionBudget(models.Model):
    """What an organization asked on a day (UTC); its row is locked by each question."""

    organization_id = models.CharField(max_length=40)
    day = models.DateField()
    evaluated = models.IntegerField(default=0)
    looked_up = models.IntegerField(default=0)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["organization_id", "day"], name="one_budget_a_day")]


class ReportMark(models.Model):
    """Up to which report the holdings follow intake; one row, which is the lock."""

    SINGLE: ClassVar = 1
    id = models.IntegerField(primary_key=True)
    received_at = models.DateTimeField(null=True)


class Introduction(models.Model):
    """Two organizations hold the same, and one would like to talk."""

    id = models.CharField(primary_key=True, max_length=40, default=_introduction_id)
    asker_id = models.CharField(max_length=40, db_index=True)
    holder_id = models.CharField(max_length=40, db_index=True)
    commitment = models.ForeignKey(Commitment, on_delete=models.PROTECT)
    """The asker's."""
    held = models.CharField(max_length=40)
    """Identifier of the holder's commitment or report; for the holder and the coordinator."""
    kinds = models.JSONField()
    state = models.CharField(max_length=10, choices=[(state.value, state.name) for state in IntroductionState])
    asked_at = models.DateTimeField()
    changed_at = models.DateTimeField()
    offered_at = models.DateTimeField(null=True)
    """When the coordinator asked the holder; None where it has not, and the holder knows of nothing."""

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["commitment", "holder_id"], name="one_introduction_each")
        ]

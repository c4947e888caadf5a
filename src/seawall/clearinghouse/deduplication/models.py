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


class ObservedPackage(models.Model):
    """A package of which proved reports are remembered; its row is the lock under which its reports are folded, one by one."""

    name = models.CharField(primary_key=True, max_length=500)
    read_by = models.PositiveSmallIntegerField(default=0)
    """``remembering.READER`` that made the rows below; where it is another one, they are made anew."""


class Observation(models.Model):
    """What is compared of a proved report, made once: what the harness saw, and the keys by which others find it."""

    report_id = models.CharField(max_length=40, unique=True)
    package = models.CharField(max_length=500, db_index=True)
    link_key = models.CharField(max_length=64, blank=True)
    """Digest of what reports that link by themselves have in common; empty where nothing may link."""
    place = models.CharField(max_length=64, blank=True)
    """Digest of package and innermost function; empty where none is known."""
    signature = models.CharField(max_length=64, blank=True)
    """Digest of the signature."""
    worked_on = models.CharField(max_length=200, blank=True)
    stopped_in = models.CharField(max_length=200, blank=True)
    seen = models.JSONField(default=dict)
    """Signature, kind, access and stack."""

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["link_key"], name="observation_link_key"),
            models.Index(fields=["place", "signature"], name="observation_place"),
        ]


class Posting(models.Model):
    """One term of an observation: a row of the inverted index, written in the observation's transaction."""

    pk = models.CompositePrimaryKey("term", "observation_id")
    term = models.BigIntegerField()
    """Signed 64 bits of a digest, see ``remembering.terms_of``."""
    observation = models.ForeignKey(Observation, on_delete=models.CASCADE, related_name="postings")

from typing import ClassVar

from django.db import models


class ClockedSubject(models.Model):
    """Something that clocks run for, such as an exposure."""

    subject_id = models.CharField(primary_key=True, max_length=40)
    organization_id = models.CharField(max_length=40)
    reach = models.CharField(max_length=8)
    enumerated_on = models.DateField()
    continues = models.CharField(max_length=40, blank=True, default="", db_default="")
    started_with = models.CharField(max_length=40, blank=True, default="", db_default="", db_index=True)
    stopped_at = models.DateTimeField(null=True)


class SubjectIdentifier(models.Model):
    """An identifier of a subject's vulnerability; facts about it move the subject's clocks."""

    subject = models.ForeignKey(ClockedSubject, on_delete=models.CASCADE, related_name="identifiers")
    identifier = models.CharField(max_length=80, db_index=True)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["subject", "identifier"], name="identifier_once")]


class Clock(models.Model):
    """A due date with everything it rests on; one that was replaced stays as history."""

    subject = models.ForeignKey(ClockedSubject, on_delete=models.CASCADE, related_name="clocks")
    directive = models.CharField(max_length=40)
    version = models.CharField(max_length=40)
    rule = models.CharField(max_length=12)
    started = models.DateField()
    days = models.PositiveIntegerField(null=True)
    due = models.DateField(null=True)
    triage = models.BooleanField()
    why = models.TextField()
    inputs = models.JSONField()
    assumed = models.JSONField()
    set_at = models.DateTimeField()
    reason = models.TextField()
    replaced_at = models.DateTimeField(null=True)
    replaced_reason = models.TextField(blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["subject", "directive"], condition=models.Q(replaced_at=None), name="clock_one_runs"
            ),
        ]

from typing import ClassVar

from django.db import models

from seawall.clearinghouse.coordination.embargoes.types import (
    ChangeKind,
    ChangeState,
    Moment,
    PreparationKind,
    ProposalState,
    TermKind,
)

CASE = "coordination.Case"


class OrganizationPolicy(models.Model):
    """The profile that an organization brings to every case it joins from now on."""

    organization_id = models.CharField(primary_key=True, max_length=40)
    profile = models.CharField(max_length=40)
    days = models.PositiveSmallIntegerField(null=True)
    set_by = models.CharField(max_length=200)
    set_at = models.DateTimeField()


class CaseTerm(models.Model):
    """What binds the embargo of a case."""

    case = models.ForeignKey(CASE, on_delete=models.PROTECT, related_name="terms")
    kind = models.CharField(max_length=10, choices=[(one.value, one.name) for one in TermKind])
    name = models.CharField(max_length=120)
    profile = models.CharField(max_length=40, blank=True)
    days = models.PositiveSmallIntegerField(null=True)
    organization_id = models.CharField(max_length=40, blank=True)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField(null=True)
    extended_until = models.DateTimeField(null=True)
    extended_at = models.DateTimeField(null=True)
    inherited_from = models.CharField(max_length=40, blank=True)
    """Identifier of the case from which it came by a merge or a split."""
    added_by = models.CharField(max_length=200)
    added_at = models.DateTimeField()

    class Meta:
        indexes: ClassVar = [models.Index(fields=["case", "id"], name="term_of_case")]


class CaseMoment(models.Model):
    """Something that happened once and moves the clock of a case."""

    case = models.ForeignKey(CASE, on_delete=models.PROTECT, related_name="moments")
    kind = models.CharField(max_length=20, choices=[(one.value, one.name) for one in Moment])
    at = models.DateTimeField()
    said_by = models.CharField(max_length=200)
    text = models.TextField(blank=True)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["case", "kind"], name="moment_once")]


class TermsChange(models.Model):
    """A wish for another end."""

    case = models.ForeignKey(CASE, on_delete=models.PROTECT, related_name="changes")
    kind = models.CharField(max_length=10, choices=[(one.value, one.name) for one in ChangeKind])
    until = models.DateTimeField()
    reason = models.TextField()
    organization_id = models.CharField(max_length=40)
    asked_by = models.CharField(max_length=200)
    asked_at = models.DateTimeField()
    state = models.CharField(max_length=10, choices=[(one.value, one.name) for one in ChangeState])
    decided_by = models.CharField(max_length=200, blank=True)
    decided_at = models.DateTimeField(null=True)
    decided_reason = models.TextField(blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["case"], condition=models.Q(state="open"), name="one_open_change"),
        ]


class ChangeAnswer(models.Model):
    """What a participant says to a wish for another end, before it is decided."""

    change = models.ForeignKey(TermsChange, on_delete=models.PROTECT, related_name="answers")
    organization_id = models.CharField(max_length=40)
    accepted = models.BooleanField()
    reason = models.TextField(blank=True)
    made_by = models.CharField(max_length=200)
    made_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["change", "organization_id"], name="one_answer_each"),
        ]


class AnswerDue(models.Model):
    """When a participant's silence becomes a refusal."""

    case = models.ForeignKey(CASE, on_delete=models.PROTECT, related_name="answers_due")
    organization_id = models.CharField(max_length=40)
    due_at = models.DateTimeField(db_index=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["case", "organization_id"], name="answer_due_once"),
        ]


class Told(models.Model):
    """A notice that a clock sent, so that it is sent once."""

    case = models.ForeignKey(CASE, on_delete=models.PROTECT, related_name="told")
    what = models.CharField(max_length=20)
    ends_at = models.DateTimeField()
    """The end that it spoke of: another end is told of anew."""
    at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["case", "what", "ends_at"], name="told_once")]


class Preparation(models.Model):
    """What somebody added so that a case can be published; the newest of a kind and subject counts."""

    case = models.ForeignKey(CASE, on_delete=models.PROTECT, related_name="preparations")
    kind = models.CharField(max_length=10, choices=[(one.value, one.name) for one in PreparationKind])
    organization_id = models.CharField(max_length=40)
    subject = models.CharField(max_length=40, blank=True)
    """The person, for publishers."""
    text = models.TextField(blank=True)
    made_by = models.CharField(max_length=200)
    made_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["case", "kind", "organization_id", "subject"], name="preparation_once"),
        ]


class PublicationProposal(models.Model):
    """One person proposes to publish a case as it stands; another one approves."""

    case = models.ForeignKey(CASE, on_delete=models.PROTECT, related_name="proposals")
    person = models.CharField(max_length=40)
    label = models.CharField(max_length=200)
    reason = models.TextField()
    summary = models.TextField(blank=True)
    fingerprint = models.CharField(max_length=71)
    """Digest of all that would be published; another one voids the proposal."""
    proposed_at = models.DateTimeField()
    state = models.CharField(max_length=10, choices=[(one.value, one.name) for one in ProposalState])
    decided_person = models.CharField(max_length=40, blank=True)
    decided_label = models.CharField(max_length=200, blank=True)
    decided_reason = models.TextField(blank=True)
    decided_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["case"], condition=models.Q(state="open"), name="one_open_proposal"),
            models.UniqueConstraint(fields=["case"], condition=models.Q(state="approved"), name="published_once"),
        ]


class ClockMark(models.Model):
    """When the wall clock of a running machine was last believed, beside a clock that nobody can set."""

    machine = models.CharField(primary_key=True, max_length=64)
    """Identifier of the machine's present boot."""
    wall = models.DateTimeField()
    steady = models.FloatField()
    """Seconds since the boot, at that moment."""
    stepped = models.FloatField(null=True)
    """Seconds by which the wall clock was found to have been set since; None: it was not."""
    stepped_steady = models.FloatField(null=True)

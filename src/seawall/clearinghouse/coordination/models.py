from typing import ClassVar

from django.db import models

from seawall.clearinghouse.coordination.types import (
    ContactKind,
    EmbargoManagement,
    FixPath,
    Justification,
    LinkRole,
    ParticipantEmbargo,
    ParticipantRole,
    ReadKind,
    ReportManagement,
    Tier,
    VendorStatus,
)
from seawall.foundation.platform.identifiers import new_id


def _case_id() -> str:
    return new_id("case")


def _contact_id() -> str:
    return new_id("contact")


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
    further_roles = models.JSONField(default=list)
    """Other roles of the same organization, such as ``deployer`` beside ``vendor``."""
    fix = models.CharField(
        max_length=3, choices=[(state.value, state.name) for state in FixPath], default=FixPath.UNAWARE
    )
    tier = models.PositiveSmallIntegerField(choices=[(tier.value, tier.name) for tier in Tier], default=Tier.MAKERS)
    until = models.DateTimeField(null=True)
    """When reading ends; None: with the case."""
    answered_at = models.DateTimeField(null=True)
    """When the organization last did something in the case itself; None: silent so far."""
    joined_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["case", "organization_id"], name="participant_once"),
        ]


class VendorStatement(models.Model):
    """What a vendor says of one of its products in a case; the newest counts, older ones stay as history."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="statements")
    organization_id = models.CharField(max_length=40)
    product = models.CharField(max_length=500)
    """Package URL without a version."""
    status = models.CharField(max_length=20, choices=[(one.value, one.name) for one in VendorStatus])
    justification = models.CharField(
        max_length=60, blank=True, choices=[(one.value, one.name) for one in Justification]
    )
    fixed_version = models.CharField(max_length=256, blank=True)
    text = models.TextField(blank=True)
    link = models.CharField(max_length=2048, blank=True)
    made_by = models.CharField(max_length=200)
    made_at = models.DateTimeField()
    superseded_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["case", "organization_id", "product"],
                condition=models.Q(superseded_at=None),
                name="statement_current_once",
            ),
        ]


class CaseReading(models.Model):
    """Somebody read something of a case while its embargo held: one row, and one log entry, an hour."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="readings")
    organization_id = models.CharField(max_length=40)
    actor_id = models.CharField(max_length=200)
    actor_label = models.CharField(max_length=200)
    what = models.CharField(max_length=12, choices=[(one.value, one.name) for one in ReadKind])
    hour = models.DateTimeField()
    """Start of the hour, UTC."""
    at = models.DateTimeField()
    """The first read in it."""
    log_index = models.BigIntegerField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["case", "actor_id", "what", "hour"], name="reading_once_an_hour"),
        ]


class CaseSelection(models.Model):
    """An SSVC decision about a case as it was recorded, with what it rested on."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="selections")
    table = models.CharField(max_length=40)
    outcome = models.CharField(max_length=40)
    """``open`` where the facts leave several."""
    stated = models.JSONField(default=dict)
    """What a coordinator stated for it, by the names of ``ssvc.STATABLE``."""
    document = models.JSONField()
    """SSVC SelectionList 2.0.0."""
    reason = models.TextField()
    made_by = models.CharField(max_length=200)
    made_at = models.DateTimeField()
    log_index = models.BigIntegerField()


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


class Contact(models.Model):
    """Whom to bring in for a package: an organization here, or a reference to where its maintainers say so."""

    id = models.CharField(primary_key=True, max_length=40, default=_contact_id)
    kind = models.CharField(max_length=10, choices=[(one.value, one.name) for one in ContactKind])
    pattern = models.CharField(max_length=500, db_index=True)
    """Normalized: a purl without version, a namespace without the ``*``, a repository's address."""
    organization_id = models.CharField(max_length=40, blank=True, db_index=True)
    """Empty: no account here, only ``reference``."""
    reference = models.CharField(max_length=500, blank=True)
    """Address of a security.txt, a SECURITY.md, a form, or a mail address; data, never followed."""
    priority = models.PositiveSmallIntegerField(default=10)
    """Lower comes first."""
    note = models.CharField(max_length=300, blank=True)
    said_by = models.CharField(max_length=200)
    said_by_organization = models.CharField(max_length=40, blank=True)
    said_at = models.DateTimeField()
    confirmed_at = models.DateTimeField(null=True)
    confirmed_by = models.CharField(max_length=200, blank=True)
    bounced_at = models.DateTimeField(null=True)
    withdrawn_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["pattern", "organization_id", "reference"],
                condition=models.Q(withdrawn_at=None),
                name="contact_once",
            ),
        ]

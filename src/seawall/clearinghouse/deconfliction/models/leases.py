from typing import ClassVar

from django.db import models

from seawall.clearinghouse.deconfliction.ground.types import StewardshipState
from seawall.clearinghouse.deconfliction.types import LeaseState
from seawall.foundation.platform.identifiers import new_id


def _lease_id() -> str:
    return new_id("lease")


def _stewardship_id() -> str:
    return new_id("steward")


class Target(models.Model):
    """A purl or repository that was ever named. Its row is the lock under which leases are granted,
    and it hands out the fencing numbers.
    """

    name = models.CharField(primary_key=True, max_length=500)
    fence = models.BigIntegerField(default=0)
    repository = models.CharField(max_length=500, blank=True, default="", db_index=True)
    """The repository of a purl, where the coordinator confirmed it; the two are one ground."""
    weight = models.IntegerField(null=True)
    """How much it matters, 0 to 1000, where the coordinator said so."""
    weight_source = models.CharField(max_length=200, blank=True, default="")


class ScanLease(models.Model):
    """Ground that one organization scans for a time."""

    id = models.CharField(primary_key=True, max_length=40, default=_lease_id)
    organization_id = models.CharField(max_length=40, db_index=True)
    target = models.ForeignKey(Target, on_delete=models.PROTECT)
    also = models.CharField(max_length=500, blank=True, default="", db_index=True)
    """Another name of the same ground: the package's repository."""
    paths = models.JSONField()
    excluded_paths = models.JSONField(default=list)
    techniques = models.JSONField()
    weaknesses = models.JSONField(default=list)
    excluded_weaknesses = models.JSONField(default=list)
    commit = models.CharField(max_length=64, blank=True, default="")
    introduced = models.CharField(max_length=256, blank=True, default="")
    fixed = models.CharField(max_length=256, blank=True, default="")
    exclusive = models.BooleanField(default=True)
    named = models.BooleanField(default=False)
    """The holder agrees to be named to whoever meets this lease and agrees too."""
    state = models.CharField(max_length=12, choices=[(state.value, state.name) for state in LeaseState])
    fence = models.BigIntegerField()
    hours = models.IntegerField(default=24)
    """Hours that a heartbeat adds."""
    granted_at = models.DateTimeField()
    held_since = models.DateTimeField(null=True)
    """Since when the organization keeps the target exclusively, over several leases."""
    heartbeat_at = models.DateTimeField(null=True)
    expires_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    """When it was given back or stopped; an expired lease has none."""

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["target", "state", "expires_at"]),
            models.Index(fields=["also", "state", "expires_at"]),
        ]


class Coverage(models.Model):
    """Ground that was scanned, as its finder chose to tell the others. The organization is for counting only."""

    organization_id = models.CharField(max_length=40)
    lease_id = models.CharField(max_length=40, unique=True)
    target = models.ForeignKey(Target, on_delete=models.PROTECT)
    paths = models.JSONField()
    excluded_paths = models.JSONField(default=list)
    techniques = models.JSONField()
    weaknesses = models.JSONField(default=list)
    commit = models.CharField(max_length=64, blank=True, default="")
    machine_hours = models.IntegerField(default=0)
    person_hours = models.IntegerField(default=0)
    model_tokens = models.BigIntegerField(default=0)
    scanned_at = models.DateTimeField()

    class Meta:
        indexes: ClassVar = [models.Index(fields=["target", "scanned_at"])]


class Stewardship(models.Model):
    """An organization says that it maintains a target, and shows it."""

    id = models.CharField(primary_key=True, max_length=40, default=_stewardship_id)
    organization_id = models.CharField(max_length=40, db_index=True)
    target = models.ForeignKey(Target, on_delete=models.PROTECT)
    state = models.CharField(max_length=10, choices=[(state.value, state.name) for state in StewardshipState])
    challenge = models.CharField(max_length=80)
    """Public text that only who controls the target can put there."""
    asked_at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True)
    decided_by = models.CharField(max_length=200, blank=True, default="")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["organization_id", "target"], name="one_stewardship_each")
        ]


class GroundRule(models.Model):
    """What a maintainer asks of those who scan a target."""

    target = models.OneToOneField(Target, primary_key=True, on_delete=models.PROTECT)
    stewardship = models.ForeignKey(Stewardship, on_delete=models.PROTECT)
    closed_paths = models.JSONField(default=list)
    """Prefixes that nobody shall scan; ``[""]`` is everything, an empty list nothing."""
    closed_until = models.DateTimeField(null=True)
    scanners_max = models.IntegerField(null=True)
    """Organizations that may scan at a time."""
    leases_per_week = models.IntegerField(null=True)
    note = models.CharField(max_length=300, blank=True, default="")
    changed_at = models.DateTimeField()

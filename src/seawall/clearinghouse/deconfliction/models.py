from typing import ClassVar

from django.db import models

from seawall.clearinghouse.deconfliction.types import LeaseState
from seawall.foundation.platform.identifiers import new_id


def _lease_id() -> str:
    return new_id("lease")


class Target(models.Model):
    """A purl or repository that was ever leased. Its row is the lock under which leases are granted,
    and it hands out the fencing numbers.
    """

    name = models.CharField(primary_key=True, max_length=500)
    fence = models.BigIntegerField(default=0)


class ScanLease(models.Model):
    """Ground that one organization scans for a time."""

    id = models.CharField(primary_key=True, max_length=40, default=_lease_id)
    organization_id = models.CharField(max_length=40, db_index=True)
    target = models.ForeignKey(Target, on_delete=models.PROTECT)
    paths = models.JSONField()
    excluded_paths = models.JSONField(default=list)
    techniques = models.JSONField()
    exclusive = models.BooleanField(default=True)
    state = models.CharField(max_length=12, choices=[(state.value, state.name) for state in LeaseState])
    fence = models.BigIntegerField()
    granted_at = models.DateTimeField()
    expires_at = models.DateTimeField()

    class Meta:
        indexes: ClassVar = [models.Index(fields=["target", "state", "expires_at"])]

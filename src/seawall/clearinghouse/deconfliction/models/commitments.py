from typing import ClassVar

from django.db import models

from seawall.clearinghouse.deconfliction.commitments.types import CommitmentKind, CommitmentState
from seawall.foundation.platform.identifiers import new_id


def _commitment_id() -> str:
    return new_id("commitment")


class Commitment(models.Model):
    """A digest that an organization committed to, and what it turned out to be."""

    id = models.CharField(primary_key=True, max_length=40, default=_commitment_id)
    organization_id = models.CharField(max_length=40, db_index=True)
    kind = models.CharField(max_length=10, choices=[(kind.value, kind.name) for kind in CommitmentKind])
    algorithm = models.CharField(max_length=12)
    digest = models.CharField(max_length=128, db_index=True)
    label = models.CharField(max_length=200, blank=True, default="")
    """The committer's own note; in no log."""
    published_url = models.CharField(max_length=500, blank=True, default="")
    published_on = models.DateField(null=True)
    """What the committer says; the log proves only when it was registered."""
    source_confirmed = models.BooleanField(default=False)
    """The coordinator has seen that the published digest is this organization's."""
    state = models.CharField(max_length=10, choices=[(state.value, state.name) for state in CommitmentState])
    log_index = models.BigIntegerField(unique=True)
    report_id = models.CharField(max_length=40, blank=True, default="", db_index=True)
    opening_digest = models.CharField(max_length=71, blank=True, default="")
    """Blob of what was revealed."""
    sealed_at = models.DateTimeField()
    revealed_at = models.DateTimeField(null=True)
    reason = models.CharField(max_length=4000, blank=True, default="")
    """The coordinator's word where it is disputed."""

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["organization_id", "algorithm", "digest"], name="one_commitment_each")
        ]
        indexes: ClassVar = [models.Index(fields=["organization_id", "sealed_at"])]

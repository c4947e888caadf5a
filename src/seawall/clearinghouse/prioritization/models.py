from typing import ClassVar

from django.db import models

from seawall.foundation.platform.identifiers import new_id


def _batch_id() -> str:
    return new_id("facts")


class FactBatch(models.Model):
    """Facts that came together: one reading of a feed, or what one person said. Never changed, never deleted."""

    id = models.CharField(primary_key=True, max_length=40, default=_batch_id)
    source = models.CharField(max_length=40)
    digest = models.CharField(max_length=71, blank=True)
    catalog_version = models.CharField(max_length=40, blank=True)
    catalog_released = models.DateField(null=True)
    recorded_by = models.CharField(max_length=60)
    recorded_at = models.DateTimeField()

    class Meta:
        indexes: ClassVar = [models.Index(fields=["source", "catalog_released"], name="facts_newest_catalog")]


class VulnerabilityFact(models.Model):
    """One statement about one vulnerability; a later statement stands beside it, not in its place."""

    batch = models.ForeignKey(FactBatch, on_delete=models.PROTECT, related_name="facts")
    identifier = models.CharField(max_length=80, db_index=True)
    name = models.CharField(max_length=24)
    value = models.CharField(max_length=20)
    source = models.CharField(max_length=40)
    as_of = models.DateField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["identifier", "name", "value", "source", "as_of"], name="fact_said_once"),
        ]

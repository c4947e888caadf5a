from datetime import datetime
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
    catalog_released = models.DateTimeField(null=True)
    recorded_by = models.CharField(max_length=60)
    recorded_at = models.DateTimeField()

    class Meta:
        indexes: ClassVar = [models.Index(fields=["source", "catalog_released"], name="facts_newest_catalog")]

    @property
    def released(self) -> datetime:
        """When the catalog was released, for a reading of the KEV catalog.

        Raises:
            ValueError: It is a reading of something else.
        """
        if self.catalog_released is None:
            raise ValueError(f"{self.pk} is no reading of the catalog")
        return self.catalog_released


class VulnerabilityFact(models.Model):
    """One statement about one vulnerability; a later statement stands beside it, not in its place.

    Of one source's statements of the same day, the one with the highest key is its last word.
    """

    batch = models.ForeignKey(FactBatch, on_delete=models.PROTECT, related_name="facts")
    identifier = models.CharField(max_length=80, db_index=True)
    name = models.CharField(max_length=24)
    value = models.CharField(max_length=20)
    source = models.CharField(max_length=40)
    as_of = models.DateField()

from typing import ClassVar

from django.db import models

from seawall.clearinghouse.matching.types import Confidence, ExposureState, InventoryState, Reach
from seawall.foundation.platform.identifiers import new_id


def _inventory_id() -> str:
    return new_id("inventory")


def _exposure_id() -> str:
    return new_id("exposure")


class PackageName(models.Model):
    """A package's identity, once; ranges and versions meet here."""

    ecosystem = models.CharField(max_length=80)
    name = models.CharField(max_length=300)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["ecosystem", "name"], name="package_once")]


class PackageVersion(models.Model):
    """A package at a version, once for all inventories: each is matched once, however many have it.

    ``key`` compares as the ecosystem orders versions (both databases compare bytes); it is null where the version
    has no place in the order. ``scheme`` is the order's name and edition.
    """

    package = models.ForeignKey(PackageName, on_delete=models.PROTECT, related_name="versions")
    version = models.CharField(max_length=256)
    scheme = models.CharField(max_length=40, blank=True)
    key = models.BinaryField(null=True)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["package", "version"], name="package_version_once")]
        indexes: ClassVar = [models.Index(fields=["package", "key"], name="package_version_order")]


class Inventory(models.Model):
    """What an operator runs, as one document said it."""

    id = models.CharField(primary_key=True, max_length=40, default=_inventory_id)
    organization_id = models.CharField(max_length=40)
    uploaded_by = models.CharField(max_length=40)
    name = models.CharField(max_length=120)
    format = models.CharField(max_length=20)
    digest = models.CharField(max_length=71)
    size = models.PositiveBigIntegerField()
    state = models.CharField(max_length=12, choices=[(state.value, state.name) for state in InventoryState])
    subject = models.CharField(max_length=300, blank=True)
    components = models.PositiveIntegerField(default=0)
    unmatched = models.PositiveIntegerField(default=0)
    notes = models.JSONField(default=list)
    error = models.JSONField(null=True)
    uploaded_at = models.DateTimeField()
    ready_at = models.DateTimeField(null=True)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["organization_id", "-uploaded_at", "id"], name="inventory_list")]


class Component(models.Model):
    """A line of an inventory."""

    inventory = models.ForeignKey(Inventory, on_delete=models.CASCADE, related_name="lines")
    package_version = models.ForeignKey(PackageVersion, null=True, on_delete=models.PROTECT, related_name="lines")
    ref = models.CharField(max_length=300)
    name = models.CharField(max_length=300)
    version = models.CharField(max_length=256, blank=True)
    purl = models.CharField(max_length=1000, blank=True)
    why_not = models.CharField(max_length=400, blank=True)
    reach = models.CharField(max_length=8, choices=[(reach.value, reach.name) for reach in Reach])
    environment = models.CharField(max_length=60, blank=True)
    asset_type = models.CharField(max_length=60, blank=True)
    path = models.JSONField(default=list)


class AffectedAdvisory(models.Model):
    """An advisory as matching needs it; under embargo until ``published_at`` is set."""

    id = models.CharField(primary_key=True, max_length=40)
    case_id = models.CharField(max_length=40, db_index=True)
    title = models.CharField(max_length=300, blank=True)
    severity = models.CharField(max_length=120, blank=True)
    identifiers = models.JSONField(default=list)
    affected = models.JSONField(default=list)
    dropped = models.JSONField(default=list)
    registered_at = models.DateTimeField()
    matched_at = models.DateTimeField(null=True)
    published_at = models.DateTimeField(null=True)


class AffectedRange(models.Model):
    """A half-open range of keys of one package that an advisory calls affected.

    A listed version without a place in the order has ``text`` alone, and is matched by it.
    """

    advisory = models.ForeignKey(AffectedAdvisory, on_delete=models.CASCADE, related_name="ranges")
    package = models.ForeignKey(PackageName, on_delete=models.PROTECT, related_name="ranges")
    scheme = models.CharField(max_length=40, blank=True)
    low = models.BinaryField(null=True)
    high = models.BinaryField(null=True)
    introduced = models.CharField(max_length=256, blank=True)
    fixed = models.CharField(max_length=256, blank=True)
    last_affected = models.CharField(max_length=256, blank=True)
    listed = models.BooleanField(default=False)
    text = models.CharField(max_length=256, blank=True)
    flag = models.TextField(blank=True)


class Exposure(models.Model):
    """A component of an inventory is affected by an advisory. Nobody sees it before ``published_at``."""

    id = models.CharField(primary_key=True, max_length=40, default=_exposure_id)
    organization_id = models.CharField(max_length=40)
    component = models.ForeignKey(Component, on_delete=models.CASCADE, related_name="exposures")
    advisory = models.ForeignKey(AffectedAdvisory, on_delete=models.CASCADE, related_name="exposures")
    state = models.CharField(max_length=12, choices=[(state.value, state.name) for state in ExposureState])
    confidence = models.CharField(max_length=8, choices=[(item.value, item.name) for item in Confidence])
    reason = models.TextField()
    fixed = models.CharField(max_length=256, blank=True)
    found_at = models.DateTimeField()
    published_at = models.DateTimeField(null=True)
    enumerated_on = models.DateField(null=True)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["component", "advisory"], name="exposure_once")]
        indexes: ClassVar = [
            models.Index(fields=["organization_id", "state", "published_at"], name="exposure_list"),
        ]

from typing import ClassVar

from django.db import models
from django.db.models import Q, Value

from seawall.clearinghouse.matching.types import (
    Confidence,
    ExposureState,
    InventoryState,
    JudgmentStatus,
    Justification,
    LoadState,
    Reach,
)
from seawall.foundation.platform.identifiers import new_id

OWN_SOURCE = "seawall"
"""Source of the advisories that this clearinghouse publishes itself."""


def _inventory_id() -> str:
    return new_id("inventory")


def _exposure_id() -> str:
    return new_id("exposure")


def _product_id() -> str:
    return new_id("product")


def _asset_id() -> str:
    return new_id("asset")


def _judgment_id() -> str:
    return new_id("judgment")


def _load_id() -> str:
    return new_id("load")


def _rematch_id() -> str:
    return new_id("rematch")


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


class Product(models.Model):
    """A system of an operator's; its inventories say what its releases consist of."""

    id = models.CharField(primary_key=True, max_length=40, default=_product_id)
    organization_id = models.CharField(max_length=40)
    name = models.CharField(max_length=120)
    created_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["organization_id", "name"], name="product_once")]


class Asset(models.Model):
    """A host or device of an operator's; it runs releases of products."""

    id = models.CharField(primary_key=True, max_length=40, default=_asset_id)
    organization_id = models.CharField(max_length=40)
    name = models.CharField(max_length=120)
    group = models.CharField(max_length=120, blank=True)
    reach = models.CharField(max_length=8, choices=[(reach.value, reach.name) for reach in Reach])
    environment = models.CharField(max_length=60, blank=True)
    asset_type = models.CharField(max_length=60, blank=True)
    next_upgrade = models.DateField(null=True)
    created_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["organization_id", "name"], name="asset_once")]


class Running(models.Model):
    """An asset runs a release of a product."""

    asset = models.ForeignKey(Asset, on_delete=models.CASCADE, related_name="runs")
    product = models.ForeignKey(Product, on_delete=models.CASCADE, related_name="run_on")
    release = models.CharField(max_length=80, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["asset", "product", "release"], name="running_once"),
        ]


class Inventory(models.Model):
    """What an operator runs, as one document said it."""

    id = models.CharField(primary_key=True, max_length=40, default=_inventory_id)
    organization_id = models.CharField(max_length=40)
    uploaded_by = models.CharField(max_length=40)
    product = models.ForeignKey(Product, null=True, on_delete=models.PROTECT, related_name="inventories")
    name = models.CharField(max_length=120)
    release = models.CharField(max_length=80, blank=True, default="", db_default="")
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
    """An advisory as matching needs it; under embargo until ``published_at`` is set.

    Those of other publishers come from snapshots, under ``source:identifier``, and are public as they come.
    """

    id = models.CharField(primary_key=True, max_length=200)
    source = models.CharField(max_length=60, default=OWN_SOURCE, db_default=OWN_SOURCE)
    name = models.CharField(max_length=200, blank=True, default="", db_default="")
    case_id = models.CharField(max_length=40, blank=True, db_index=True)
    title = models.CharField(max_length=300, blank=True)
    severity = models.CharField(max_length=200, blank=True)
    identifiers = models.JSONField(default=list)
    references = models.JSONField(default=list, db_default=Value([], models.JSONField()))
    affected = models.JSONField(default=list)
    dropped = models.JSONField(default=list)
    digest = models.CharField(max_length=64, blank=True, default="", db_default="")
    extent = models.CharField(max_length=64, blank=True, default="", db_default="")
    published = models.CharField(max_length=40, blank=True, default="", db_default="")
    modified = models.CharField(max_length=40, blank=True, default="", db_default="")
    registered_at = models.DateTimeField()
    matched_at = models.DateTimeField(null=True)
    published_at = models.DateTimeField(null=True)
    withdrawn_at = models.DateTimeField(null=True)
    withdrawn_reason = models.CharField(max_length=300, blank=True, default="", db_default="")

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["source", "id"], name="advisory_of_source"),
            models.Index(fields=["id"], condition=Q(matched_at=None), name="advisory_to_match"),
        ]


class AdvisoryIdentifier(models.Model):
    """A name of an advisory's flaw, its own among them: advisories that share one speak of one flaw."""

    advisory = models.ForeignKey(AffectedAdvisory, on_delete=models.CASCADE, related_name="names")
    identifier = models.CharField(max_length=200, db_index=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["advisory", "identifier"], name="advisory_identifier_once"),
        ]


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
    compared = models.BooleanField(default=False, db_default=False)
    text = models.CharField(max_length=256, blank=True)
    flag = models.TextField(blank=True)


class Judgment(models.Model):
    """What an operator says of a flaw in a package of a product; never changed, only ended."""

    id = models.CharField(primary_key=True, max_length=40, default=_judgment_id)
    organization_id = models.CharField(max_length=40)
    product = models.ForeignKey(Product, on_delete=models.CASCADE, related_name="judgments")
    package = models.ForeignKey(PackageName, on_delete=models.PROTECT, related_name="+")
    version = models.CharField(max_length=256, blank=True)
    exposure_id = models.CharField(max_length=40)
    identifiers = models.JSONField()
    status = models.CharField(max_length=16, choices=[(item.value, item.name) for item in JudgmentStatus])
    justification = models.CharField(
        max_length=60, blank=True, choices=[(item.value, item.name) for item in Justification]
    )
    reason = models.TextField()
    until = models.DateField(null=True)
    made_by = models.CharField(max_length=40)
    made_by_label = models.CharField(max_length=400)
    made_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    ended_by_label = models.CharField(max_length=400, blank=True)
    ended_reason = models.TextField(blank=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["organization_id", "-made_at", "id"], name="judgment_list"),
            models.Index(fields=["product"], condition=Q(ended_at=None), name="judgment_in_force"),
        ]


class Exposure(models.Model):
    """A component of an inventory is affected by an advisory. Nobody sees it before ``published_at``.

    Of the advisories of one flaw, one exposure stands for all (``OPEN``); the others are ``FOLDED`` under it, and it has
    the identifiers of all.
    """

    id = models.CharField(primary_key=True, max_length=40, default=_exposure_id)
    organization_id = models.CharField(max_length=40)
    component = models.ForeignKey(Component, on_delete=models.CASCADE, related_name="exposures")
    advisory = models.ForeignKey(AffectedAdvisory, on_delete=models.CASCADE, related_name="exposures")
    lead = models.ForeignKey("self", null=True, on_delete=models.SET_NULL, related_name="folded")
    judgment = models.ForeignKey(Judgment, null=True, on_delete=models.SET_NULL, related_name="+")
    state = models.CharField(max_length=12, choices=[(state.value, state.name) for state in ExposureState])
    confidence = models.CharField(max_length=8, choices=[(item.value, item.name) for item in Confidence])
    reason = models.TextField()
    fixed = models.CharField(max_length=256, blank=True)
    identifiers = models.JSONField(default=list, db_default=Value([], models.JSONField()))
    found_at = models.DateTimeField()
    published_at = models.DateTimeField(null=True)
    enumerated_on = models.DateField(null=True)
    closed_at = models.DateTimeField(null=True)
    closed_reason = models.CharField(max_length=300, blank=True, default="", db_default="")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["component", "advisory"],
                condition=~Q(state=ExposureState.CLOSED.value),
                name="exposure_once",
            )
        ]
        indexes: ClassVar = [
            models.Index(fields=["organization_id", "state", "published_at"], name="exposure_list"),
        ]


class SnapshotLoad(models.Model):
    """One loading of a snapshot: how far it is, and what came of it."""

    id = models.CharField(primary_key=True, max_length=40, default=_load_id)
    digest = models.CharField(max_length=64)
    sources = models.JSONField()
    total = models.PositiveIntegerField()
    next = models.PositiveIntegerField(default=0)
    last_id = models.CharField(max_length=200, blank=True)
    settled = models.JSONField(null=True)
    removals = models.PositiveIntegerField(null=True)
    state = models.CharField(max_length=12, choices=[(state.value, state.name) for state in LoadState])
    new = models.PositiveIntegerField(default=0)
    changed = models.PositiveIntegerField(default=0)
    reworded = models.PositiveIntegerField(default=0)
    withdrawn = models.PositiveIntegerField(default=0)
    shown = models.PositiveIntegerField(default=0)
    closed = models.PositiveIntegerField(default=0)
    error = models.TextField(blank=True)
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)


class LoadNotice(models.Model):
    """An inventory whose operator is to be told, once, at the end of a load."""

    load = models.ForeignKey(SnapshotLoad, on_delete=models.CASCADE, related_name="notices")
    inventory = models.ForeignKey(Inventory, on_delete=models.CASCADE, related_name="+")

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["load", "inventory"], name="load_notice_once")]


class Rematch(models.Model):
    """One run of the nightly safety net: everything matched again, and what differed."""

    id = models.CharField(primary_key=True, max_length=40, default=_rematch_id)
    night = models.DateField(unique=True)
    next = models.BigIntegerField(default=0)
    versions = models.PositiveIntegerField(default=0)
    rekeyed = models.PositiveIntegerField(default=0)
    missing = models.PositiveIntegerField(default=0)
    surplus = models.PositiveIntegerField(default=0)
    misfolded = models.PositiveIntegerField(default=0)
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)

"""Reads of matching. What is under embargo is in none of them but the clearinghouse's own."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any, Literal

from django.db.models import BooleanField, Case, Count, Min, Q, QuerySet, Value, When
from django.db.models.functions import Coalesce

from seawall.clearinghouse.directives import queries as directives
from seawall.clearinghouse.matching import folding
from seawall.clearinghouse.matching.models import (
    OWN_SOURCE,
    Asset,
    Component,
    Exposure,
    Inventory,
    Judgment,
    Product,
)
from seawall.clearinghouse.matching.purls import Identified, identify
from seawall.clearinghouse.matching.types import (
    Confidence,
    ExposureState,
    ExposureView,
    InventoryState,
    JudgmentStatus,
    JudgmentView,
    Justification,
    Reach,
    UpdateView,
)
from seawall.foundation.access.queries import get_visible, visible_to
from seawall.foundation.access.rules import grants_for
from seawall.foundation.access.types import Actor
from seawall.foundation.platform import clock

InventoryRow = Inventory
ExposureRow = Exposure
ComponentRow = Component
AssetRow = Asset
ProductRow = Product
JudgmentRow = Judgment
"""The rows, for other folders' annotations: they read them, and write only through services."""

NO_DUE_DATE = date.max
"""Sorts what has no due date behind everything that has one."""
Judged = Literal["no", "yes", "any"]
"""Which exposures: those that nobody has judged away, those that somebody has, or both."""
SEARCH_MAX = 100
"""Characters of a text that is searched for."""


# --- inventories ---------------------------------------------------------------------------------


def inventories_of(actor: Actor) -> QuerySet[Inventory]:
    """The inventories that the actor may see, newest first."""
    return visible_to(actor, "inventory.read", Inventory.objects.order_by("-uploaded_at", "id"))


def inventory(actor: Actor, inventory_id: str) -> Inventory:
    """One inventory.

    Raises:
        NotFound: Absent or foreign.
    """
    return get_visible(actor, "inventory.read", Inventory.objects.all(), inventory_id)


def lines_of(
    actor: Actor, inventory_id: str, *, unmatched_only: bool = False, affected_only: bool = False, search: str = ""
) -> QuerySet[Component]:
    """The lines of an inventory, in its order.

    Args:
        actor: Who asks.
        inventory_id: The inventory.
        unmatched_only: Those that cannot be matched fully.
        affected_only: Those with an exposure that is published and not judged away.
        search: Part of a name or package URL, whatever the case.

    Raises:
        NotFound: Absent or foreign.
    """
    rows = inventory(actor, inventory_id).lines.order_by("id")
    if unmatched_only:
        rows = rows.exclude(why_not="")
    if affected_only:
        rows = rows.filter(pk__in=exposures_of(actor, inventory_id=inventory_id).values("component_id"))
    if text := search.strip()[:SEARCH_MAX]:
        rows = rows.filter(Q(name__icontains=text) | Q(purl__icontains=text))
    return rows


def affected_lines(actor: Actor, line_ids: Sequence[int]) -> dict[int, int]:
    """How many flaws each of some lines has, for those that have any; none that is judged away."""
    rows = visible_to(actor, "exposure.read", Exposure.objects.filter(component_id__in=line_ids))
    counted = _unjudged(rows.filter(state=ExposureState.OPEN)).order_by().values("component_id")
    return {row["component_id"]: row["found"] for row in counted.annotate(found=Count("pk"))}


def allowed_next(actor: Actor, row: Inventory) -> list[str]:
    """What the actor may do about an inventory that it sees, as names of operations."""
    steps = ["list_exposures"] if grants_for(actor, "exposure.read") else []
    if row.organization_id == actor.organization_id and grants_for(actor, "inventory.withdraw"):
        steps.append("withdraw_inventory")
    return steps


def for_the_clearinghouse(inventory_id: str) -> Inventory | None:
    """One inventory for a job of the clearinghouse itself; no door calls this. None where it was withdrawn."""
    return Inventory.objects.filter(pk=inventory_id).first()


# --- exposures -----------------------------------------------------------------------------------


def exposures_of(
    actor: Actor,
    *,
    inventory_id: str = "",
    advisory_id: str = "",
    superseded: bool = False,
    judged: Judged = "no",
    versions: Sequence[int] | None = None,
) -> QuerySet[Exposure]:
    """The published exposures of the actor's organization, the earliest due date first.

    Each row has ``due``: its directive's due date, or ``NO_DUE_DATE``.

    Args:
        actor: Who asks.
        inventory_id: Only those of one inventory.
        advisory_id: Only those of one advisory, or of one that is folded with it.
        superseded: Also what was replaced or closed.
        judged: Whether those that a judgment in force takes out of the list are in it.
        versions: Only those of some package versions, by the ``key`` of ``updates_of``.
    """
    rows = visible_to(actor, "exposure.read", Exposure.objects.all())
    rows = rows.exclude(state=ExposureState.FOLDED) if superseded else rows.filter(state=ExposureState.OPEN)
    if judged != "any":
        rows = _unjudged(rows) if judged == "no" else _judged(rows)
    if inventory_id:
        rows = rows.filter(component__inventory_id=inventory_id)
    if advisory_id:
        folded = Exposure.objects.filter(advisory_id=advisory_id, lead__isnull=False, published_at__isnull=False)
        rows = rows.filter(Q(advisory_id=advisory_id) | Q(pk__in=folded.values("lead_id")))
    if versions is not None:
        rows = rows.filter(component__package_version_id__in=versions)
    return (
        rows.select_related("component__inventory", "advisory")
        .annotate(due=Coalesce(directives.due_on("pk"), NO_DUE_DATE))
        .order_by("due", "id")
    )


def _in_force() -> Q:
    today = clock.now().date()
    return Q(judgment__ended_at=None) & (Q(judgment__until=None) | Q(judgment__until__gte=today))


def _judged(rows: QuerySet[Exposure]) -> QuerySet[Exposure]:
    return rows.filter(Q(judgment__isnull=False) & _in_force())


def _unjudged(rows: QuerySet[Exposure]) -> QuerySet[Exposure]:
    return rows.annotate(
        set_aside=Case(
            When(Q(judgment__isnull=False) & _in_force(), then=Value(True)),
            default=Value(False),
            output_field=BooleanField(),
        )
    ).filter(set_aside=False)


def updates_of(
    actor: Actor, *, inventory_id: str = "", advisory_id: str = "", judged: Judged = "no"
) -> list[UpdateView]:
    """What to do, the earliest due date first: each package version that is affected is one thing to update."""
    rows = exposures_of(actor, inventory_id=inventory_id, advisory_id=advisory_id, judged=judged)
    counted = (
        rows.order_by()
        .values("component__package_version_id")
        .annotate(
            first=Min("due"),
            name=Min("component__name"),
            version=Min("component__version"),
            flaws=Count("advisory_id", distinct=True),
            places=Count("component__inventory_id", distinct=True),
        )
        .order_by("first", "name", "component__package_version_id")
    )
    return [
        UpdateView(
            key=row["component__package_version_id"],
            component=row["name"],
            version=row["version"],
            findings=row["flaws"],
            places=row["places"],
            due=None if row["first"] == NO_DUE_DATE else row["first"],
        )
        for row in counted
    ]


def by_update(rows: QuerySet[Exposure]) -> dict[int, list[ExposureView]]:
    """The exposures of things to do, by the ``key`` of ``updates_of``, in the order of the rows."""
    found = list(rows)
    grouped: dict[int, list[ExposureView]] = {}
    for row, view in zip(found, views(found), strict=True):
        grouped.setdefault(row.component.package_version_id or 0, []).append(view)
    return grouped


def best_fix(found: Iterable[ExposureView]) -> tuple[str | None, int]:
    """The version that mends all of one component's flaws that can be mended, and how many those are.

    That is the highest of their fixed versions, in the order of the component's ecosystem; where it has none, the one that
    most of them name.
    """
    named: dict[str, set[str]] = {}
    purl = ""
    for one in found:
        purl = purl or one.purl
        if one.fixed:
            named.setdefault(one.fixed, set()).add(one.advisory_id)
    if not named:
        return None, 0
    identity = identify(purl) if purl else None
    order = identity.order if isinstance(identity, Identified) else None
    keys = {version: order.key(version) if order is not None else None for version in named}
    ordered = {version: key for version, key in keys.items() if isinstance(key, bytes)}
    if len(ordered) == len(named):
        return max(named, key=lambda version: ordered[version]), len(set[str]().union(*named.values()))
    best = max(named, key=lambda version: (len(named[version]), version))
    return best, len(named[best])


def exposure(actor: Actor, exposure_id: str) -> Exposure:
    """One published exposure; of those that are one flaw, the one that stands for it.

    Raises:
        NotFound: Absent, foreign or under embargo.
    """
    rows = Exposure.objects.select_related("component__inventory", "advisory")
    found = get_visible(actor, "exposure.read", rows, exposure_id)
    return get_visible(actor, "exposure.read", rows, found.lead_id) if found.lead_id else found


def views(rows: Iterable[Exposure]) -> list[ExposureView]:
    """Exposures with their clocks, for the doors; the rows come from ``exposures_of`` or ``exposure``."""
    found = list(rows)
    clocks = directives.current_clocks([row.pk for row in found])
    said = {
        row.pk: judgment_view(row)
        for row in Judgment.objects.filter(pk__in={row.judgment_id for row in found if row.judgment_id}).select_related(
            "product", "package"
        )
    }
    return [_view(row, clocks, said) for row in found]


def _view(row: Exposure, clocks: Mapping[str, Any], said: Mapping[str, JudgmentView]) -> ExposureView:
    return ExposureView(
        id=row.pk,
        inventory_id=row.component.inventory_id,
        inventory_name=row.component.inventory.name,
        component=row.component.name,
        version=row.component.version,
        purl=row.component.purl,
        advisory_id=row.advisory_id,
        title=row.advisory.title,
        severity=row.advisory.severity,
        identifiers=tuple(
            name
            for name in (row.identifiers or row.advisory.identifiers)
            if folding.normal(name) != folding.normal(row.advisory.name or row.advisory_id)
        ),
        fixed=row.fixed or None,
        reason=row.reason,
        confidence=Confidence(row.confidence),
        reach=Reach(row.component.reach),
        environment=row.component.environment,
        path=tuple(row.component.path),
        found_at=row.found_at,
        published_at=row.published_at or row.found_at,
        state=ExposureState(row.state),
        clock=clocks.get(row.pk),
        source=row.advisory.source,
        name=row.advisory.name or row.advisory_id,
        release=row.component.inventory.release,
        closed_reason=row.closed_reason,
        judgment=said.get(row.judgment_id or ""),
    )


def is_own(source: str) -> bool:
    """Whether an advisory is this clearinghouse's own."""
    return source == OWN_SOURCE


# --- judgments -----------------------------------------------------------------------------------


def judgments_of(actor: Actor, *, ended: bool = False) -> QuerySet[Judgment]:
    """What the actor's organization has said of exposures, the newest first.

    Args:
        actor: Who asks.
        ended: Also what was taken back, replaced, or has run out.
    """
    rows = visible_to(actor, "judgment.read", Judgment.objects.select_related("product", "package"))
    if not ended:
        today = clock.now().date()
        rows = rows.filter(Q(until=None) | Q(until__gte=today), ended_at=None)
    return rows.order_by("-made_at", "id")


def judgments_on(actor: Actor, row: Exposure) -> list[JudgmentView]:
    """Everything that was said of an exposure's flaw in its product, the newest first."""
    rows = judgments_of(actor, ended=True).filter(product_id=row.component.inventory.product_id)
    package = row.component.package_version
    if package is None:
        return []
    names = row.identifiers or row.advisory.identifiers
    said = rows.filter(package_id=package.package_id)
    return [judgment_view(one) for one in said if folding.overlap(one.identifiers, names)]


def judgment_view(row: Judgment) -> JudgmentView:
    """A judgment as others may see it."""
    return JudgmentView(
        id=row.pk,
        exposure_id=row.exposure_id,
        product=row.product.name,
        ecosystem=row.package.ecosystem,
        package=row.package.name,
        version=row.version,
        identifiers=tuple(row.identifiers),
        status=JudgmentStatus(row.status),
        justification=Justification(row.justification) if row.justification else None,
        reason=row.reason,
        until=row.until,
        made_by=row.made_by_label,
        made_at=row.made_at,
        ended_at=row.ended_at,
        ended_by=row.ended_by_label,
        ended_reason=row.ended_reason,
    )


# --- products and assets -------------------------------------------------------------------------


def products_of(actor: Actor) -> QuerySet[Product]:
    """The products of the actor's organization, by name."""
    return visible_to(actor, "product.read", Product.objects.order_by("name", "id"))


def releases_of(actor: Actor, product_ids: Sequence[str]) -> dict[str, list[Inventory]]:
    """The inventories in force of some products, the newest first."""
    rows = visible_to(actor, "inventory.read", Inventory.objects.filter(product_id__in=product_ids))
    found: dict[str, list[Inventory]] = {}
    for row in rows.filter(state=InventoryState.READY).order_by("-uploaded_at", "id"):
        found.setdefault(row.product_id or "", []).append(row)
    return found


def assets_of(actor: Actor, *, group: str = "", product_id: str = "") -> QuerySet[Asset]:
    """The assets of the actor's organization, by name.

    Args:
        actor: Who asks.
        group: Only those of one group.
        product_id: Only those that run a product.
    """
    rows = visible_to(actor, "asset.read", Asset.objects.prefetch_related("runs__product"))
    if group:
        rows = rows.filter(group=group)
    if product_id:
        rows = rows.filter(runs__product_id=product_id).distinct()
    return rows.order_by("name", "id")


def groups_of(actor: Actor) -> list[str]:
    """Names of the groups of the actor's organization."""
    rows = visible_to(actor, "asset.read", Asset.objects.exclude(group=""))
    return sorted(set(rows.values_list("group", flat=True)))


def asset(actor: Actor, asset_id: str) -> Asset:
    """One asset.

    Raises:
        NotFound: Absent or foreign.
    """
    return get_visible(actor, "asset.read", Asset.objects.prefetch_related("runs__product"), asset_id)

"""Reads of matching. What is under embargo is in none of them but the clearinghouse's own."""

from collections.abc import Iterable
from datetime import date

from django.db.models import QuerySet
from django.db.models.functions import Coalesce

from seawall.clearinghouse.directives import queries as directives
from seawall.clearinghouse.matching.models import Component, Exposure, Inventory
from seawall.clearinghouse.matching.types import Confidence, ExposureState, ExposureView, Reach
from seawall.foundation.access.queries import get_visible, visible_to
from seawall.foundation.access.rules import grants_for
from seawall.foundation.access.types import Actor

InventoryRow = Inventory
ExposureRow = Exposure
ComponentRow = Component
"""The rows, for other folders' annotations: they read them, and write only through services."""

NO_DUE_DATE = date.max
"""Sorts what has no due date behind everything that has one."""


def inventories_of(actor: Actor) -> QuerySet[Inventory]:
    """The inventories that the actor may see, newest first."""
    return visible_to(actor, "inventory.read", Inventory.objects.order_by("-uploaded_at", "id"))


def inventory(actor: Actor, inventory_id: str) -> Inventory:
    """One inventory.

    Raises:
        NotFound: Absent or foreign.
    """
    return get_visible(actor, "inventory.read", Inventory.objects.all(), inventory_id)


def lines_of(actor: Actor, inventory_id: str, *, unmatched_only: bool = False) -> QuerySet[Component]:
    """The lines of an inventory, in its order.

    Raises:
        NotFound: Absent or foreign.
    """
    rows = inventory(actor, inventory_id).lines.order_by("id")
    return rows.exclude(why_not="") if unmatched_only else rows


def exposures_of(
    actor: Actor, *, inventory_id: str = "", advisory_id: str = "", superseded: bool = False
) -> QuerySet[Exposure]:
    """The published exposures of the actor's organization, the earliest due date first.

    Each row has ``due``: its directive's due date, or ``NO_DUE_DATE``.
    """
    rows = visible_to(actor, "exposure.read", Exposure.objects.all())
    if not superseded:
        rows = rows.filter(state=ExposureState.OPEN)
    if inventory_id:
        rows = rows.filter(component__inventory_id=inventory_id)
    if advisory_id:
        rows = rows.filter(advisory_id=advisory_id)
    return (
        rows.select_related("component__inventory", "advisory")
        .annotate(due=Coalesce(directives.due_on("pk"), NO_DUE_DATE))
        .order_by("due", "id")
    )


def exposure(actor: Actor, exposure_id: str) -> Exposure:
    """One published exposure.

    Raises:
        NotFound: Absent, foreign or under embargo.
    """
    rows = Exposure.objects.select_related("component__inventory", "advisory")
    return get_visible(actor, "exposure.read", rows, exposure_id)


def views(rows: Iterable[Exposure]) -> list[ExposureView]:
    """Exposures with their clocks, for the doors; the rows come from ``exposures_of`` or ``exposure``."""
    found = list(rows)
    clocks = directives.current_clocks([row.pk for row in found])
    return [
        ExposureView(
            id=row.pk,
            inventory_id=row.component.inventory_id,
            inventory_name=row.component.inventory.name,
            component=row.component.name,
            version=row.component.version,
            purl=row.component.purl,
            advisory_id=row.advisory_id,
            title=row.advisory.title,
            severity=row.advisory.severity,
            identifiers=tuple(row.advisory.identifiers),
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
        )
        for row in found
    ]


def allowed_next(actor: Actor, row: Inventory) -> list[str]:
    """What the actor may do about an inventory that it sees, as names of operations."""
    steps = ["list_exposures"] if grants_for(actor, "exposure.read") else []
    if row.organization_id == actor.organization_id and grants_for(actor, "inventory.withdraw"):
        steps.append("withdraw_inventory")
    return steps


def for_the_clearinghouse(inventory_id: str) -> Inventory | None:
    """One inventory for a job of the clearinghouse itself; no door calls this. None where it was withdrawn."""
    return Inventory.objects.filter(pk=inventory_id).first()

"""What to fix, by when, and where the fix is: an operator's exposures as a list of things to do."""

from typing import Any

from django.http import HttpRequest, HttpResponse

from seawall.clearinghouse.directives import queries as directives
from seawall.clearinghouse.matching import queries
from seawall.clearinghouse.matching.queries import ExposureRow
from seawall.clearinghouse.matching.types import InventoryState
from seawall.doors.api.paging import Order, Window, window
from seawall.doors.web.due import Step, grouped, urgency_of
from seawall.doors.web.evidence import claimed_score
from seawall.doors.web.pages import actor_of, binding, cursor_of, page, render
from seawall.foundation.access.types import Actor
from seawall.foundation.platform import clock

PAGE = 100


@page("exposure.read")
def exposures(request: HttpRequest) -> HttpResponse:
    """The list, grouped by urgency; ``inventory`` and ``advisory`` in the address narrow it."""
    actor = actor_of(request)
    wanted = request.GET.get("inventory", "")
    advisory_id = request.GET.get("advisory", "")[:40]
    inventory = queries.inventory(actor, wanted) if wanted else None
    found: Window[ExposureRow] = window(
        queries.exposures_of(actor, inventory_id=inventory.id if inventory else "", advisory_id=advisory_id),
        [Order("due"), Order("id")],
        binding(request, "exposures", inventory=wanted, advisory=advisory_id),
        lambda row: row,
        cursor=cursor_of(request),
        limit=PAGE,
    )
    groups = grouped(queries.views(found.items), clock.now().date())
    context = {
        "groups": groups,
        "inventory": inventory,
        "advisory_id": advisory_id,
        "next": found.next,
        "beginning": cursor_of(request) is None,
        "watched": _watched(actor),
    }
    return render(request, "web/exposures.html", context)


def _watched(actor: Actor) -> dict[str, Any]:
    """What the list rests on: inventories in force, and how much of them nobody can match."""
    rows = queries.inventories_of(actor).filter(state__in=(InventoryState.READY, InventoryState.RECEIVED))
    counted = list(rows.values_list("state", "components", "unmatched"))
    return {
        "inventories": sum(state == InventoryState.READY for state, _, _ in counted),
        "waiting": sum(state == InventoryState.RECEIVED for state, _, _ in counted),
        "components": sum(components for _, components, _ in counted),
        "unmatched": sum(unmatched for _, _, unmatched in counted),
    }


@page("exposure.read")
def exposure(request: HttpRequest, exposure_id: str) -> HttpResponse:
    """One exposure: everything behind its date, and every date it had."""
    view = queries.views([queries.exposure(actor_of(request), exposure_id)])[0]
    context = {
        "step": Step((view,), urgency_of(view.clock, clock.now().date())),
        "score": claimed_score(view.severity),
        "history": directives.history(view.id),
    }
    return render(request, "web/exposure.html", context)

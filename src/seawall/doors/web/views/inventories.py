"""Inventories: what an operator runs, how much of it is matched, why the rest is not, and how the flawed got in."""

from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse

from seawall.clearinghouse.matching import queries, services
from seawall.clearinghouse.matching.queries import ComponentRow, InventoryRow
from seawall.clearinghouse.matching.types import InventoryState
from seawall.doors.api.paging import Order, Window, newest_first, window
from seawall.doors.web.pages import actor_of, binding, cursor_of, done, field, page, render
from seawall.doors.web.trees import tree_of
from seawall.foundation.access.rules import grants_for
from seawall.foundation.platform.errors import BadInput, SeawallError, TooLarge

PAGE = 50
LINES = 100
SHOWN = {"affected": "Affected", "unmatched": "Not matched", "all": "Everything"}
"""Which lines of an inventory: name in the address, and the link's text."""


@page("inventory.read")
def inventories(request: HttpRequest) -> HttpResponse:
    """The inventories, newest first, and the form."""
    return _list(request)


def _list(request: HttpRequest, error: SeawallError | None = None) -> HttpResponse:
    actor = actor_of(request)
    found = window(
        queries.inventories_of(actor),
        newest_first("uploaded_at"),
        binding(request, "inventories"),
        lambda row: row,
        cursor=cursor_of(request),
        limit=PAGE,
    )
    context = {
        "inventories": found.items,
        "next": found.next,
        "may_upload": bool(grants_for(actor, "inventory.upload")),
        "name_max": services.NAME_MAX,
        "release_max": services.RELEASE_MAX,
        "formats": services.FORMATS,
        "error": error,
        "kept": request.POST if error else {},
    }
    return render(request, "web/inventories.html", context, status=error.status if error else 200)


@page("inventory.upload", "POST")
def upload_inventory(request: HttpRequest) -> HttpResponse:
    """Take a document in; it is read and matched in the background."""
    try:
        sent = request.FILES.get("sbom")
        if not isinstance(sent, UploadedFile):
            raise BadInput("No document was chosen.", "Choose the file.", field="sbom")  # noqa: TRY301 - same page
        actor = actor_of(request)
        row = services.upload_inventory(
            actor,
            name=field(request, "name", limit=services.NAME_MAX, required=True),
            release=field(request, "release", limit=services.RELEASE_MAX),
            format_name=field(request, "format") or services.FORMATS[0],
            data=services.keep_document(actor, sent.chunks()),
        )
    except (BadInput, TooLarge) as error:
        return _list(request, error)
    return done(request, "Received and kept. It is being read now; this page follows.", "inventory", row.id)


@page("inventory.read")
def inventory(request: HttpRequest, inventory_id: str) -> HttpResponse:
    """One inventory: its state, and its lines with what keeps them from being matched."""
    actor = actor_of(request)
    row = queries.inventory(actor, inventory_id)
    search = request.GET.get("q", "")[: queries.SEARCH_MAX].replace("\x00", "")
    usual = "unmatched" if row.unmatched and not search else "all"
    wanted = request.GET.get("show", usual)
    show = wanted if wanted in SHOWN else "all"
    may_see_exposures = bool(grants_for(actor, "exposure.read"))
    lines: Window[ComponentRow] = window(
        queries.lines_of(
            actor,
            row.id,
            unmatched_only=show == "unmatched",
            affected_only=show == "affected" and may_see_exposures,
            search=search,
        ),
        [Order("id")],
        binding(request, "inventory", inventory=row.id, show=show, search=search),
        lambda line: line,
        cursor=cursor_of(request),
        limit=LINES,
    )
    flaws = queries.affected_lines(actor, [line.pk for line in lines.items])
    context = {
        **_state(row),
        "lines": [(line, flaws.get(line.pk, 0)) for line in lines.items],
        "tree": tree_of((line.path, flaws.get(line.pk, 0)) for line in lines.items) if show == "affected" else (),
        "search": search,
        "search_max": queries.SEARCH_MAX,
        "next": lines.next,
        "show": show,
        "shown": SHOWN,
        "may_see_exposures": may_see_exposures,
        "may_withdraw": "withdraw_inventory" in queries.allowed_next(actor, row),
    }
    return render(request, "web/inventory.html", context)


@page("inventory.read")
def inventory_state(request: HttpRequest, inventory_id: str) -> HttpResponse:
    """The part of the page that changes while the document is read; it asks again by itself until that is done."""
    row = queries.inventory(actor_of(request), inventory_id)
    answer = render(request, "web/parts/inventory_state.html", _state(row))
    if row.state != InventoryState.RECEIVED:
        answer.headers["HX-Refresh"] = "true"  # the rest of the page has something to say now
    return answer


def _state(row: InventoryRow) -> dict[str, Any]:
    return {
        "inventory": row,
        "waiting": row.state == InventoryState.RECEIVED,
        "matched": row.components - row.unmatched,
    }


@page("inventory.withdraw", "POST")
def withdraw_inventory(request: HttpRequest, inventory_id: str) -> HttpResponse:
    """Delete an inventory with everything in it."""
    row = queries.inventory(actor_of(request), inventory_id)
    name = row.name
    services.withdraw_inventory(actor_of(request), inventory_id)
    return done(request, f"{name} is deleted here, with its lines and what they were exposed to.", "inventories")

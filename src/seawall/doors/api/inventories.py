"""Inventories and exposures: what an operator runs, what of it is affected, and by when to fix it.

An upload is stored piece by piece as it comes; nothing here holds a document in memory.
"""

from collections.abc import Sequence
from typing import Annotated, Any, Literal

from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse
from ninja import Query, Router

from seawall.clearinghouse.directives import queries as directives
from seawall.clearinghouse.matching import queries, services
from seawall.clearinghouse.matching.queries import ComponentRow, ExposureRow
from seawall.doors.api.bearer import actor_of
from seawall.doors.api.operations import (
    Cursor,
    IdempotencyKey,
    Identifier,
    Limit,
    binding,
    described,
    no_nul_query,
    write_once,
)
from seawall.doors.api.paging import Order, Window, newest_first, slice_of, window
from seawall.doors.api.schemas.inventories import (
    ComponentPage,
    ComponentView,
    DueView,
    ExposurePage,
    ExposureView,
    InventoryPage,
    InventoryView,
    UpdatePage,
    UpdateView,
)
from seawall.doors.api.wire import UnsupportedMediaType
from seawall.foundation.access.declarations import declares
from seawall.foundation.platform.errors import BadInput

router = Router()
exposures = Router()
InventoryId = Annotated[str, Identifier("inventory")]
AdvisoryId = Annotated[str, Query(max_length=200, description="Only those of one advisory, by its `advisory_id`.")]
JudgedFilter = Annotated[
    Literal["no", "yes", "any"], Query(description="Those that you have not judged, those that you have, or both.")
]
ExposureId = Annotated[str, Identifier("exposure")]
_FIELDS = ("name", "release", "format")

_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["sbom", "name"],
                    "additionalProperties": False,
                    "properties": {
                        "sbom": {"type": "string", "format": "binary", "description": "The document's bytes."},
                        "name": {
                            "type": "string",
                            "maxLength": services.NAME_MAX,
                            "description": "The product that it is of. A newer one of the same product takes its place.",
                        },
                        "release": {
                            "type": "string",
                            "maxLength": services.RELEASE_MAX,
                            "default": "",
                            "description": "Its release. An older one stays in force for as long as an asset runs it.",
                        },
                        "format": {
                            "type": "string",
                            "enum": list(services.FORMATS),
                            "default": services.FORMATS[0],
                        },
                    },
                },
            },
        },
    }
}


def _sent(request: HttpRequest) -> tuple[str, str, str, "UploadedFile[bytes]"]:
    if (request.content_type or "").lower() != "multipart/form-data":
        raise UnsupportedMediaType(
            "An inventory comes as a form.", "Send multipart/form-data with the file 'sbom' and the field 'name'."
        )
    for name in [*request.FILES, *request.POST]:
        if name not in (("sbom",) if name in request.FILES else _FIELDS):
            raise BadInput(
                f"The form's part {name[:60]!r} is not known.",
                f"The file is 'sbom'; fields are {', '.join(_FIELDS)}.",
                field=name[:60],
            )
        if len(request.FILES.getlist(name) or request.POST.getlist(name)) > 1:
            raise BadInput(f"The form's part {name!r} came twice.", "Send one.", field=name)
    sbom = request.FILES.get("sbom")
    if not isinstance(sbom, UploadedFile):
        raise BadInput("The form has no file 'sbom'.", "Send the document's bytes as a file.", field="sbom")
    return (
        request.POST.get("name", ""),
        request.POST.get("release", ""),
        request.POST.get("format", services.FORMATS[0]),
        sbom,
    )


@router.post(
    "", **described("inventory.upload", InventoryView, 202, "Upload an inventory", tag="inventories", extra=_BODY)
)
@declares("inventory.upload")
def upload_inventory(
    request: HttpRequest, response: HttpResponse, idempotency_key: IdempotencyKey = None
) -> InventoryView:
    """Takes a document in; it is read and matched in the background. Ask `get_inventory` how it went.

    Nobody but your organization sees it. A newer inventory of the same product takes the place of the older one, and
    clocks that run go on.
    """
    actor = actor_of(request)
    name, release, format_name, sbom = _sent(request)
    document = services.keep_document(actor, sbom.chunks())

    def write() -> InventoryView:
        row = services.upload_inventory(actor, name=name, data=document, format_name=format_name, release=release)
        return InventoryView.of(row, ["get_inventory", *queries.allowed_next(actor, row)])

    return write_once(
        request,
        response,
        operation="upload_inventory",
        key=idempotency_key,
        content={"name": name, "release": release, "format": format_name, "sbom": document.digest},
        view=InventoryView,
        write=write,
    )


@router.get("", **described("inventory.read", InventoryPage, summary="List inventories", tag="inventories"))
@declares("inventory.read")
def list_inventories(request: HttpRequest, limit: Limit, cursor: Cursor = None) -> InventoryPage:
    """Your inventories, newest first; superseded ones among them."""
    actor = actor_of(request)
    page = window(
        queries.inventories_of(actor),
        newest_first("uploaded_at"),
        binding(request, "list_inventories"),
        lambda row: InventoryView.of(row, queries.allowed_next(actor, row)),
        cursor=cursor,
        limit=limit,
    )
    return InventoryPage(items=page.items, next=page.next)


@router.get("/{inventory_id}", **described("inventory.read", InventoryView, summary="Get one", tag="inventories"))
@declares("inventory.read")
def get_inventory(request: HttpRequest, inventory_id: InventoryId) -> InventoryView:
    """One inventory: its state, how much of it is matched, and why the rest is not."""
    actor = actor_of(request)
    row = queries.inventory(actor, inventory_id)
    return InventoryView.of(row, queries.allowed_next(actor, row))


@router.get(
    "/{inventory_id}/components",
    **described("inventory.read", ComponentPage, summary="List an inventory's components", tag="inventories"),
)
@declares("inventory.read")
def list_components(
    request: HttpRequest,
    inventory_id: InventoryId,
    limit: Limit,
    unmatched: Annotated[bool, Query(description="Only those that cannot be matched fully.")] = False,
    affected: Annotated[bool, Query(description="Only those that an advisory calls affected.")] = False,
    search: Annotated[str, Query(max_length=queries.SEARCH_MAX, description="Part of a name or package URL.")] = "",
    cursor: Cursor = None,
) -> ComponentPage:
    """The lines of an inventory as they were read, each with how many flaws it has."""
    actor = actor_of(request)
    page: Window[ComponentRow] = window(
        queries.lines_of(
            actor, inventory_id, unmatched_only=unmatched, affected_only=affected, search=no_nul_query(search)
        ),
        [Order("id")],
        binding(
            request, "list_components", inventory=inventory_id, unmatched=unmatched, affected=affected, search=search
        ),
        lambda row: row,
        cursor=cursor,
        limit=limit,
    )
    flaws = queries.affected_lines(actor, [row.pk for row in page.items])
    return ComponentPage(items=[ComponentView.of(row, flaws.get(row.pk, 0)) for row in page.items], next=page.next)


@router.delete(
    "/{inventory_id}",
    **described("inventory.withdraw", None, 204, "Withdraw an inventory", tag="inventories"),
)
@declares("inventory.withdraw")
def withdraw_inventory(request: HttpRequest, inventory_id: InventoryId) -> None:
    """Deletes an inventory with its lines and exposures. The log keeps that there was one, and nothing of its content."""
    services.withdraw_inventory(actor_of(request), inventory_id)


@exposures.get("", **described("exposure.read", ExposurePage, summary="List exposures", tag="exposures"))
@declares("exposure.read")
def list_exposures(
    request: HttpRequest,
    limit: Limit,
    inventory_id: Annotated[InventoryId | None, Query(description="Only those of one inventory.")] = None,
    advisory_id: AdvisoryId = "",
    judged: JudgedFilter = "no",
    cursor: Cursor = None,
) -> ExposurePage:
    """What of yours is affected by published advisories, the earliest due date first; one flaw is one item.

    What you have judged is left out, unless `judged` asks for it.
    """
    page: Window[ExposureRow] = window(
        queries.exposures_of(
            actor_of(request), inventory_id=inventory_id or "", advisory_id=no_nul_query(advisory_id), judged=judged
        ),
        [Order("due"), Order("id")],
        binding(request, "list_exposures", inventory=inventory_id or "", advisory=advisory_id, judged=judged),
        lambda row: row,
        cursor=cursor,
        limit=limit,
    )
    return ExposurePage(items=_views(page.items), next=page.next)


@exposures.get("/updates", **described("exposure.read", UpdatePage, summary="What to update", tag="exposures"))
@declares("exposure.read")
def list_updates(
    request: HttpRequest,
    limit: Limit,
    inventory_id: Annotated[InventoryId | None, Query(description="Only those of one inventory.")] = None,
    cursor: Cursor = None,
) -> UpdatePage:
    """The same as things to do: each component at a version once, with all that is wrong with it, and what mends it."""
    actor = actor_of(request)
    page = slice_of(
        queries.updates_of(actor, inventory_id=inventory_id or ""),
        lambda item: str(item.key),
        binding(request, "list_updates", inventory=inventory_id or ""),
        cursor=cursor,
        limit=limit,
    )
    rows = queries.exposures_of(actor, inventory_id=inventory_id or "", versions=[item.key for item in page.items])
    found = queries.by_update(rows)
    return UpdatePage(items=[UpdateView.of(item, found.get(item.key, [])) for item in page.items], next=page.next)


@exposures.get("/{exposure_id}", **described("exposure.read", ExposureView, summary="Get one", tag="exposures"))
@declares("exposure.read")
def get_exposure(request: HttpRequest, exposure_id: ExposureId) -> ExposureView:
    """One exposure: what is affected, why, by when to fix it, and what the date rests on."""
    return _views([queries.exposure(actor_of(request), exposure_id)])[0]


@exposures.get(
    "/{exposure_id}/clocks",
    **described("exposure.read", list[DueView], summary="History of the due date", tag="exposures"),
)
@declares("exposure.read")
def list_clocks(request: HttpRequest, exposure_id: ExposureId) -> list[DueView]:
    """Every due date that an exposure had, the newest first, each with what it rested on."""
    row = queries.exposure(actor_of(request), exposure_id)
    return [DueView.of(clock) for clock in directives.history(row.pk)]


def _views(rows: Sequence[ExposureRow]) -> list[ExposureView]:
    return [ExposureView.of(item) for item in queries.views(rows)]

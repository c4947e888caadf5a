"""Who read a case, what a tier sees of it, and SSVC row by row."""

from typing import Annotated, Literal

from django.http import HttpRequest, HttpResponse
from ninja import Router, Schema
from pydantic import Field

from seawall.clearinghouse.coordination import reading, triage
from seawall.doors.api.bearer import actor_of
from seawall.doors.api.operations import (
    Cursor,
    IdempotencyKey,
    Identifier,
    Limit,
    Line,
    Reason,
    binding,
    described,
    write_once,
)
from seawall.doors.api.paging import slice_of
from seawall.doors.api.schemas.participants import (
    BriefPage,
    BriefReferenceView,
    BriefView,
    ReaderPage,
    ReaderView,
    SelectionView,
    TriageView,
)
from seawall.foundation.access.declarations import declares

on_cases = Router()
briefs = Router()
CaseId = Annotated[str, Identifier("case")]


class SelectionRequest(Schema):
    """Record what a table says now."""

    table: Literal["ssvc-coordinator-triage", "ssvc-coordinator-publication"]
    stated: dict[Line, Line] = Field(
        default_factory=dict,
        max_length=10,
        description="What no record can tell: value_density, public_safety_impact, automatable, supplier_cardinality, "
        "public_value_added.",
    )
    reason: Reason


@on_cases.get(
    "/{case_id}/readers", **described("case.read", ReaderPage, summary="List who read a case", tag="participants")
)
@declares("case.read")
def list_readers(request: HttpRequest, case_id: CaseId, limit: Limit, cursor: Cursor = None) -> ReaderPage:
    """Who read what while the embargo held, each with its entry in the log; for the coordinator and the case's owner."""
    actor = actor_of(request)
    page = slice_of(
        reading.readers_of(actor, case_id),
        lambda one: f"{one.organization_id} {one.actor_id} {one.what}",
        binding(request, "list_readers", case=case_id),
        cursor=cursor,
        limit=limit,
    )
    return ReaderPage(items=[ReaderView.of(one) for one in page.items], next=page.next)


@on_cases.get(
    "/{case_id}/brief", **described("case.brief", BriefView, summary="Read what your tier sees", tag="participants")
)
@declares("case.brief")
def get_brief(request: HttpRequest, case_id: CaseId) -> BriefView:
    """Fix and date, or artifact and go-live time: what your tier may see, until your time is over."""
    return BriefView.of(reading.brief(actor_of(request), case_id))


@briefs.get("", **described("case.brief", BriefPage, summary="List what you are read into", tag="participants"))
@declares("case.brief")
def list_briefs(request: HttpRequest, limit: Limit, cursor: Cursor = None) -> BriefPage:
    """Open cases of which you see a part; ask for each with `get_brief`."""
    page = slice_of(
        reading.briefs_of(actor_of(request)),
        lambda one: one,
        binding(request, "list_briefs"),
        cursor=cursor,
        limit=limit,
    )
    return BriefPage(items=[BriefReferenceView(case_id=one) for one in page.items], next=page.next)


@on_cases.get(
    "/{case_id}/triage",
    **described("case.read", TriageView, summary="Read SSVC triage and publication", tag="participants"),
)
@declares("case.read")
def get_triage(request: HttpRequest, case_id: CaseId) -> TriageView:
    """Both tables, point by point, from the case's own facts; what is not known leaves several outcomes."""
    return TriageView.of(triage.triage_of(actor_of(request), case_id))


@on_cases.post(
    "/{case_id}/selections",
    **described("case.decide", SelectionView, summary="Record an SSVC decision", tag="participants"),
)
@declares("case.decide")
def record_selection(
    request: HttpRequest,
    response: HttpResponse,
    case_id: CaseId,
    body: SelectionRequest,
    idempotency_key: IdempotencyKey = None,
) -> SelectionView:
    """Keeps what a table says now, with what you state, as an SSVC SelectionList 2.0.0."""
    actor = actor_of(request)
    return write_once(
        request,
        response,
        operation=f"record_selection {case_id}",
        key=idempotency_key,
        content=body.model_dump(mode="json"),
        view=SelectionView,
        write=lambda: SelectionView.of(
            triage.record_selection(actor, case_id, table=body.table, reason=body.reason, stated=body.stated)
        ),
    )

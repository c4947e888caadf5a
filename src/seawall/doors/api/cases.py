"""Cases and invitations. Who sees what is decided by the queries; the embargo is in them."""

from collections.abc import Callable
from typing import Annotated

from django.http import HttpRequest, HttpResponse
from ninja import Router, Schema
from pydantic import Field

from seawall.clearinghouse.coordination import queries, services
from seawall.clearinghouse.coordination.embargoes import services as embargoes
from seawall.clearinghouse.coordination.queries import CaseRow
from seawall.clearinghouse.deduplication import deciding
from seawall.clearinghouse.deduplication import queries as deduplication
from seawall.doors.api.bearer import actor_of
from seawall.doors.api.operations import (
    Cursor,
    IdempotencyKey,
    Identifier,
    Limit,
    Line,
    Reasoned,
    binding,
    described,
    explaining,
    write_once,
)
from seawall.doors.api.paging import newest_first, slice_of, window
from seawall.doors.api.schemas.cases import (
    CaseDetailView,
    CasePage,
    CaseView,
    ConsentView,
    EventView,
    InvitationPage,
    InvitationView,
    LinkView,
    ParticipantView,
    SuggestionView,
)
from seawall.foundation.access.declarations import declares
from seawall.foundation.identity.queries import organization_names

router = Router()
invitations = Router()
CaseId = Annotated[str, Identifier("case")]


class Merge(Reasoned):
    """A decision that two cases are one flaw."""

    into: Line = Field(description="The case that stays.", examples=["case_" + "a" * 26])


class UndoLink(Reasoned):
    """A decision that a report does not belong here."""

    report_id: Line = Field(examples=["report_" + "a" * 26])


class HoldApart(Reasoned):
    """A decision that two cases are different flaws."""

    other: Line = Field(description="The other case.", examples=["case_" + "a" * 26])


class InvitationAnswer(Schema):
    """Accept or decline the embargo."""

    accept: bool = Field(examples=[True])


@router.get("", **described("case.read", CasePage, summary="List cases", tag="cases"))
@declares("case.read")
def list_cases(request: HttpRequest, limit: Limit, cursor: Cursor = None) -> CasePage:
    """The cases whose content you may see, newest first."""
    actor = actor_of(request)
    page = window(
        queries.cases_to_list(actor),
        newest_first("opened_at"),
        binding(request, "list_cases"),
        lambda row: CaseView.of(row, getattr(row, "report_count", 0), queries.allowed_next(actor, row)),
        cursor=cursor,
        limit=limit,
    )
    return CasePage(items=page.items, next=page.next)


@router.get("/{case_id}", **described("case.read", CaseDetailView, summary="Read a case", tag="cases"))
@declares("case.read")
def get_case(request: HttpRequest, case_id: CaseId) -> CaseDetailView:
    """The case with its timeline, its reports and why they are in it, its participants, and open questions."""
    actor = actor_of(request)
    row = queries.case(actor, case_id)
    links = queries.links(actor, case_id)
    participants = queries.participants(actor, case_id)
    names = organization_names([one.organization_id for one in links] + [one.organization_id for one in participants])
    count = sum(link.undone_at is None for link in links)
    return CaseDetailView(
        **CaseView.of(row, count, queries.allowed_next(actor, row)).model_dump(),
        timeline=[EventView.of(event) for event in queries.timeline(actor, case_id)],
        links=[LinkView.of(link, names) for link in links],
        participants=[ParticipantView.of(participant, names) for participant in participants],
        suggestions=[SuggestionView.of(one) for one in deduplication.suggestions_for(actor, case_id)],
    )


def _decide(
    request: HttpRequest,
    response: HttpResponse,
    name: str,
    case_id: str,
    key: str | None,
    body: Schema,
    decide: Callable[[], CaseRow],
) -> CaseView:
    """One decision on a case, answered with the case that it leaves behind."""
    actor = actor_of(request)

    def write() -> CaseView:
        row = decide()
        count = sum(link.undone_at is None for link in queries.links(actor, row.id))
        return CaseView.of(row, count, queries.allowed_next(actor, row))

    with explaining(lambda: queries.allowed_next(actor, queries.case(actor, case_id))):
        return write_once(
            request,
            response,
            operation=f"{name} {case_id}",
            key=key,
            content=body.model_dump(mode="json"),
            view=CaseView,
            write=write,
        )


@router.post("/{case_id}/end-embargo", **described("case.decide", CaseView, summary="End an embargo", tag="cases"))
@declares("case.decide")
def end_embargo(
    request: HttpRequest,
    response: HttpResponse,
    case_id: CaseId,
    body: Reasoned,
    idempotency_key: IdempotencyKey = None,
) -> CaseView:
    """Ends the embargo; content is then open to all participants, and publication may follow."""
    actor = actor_of(request)
    return _decide(
        request,
        response,
        "end_embargo",
        case_id,
        idempotency_key,
        body,
        lambda: embargoes.end_embargo(actor, case_id, reason=body.reason),
    )


@router.post("/{case_id}/merge", **described("case.decide", CaseView, summary="Merge into another case", tag="cases"))
@declares("case.decide")
def merge(
    request: HttpRequest,
    response: HttpResponse,
    case_id: CaseId,
    body: Merge,
    idempotency_key: IdempotencyKey = None,
) -> CaseView:
    """Folds this case into another one: same root cause and same fix. Answers with the case that stays."""
    actor = actor_of(request)
    return _decide(
        request,
        response,
        "merge",
        case_id,
        idempotency_key,
        body,
        lambda: deciding.merge(actor, case_id, body.into, reason=body.reason),
    )


@router.post(
    "/{case_id}/undo-link", **described("case.decide", CaseView, summary="Take a report out of a case", tag="cases")
)
@declares("case.decide")
def undo_link(
    request: HttpRequest,
    response: HttpResponse,
    case_id: CaseId,
    body: UndoLink,
    idempotency_key: IdempotencyKey = None,
) -> CaseView:
    """Gives a report a case of its own again, and loses nothing. Answers with the new case."""
    actor = actor_of(request)
    return _decide(
        request,
        response,
        "undo_link",
        case_id,
        idempotency_key,
        body,
        lambda: deciding.take_out(actor, case_id, body.report_id, reason=body.reason),
    )


@router.post("/{case_id}/undo-merge", **described("case.decide", CaseView, summary="Take a merge back", tag="cases"))
@declares("case.decide")
def undo_merge(
    request: HttpRequest,
    response: HttpResponse,
    case_id: CaseId,
    body: Reasoned,
    idempotency_key: IdempotencyKey = None,
) -> CaseView:
    """Gives a merged case its reports and its embargo back, and the other case what it was. Answers with this case."""
    actor = actor_of(request)
    return _decide(
        request,
        response,
        "undo_merge",
        case_id,
        idempotency_key,
        body,
        lambda: deciding.undo_merge(actor, case_id, reason=body.reason),
    )


@router.post("/{case_id}/hold-apart", **described("case.decide", CaseView, summary="Hold two cases apart", tag="cases"))
@declares("case.decide")
def hold_apart(
    request: HttpRequest,
    response: HttpResponse,
    case_id: CaseId,
    body: HoldApart,
    idempotency_key: IdempotencyKey = None,
) -> CaseView:
    """Says that two cases are different flaws: nobody is asked again, and nothing merges them by itself."""
    actor = actor_of(request)
    return _decide(
        request,
        response,
        "hold_apart",
        case_id,
        idempotency_key,
        body,
        lambda: deciding.hold_apart(actor, case_id, body.other, reason=body.reason),
    )


@router.post(
    "/{case_id}/answer-invitation",
    **described("case.respond", ConsentView, summary="Accept or decline an embargo", tag="cases"),
)
@declares("case.respond")
def answer_invitation(
    request: HttpRequest,
    response: HttpResponse,
    case_id: CaseId,
    body: InvitationAnswer,
    idempotency_key: IdempotencyKey = None,
) -> ConsentView:
    """Answers for your organization. Declining leaves no mark; accepting opens the case's content."""
    actor = actor_of(request)

    def write() -> ConsentView:
        participant = services.answer_invitation(actor, case_id, accept=body.accept)
        return ConsentView(case_id=case_id, consent=participant.consent)

    return write_once(
        request,
        response,
        operation=f"answer_invitation {case_id}",
        key=idempotency_key,
        content=body.model_dump(mode="json"),
        view=ConsentView,
        write=write,
    )


@invitations.get("", **described("case.respond", InvitationPage, summary="List invitations", tag="cases"))
@declares("case.respond")
def list_invitations(request: HttpRequest, limit: Limit, cursor: Cursor = None) -> InvitationPage:
    """Cases that wait for your organization's consent: their package, and nothing else."""
    actor = actor_of(request)
    page = slice_of(
        [InvitationView.of(one) for one in queries.invitations_of(actor)],
        lambda one: one.case_id,
        binding(request, "list_invitations"),
        cursor=cursor,
        limit=limit,
    )
    return InvitationPage(items=page.items, next=page.next)

"""Participants of cases: the steps of the machines, vendors' statements, invitations and tiers.

Whoever acts does so for its own organization; a coordinator may name another one and says where it was said.
"""

from typing import Annotated, Literal

from django.http import HttpRequest, HttpResponse
from ninja import Query, Router, Schema
from pydantic import AfterValidator, Field

from seawall.clearinghouse.coordination import inviting, participants, queries, statements
from seawall.clearinghouse.coordination.inviting import Wish
from seawall.clearinghouse.coordination.types import (
    CaseEventKind,
    Justification,
    ParticipantRole,
    Tier,
    VendorStatus,
)
from seawall.doors.api.bearer import actor_of
from seawall.doors.api.operations import (
    Cursor,
    IdempotencyKey,
    Identifier,
    Limit,
    Line,
    Moment,
    Reason,
    binding,
    described,
    no_nul,
    no_nul_query,
    write_once,
)
from seawall.doors.api.paging import slice_of
from seawall.doors.api.schemas.participants import (
    CaseStateView,
    InvitationAnswersView,
    InvitedView,
    ParticipantStateView,
    StatementPage,
    StatementView,
    VendorTableView,
    VendorView,
)
from seawall.foundation.access.declarations import declares

on_cases = Router()
CaseId = Annotated[str, Identifier("case")]
OrganizationId = Annotated[str, Identifier("org")]
Organization = Annotated[str, AfterValidator(no_nul), Field(max_length=40, examples=["org_" + "a" * 26])]
Text = Annotated[str, AfterValidator(no_nul), Field(max_length=statements.TEXT_MAX)]
Show = Annotated[
    Literal["", "affected", "not_affected", "fixed", "under_investigation", "unknown", "silent"],
    Query(description="A status, or `silent`; empty for all."),
]
Sort = Annotated[Literal["silent", "name", "status", "recent"], Query(description="Who never answered comes first.")]
Find = Annotated[str, Query(max_length=200, description="Part of a name or product, whatever its case.")]


class _ForAnother(Schema):
    organization_id: Organization | None = Field(None, description="For whom, where a coordinator writes it down.")
    reason: Text = Field("", description="Why, or where they said it; needed when it is for another organization.")


class ReportStep(_ForAnother):
    """A step of report management."""

    step: Literal["receive", "validate", "invalidate", "accept", "defer", "close"]


class FixStep(_ForAnother):
    """A step of a vendor's or deployer's fix path."""

    step: Literal["vendor_aware", "fix_ready", "fix_deployed"]


class CaseStateChange(Schema):
    """What the world has learned. One way: nothing is ever unsaid."""

    public_aware: bool | None = None
    exploit_public: bool | None = Field(None, description="Makes the public aware too.")
    attacks_observed: bool | None = Field(None, examples=[True])
    reason: Reason


class ProductStatement(_ForAnother):
    """How a product stands."""

    product: Line = Field(description="Package URL; a version is left out.", examples=["pkg:deb/debian/jinja2"])
    status: Literal["affected", "not_affected", "fixed", "under_investigation", "unknown"]
    justification: Justification | None = Field(None, description="With `not_affected`, and only there.")
    fixed_version: Line = Field("", description="With `fixed`, and only there.")
    text: Text = Field("", description="In the vendor's words; advisories print it.")
    link: Annotated[str, AfterValidator(no_nul), Field(max_length=2048)] = ""


class InvitationRow(Schema):
    """Whom to bring in: an organization, or whoever the register names for a package."""

    organization_id: Organization = ""
    package: Annotated[str, AfterValidator(no_nul), Field(max_length=500)] = Field(
        "", description="Package URL, or `affected` for every package of the case.", examples=["pkg:npm/left-pad"]
    )


class Invitations(Schema):
    """Many at once; one wrong row costs nobody else the invitation."""

    rows: list[InvitationRow] = Field(min_length=1, max_length=inviting.WISHES_MAX)
    role: Literal["vendor", "deployer", "observer", "case_owner"] = "vendor"
    tier: Literal[0, 1, 2, 3] = 0
    until: Moment | None = Field(None, description="When reading ends; needed above tier 0.")
    reason: Reason


class ReadingChange(Schema):
    """How much a participant may see, and until when."""

    tier: Literal[0, 1, 2, 3] | None = None
    until: Moment | None = Field(None, description="A time that is over ends it at once.")
    forever: bool = Field(False, description="Takes the end away; for tier 0.")
    reason: Reason


def _state(row: queries.ParticipantRow) -> ParticipantStateView:
    steps = participants.steps_after(row)
    return ParticipantStateView.of(row, steps.report, steps.fix)


@on_cases.post(
    "/{case_id}/report-step",
    **described("case.respond", ParticipantStateView, summary="Sort a report", tag="participants"),
)
@declares("case.respond")
def step_report(
    request: HttpRequest,
    response: HttpResponse,
    case_id: CaseId,
    body: ReportStep,
    idempotency_key: IdempotencyKey = None,
) -> ParticipantStateView:
    """Moves your report management. A step that is not possible is refused with those that are (`allowed`)."""
    actor = actor_of(request)
    return write_once(
        request,
        response,
        operation=f"step_report {case_id}",
        key=idempotency_key,
        content=body.model_dump(mode="json"),
        view=ParticipantStateView,
        write=lambda: _state(
            participants.step_report(
                actor, case_id, body.step, organization_id=body.organization_id, reason=body.reason
            ),
        ),
    )


@on_cases.post(
    "/{case_id}/fix-step",
    **described("case.respond", ParticipantStateView, summary="Say how far the fix is", tag="participants"),
)
@declares("case.respond")
def step_fix(
    request: HttpRequest,
    response: HttpResponse,
    case_id: CaseId,
    body: FixStep,
    idempotency_key: IdempotencyKey = None,
) -> ParticipantStateView:
    """Moves along the fix path. A step that is not possible is refused with those that are (`allowed`)."""
    actor = actor_of(request)
    event = CaseEventKind(body.step)
    return write_once(
        request,
        response,
        operation=f"step_fix {case_id}",
        key=idempotency_key,
        content=body.model_dump(mode="json"),
        view=ParticipantStateView,
        write=lambda: _state(
            participants.step_fix(actor, case_id, event, organization_id=body.organization_id, reason=body.reason),
        ),
    )


@on_cases.post(
    "/{case_id}/state",
    **described("case.decide", CaseStateView, summary="Record what the world has learned", tag="participants"),
)
@declares("case.decide")
def record_case_state(
    request: HttpRequest,
    response: HttpResponse,
    case_id: CaseId,
    body: CaseStateChange,
    idempotency_key: IdempotencyKey = None,
) -> CaseStateView:
    """Records that the public knows, an exploit is public or attacks were observed; an embargo ends with the first two."""
    actor = actor_of(request)
    return write_once(
        request,
        response,
        operation=f"record_case_state {case_id}",
        key=idempotency_key,
        content=body.model_dump(mode="json"),
        view=CaseStateView,
        write=lambda: CaseStateView.of(
            participants.record_case_state(
                actor,
                case_id,
                reason=body.reason,
                public_aware=body.public_aware,
                exploit_public=body.exploit_public,
                attacks_observed=body.attacks_observed,
            )
        ),
    )


@on_cases.get(
    "/{case_id}/vendors",
    **described("case.read", VendorTableView, summary="List the vendors of a case", tag="participants"),
)
@declares("case.read")
def list_vendors(
    request: HttpRequest,
    case_id: CaseId,
    limit: Limit,
    show: Show = "",
    find: Find = "",
    sort: Sort = "silent",
    cursor: Cursor = None,
) -> VendorTableView:
    """Vendors and deployers with what they say of their products; who never answered comes first."""
    actor = actor_of(request)
    table = statements.vendor_table(actor, case_id, show=show, find=no_nul_query(find), sort=sort)
    page = slice_of(
        [VendorView.of(row) for row in table.rows],
        lambda row: f"{row.organization_id} {row.product}",
        binding(request, "list_vendors", case=case_id, show=show, find=find, sort=sort),
        cursor=cursor,
        limit=limit,
    )
    return VendorTableView.of(table, page.items, page.next)


@on_cases.post(
    "/{case_id}/statements",
    **described("case.respond", StatementView, summary="Say how a product stands", tag="participants"),
)
@declares("case.respond")
def state_product(
    request: HttpRequest,
    response: HttpResponse,
    case_id: CaseId,
    body: ProductStatement,
    idempotency_key: IdempotencyKey = None,
) -> StatementView:
    """Records a vendor's statement of one product; the newest counts, and is published with the advisory."""
    actor = actor_of(request)
    return write_once(
        request,
        response,
        operation=f"state_product {case_id}",
        key=idempotency_key,
        content=body.model_dump(mode="json"),
        view=StatementView,
        write=lambda: StatementView.of(
            statements.record_statement(
                actor,
                case_id,
                product=body.product,
                status=VendorStatus(body.status),
                justification=body.justification,
                fixed_version=body.fixed_version,
                text=body.text,
                link=body.link,
                organization_id=body.organization_id,
                reason=body.reason,
            )
        ),
    )


@on_cases.get(
    "/{case_id}/statements",
    **described("case.read", StatementPage, summary="List every statement of a case", tag="participants"),
)
@declares("case.read")
def list_statements(request: HttpRequest, case_id: CaseId, limit: Limit, cursor: Cursor = None) -> StatementPage:
    """All statements with those that newer ones replaced, the newest first."""
    actor = actor_of(request)
    page = slice_of(
        statements.history(actor, case_id),
        lambda row: str(row.pk),
        binding(request, "list_statements", case=case_id),
        cursor=cursor,
        limit=limit,
    )
    return StatementPage(items=[StatementView.of(row) for row in page.items], next=page.next)


@on_cases.post(
    "/{case_id}/invitations",
    **described("case.decide", InvitationAnswersView, summary="Invite organizations", tag="participants"),
)
@declares("case.decide")
def invite_participants(
    request: HttpRequest,
    response: HttpResponse,
    case_id: CaseId,
    body: Invitations,
    idempotency_key: IdempotencyKey = None,
) -> InvitationAnswersView:
    """Invites up to 500 by organization or by package, at a tier and until a time; answers row by row."""
    actor = actor_of(request)

    def write() -> InvitationAnswersView:
        said = inviting.invite(
            actor,
            case_id,
            [Wish(organization_id=row.organization_id, package=row.package) for row in body.rows],
            reason=body.reason,
            role=ParticipantRole(body.role),
            tier=Tier(body.tier),
            until=body.until,
        )
        return InvitationAnswersView(rows=[InvitedView.of(one) for one in said])

    return write_once(
        request,
        response,
        operation=f"invite_participants {case_id}",
        key=idempotency_key,
        content=body.model_dump(mode="json"),
        view=InvitationAnswersView,
        write=write,
    )


@on_cases.post(
    "/{case_id}/participants/{organization_id}/reading",
    **described("case.decide", ParticipantStateView, summary="Change what a participant reads", tag="participants"),
)
@declares("case.decide")
def set_reading(
    request: HttpRequest,
    response: HttpResponse,
    case_id: CaseId,
    organization_id: OrganizationId,
    body: ReadingChange,
    idempotency_key: IdempotencyKey = None,
) -> ParticipantStateView:
    """Sets tier and end: an extension, a cut, or the end at once."""
    actor = actor_of(request)
    return write_once(
        request,
        response,
        operation=f"set_reading {case_id} {organization_id}",
        key=idempotency_key,
        content=body.model_dump(mode="json"),
        view=ParticipantStateView,
        write=lambda: _state(
            inviting.set_reading(
                actor,
                case_id,
                organization_id,
                reason=body.reason,
                tier=None if body.tier is None else Tier(body.tier),
                until=body.until,
                forever=body.forever,
            ),
        ),
    )

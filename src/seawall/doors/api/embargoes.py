"""Embargoes of cases: their clocks, other dates, what lacks before the end, and publication by two people."""

from collections.abc import Callable
from typing import Annotated

from django.http import HttpRequest, HttpResponse
from ninja import Router, Schema
from pydantic import AfterValidator, Field

from seawall.clearinghouse.coordination import publication
from seawall.clearinghouse.coordination.embargoes import queries, services
from seawall.clearinghouse.coordination.embargoes.types import PreparationKind
from seawall.doors.api.bearer import actor_of
from seawall.doors.api.operations import (
    IdempotencyKey,
    Identifier,
    Line,
    Moment,
    Reason,
    Reasoned,
    described,
    explaining,
    no_nul,
    write_once,
)
from seawall.doors.api.schemas.embargoes import EmbargoView, PolicyView, ProfileList, ProfileView, ReadinessView
from seawall.foundation.access.declarations import declares
from seawall.foundation.access.types import Actor
from seawall.foundation.identity.queries import organization_names

on_cases = Router()
profiles = Router()
CaseId = Annotated[str, Identifier("case")]
Days = Annotated[int | None, Field(ge=1, le=services.DAYS_MAX, description="For a policy whose length is its owner's.")]
Until = Annotated[Moment, Field(description="With its zone; rounded up to the full second.")]


class Policy(Schema):
    """Which disclosure policy your organization brings to its cases."""

    profile: Line = Field(examples=["anthropic"])
    days: Days = None


class Bringing(Schema):
    """One more policy that binds a case."""

    profile: Line = Field(examples=["linux-distros"])
    days: Days = None
    organization_id: Line = Field("", description="The participant whose policy it is; empty: nobody's here.")
    reason: Reason


class OtherEnd(Schema):
    """Another end."""

    until: Until = Field(examples=["2026-12-03T14:00:00Z"])
    reason: Reason


class Agreement(Schema):
    """Whether you agree."""

    accept: bool = Field(examples=[True])
    reason: Line = ""


class Verdict(Schema):
    """Whether the other end holds."""

    accept: bool = Field(examples=[True])
    reason: Reason


class FixOut(Schema):
    """A released fix."""

    at: Moment = Field(description="Since when it is out.", examples=["2026-11-20T09:00:00Z"])
    reason: Reason


class Contribution(Schema):
    """Something that lacks before a publication."""

    kind: PreparationKind
    text: Annotated[str, AfterValidator(no_nul), Field(max_length=4000)] = ""


class Publication(Schema):
    """A proposal to publish."""

    reason: Reason
    summary: Line = Field("", description="One or two sentences for the advisory; the title serves without them.")


def _view(actor: Actor, case_id: str) -> EmbargoView:
    found = queries.embargo(actor, case_id)
    agreed = [one.organization_id for many in found.answers.values() for one in many]
    names = organization_names([row.term.brought_by for row in found.clock.rows] + agreed + list(found.awaited))
    return EmbargoView.of(found, names)


def _write(
    request: HttpRequest,
    response: HttpResponse,
    name: str,
    case_id: str,
    key: str | None,
    body: Schema,
    write: Callable[[Actor], object],
) -> EmbargoView:
    """One write about a case, answered with its embargo as it is then."""
    actor = actor_of(request)

    def done() -> EmbargoView:
        write(actor)
        return _view(actor, case_id)

    with explaining(lambda: list(queries.embargo(actor, case_id).allowed_next)):
        return write_once(
            request,
            response,
            operation=f"{name} {case_id}",
            key=key,
            content=body.model_dump(mode="json"),
            view=EmbargoView,
            write=done,
        )


@profiles.get("", **described("policy.read", ProfileList, summary="List disclosure policies", tag="embargoes"))
@declares("policy.read")
def list_profiles(request: HttpRequest) -> ProfileList:
    """The policies that this server knows, each with its source, and the one that your organization brings."""
    own = queries.policy_of(actor_of(request))
    return ProfileList(
        items=[ProfileView.of(one) for one in queries.profiles()],
        own=own.profile if own else None,
        own_days=own.days if own else None,
    )


@profiles.post("/own", **described("policy.set", PolicyView, summary="Choose your policy", tag="embargoes"))
@declares("policy.set")
def set_policy(
    request: HttpRequest, response: HttpResponse, body: Policy, idempotency_key: IdempotencyKey = None
) -> PolicyView:
    """Binds the cases that your organization joins from now on. `seawall-default` takes an earlier choice back."""
    actor = actor_of(request)
    return write_once(
        request,
        response,
        operation="set_policy",
        key=idempotency_key,
        content=body.model_dump(mode="json"),
        view=PolicyView,
        write=lambda: PolicyView.of(services.set_policy(actor, body.profile, days=body.days)),
    )


@on_cases.get("/{case_id}/embargo", **described("case.read", EmbargoView, summary="Read an embargo", tag="embargoes"))
@declares("case.read")
def get_embargo(request: HttpRequest, case_id: CaseId) -> EmbargoView:
    """When it ends and because of which rule, what every other rule says, and what is proposed."""
    return _view(actor_of(request), case_id)


@on_cases.get(
    "/{case_id}/readiness", **described("case.read", ReadinessView, summary="Read what lacks", tag="embargoes")
)
@declares("case.read")
def get_readiness(request: HttpRequest, case_id: CaseId) -> ReadinessView:
    """What lacks before the case can be published, and who can do something about it."""
    found = queries.readiness(actor_of(request), case_id)
    names = organization_names([one for item in found.items for one in item.lacking])
    return ReadinessView.of(found, names)


@on_cases.post(
    "/{case_id}/bring-profile", **described("case.decide", EmbargoView, summary="Add a policy", tag="embargoes")
)
@declares("case.decide")
def bring_profile(
    request: HttpRequest,
    response: HttpResponse,
    case_id: CaseId,
    body: Bringing,
    idempotency_key: IdempotencyKey = None,
) -> EmbargoView:
    """Lets one more policy bind the case, such as that of a list which was told. It never makes the end later."""
    return _write(
        request,
        response,
        "bring_profile",
        case_id,
        idempotency_key,
        body,
        lambda actor: services.bring_profile(
            actor,
            case_id,
            body.profile,
            reason=body.reason,
            days=body.days,
            organization_id=body.organization_id,
        ),
    )


@on_cases.post(
    "/{case_id}/propose-terms", **described("case.respond", EmbargoView, summary="Propose an end", tag="embargoes")
)
@declares("case.respond")
def propose_terms(
    request: HttpRequest,
    response: HttpResponse,
    case_id: CaseId,
    body: OtherEnd,
    idempotency_key: IdempotencyKey = None,
) -> EmbargoView:
    """Proposes an earlier end, or an embargo where there is none. A coordinator decides."""
    return _write(
        request,
        response,
        "propose_terms",
        case_id,
        idempotency_key,
        body,
        lambda actor: services.propose_terms(actor, case_id, until=body.until, reason=body.reason),
    )


@on_cases.post(
    "/{case_id}/request-extension",
    **described("case.respond", EmbargoView, summary="Ask for an extension", tag="embargoes"),
)
@declares("case.respond")
def request_extension(
    request: HttpRequest,
    response: HttpResponse,
    case_id: CaseId,
    body: OtherEnd,
    idempotency_key: IdempotencyKey = None,
) -> EmbargoView:
    """Asks for a later end. Refused where a rule of the case does not allow it; the answer names the rule."""
    return _write(
        request,
        response,
        "request_extension",
        case_id,
        idempotency_key,
        body,
        lambda actor: services.request_extension(actor, case_id, until=body.until, reason=body.reason),
    )


@on_cases.post(
    "/{case_id}/answer-terms", **described("case.respond", EmbargoView, summary="Agree or not", tag="embargoes")
)
@declares("case.respond")
def answer_terms(
    request: HttpRequest,
    response: HttpResponse,
    case_id: CaseId,
    body: Agreement,
    idempotency_key: IdempotencyKey = None,
) -> EmbargoView:
    """Says for your organization whether it agrees to the end that is proposed. Whoever does need not sign anew."""
    return _write(
        request,
        response,
        "answer_terms",
        case_id,
        idempotency_key,
        body,
        lambda actor: services.answer_terms(actor, case_id, accept=body.accept, reason=body.reason),
    )


@on_cases.post(
    "/{case_id}/decide-terms", **described("case.decide", EmbargoView, summary="Decide on an end", tag="embargoes")
)
@declares("case.decide")
def decide_terms(
    request: HttpRequest,
    response: HttpResponse,
    case_id: CaseId,
    body: Verdict,
    idempotency_key: IdempotencyKey = None,
) -> EmbargoView:
    """Accepts or rejects the end that is proposed. An extension needs the yes of whoever brought the stretched rules."""
    return _write(
        request,
        response,
        "decide_terms",
        case_id,
        idempotency_key,
        body,
        lambda actor: services.decide_terms(actor, case_id, accept=body.accept, reason=body.reason),
    )


@on_cases.post(
    "/{case_id}/fix-released", **described("case.respond", EmbargoView, summary="A fix is out", tag="embargoes")
)
@declares("case.respond")
def note_fix_released(
    request: HttpRequest, response: HttpResponse, case_id: CaseId, body: FixOut, idempotency_key: IdempotencyKey = None
) -> EmbargoView:
    """Says that a fix is out: some policies end with the patch. For vendors of the case and coordinators."""
    return _write(
        request,
        response,
        "note_fix_released",
        case_id,
        idempotency_key,
        body,
        lambda actor: services.note_fix_released(actor, case_id, at=body.at, reason=body.reason),
    )


@on_cases.post(
    "/{case_id}/prepare", **described("case.respond", EmbargoView, summary="Add what lacks", tag="embargoes")
)
@declares("case.respond")
def prepare(
    request: HttpRequest,
    response: HttpResponse,
    case_id: CaseId,
    body: Contribution,
    idempotency_key: IdempotencyKey = None,
) -> EmbargoView:
    """Adds what lacks before a publication: a confirmed credit, a statement, why there is no CVE, yourself as publisher."""
    return _write(
        request,
        response,
        "prepare",
        case_id,
        idempotency_key,
        body,
        lambda actor: services.prepare(actor, case_id, body.kind, text=body.text),
    )


@on_cases.post(
    "/{case_id}/propose-publication",
    **described("case.publish", EmbargoView, summary="Propose to publish", tag="embargoes"),
)
@declares("case.publish")
def propose_publication(
    request: HttpRequest,
    response: HttpResponse,
    case_id: CaseId,
    body: Publication,
    idempotency_key: IdempotencyKey = None,
) -> EmbargoView:
    """Proposes the case as it stands; another person approves. For people: with a token that one of them minted."""
    return _write(
        request,
        response,
        "propose_publication",
        case_id,
        idempotency_key,
        body,
        lambda actor: publication.propose_publication(actor, case_id, reason=body.reason, summary=body.summary),
    )


@on_cases.post(
    "/{case_id}/approve-publication",
    **described("case.publish", EmbargoView, summary="Approve and publish", tag="embargoes"),
)
@declares("case.publish")
def approve_publication(
    request: HttpRequest,
    response: HttpResponse,
    case_id: CaseId,
    body: Reasoned,
    idempotency_key: IdempotencyKey = None,
) -> EmbargoView:
    """Publishes once what another person proposed: signed OSV and CSAF documents, exposures shown to operators."""
    return _write(
        request,
        response,
        "approve_publication",
        case_id,
        idempotency_key,
        body,
        lambda actor: publication.approve_publication(actor, case_id, reason=body.reason),
    )


@on_cases.post(
    "/{case_id}/withdraw-publication",
    **described("case.publish", EmbargoView, summary="Withdraw a proposal", tag="embargoes"),
)
@declares("case.publish")
def withdraw_publication(
    request: HttpRequest,
    response: HttpResponse,
    case_id: CaseId,
    body: Reasoned,
    idempotency_key: IdempotencyKey = None,
) -> EmbargoView:
    """Takes a proposal to publish back."""
    return _write(
        request,
        response,
        "withdraw_publication",
        case_id,
        idempotency_key,
        body,
        lambda actor: publication.withdraw_publication(actor, case_id, reason=body.reason),
    )

"""Pacing and routes: how many reports a maintainer takes, where a case stands, and how it gets there."""

from collections.abc import Callable
from typing import Annotated, Any

from django.http import HttpRequest, HttpResponse
from ninja import Router, Schema
from pydantic import AfterValidator, Field

from seawall.clearinghouse.coordination.routing import pacing, queries, sending, services
from seawall.clearinghouse.coordination.routing.queries import DeliveryRow
from seawall.clearinghouse.coordination.routing.types import DeliveryState, Route
from seawall.doors.api.bearer import actor_of
from seawall.doors.api.operations import (
    Cursor,
    IdempotencyKey,
    Identifier,
    Limit,
    Line,
    binding,
    described,
    no_nul,
    write_once,
)
from seawall.doors.api.paging import slice_of
from seawall.doors.api.schemas.routing import (
    AddressView,
    DeliveryPage,
    DeliveryView,
    LinkPage,
    MintedLinkView,
    OneTimeLinkView,
    PaceView,
    PlaceView,
)
from seawall.foundation.access.declarations import declares
from seawall.foundation.access.types import Actor
from seawall.foundation.platform.errors import BadInput

on_cases = Router()
paces = Router()
addresses = Router()
CaseId = Annotated[str, Identifier("case")]
LinkId = Annotated[str, Identifier("link")]
DeliveryId = Annotated[str, Identifier("delivery")]
Package = Annotated[str, AfterValidator(no_nul), Field(max_length=500)]
Reports = Annotated[int | None, Field(ge=1, le=pacing.LIMIT_MAX)]


class PaceSaid(Schema):
    """How many reports a maintainer takes."""

    open_limit: Reports = Field(None, description="At once; null takes all.", examples=[3])
    weekly_limit: Reports = Field(None, description="In seven days; null takes all.")
    maintainer: Package = Field("", description="For coordinators: an organization or a package. Empty: your own.")


class LinkSaid(Schema):
    """A one-time link to make."""

    name: Line = Field(min_length=1, max_length=120, description="Whom it is for.", examples=["Ana, maintainer"])
    days: int = Field(14, ge=1, le=60, description="Until it ends, if nobody opens it.")


class DeliverySaid(Schema):
    """A route to take."""

    route: Route = Field(description="email, github or vince; our own page is reached by a link.", examples=["vince"])


class OutcomeSaid(Schema):
    """What became of a delivery."""

    state: DeliveryState = Field(description="sent, opened, answered, bounced or failed.", examples=["sent"])
    identifier: Line = Field("", description="What the other side answered with.")


class AddressSaid(Schema):
    """Where the maintainer of a package is reached."""

    package: Package = Field(examples=["pkg:pypi/jinja2"])
    email: Line = ""
    openpgp_key: Annotated[str, AfterValidator(no_nul)] = Field("", max_length=200_000, description="Armored.")
    age_recipient: Line = ""
    github_repository: Line = Field("", description="owner/name")


@on_cases.get("/{case_id}/place", **described("case.read", PlaceView, summary="Where does a case wait?", tag="routes"))
@declares("case.read")
def case_place(request: HttpRequest, case_id: CaseId) -> PlaceView:
    """Where the case stands in its maintainer's queue: the first three places exactly, further ones as a span."""
    return PlaceView.of(pacing.place_of(actor_of(request), case_id))


@paces.get("", **described("pacing.read", PaceView, summary="Read your pace", tag="routes"))
@declares("pacing.read")
def get_pace(request: HttpRequest) -> PaceView:
    """How many reports your organization takes, how many are open, and how many wait."""
    return PaceView.of(pacing.own_queue(actor_of(request)))


@paces.post("", **described("pacing.set", PaceView, summary="Say how many reports you take", tag="routes"))
@declares("pacing.set")
def set_pace(
    request: HttpRequest, response: HttpResponse, body: PaceSaid, idempotency_key: IdempotencyKey = None
) -> PaceView:
    """Sets the pace of your organization. A coordinator may name another maintainer."""
    actor = actor_of(request)

    def write() -> PaceView:
        row = pacing.set_pace(
            actor, open_limit=body.open_limit, weekly_limit=body.weekly_limit, maintainer=body.maintainer
        )
        return PaceView.of(pacing.queue_of(row))

    return write_once(
        request,
        response,
        operation="set_pace",
        key=idempotency_key,
        content=body.model_dump(mode="json"),
        view=PaceView,
        write=write,
    )


@on_cases.get("/{case_id}/links", **described("case.decide", LinkPage, summary="List one-time links", tag="routes"))
@declares("case.decide")
def list_links(request: HttpRequest, case_id: CaseId, limit: Limit, cursor: Cursor = None) -> LinkPage:
    """The one-time links of a case without their tokens, newest first."""
    page = slice_of(
        [OneTimeLinkView.of(row) for row in queries.links_of(actor_of(request), case_id)],
        lambda one: one.id,
        binding(request, "list_links", case=case_id),
        cursor=cursor,
        limit=limit,
    )
    return LinkPage(items=page.items, next=page.next)


@on_cases.post(
    "/{case_id}/links", **described("case.decide", MintedLinkView, 201, "Make a one-time link", tag="routes")
)
@declares("case.decide")
def mint_link(request: HttpRequest, case_id: CaseId, body: LinkSaid) -> MintedLinkView:
    """Makes a link for a maintainer without an account. It is shown this once: no replay, no Idempotency-Key."""
    if "Idempotency-Key" in request.headers:
        raise BadInput(
            "A new link's token is kept nowhere, so its answer cannot be repeated.",
            "Leave the Idempotency-Key out; a newer link ends the older ones that nobody opened.",
            field="Idempotency-Key",
        )
    return MintedLinkView.of(services.mint_link(actor_of(request), case_id, name=body.name, days=body.days))


@on_cases.delete(
    "/{case_id}/links/{link_id}", **described("case.decide", None, 204, "Revoke a one-time link", tag="routes")
)
@declares("case.decide")
def revoke_link(request: HttpRequest, response: HttpResponse, case_id: CaseId, link_id: LinkId) -> HttpResponse:
    """Ends a link and the session that it opened, now. Revoking twice is the same as once."""
    services.revoke_link(actor_of(request), case_id, link_id)
    response.status_code = 204
    return response


@on_cases.get(
    "/{case_id}/deliveries", **described("case.decide", DeliveryPage, summary="List deliveries", tag="routes")
)
@declares("case.decide")
def list_deliveries(request: HttpRequest, case_id: CaseId, limit: Limit, cursor: Cursor = None) -> DeliveryPage:
    """What was sent of a case on which route, and what became of it, newest first."""
    page = slice_of(
        [DeliveryView.of(row) for row in queries.deliveries_of(actor_of(request), case_id)],
        lambda one: one.id,
        binding(request, "list_deliveries", case=case_id),
        cursor=cursor,
        limit=limit,
    )
    return DeliveryPage(items=page.items, next=page.next)


def _deliver(
    request: HttpRequest,
    response: HttpResponse,
    name: str,
    key: str | None,
    content: dict[str, Any],
    act: Callable[[], DeliveryRow],
) -> DeliveryView:
    return write_once(
        request,
        response,
        operation=name,
        key=key,
        content=content,
        view=DeliveryView,
        write=lambda: DeliveryView.of(act()),
    )


@on_cases.post(
    "/{case_id}/deliveries", **described("case.decide", DeliveryView, summary="Send a case on a route", tag="routes")
)
@declares("case.decide")
def deliver_case(
    request: HttpRequest,
    response: HttpResponse,
    case_id: CaseId,
    body: DeliverySaid,
    idempotency_key: IdempotencyKey = None,
) -> DeliveryView:
    """Sends the case by mail or to GitHub, or prepares the file that a person carries. Once a route."""
    actor = actor_of(request)
    content = body.model_dump(mode="json")
    return _deliver(
        request,
        response,
        f"deliver_case {case_id}",
        idempotency_key,
        content,
        lambda: sending.begin(actor, case_id, body.route),
    )


@on_cases.post(
    "/{case_id}/deliveries/{delivery_id}/outcome",
    **described("case.decide", DeliveryView, summary="Say what became of a delivery", tag="routes"),
)
@declares("case.decide")
def mark_delivery(
    request: HttpRequest,
    response: HttpResponse,
    case_id: CaseId,
    delivery_id: DeliveryId,
    body: OutcomeSaid,
    idempotency_key: IdempotencyKey = None,
) -> DeliveryView:
    """Notes what a person knows of a delivery, such as the identifier that the other side answered with."""
    actor = actor_of(request)
    content = body.model_dump(mode="json")
    return _deliver(
        request,
        response,
        f"mark_delivery {delivery_id}",
        idempotency_key,
        content,
        lambda: sending.mark(actor, case_id, delivery_id, body.state, identifier=body.identifier),
    )


@on_cases.post(
    "/{case_id}/deliveries/{delivery_id}/again",
    **described("case.decide", DeliveryView, summary="Send a delivery again", tag="routes"),
)
@declares("case.decide")
def send_again(
    request: HttpRequest,
    response: HttpResponse,
    case_id: CaseId,
    delivery_id: DeliveryId,
    idempotency_key: IdempotencyKey = None,
) -> DeliveryView:
    """Queues a delivery that failed, or of which nobody knows, once a person has looked."""
    actor = actor_of(request)
    return _deliver(
        request,
        response,
        f"send_again {delivery_id}",
        idempotency_key,
        {},
        lambda: sending.send_again(actor, case_id, delivery_id),
    )


@addresses.post(
    "", **described("pacing.set_for", AddressView, summary="Say where a maintainer is reached", tag="routes")
)
@declares("pacing.set_for")
def set_address(
    request: HttpRequest, response: HttpResponse, body: AddressSaid, idempotency_key: IdempotencyKey = None
) -> AddressView:
    """Keeps mail address, public key and GitHub repository of a package's maintainer; replaces what was there."""
    actor: Actor = actor_of(request)

    def write() -> AddressView:
        row = sending.set_address(
            actor,
            body.package,
            email=body.email,
            openpgp_key=body.openpgp_key,
            age_recipient=body.age_recipient,
            github_repository=body.github_repository,
        )
        protection = "openpgp" if row.openpgp_key else "age" if row.age_recipient else "none"
        return AddressView(
            package=row.package, email=row.email, protection=protection, github_repository=row.github_repository
        )

    return write_once(
        request,
        response,
        operation="set_address",
        key=idempotency_key,
        content=body.model_dump(mode="json"),
        view=AddressView,
        write=write,
    )

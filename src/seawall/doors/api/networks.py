"""Authorized network scans: what may be scanned, windows, heartbeats, the emergency stop, and the SOC's question."""

from collections.abc import Callable
from datetime import date
from typing import Annotated

from django.http import HttpRequest, HttpResponse
from ninja import Path, Query, Router, Schema
from pydantic import AfterValidator, Field

from seawall.clearinghouse.deconfliction.networks import queries, services
from seawall.clearinghouse.deconfliction.networks.queries import BookingRow, NetworkRow
from seawall.clearinghouse.deconfliction.networks.types import Limits, Span, Weekly
from seawall.doors.api.bearer import actor_of
from seawall.doors.api.operations import (
    CoordinatorWord,
    Cursor,
    IdempotencyKey,
    Identifier,
    Limit,
    Line,
    Moment,
    Nothing,
    Reason,
    binding,
    described,
    explaining,
    no_nul,
    write_once,
)
from seawall.doors.api.paging import newest_first, window
from seawall.doors.api.schemas.networks import (
    BeatView,
    Blackout,
    BookingPage,
    BookingView,
    NetworkPage,
    NetworkView,
    OursView,
    WeeklyHours,
)
from seawall.foundation.access.declarations import declares
from seawall.foundation.access.types import Actor

router = Router()
bookings = Router()
NetworkId = Annotated[str, Identifier("network")]
BookingId = Annotated[str, Identifier("booking")]
Text = Annotated[str, AfterValidator(no_nul), Query(max_length=300)]
Target = Annotated[str, AfterValidator(no_nul), Query(default="", max_length=300)]
_JSON = {"responses": {"200": {"description": "OK", "content": {"application/json": {"schema": {"type": "object"}}}}}}


class Registration(Schema):
    """Addresses or names of yours."""

    value: Line = Field(examples=["192.0.2.0/24", "*.example.org"])


class LimitsSaid(Schema):
    """Who may scan, when and how fast."""

    weekly: list[WeeklyHours] = Field(default_factory=list, max_length=50)
    blackouts: list[Blackout] = Field(default_factory=list, max_length=200)
    bookings_max: Annotated[int, Field(ge=1, le=100)] = 1
    rate_max: Annotated[int, Field(ge=1, le=1_000_000)] = 100
    scanners: list[Line] = Field(default_factory=list, max_length=500, description="Identifiers of organizations.")
    open_to_all: bool = False
    note: Line = ""


class Why(Schema):
    """The reason."""

    reason: Reason


class WindowWish(Schema):
    """A scan that needs a window."""

    network_id: Line
    hours: Annotated[int, Field(ge=1, le=72)]
    rate: Annotated[int, Field(ge=1, le=1_000_000, description="Requests a second.")]
    sources: list[Line] = Field(max_length=100, description="Addresses or small networks that the scan comes from.")
    targets: list[Line] = Field(default_factory=list, max_length=100, description="None means all of the network.")
    earliest: Moment | None = None
    latest: Moment | None = None


def _view(actor: Actor, row: NetworkRow) -> NetworkView:
    mine = row.organization_id == actor.organization_id
    return NetworkView.of(
        row,
        queries.network_next(actor, row),
        challenge_at=queries.challenge_name(row.value),
        scanners=queries.admitted_to(row) if mine else None,
    )


def _change(
    request: HttpRequest,
    response: HttpResponse,
    name: str,
    network_id: str,
    body: Schema,
    key: str | None,
    write: Callable[[Actor], NetworkRow],
) -> NetworkView:
    actor = actor_of(request)
    with explaining(lambda: queries.network_next(actor, queries.network(actor, network_id))):
        return write_once(
            request,
            response,
            operation=f"{name} {network_id}",
            key=key,
            content=body.model_dump(mode="json"),
            view=NetworkView,
            write=lambda: _view(actor, write(actor)),
        )


@router.post("", **described("network.register", NetworkView, 201, "Register a network", tag="networks"))
@declares("network.register")
def register_network(
    request: HttpRequest, response: HttpResponse, body: Registration, idempotency_key: IdempotencyKey = None
) -> NetworkView:
    """Says that addresses or names are yours. Prove it by a TXT record (prove_network), or have the coordinator vouch."""
    actor = actor_of(request)
    return write_once(
        request,
        response,
        operation="register_network",
        key=idempotency_key,
        content=body.model_dump(mode="json"),
        view=NetworkView,
        write=lambda: _view(actor, services.register_network(actor, value=body.value)),
    )


@router.get("", **described("network.read", NetworkPage, summary="List networks", tag="networks"))
@declares("network.read")
def list_networks(request: HttpRequest, limit: Limit, cursor: Cursor = None) -> NetworkPage:
    """Your networks, or those that let you book."""
    actor = actor_of(request)
    page = window(
        queries.networks_of(actor),
        newest_first("registered_at"),
        binding(request, "list_networks"),
        lambda row: _view(actor, row),
        cursor=cursor,
        limit=limit,
    )
    return NetworkPage(items=page.items, next=page.next)


@router.get("/ours", **described("network.ask", OursView, summary="Ask whether a source is ours", tag="networks"))
@declares("network.ask")
def is_it_ours(request: HttpRequest, source: Text, at: Moment | None = None, target: Target = "") -> OursView:
    """Whether an address at a time (now if none is given) is an authorized scan of your networks."""
    return OursView.of(queries.ask(actor_of(request), source=source, at=at, target=target))


@router.get(
    "/authorized/{day}",
    **described("network.ask", None, summary="Read a day's scans, signed", tag="networks", extra=_JSON),
)
@declares("network.ask")
def authorized_scans(request: HttpRequest, day: Annotated[date, Path()]) -> HttpResponse:
    """A DSSE envelope with the day's windows, to be asked offline (`seawall network ours`)."""
    return HttpResponse(queries.daily_file(actor_of(request), day), content_type="application/json")


@router.post("/{network_id}/prove", **described("network.change", NetworkView, summary="Prove control", tag="networks"))
@declares("network.change")
def prove_network(
    request: HttpRequest,
    response: HttpResponse,
    network_id: NetworkId,
    body: Nothing,
    idempotency_key: IdempotencyKey = None,
) -> NetworkView:
    """Looks for the challenge in the DNS."""
    # Looked up before the transaction of the answer begins.
    row = services.prove_network(actor_of(request), network_id)
    return _change(request, response, "prove_network", network_id, body, idempotency_key, lambda _: row)


@router.post(
    "/{network_id}/limits", **described("network.change", NetworkView, summary="Set a network's limits", tag="networks")
)
@declares("network.change")
def set_network_limits(
    request: HttpRequest,
    response: HttpResponse,
    network_id: NetworkId,
    body: LimitsSaid,
    idempotency_key: IdempotencyKey = None,
) -> NetworkView:
    """Says who may scan, when and how fast. Windows that do not fit any more are stopped."""
    limits = Limits(
        weekly=tuple(Weekly(one.weekday, one.begin, one.end) for one in body.weekly),
        blackouts=tuple(Span(one.begin, one.end) for one in body.blackouts),
        bookings_max=body.bookings_max,
        rate_max=body.rate_max,
    )
    return _change(
        request,
        response,
        "set_network_limits",
        network_id,
        body,
        idempotency_key,
        lambda actor: services.set_limits(
            actor, network_id, limits, scanners=body.scanners, open_to_all=body.open_to_all, note=body.note
        ),
    )


@router.post("/{network_id}/stop", **described("network.change", NetworkView, summary="Stop all scans", tag="networks"))
@declares("network.change")
def stop_network(
    request: HttpRequest,
    response: HttpResponse,
    network_id: NetworkId,
    body: Why,
    idempotency_key: IdempotencyKey = None,
) -> NetworkView:
    """The emergency stop: every scan of the network ends with its next heartbeat, and none can be booked."""
    return _change(
        request,
        response,
        "stop_network",
        network_id,
        body,
        idempotency_key,
        lambda actor: services.stop_network(actor, network_id, reason=body.reason),
    )


@router.post(
    "/{network_id}/reopen", **described("network.change", NetworkView, summary="Take scans again", tag="networks")
)
@declares("network.change")
def reopen_network(
    request: HttpRequest,
    response: HttpResponse,
    network_id: NetworkId,
    body: Nothing,
    idempotency_key: IdempotencyKey = None,
) -> NetworkView:
    """Takes bookings again; what was stopped stays stopped."""
    return _change(
        request,
        response,
        "reopen_network",
        network_id,
        body,
        idempotency_key,
        lambda actor: services.reopen_network(actor, network_id),
    )


@router.post(
    "/{network_id}/decision",
    **described("network.decide", NetworkView, summary="Vouch for an operator", tag="networks"),
)
@declares("network.decide")
def decide_network(
    request: HttpRequest,
    response: HttpResponse,
    network_id: NetworkId,
    body: CoordinatorWord,
    idempotency_key: IdempotencyKey = None,
) -> NetworkView:
    """The coordinator's word on a registration."""
    return _change(
        request,
        response,
        "decide_network",
        network_id,
        body,
        idempotency_key,
        lambda actor: services.decide_network(actor, network_id, vouch=body.vouch, reason=body.reason),
    )


def _booking(actor: Actor, row: BookingRow) -> BookingView:
    return BookingView.of(row, queries.booking_next(actor, row))


@bookings.post("", **described("booking.request", BookingView, 201, "Book a scan", tag="networks"))
@declares("booking.request")
def book_scan(
    request: HttpRequest, response: HttpResponse, body: WindowWish, idempotency_key: IdempotencyKey = None
) -> BookingView:
    """Books the first window with room for the scan. Begin it with a heartbeat, not before."""
    actor = actor_of(request)
    return write_once(
        request,
        response,
        operation="book_scan",
        key=idempotency_key,
        content=body.model_dump(mode="json"),
        view=BookingView,
        write=lambda: _booking(actor, services.book(actor, **body.model_dump())),
    )


@bookings.get("", **described("booking.read", BookingPage, summary="List bookings", tag="networks"))
@declares("booking.read")
def list_bookings(request: HttpRequest, limit: Limit, cursor: Cursor = None) -> BookingPage:
    """Your windows as a scanner, and those on your networks as an operator."""
    actor = actor_of(request)
    page = window(
        queries.bookings_of(actor),
        newest_first("starts_at"),
        binding(request, "list_bookings"),
        lambda row: _booking(actor, row),
        cursor=cursor,
        limit=limit,
    )
    return BookingPage(items=page.items, next=page.next)


@bookings.post(
    "/{booking_id}/heartbeat", **described("booking.change", BeatView, summary="May the scan go on", tag="networks")
)
@declares("booking.change")
def heartbeat_scan(
    request: HttpRequest,
    response: HttpResponse,
    booking_id: BookingId,
    body: Nothing,
    idempotency_key: IdempotencyKey = None,
) -> BeatView:
    """Asks whether the scan may go on; the first one within the window starts it. `go: false` means: stop at once."""
    actor = actor_of(request)

    def write() -> BeatView:
        beat = services.heartbeat(actor, booking_id)
        return BeatView(go=beat.go, why=beat.why, next_within_s=beat.next_within_s, ends_at=beat.ends_at)

    return write_once(
        request,
        response,
        operation=f"heartbeat_scan {booking_id}",
        key=idempotency_key,
        content=body.model_dump(mode="json"),
        view=BeatView,
        write=write,
    )


@bookings.post(
    "/{booking_id}/finish", **described("booking.change", BookingView, summary="End or cancel a scan", tag="networks")
)
@declares("booking.change")
def finish_scan(
    request: HttpRequest,
    response: HttpResponse,
    booking_id: BookingId,
    body: Nothing,
    idempotency_key: IdempotencyKey = None,
) -> BookingView:
    """Ends your own booking. Doing it twice is the same as once."""
    actor = actor_of(request)
    return write_once(
        request,
        response,
        operation=f"finish_scan {booking_id}",
        key=idempotency_key,
        content=body.model_dump(mode="json"),
        view=BookingView,
        write=lambda: _booking(actor, services.finish(actor, booking_id)),
    )


@bookings.post("/{booking_id}/stop", **described("booking.stop", BookingView, summary="Stop a scan", tag="networks"))
@declares("booking.stop")
def stop_scan(
    request: HttpRequest,
    response: HttpResponse,
    booking_id: BookingId,
    body: Why,
    idempotency_key: IdempotencyKey = None,
) -> BookingView:
    """Stops one scan, as the operator or the coordinator; its scanner learns it with the next heartbeat."""
    actor = actor_of(request)
    with explaining(lambda: queries.booking_next(actor, queries.booking(actor, booking_id))):
        return write_once(
            request,
            response,
            operation=f"stop_scan {booking_id}",
            key=idempotency_key,
            content=body.model_dump(mode="json"),
            view=BookingView,
            write=lambda: _booking(actor, services.stop_booking(actor, booking_id, reason=body.reason)),
        )

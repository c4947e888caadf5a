"""Authorized network scans: an operator's networks and the scans of them, and the windows of a scanner."""

from typing import Any

from django.http import HttpRequest, HttpResponse

from seawall.clearinghouse.deconfliction.networks import queries, services
from seawall.clearinghouse.deconfliction.networks.types import Limits
from seawall.doors.api.paging import newest_first, window
from seawall.doors.web import words
from seawall.doors.web.pages import actor_of, binding, cursor_of, done, field, moment, number, page, render
from seawall.foundation.access.rules import grants_for
from seawall.foundation.platform.errors import BadInput, Conflict, SeawallError
from seawall.foundation.platform.limits import PAGE_SIZE


@page("network.read")
def networks(request: HttpRequest) -> HttpResponse:
    """Networks, windows, and the SOC's question."""
    return _list(request)


def _list(request: HttpRequest, error: SeawallError | None = None) -> HttpResponse:
    actor = actor_of(request)
    found = window(
        queries.bookings_of(actor),
        newest_first("starts_at"),
        binding(request, "networks"),
        lambda row: (row, queries.booking_next(actor, row)),
        cursor=cursor_of(request),
        limit=PAGE_SIZE,
    )
    context: dict[str, Any] = {
        "networks": [
            (
                row,
                queries.network_next(actor, row),
                row.organization_id == actor.organization_id,
                queries.challenge_name(row.value),
                queries.admitted_to(row) if row.organization_id == actor.organization_id else [],
            )
            for row in queries.networks_of(actor)[:PAGE_SIZE]
        ],
        "bookings": found.items,
        "next": found.next,
        "may_register": bool(grants_for(actor, "network.register")),
        "may_ask": bool(grants_for(actor, "network.ask")),
        "source": request.GET.get("source", "").strip()[:100],
        "at": request.GET.get("at", "").strip()[:40],
        "kept": request.POST if error else {},
    }
    if context["source"] and context["may_ask"]:
        try:
            context["answer"] = queries.ask(
                actor, source=context["source"], at=moment(context["at"], "at") if context["at"] else None
            )
        except BadInput as refusal:
            error = refusal
    context["error"] = error
    return render(request, "web/networks.html", context, status=error.status if error else 200)


@page("network.register", "POST")
def register_network(request: HttpRequest) -> HttpResponse:
    """Say which addresses are the organization's."""
    try:
        services.register_network(actor_of(request), value=field(request, "value", limit=300, required=True))
    except BadInput as error:
        return _list(request, error)
    return done(request, "Now publish the TXT record, or ask the coordinator to vouch.", "networks")


@page("network.change", "POST")
def prove_network(request: HttpRequest, network_id: str) -> HttpResponse:
    """Look for the challenge in the DNS."""
    services.prove_network(actor_of(request), network_id)
    return done(request, "Proved. Say who may scan it.", "networks")


@page("network.change", "POST")
def set_network_limits(request: HttpRequest, network_id: str) -> HttpResponse:
    """Who may scan, how fast and how many; hours and blackouts stay as they were set over the API."""
    actor = actor_of(request)
    kept = services.limits_of(queries.network(actor, network_id))
    try:
        services.set_limits(
            actor,
            network_id,
            Limits(
                weekly=kept.weekly,
                blackouts=kept.blackouts,
                bookings_max=number(request, "bookings_max", kept.bookings_max),
                rate_max=number(request, "rate_max", kept.rate_max),
            ),
            scanners=[line.strip() for line in field(request, "scanners", limit=30_000).splitlines() if line.strip()],
            open_to_all=request.POST.get("open_to_all") == "yes",
            note=field(request, "note", limit=300),
        )
    except BadInput as error:
        return _list(request, error)
    return done(request, "Scanners see it from now on.", "networks")


@page("network.change", "POST")
def stop_network(request: HttpRequest, network_id: str) -> HttpResponse:
    """The emergency stop."""
    services.stop_network(actor_of(request), network_id, reason=field(request, "reason", required=True))
    return done(request, "Every scan of it is told to stop with its next heartbeat.", "networks")


@page("network.change", "POST")
def reopen_network(request: HttpRequest, network_id: str) -> HttpResponse:
    """Take bookings again."""
    services.reopen_network(actor_of(request), network_id)
    return done(request, "It can be booked again; what was stopped stays stopped.", "networks")


@page("network.decide", "POST")
def decide_network(request: HttpRequest, network_id: str) -> HttpResponse:
    """The coordinator's word."""
    vouch = request.POST.get("vouch") == "yes"
    services.decide_network(actor_of(request), network_id, vouch=vouch, reason=field(request, "reason", required=True))
    return done(request, "Vouched." if vouch else "Refused; its scans are stopped.", "networks")


@page("booking.request", "POST")
def book_scan(request: HttpRequest, network_id: str) -> HttpResponse:
    """Book the first window with room."""
    try:
        row = services.book(
            actor_of(request),
            network_id,
            hours=number(request, "hours", 1),
            rate=number(request, "rate", 1),
            sources=[line.strip() for line in field(request, "sources", limit=4000).splitlines() if line.strip()],
        )
    except (BadInput, Conflict) as error:
        return _list(request, error)
    said = f"Yours from {words.moment(row.starts_at)} to {words.moment(row.ends_at)}. Begin with a heartbeat."
    return done(request, said, "networks", fragment="windows")


@page("booking.stop", "POST")
def stop_scan(request: HttpRequest, booking_id: str) -> HttpResponse:
    """Stop one scan."""
    services.stop_booking(actor_of(request), booking_id, reason=field(request, "reason", required=True))
    return done(request, "Its scanner is told with the next heartbeat.", "networks", fragment="windows")


@page("booking.change", "POST")
def finish_scan(request: HttpRequest, booking_id: str) -> HttpResponse:
    """End one's own window."""
    row = services.finish(actor_of(request), booking_id)
    return done(request, f"The window is {row.state}.", "networks", fragment="windows")

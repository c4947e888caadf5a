"""Writes of authorized scans: what may be scanned and when, windows, heartbeats, and the emergency stop."""

import json
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlencode

from django.conf import settings
from django.db import transaction

from seawall.clearinghouse.deconfliction.models import Admission, Booking, BookingSource, Network
from seawall.clearinghouse.deconfliction.networks import rules
from seawall.clearinghouse.deconfliction.networks.types import (
    CONFIRMED,
    LIVE,
    BookingState,
    Limits,
    Load,
    NetworkState,
    Span,
    Weekly,
)
from seawall.clearinghouse.distribution.services import notify
from seawall.foundation.access.queries import get_visible
from seawall.foundation.access.services import require
from seawall.foundation.access.types import Actor
from seawall.foundation.platform import clock, outbound
from seawall.foundation.platform.errors import BadInput, Conflict, RateLimited
from seawall.foundation.platform.outbound_types import Policy
from seawall.foundation.transparency.services import record

NETWORKS_MAX = 500
"""Registrations of one operator."""
ANSWER_MAX = 64 * 1024
"""Bytes of a resolver's answer that are read."""
TXT = 16
"""The DNS's number for TXT records."""

Resolve = Callable[[str], list[str]]
"""From a name to its TXT records."""


@dataclass(frozen=True)
class Beat:
    """What a scanner is told with each heartbeat."""

    go: bool
    """False: stop at once."""
    why: str
    next_within_s: int
    ends_at: datetime


def _txt(name: str) -> list[str]:
    """TXT records by DNS over HTTPS, in the JSON form that the large resolvers speak."""
    query = urlencode({"name": name, "type": "TXT"})
    answer = outbound.fetch(
        f"{settings.SEAWALL.dns_over_https}?{query}",
        headers={"accept": "application/dns-json"},
        policy=Policy(max_bytes=ANSWER_MAX),
    )
    try:
        found = json.loads(answer.content)["Answer"]
        return [str(one["data"]).replace('" "', "").strip('"') for one in found if one["type"] == TXT]
    except (ValueError, KeyError, TypeError, RecursionError):
        return []


@transaction.atomic
def register_network(actor: Actor, *, value: str) -> Network:
    """Say that addresses or names are the organization's. It counts once it is proved, or the coordinator vouches.

    Raises:
        BadInput: Neither a network nor a name.
        RateLimited: Too many.
    """
    require(actor, "network.register")
    clean = rules.normalize_value(value)
    if Network.objects.filter(organization_id=actor.home).count() >= NETWORKS_MAX:
        raise RateLimited(f"An operator registers at most {NETWORKS_MAX} networks.", "Join neighbors.")
    row, created = Network.objects.get_or_create(
        organization_id=actor.home,
        value=clean,
        defaults={
            "state": NetworkState.ASKED,
            "challenge": f"seawall-control-{secrets.token_hex(16)}",
            "registered_at": clock.now(),
        },
    )
    if created:
        record(actor, "network.registered", row.id, {"value": clean})
    return row


def prove_network(actor: Actor, network_id: str, *, resolve: Resolve = _txt) -> Network:
    """Look for the challenge in the DNS.

    Args:
        actor: The operator.
        network_id: The registration.
        resolve: Reads TXT records; DNS over HTTPS if not given.

    Raises:
        NotFound: Not the actor's.
        Conflict: The challenge is not there, or the network is of a size for which the coordinator has to vouch.
        OutboundRefused, OutboundFailed: The resolver cannot be reached.
    """
    row = get_visible(actor, "network.change", Network.objects.all(), network_id)
    if row.state in CONFIRMED:
        return row
    name = rules.challenge_name(row.value)
    if name is None:
        raise Conflict("This network has no reverse zone of its own.", "Ask the coordinator to vouch for you.")
    if row.challenge not in resolve(name):  # outside of any transaction: it may take seconds
        raise Conflict(
            f"There is no TXT record of {name} with your challenge.", f"Publish {row.challenge} there and ask again."
        )
    return _decide(actor, row.id, NetworkState.PROVED, "")


@transaction.atomic
def decide_network(actor: Actor, network_id: str, *, vouch: bool, reason: str) -> Network:
    """The coordinator's word on a registration. Refusing one that counted ends its bookings.

    Raises:
        NotFound: There is none.
        Forbidden: Not a coordinator.
    """
    row = get_visible(actor, "network.read", Network.objects.all(), network_id)
    require(actor, "network.decide", row)
    return _decide(actor, row.id, NetworkState.VOUCHED if vouch else NetworkState.REFUSED, reason)


@transaction.atomic
def _decide(actor: Actor, network_id: str, state: NetworkState, reason: str) -> Network:
    row = Network.objects.select_for_update().get(pk=network_id)
    row.state, row.decided_at, row.decided_by = state, clock.now(), actor.id
    row.save(update_fields=["state", "decided_at", "decided_by"])
    record(actor, f"network.{state}", row.id, {"value": row.value, "reason": reason})
    if state is NetworkState.REFUSED:
        _stop_all(actor, row, reason)
    return row


@transaction.atomic
def set_limits(
    actor: Actor,
    network_id: str,
    limits: Limits,
    *,
    scanners: Sequence[str] = (),
    open_to_all: bool = False,
    note: str = "",
) -> Network:
    """Say who may scan, when, how fast and how many at a time. Windows that do not fit any more are stopped.

    Args:
        actor: The operator.
        network_id: The registration.
        limits: Hours, blackouts, rate, number.
        scanners: Identifiers of organizations that may book.
        open_to_all: Any finder may book.
        note: One line for scanners.

    Raises:
        NotFound: Not the actor's.
        BadInput: A field does not fit.
    """
    row = get_visible(actor, "network.change", Network.objects.select_for_update(), network_id)
    _check_limits(limits, scanners)
    row.weekly = [[one.weekday, one.begin, one.end] for one in limits.weekly]
    row.blackouts = [[one.begin.isoformat(), one.end.isoformat()] for one in limits.blackouts]
    row.bookings_max, row.rate_max = limits.bookings_max, limits.rate_max
    row.open_to_all, row.note = open_to_all, " ".join(note.split())[:300]
    row.save()
    Admission.objects.filter(network=row).exclude(organization_id__in=scanners).delete()
    Admission.objects.bulk_create(
        [Admission(network=row, organization_id=one) for one in dict.fromkeys(scanners)], ignore_conflicts=True
    )
    record(
        actor,
        "network.limited",
        row.id,
        {
            "weekly": row.weekly,
            "blackouts": row.blackouts,
            "at_a_time": row.bookings_max,
            "rate": row.rate_max,
            "scanners": sorted(set(scanners)),
            "open": open_to_all,
        },
    )
    now = clock.now()
    for booking in _live(row, now):
        admitted = open_to_all or booking.organization_id in scanners
        dark = any(one.begin < booking.ends_at and booking.starts_at < one.end for one in limits.blackouts)
        if not admitted or dark:
            _stop(actor, booking, "The operator changed who may scan, or when.")
    return row


def _check_limits(limits: Limits, scanners: Sequence[str]) -> None:
    if not 1 <= limits.bookings_max <= rules.BOOKINGS_PER_ORGANIZATION:
        raise BadInput("A number from 1 to 100.", "To allow none, stop the network.", field="bookings_max")
    if not 1 <= limits.rate_max <= rules.RATE_MAX:
        raise BadInput(f"A number from 1 to {rules.RATE_MAX}.", field="rate_max")
    if len(limits.weekly) > rules.WEEKLY_MAX or len(limits.blackouts) > rules.BLACKOUTS_MAX:
        raise BadInput(f"At most {rules.WEEKLY_MAX} weekly hours and {rules.BLACKOUTS_MAX} blackouts.", field="weekly")
    minutes = 24 * 60
    if any(not (0 <= one.weekday <= 6 and 0 <= one.begin < one.end <= minutes) for one in limits.weekly):  # noqa: PLR2004
        raise BadInput("Hours are a weekday (0 to 6) and minutes of the day, UTC.", field="weekly")
    if any(one.begin.tzinfo is None or one.end.tzinfo is None or one.begin >= one.end for one in limits.blackouts):
        raise BadInput("A blackout begins before it ends, both with a time zone.", field="blackouts")
    if len(scanners) > NETWORKS_MAX:
        raise BadInput(f"At most {NETWORKS_MAX} scanners.", "Open the network to all.", field="scanners")


def limits_of(row: Network) -> Limits:
    """What an operator allows, from its row."""
    return Limits(
        weekly=tuple(Weekly(*one) for one in row.weekly),
        blackouts=tuple(
            Span(datetime.fromisoformat(one), datetime.fromisoformat(other)) for one, other in row.blackouts
        ),
        bookings_max=row.bookings_max,
        rate_max=row.rate_max,
    )


@transaction.atomic
def book(
    actor: Actor,
    network_id: str,
    *,
    hours: int,
    rate: int,
    sources: Sequence[str],
    targets: Sequence[str] = (),
    earliest: datetime | None = None,
    latest: datetime | None = None,
) -> Booking:
    """Book the first window with room for the scan.

    Args:
        actor: A scanner that the operator lets book.
        network_id: The network.
        hours: Length, 1 to ``rules.HOURS_MAX``.
        rate: Requests a second.
        sources: Addresses or small networks that the scan comes from.
        targets: What of the network is scanned; none means all.
        earliest: Not before; now if not given.
        latest: Over by then; 31 days from now if not given.

    Raises:
        NotFound: The network does not admit the actor.
        Conflict: Not confirmed, stopped, or there is no room in that time.
        BadInput: A field does not fit.
        RateLimited: Too many windows ahead.
    """
    require(actor, "booking.request")
    row = get_visible(actor, "network.read", Network.objects.select_for_update(of=("self",)), network_id)
    now = clock.now()
    if row.state not in CONFIRMED or row.stopped_at is not None:
        raise Conflict("This network takes no scans now.", "Ask its operator.")
    if not 1 <= hours <= rules.HOURS_MAX:
        raise BadInput(f"A scan lasts 1 to {rules.HOURS_MAX} hours.", "Book several windows.", field="hours")
    if not 1 <= rate <= row.rate_max:
        raise BadInput(f"The network takes 1 to {row.rate_max} requests a second.", field="rate")
    if not 1 <= len(sources) <= rules.SOURCES_MAX or len(targets) > rules.TARGETS_MAX:
        raise BadInput(f"1 to {rules.SOURCES_MAX} sources and at most {rules.TARGETS_MAX} targets.", field="sources")
    come_from = list(dict.fromkeys(str(rules.read_source(one)) for one in sources))
    scanned = list(dict.fromkeys(rules.normalize_value(one) for one in targets)) or [row.value]
    for one in scanned:
        if not rules.covers(row.value, one):
            raise BadInput(f"{one} is not part of {row.value}.", field="targets")
    ahead = Booking.objects.filter(organization_id=actor.home, state__in=LIVE, ends_at__gt=now)
    if ahead.count() >= rules.BOOKINGS_PER_ORGANIZATION or (
        ahead.filter(network=row).count() >= rules.BOOKINGS_PER_NETWORK
    ):
        raise RateLimited(
            f"At most {rules.BOOKINGS_PER_NETWORK} windows ahead on a network, "
            f"{rules.BOOKINGS_PER_ORGANIZATION} altogether.",
            "Cancel some.",
        )
    begin = max(earliest or now, now)
    end = min(latest or now + rules.HORIZON, now + rules.HORIZON)
    others = [Load(Span(one.starts_at, one.ends_at), one.rate) for one in _live(row, now)]
    start = rules.place(limits_of(row), others, length=timedelta(hours=hours), rate=rate, wanted=Span(begin, end))
    if start is None:
        raise Conflict(
            "There is no room for this scan in that time.", "Ask for a longer time, a shorter scan or a lower rate."
        )
    booking = Booking.objects.create(
        network=row,
        operator_id=row.organization_id,
        organization_id=actor.home,
        targets=scanned,
        sources=come_from,
        rate=rate,
        state=BookingState.BOOKED,
        starts_at=start,
        ends_at=start + timedelta(hours=hours),
        booked_at=now,
    )
    BookingSource.objects.bulk_create(
        [
            BookingSource(booking=booking, operator_id=row.organization_id, source=one, ends_at=booking.ends_at)
            for one in come_from
        ]
    )
    record(
        actor,
        "booking.made",
        booking.id,
        {
            "network": row.id,
            "targets": scanned,
            "sources": come_from,
            "rate": rate,
            "from": start.isoformat(),
            "until": booking.ends_at.isoformat(),
        },
    )
    return booking


def _live(row: Network, now: datetime) -> list[Booking]:
    return list(
        Booking.objects.select_for_update(of=("self",))
        .filter(network=row, state__in=LIVE, ends_at__gt=now)
        .order_by("starts_at", "id")
    )


@transaction.atomic
def heartbeat(actor: Actor, booking_id: str) -> Beat:
    """Ask whether the scan may go on, at least once a minute. The first one within the window starts the scan.

    Only the start is logged: a beat a minute says nothing that anybody needs to prove.

    Raises:
        NotFound: Not the actor's.
    """
    row = get_visible(actor, "booking.change", Booking.objects.select_for_update(of=("self",)), booking_id)
    now = clock.now()

    def told(why: str, *, go: bool) -> Beat:
        return Beat(go, why, rules.HEARTBEAT_SECONDS, row.ends_at)

    if row.state == BookingState.STOPPED:
        return told(row.reason or "The scan was stopped.", go=False)
    if row.state not in LIVE:
        return told(f"The booking is {row.state}.", go=False)
    if now < row.starts_at:
        return told("The window has not begun.", go=False)
    if now >= row.ends_at:
        return told("The window is over.", go=False)
    if row.state == BookingState.BOOKED:
        row.state = BookingState.RUNNING
        row.started_at = now
        record(actor, "booking.started", row.id, {})
    row.heartbeat_at = now
    row.save(update_fields=["state", "started_at", "heartbeat_at"])
    return told("Go on.", go=True)


@transaction.atomic
def finish(actor: Actor, booking_id: str) -> Booking:
    """End one's own booking: completed where it ran, canceled where it did not. Twice is the same as once.

    Raises:
        NotFound: Not the actor's.
    """
    row = get_visible(actor, "booking.change", Booking.objects.select_for_update(of=("self",)), booking_id)
    if row.state in LIVE:
        row.state = BookingState.COMPLETED if row.state == BookingState.RUNNING else BookingState.CANCELED
        _ended(row)
        record(actor, f"booking.{row.state}", row.id, {})
    return row


def _ended(row: Booking) -> None:
    row.ended_at = min(clock.now(), row.ends_at)
    row.save(update_fields=["state", "ended_at", "reason"])


def _stop(actor: Actor, row: Booking, reason: str) -> None:
    row.state, row.reason = BookingState.STOPPED, reason
    _ended(row)
    record(actor, "booking.stopped", row.id, {"reason": reason})
    notify(row.organization_id, kind="booking", subject=row.id, title="Stop: a scan of yours was stopped", body=reason)


def _stop_all(actor: Actor, row: Network, reason: str) -> None:
    for booking in _live(row, clock.now()):
        _stop(actor, booking, reason)


@transaction.atomic
def stop_booking(actor: Actor, booking_id: str, *, reason: str) -> Booking:
    """Stop one scan, as the network's operator or the coordinator. Its scanner learns it with the next heartbeat.

    Raises:
        NotFound: Not the actor's to see.
        Forbidden: Neither operator nor coordinator.
        Conflict: It is over already.
    """
    row = get_visible(actor, "booking.read", Booking.objects.all(), booking_id)
    require(actor, "booking.stop", row)
    row = Booking.objects.select_for_update(of=("self",)).get(pk=row.pk)
    if row.state not in LIVE:
        raise Conflict(f"The booking is {row.state} already.")
    _stop(actor, row, reason)
    return row


@transaction.atomic
def stop_network(actor: Actor, network_id: str, *, reason: str) -> Network:
    """The emergency stop: every scan of the network ends, and none can be booked until it is opened again.

    Raises:
        NotFound: Not the actor's.
    """
    row = get_visible(actor, "network.change", Network.objects.select_for_update(), network_id)
    row.stopped_at = row.stopped_at or clock.now()
    row.save(update_fields=["stopped_at"])
    record(actor, "network.stopped", row.id, {"reason": reason})
    _stop_all(actor, row, reason)
    return row


@transaction.atomic
def reopen_network(actor: Actor, network_id: str) -> Network:
    """Take bookings again after a stop; what was stopped stays stopped.

    Raises:
        NotFound: Not the actor's.
    """
    row = get_visible(actor, "network.change", Network.objects.select_for_update(), network_id)
    if row.stopped_at is not None:
        row.stopped_at = None
        row.save(update_fields=["stopped_at"])
        record(actor, "network.reopened", row.id, {})
    return row

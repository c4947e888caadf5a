"""Reads of authorized scans: "is this source at this time ours?", the signed daily file, lists."""

from datetime import UTC, date, datetime, time, timedelta

from django.conf import settings
from django.db.models import Q, QuerySet

from seawall.clearinghouse.deconfliction.models import Booking, BookingSource, Network
from seawall.clearinghouse.deconfliction.networks import daily, rules
from seawall.clearinghouse.deconfliction.networks.types import CONFIRMED, LIVE, Answer, BookingState
from seawall.foundation.access.queries import get_visible, visible_to
from seawall.foundation.access.rules import grants_for
from seawall.foundation.access.services import require
from seawall.foundation.access.types import Actor
from seawall.foundation.identity.queries import organization_names
from seawall.foundation.platform import clock
from seawall.foundation.platform.errors import BadInput
from seawall.foundation.platform.signing import SigningKey

NetworkRow = Network
BookingRow = Booking
BOOKED_MAX = 1000
"""Windows of one source that are looked at."""
SCANS_MAX = 200_000
"""Scans in one daily file."""


def challenge_name(value: str) -> str | None:
    """Where in the DNS an operator's challenge has to be; None where the coordinator has to vouch."""
    return rules.challenge_name(value)


def networks_of(actor: Actor) -> QuerySet[Network]:
    """The networks that the actor may see: its own, and those that let it book; newest first."""
    return visible_to(actor, "network.read", Network.objects.order_by("-registered_at", "id"))


def network(actor: Actor, network_id: str) -> Network:
    """One network.

    Raises:
        NotFound: Absent or foreign.
    """
    return get_visible(actor, "network.read", Network.objects.all(), network_id)


def admitted_to(row: Network) -> list[str]:
    """Who may book on a network that the caller may see as its operator."""
    return sorted(row.admitted.values_list("organization_id", flat=True))


def bookings_of(actor: Actor) -> QuerySet[Booking]:
    """The bookings that the actor may see: as scanner and as operator; the last window first."""
    return visible_to(actor, "booking.read", Booking.objects.order_by("-starts_at", "id"))


def booking(actor: Actor, booking_id: str) -> Booking:
    """One booking.

    Raises:
        NotFound: Absent or foreign.
    """
    return get_visible(actor, "booking.read", Booking.objects.all(), booking_id)


def ask(actor: Actor, *, source: str, at: datetime | None = None, target: str = "") -> Answer:
    """Whether a source at a time is an authorized scan of the operator's own networks.

    It is ours from the scan's first heartbeat until it ended, or missed three of them. So a stop, a scanner that went
    silent, and somebody who uses a booked address outside of the scan are told apart.

    Args:
        actor: The operator.
        source: The address that was seen.
        at: When; now if not given.
        target: What it came to, where that shall be checked too.

    Raises:
        BadInput: No address, no time zone, or no target.
    """
    require(actor, "network.ask")
    now = clock.now()
    moment = at or now
    if moment.tzinfo is None:
        raise BadInput("The time has no zone.", "Write 2026-11-26T12:00:00Z.", field="at")
    wanted = rules.normalize_value(target) if target else ""
    # Two plain questions are four times as fast as one with a join, and most sources are in no booking at all.
    booked = BookingSource.objects.filter(
        operator_id=actor.home, source__in=rules.enclosing(rules.read_address(source)), ends_at__gt=moment
    ).values_list("booking_id", flat=True)
    answer = Answer(ours=False, why="no scan is booked from there at that time")
    ids = list(booked[:BOOKED_MAX])
    for found in Booking.objects.filter(pk__in=ids, starts_at__lte=moment) if ids else ():
        if wanted and not any(rules.covers(one, wanted) for one in found.targets):
            continue
        why = _not_running(found, moment)
        if not why:
            names = organization_names([found.organization_id])
            return Answer(
                ours=True,
                why="a running scan",
                booking_id=found.id,
                scanner=names.get(found.organization_id),
                until=found.ends_at,
            )
        answer = Answer(ours=False, why=why, booking_id=found.id)
    return answer


def _not_running(row: Booking, moment: datetime) -> str:
    if row.started_at is None or moment < row.started_at:
        return f"booked, but the scan was not running ({row.state})"
    if row.ended_at is not None and moment >= row.ended_at:
        return f"the scan was {row.state} before that time"
    if row.heartbeat_at is not None and row.ended_at is None and moment > row.heartbeat_at + rules.GRACE:
        return "booked, but its scanner has gone silent"
    return ""


def daily_file(actor: Actor, day: date) -> bytes:
    """The signed file of a day's scans of the operator's networks, for ``networks.daily``.

    Raises:
        BadInput: A day that is too far away.
        KeyUnusable: Nothing can be signed.
    """
    require(actor, "network.ask")
    now = clock.now()
    if abs((day - now.date()).days) > 2 * rules.HORIZON.days:
        raise BadInput("Files are made for two months back and ahead.", field="day")
    begin = datetime.combine(day, time(), UTC)
    rows = (
        Booking.objects.filter(operator_id=actor.home, starts_at__lt=begin + timedelta(days=1), ends_at__gt=begin)
        .filter(Q(state__in=LIVE) | Q(state=BookingState.COMPLETED))
        .order_by("starts_at", "id")[:SCANS_MAX]
    )
    found = list(rows)
    names = organization_names(list({row.organization_id for row in found}))
    windows = [
        daily.Window(
            id=row.id,
            scanner=names.get(row.organization_id, ""),
            sources=tuple(row.sources),
            targets=tuple(row.targets),
            begin=row.starts_at,
            end=row.ended_at or row.ends_at,
            rate=row.rate,
        )
        for row in found
    ]
    key = SigningKey.load_or_create(settings.SEAWALL.data_dir)
    return key.envelope(daily.payload(actor.home, day, now, windows), daily.PAYLOAD_TYPE)


def network_next(actor: Actor, row: Network) -> list[str]:
    """What the actor may do with a network that it sees, as names of operations."""
    if row.organization_id == actor.organization_id and grants_for(actor, "network.change"):
        if row.state not in CONFIRMED:
            return ["prove_network"]
        return ["set_network_limits", "reopen_network" if row.stopped_at else "stop_network"]
    if grants_for(actor, "network.decide"):
        return ["decide_network"]
    usable = row.state in CONFIRMED and row.stopped_at is None
    return ["book_scan"] if usable and grants_for(actor, "booking.request") else []


def booking_next(actor: Actor, row: Booking) -> list[str]:
    """What the actor may do with a booking that it sees, as names of operations."""
    if row.state not in LIVE or row.ends_at <= clock.now():
        return []
    if row.organization_id == actor.organization_id and grants_for(actor, "booking.change"):
        return ["heartbeat_scan", "finish_scan"]
    return ["stop_scan"] if grants_for(actor, "booking.stop") else []

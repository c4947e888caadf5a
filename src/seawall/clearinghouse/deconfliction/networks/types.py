"""Words of authorized network scans. Standard library only."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class NetworkState(StrEnum):
    """How far an operator's word is believed."""

    ASKED = "asked"
    PROVED = "proved"
    """The challenge was found in the DNS."""
    VOUCHED = "vouched"
    """The coordinator knows the operator."""
    REFUSED = "refused"


CONFIRMED = (NetworkState.PROVED, NetworkState.VOUCHED)


class BookingState(StrEnum):
    """A booked scan, from its window to its end."""

    BOOKED = "booked"
    RUNNING = "running"
    COMPLETED = "completed"
    CANCELED = "canceled"
    STOPPED = "stopped"


LIVE = (BookingState.BOOKED, BookingState.RUNNING)


@dataclass(frozen=True)
class Weekly:
    """Minutes of a day of the week (UTC) in which scans are welcome."""

    weekday: int
    """0 is Monday."""
    begin: int
    """Minute of the day, 0 to 1439."""
    end: int
    """Minute after the last one, up to 1440."""


@dataclass(frozen=True)
class Span:
    """A time with an end."""

    begin: datetime
    end: datetime


@dataclass(frozen=True)
class Load:
    """A scan that has its window already."""

    span: Span
    rate: int
    """Requests a second."""


@dataclass(frozen=True)
class Limits:
    """What an operator allows."""

    weekly: tuple[Weekly, ...] = ()
    """None means at any time."""
    blackouts: tuple[Span, ...] = ()
    bookings_max: int = 1
    """Scans at a time."""
    rate_max: int = 100
    """Requests a second, of all scans together."""


@dataclass(frozen=True)
class Answer:
    """What the operator's SOC is told of a source at a time."""

    ours: bool
    why: str
    booking_id: str | None = None
    scanner: str | None = None
    """Name of the organization that scans."""
    until: datetime | None = None

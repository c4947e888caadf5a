"""Authorized network scans."""

from datetime import datetime

from ninja import Schema
from pydantic import Field

from seawall.clearinghouse.deconfliction.networks.queries import BookingRow, NetworkRow
from seawall.clearinghouse.deconfliction.networks.types import Answer, BookingState, NetworkState
from seawall.doors.api.operations import Moment
from seawall.doors.api.schemas.common import NEXT


class WeeklyHours(Schema):
    """Hours of a weekday in which scans are welcome, UTC."""

    weekday: int = Field(ge=0, le=6, description="0 is Monday.")
    begin: int = Field(ge=0, le=1439, description="Minute of the day.")
    end: int = Field(ge=1, le=1440, description="Minute after the last one.")


class Blackout(Schema):
    """A time without scans."""

    begin: Moment
    end: Moment


class NetworkView(Schema):
    """Addresses or names that may be scanned."""

    id: str
    organization_id: str
    value: str
    state: NetworkState
    challenge: str | None = Field(description="For the operator: text of the TXT record.")
    challenge_at: str | None = Field(description="For the operator: name of the TXT record.")
    weekly: list[WeeklyHours] = Field(description="None means at any time.")
    blackouts: list[Blackout]
    bookings_max: int = Field(description="Scans at a time.")
    rate_max: int = Field(description="Requests a second, of all scans together.")
    open_to_all: bool
    scanners: list[str] | None = Field(description="For the operator: organizations that may book.")
    note: str
    stopped_at: datetime | None
    registered_at: datetime
    allowed_next: list[str] = Field(description=NEXT)

    @staticmethod
    def of(
        row: NetworkRow, allowed_next: list[str], *, challenge_at: str | None, scanners: list[str] | None
    ) -> "NetworkView":
        """The view of a row; what only the operator sees is given where it looks."""
        mine = scanners is not None
        return NetworkView(
            id=row.id,
            organization_id=row.organization_id,
            value=row.value,
            state=NetworkState(row.state),
            challenge=row.challenge if mine else None,
            challenge_at=challenge_at if mine else None,
            weekly=[WeeklyHours(weekday=day, begin=begin, end=end) for day, begin, end in row.weekly],
            blackouts=[Blackout(begin=begin, end=end) for begin, end in row.blackouts],
            bookings_max=row.bookings_max,
            rate_max=row.rate_max,
            open_to_all=row.open_to_all,
            scanners=scanners,
            note=row.note,
            stopped_at=row.stopped_at,
            registered_at=row.registered_at,
            allowed_next=allowed_next,
        )


class NetworkPage(Schema):
    """Networks that you may see, newest first."""

    items: list[NetworkView]
    next: str | None = None


class BookingView(Schema):
    """A window in which a network is scanned."""

    id: str
    network_id: str
    organization_id: str = Field(description="The scanner.")
    targets: list[str]
    sources: list[str]
    rate: int = Field(description="Requests a second.")
    state: BookingState
    starts_at: datetime
    ends_at: datetime
    started_at: datetime | None
    heartbeat_at: datetime | None
    ended_at: datetime | None
    reason: str
    allowed_next: list[str] = Field(description=NEXT)

    @staticmethod
    def of(row: BookingRow, allowed_next: list[str]) -> "BookingView":
        """The view of a row."""
        return BookingView(
            id=row.id,
            network_id=row.network_id,
            organization_id=row.organization_id,
            targets=list(row.targets),
            sources=list(row.sources),
            rate=row.rate,
            state=BookingState(row.state),
            starts_at=row.starts_at,
            ends_at=row.ends_at,
            started_at=row.started_at,
            heartbeat_at=row.heartbeat_at,
            ended_at=row.ended_at,
            reason=row.reason,
            allowed_next=allowed_next,
        )


class BookingPage(Schema):
    """Bookings that you may see, the last window first."""

    items: list[BookingView]
    next: str | None = None


class BeatView(Schema):
    """What a scanner is told with each heartbeat."""

    go: bool = Field(description="False: stop at once.")
    why: str
    next_within_s: int = Field(description="Ask again within so many seconds.")
    ends_at: datetime


class OursView(Schema):
    """Whether a source at a time is an authorized scan."""

    ours: bool
    why: str
    booking_id: str | None
    scanner: str | None = Field(description="Name of the organization that scans.")
    until: datetime | None

    @staticmethod
    def of(answer: Answer) -> "OursView":
        """The view of an answer."""
        return OursView.model_validate(answer, from_attributes=True)

"""Pacing and routes."""

from datetime import datetime

from ninja import Schema
from pydantic import Field

from seawall.clearinghouse.coordination.routing import queries
from seawall.clearinghouse.coordination.routing.pacing import Queue
from seawall.clearinghouse.coordination.routing.queries import DeliveryRow, LinkRow
from seawall.clearinghouse.coordination.routing.types import MintedLink, Place


class PlaceView(Schema):
    """Where a case stands in its maintainer's queue; nothing of the other cases."""

    case_id: str
    waiting: bool
    first: int = Field(description="Its place is at least this one, counted from 1; 0 where it does not wait.")
    last: int = Field(description="And at most this one; exact for the first three places.")
    expected_weeks: int | None = Field(description="Weeks until its turn, at the maintainer's own pace; often unknown.")
    text: str = Field(description="All this in a sentence.")

    @staticmethod
    def of(place: Place) -> "PlaceView":
        """The view of a place."""
        return PlaceView(
            case_id=place.case_id,
            waiting=place.waiting,
            first=place.first,
            last=place.last,
            expected_weeks=place.expected_weeks,
            text=place.text,
        )


class PaceView(Schema):
    """A maintainer's pace."""

    maintainer: str = Field(description="Identifier of an organization, or a package.")
    open_limit: int | None = Field(description="Open reports at once; null takes all.")
    weekly_limit: int | None = Field(description="Reports in seven days; null takes all.")
    open_now: int
    waiting: int

    @staticmethod
    def of(queue: Queue) -> "PaceView":
        """The view of a queue: how many, never which."""
        return PaceView(
            maintainer=queue.maintainer,
            open_limit=queue.pace.open_limit,
            weekly_limit=queue.pace.weekly_limit,
            open_now=queue.open_now,
            waiting=len(queue.waiting),
        )


class OneTimeLinkView(Schema):
    """A one-time link, without its token."""

    id: str
    name: str = Field(description="Whom it is for.")
    state: str
    created_at: datetime
    expires_at: datetime
    opened_at: datetime | None
    session_expires_at: datetime | None
    revoked_at: datetime | None

    @staticmethod
    def of(row: LinkRow) -> "OneTimeLinkView":
        """The view of a row."""
        return OneTimeLinkView(
            id=row.id,
            name=row.guest.name,
            state=queries.state_of(row),
            created_at=row.created_at,
            expires_at=row.expires_at,
            opened_at=row.opened_at,
            session_expires_at=row.session_expires_at,
            revoked_at=row.revoked_at,
        )


class LinkPage(Schema):
    """Links of a case, newest first."""

    items: list[OneTimeLinkView]
    next: str | None = None


class MintedLinkView(Schema):
    """A new link; its address is shown this once."""

    id: str
    case_id: str
    address: str = Field(description="For the maintainer; kept nowhere.")
    expires_at: datetime

    @staticmethod
    def of(link: MintedLink) -> "MintedLinkView":
        """The view of a link."""
        return MintedLinkView(id=link.id, case_id=link.case_id, address=link.address, expires_at=link.expires_at)


class DeliveryView(Schema):
    """What became of a case on one route."""

    id: str
    route: str
    target: str
    state: str
    identifier: str = Field(description="What the other side answered with: message id, GHSA, VRF, link.")
    protection: str = Field(description="Of a mail: openpgp, age or none.")
    digest: str = Field(description="Of what was sent.")
    error: str
    made_at: datetime
    sent_at: datetime | None
    opened_at: datetime | None
    answered_at: datetime | None
    ended_at: datetime | None

    @staticmethod
    def of(row: DeliveryRow) -> "DeliveryView":
        """The view of a row."""
        return DeliveryView(
            id=row.id,
            route=row.route,
            target=row.target,
            state=row.state,
            identifier=row.identifier,
            protection=row.protection,
            digest=row.digest,
            error=row.error,
            made_at=row.made_at,
            sent_at=row.sent_at,
            opened_at=row.opened_at,
            answered_at=row.answered_at,
            ended_at=row.ended_at,
        )


class DeliveryPage(Schema):
    """Deliveries of a case, newest first."""

    items: list[DeliveryView]
    next: str | None = None


class AddressView(Schema):
    """Where the maintainer of a package is reached."""

    package: str
    email: str
    protection: str = Field(description="Of mail: openpgp, age or none.")
    github_repository: str

"""Scan leases."""

from datetime import datetime

from ninja import Schema
from pydantic import Field

from seawall.clearinghouse.deconfliction.queries import LeaseRow
from seawall.clearinghouse.deconfliction.types import LeaseState, Taken
from seawall.doors.api.schemas.common import NEXT


class LeaseView(Schema):
    """A scan lease."""

    id: str
    organization_id: str
    target: str
    paths: list[str] = Field(description="Path prefixes; an empty one is the whole target.")
    excluded_paths: list[str] = Field(description="Parts of them that somebody else holds.")
    techniques: list[str]
    exclusive: bool
    state: LeaseState
    fence: int = Field(description="Fencing number; show it when you renew.")
    granted_at: datetime
    expires_at: datetime
    allowed_next: list[str] = Field(description=NEXT)

    @staticmethod
    def of(row: LeaseRow, state: LeaseState, allowed_next: list[str]) -> "LeaseView":
        """The view of a row."""
        return LeaseView(
            id=row.id,
            organization_id=row.organization_id,
            target=row.target_id,
            paths=list(row.paths),
            excluded_paths=list(row.excluded_paths),
            techniques=list(row.techniques),
            exclusive=row.exclusive,
            state=state,
            fence=row.fence,
            granted_at=row.granted_at,
            expires_at=row.expires_at,
            allowed_next=allowed_next,
        )


class LeasePage(Schema):
    """Leases you may see, newest first."""

    items: list[LeaseView]
    next: str | None = None


class TakenView(Schema):
    """Ground that somebody holds; never says who."""

    path: str
    technique: str
    until: datetime

    @staticmethod
    def of(taken: Taken) -> "TakenView":
        """The view of a decision's part."""
        return TakenView(path=taken.path, technique=taken.technique, until=taken.until)


class LeaseAnswerView(Schema):
    """What a request for ground got."""

    outcome: str = Field(description="`granted`, `partly_granted` or `taken`.", examples=["partly_granted"])
    leases: list[LeaseView]
    taken: list[TakenView]

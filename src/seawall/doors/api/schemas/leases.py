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
    excluded_paths: list[str] = Field(description="Parts of them that are not yours.")
    techniques: list[str]
    weaknesses: list[str] = Field(description="Weakness classes; none means every one.")
    excluded_weaknesses: list[str] = Field(description="Classes that are not yours.")
    repository: str = Field(description="The package's repository; both names are one ground.")
    commit: str
    introduced: str
    fixed: str
    exclusive: bool
    named: bool = Field(description="Whether you may be named to those who meet this lease and agreed too.")
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
            weaknesses=list(row.weaknesses),
            excluded_weaknesses=list(row.excluded_weaknesses),
            repository=row.also,
            commit=row.commit,
            introduced=row.introduced,
            fixed=row.fixed,
            exclusive=row.exclusive,
            named=row.named,
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
    """Ground that is not to be had now; says by whom only where both sides agreed to be named."""

    path: str
    technique: str
    weakness: str = Field(description="The class that is taken; empty means every one that was asked for.")
    until: datetime | None = Field(description="Null where nobody can say.")
    why: str = Field(
        description="`held`, `opted_out` (by its maintainer) or `paced` (its maintainer takes no more now)."
    )
    holder: str | None = None

    @staticmethod
    def of(taken: Taken) -> "TakenView":
        """The view of a decision's part."""
        return TakenView(
            path=taken.path,
            technique=taken.technique,
            weakness=taken.weakness,
            until=taken.until,
            why=taken.why,
            holder=taken.holder,
        )


class LeaseAnswerView(Schema):
    """What a request for ground got."""

    outcome: str = Field(description="`granted`, `partly_granted` or `taken`.", examples=["partly_granted"])
    leases: list[LeaseView]
    taken: list[TakenView]


class HandOverView(Schema):
    """What you give to whoever shall have the lease."""

    code: str = Field(description="Good once, for a day. Whoever has it can take the lease over.")
    expires_at: datetime

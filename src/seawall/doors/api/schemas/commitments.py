"""Sealed commitments."""

from datetime import date, datetime

from ninja import Schema
from pydantic import Field

from seawall.clearinghouse.deconfliction.commitments.queries import CommitmentRow, Credit
from seawall.clearinghouse.deconfliction.commitments.types import CommitmentKind, CommitmentState
from seawall.doors.api.schemas.common import NEXT


class CommitmentView(Schema):
    """A digest that an organization committed to."""

    id: str
    organization_id: str
    kind: CommitmentKind
    algorithm: str
    digest: str
    label: str
    published_url: str
    published_on: date | None
    source_confirmed: bool = Field(description="Only for published ones: the coordinator has seen the source.")
    state: CommitmentState
    log_index: int = Field(description="Place in the log: of two to one finding, the lower one was first.")
    report_id: str
    sealed_at: datetime
    revealed_at: datetime | None
    reason: str = Field(description="The coordinator's word, if there was one.")
    allowed_next: list[str] = Field(description=NEXT)

    @staticmethod
    def of(row: CommitmentRow, state: CommitmentState, allowed_next: list[str]) -> "CommitmentView":
        """The view of a row."""
        return CommitmentView(
            id=row.id,
            organization_id=row.organization_id,
            kind=CommitmentKind(row.kind),
            algorithm=row.algorithm,
            digest=row.digest,
            label=row.label,
            published_url=row.published_url,
            published_on=row.published_on,
            source_confirmed=row.source_confirmed,
            state=state,
            log_index=row.log_index,
            report_id=row.report_id,
            sealed_at=row.sealed_at,
            revealed_at=row.revealed_at,
            reason=row.reason,
            allowed_next=allowed_next,
        )


class CommitmentPage(Schema):
    """Commitments that you may see, newest first."""

    items: list[CommitmentView]
    next: str | None = None


class RankView(Schema):
    """A commitment's place among those to one finding."""

    commitment_id: str
    organization_id: str
    log_index: int
    sealed_at: datetime
    rank: int | None = Field(description="1 is first; null where it earns nothing.")
    why: str
    sealed: int = Field(description="Commitments of this organization altogether.")
    revealed: int = Field(description="How many of them it revealed.")

    @staticmethod
    def of(credit: Credit) -> "RankView":
        """The view of a place."""
        return RankView(
            commitment_id=credit.row.id,
            organization_id=credit.row.organization_id,
            log_index=credit.row.log_index,
            sealed_at=credit.row.sealed_at,
            rank=credit.rank,
            why=credit.why,
            sealed=credit.sealed,
            revealed=credit.revealed,
        )


class CreditsView(Schema):
    """Who was first."""

    items: list[RankView]

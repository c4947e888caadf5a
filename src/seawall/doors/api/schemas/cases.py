"""Cases and invitations."""

from datetime import datetime
from typing import Any

from ninja import Schema
from pydantic import Field

from seawall.clearinghouse.coordination.queries import CaseRow, EventRow, Invitation, LinkRow, ParticipantRow
from seawall.clearinghouse.deduplication.queries import SuggestionRow
from seawall.doors.api.schemas.common import NEXT


class CaseView(Schema):
    """A case: one flaw, however many reported it."""

    id: str
    advisory_id: str
    title: str
    package: str
    failure: str
    identifiers: list[str]
    weaknesses: list[str]
    severity: str
    affected: list[dict[str, Any]]
    embargo: str
    embargo_ends_at: datetime | None
    public_aware: bool
    exploit_public: bool
    attacks_observed: bool
    merged_into: str | None
    opened_at: datetime
    published_at: datetime | None
    report_count: int
    allowed_next: list[str] = Field(description=NEXT)

    @staticmethod
    def of(row: CaseRow, report_count: int, allowed_next: list[str]) -> "CaseView":
        """The view of a row."""
        return CaseView(
            id=row.id,
            advisory_id=row.advisory_id,
            title=row.title,
            package=row.package,
            failure=row.failure,
            identifiers=list(row.identifiers),
            weaknesses=list(row.weaknesses),
            severity=row.severity,
            affected=list(row.affected),
            embargo=row.embargo,
            embargo_ends_at=row.embargo_ends_at,
            public_aware=row.public_aware,
            exploit_public=row.exploit_public,
            attacks_observed=row.attacks_observed,
            merged_into=row.merged_into_id,
            opened_at=row.opened_at,
            published_at=row.published_at,
            report_count=report_count,
            allowed_next=allowed_next,
        )


class EventView(Schema):
    """A step of a case's timeline; its log entry proves it."""

    at: datetime
    actor: str
    kind: str
    text: str
    log_index: int

    @staticmethod
    def of(row: EventRow) -> "EventView":
        """The view of a row."""
        return EventView(at=row.at, actor=row.actor_label, kind=row.kind, text=row.text, log_index=row.log_index)


class LinkView(Schema):
    """A report in a case, and why."""

    report_id: str
    finder: str
    role: str
    reason: str
    evidence: dict[str, Any]
    linked_by: str
    linked_at: datetime
    undone_at: datetime | None
    undone_by: str | None
    undone_reason: str | None

    @staticmethod
    def of(row: LinkRow, names: dict[str, str]) -> "LinkView":
        """The view of a row."""
        return LinkView(
            report_id=row.report_id,
            finder=names.get(row.organization_id, ""),
            role=row.role,
            reason=row.reason,
            evidence=dict(row.evidence),
            linked_by=row.linked_by,
            linked_at=row.linked_at,
            undone_at=row.undone_at,
            undone_by=row.undone_by or None,
            undone_reason=row.undone_reason or None,
        )


class ParticipantView(Schema):
    """Who takes part in a case."""

    organization: str
    role: str
    report_management: str
    consent: str
    joined_at: datetime

    @staticmethod
    def of(row: ParticipantRow, names: dict[str, str]) -> "ParticipantView":
        """The view of a row."""
        return ParticipantView(
            organization=names.get(row.organization_id, ""),
            role=row.role,
            report_management=row.report_management,
            consent=row.consent,
            joined_at=row.joined_at,
        )


class SuggestionView(Schema):
    """A report that may belong to this case; a person decides."""

    report_id: str
    score: int = Field(description="0 to 100.")
    contributions: list[dict[str, Any]]
    made_at: datetime

    @staticmethod
    def of(row: SuggestionRow) -> "SuggestionView":
        """The view of a row."""
        return SuggestionView(
            report_id=row.report_id, score=row.score, contributions=list(row.contributions), made_at=row.made_at
        )


class CaseDetailView(CaseView):
    """A case with everything that its participants may know."""

    timeline: list[EventView]
    links: list[LinkView]
    participants: list[ParticipantView]
    suggestions: list[SuggestionView]


class CasePage(Schema):
    """Cases you may see, newest first."""

    items: list[CaseView]
    next: str | None = None


class InvitationView(Schema):
    """All that is known before you accept."""

    case_id: str
    package: str
    allowed_next: list[str] = Field(description=NEXT)

    @staticmethod
    def of(invitation: Invitation) -> "InvitationView":
        """The view of an invitation."""
        return InvitationView(
            case_id=invitation.case_id, package=invitation.package, allowed_next=["answer_invitation"]
        )


class InvitationPage(Schema):
    """Invitations that wait for your organization, oldest first."""

    items: list[InvitationView]
    next: str | None = None


class ConsentView(Schema):
    """Your organization's answer to an invitation."""

    case_id: str
    consent: str

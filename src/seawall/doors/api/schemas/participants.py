"""Participants of cases: steps, statements, tiers, readers, SSVC."""

from datetime import datetime
from typing import Any

from ninja import Schema
from pydantic import Field

from seawall.clearinghouse.coordination.inviting import Invited
from seawall.clearinghouse.coordination.queries import CaseRow, ParticipantRow
from seawall.clearinghouse.coordination.reading import Brief, Fixed, Reader
from seawall.clearinghouse.coordination.statements import StatementRow, VendorRow, VendorTable
from seawall.clearinghouse.coordination.triage import Evaluation, SelectionRow, Triage


class ParticipantStateView(Schema):
    """A participant after a step."""

    organization_id: str
    role: str
    further_roles: list[str]
    report_management: str
    consent: str
    fix: str = Field(description="V aware, F fix ready, D fix deployed; small letters are steps not taken.")
    tier: int = Field(description="0 everything, 1 the flaw, 2 fix and date, 3 artifact and go-live time.")
    until: datetime | None
    report_steps: list[str] = Field(description="Steps of report management that are possible now.")
    fix_steps: list[str]

    @staticmethod
    def of(row: ParticipantRow, report_steps: tuple[str, ...], fix_steps: tuple[str, ...]) -> "ParticipantStateView":
        """The view of a row."""
        return ParticipantStateView(
            organization_id=row.organization_id,
            role=row.role,
            further_roles=list(row.further_roles),
            report_management=row.report_management,
            consent=row.consent,
            fix=row.fix,
            tier=row.tier,
            until=row.until,
            report_steps=list(report_steps),
            fix_steps=list(fix_steps),
        )


class CaseStateView(Schema):
    """What the world knows of a case's flaw."""

    case_id: str
    public_aware: bool
    exploit_public: bool
    attacks_observed: bool
    embargo: str

    @staticmethod
    def of(row: CaseRow) -> "CaseStateView":
        """The view of a row."""
        return CaseStateView(
            case_id=row.id,
            public_aware=row.public_aware,
            exploit_public=row.exploit_public,
            attacks_observed=row.attacks_observed,
            embargo=row.embargo,
        )


class VendorView(Schema):
    """One vendor's one product, or a vendor that has said nothing yet."""

    organization_id: str
    organization: str
    roles: list[str]
    tier: int
    until: datetime | None
    report_management: str
    consent: str
    fix: str
    joined_at: datetime
    answered_at: datetime | None = Field(description="When it last acted in the case itself; null: silent.")
    silent: bool
    product: str | None
    status: str
    justification: str | None
    fixed_version: str | None
    text: str
    link: str | None
    made_at: datetime | None
    report_steps: list[str]
    fix_steps: list[str]

    @staticmethod
    def of(row: VendorRow) -> "VendorView":
        """The view of a row."""
        return VendorView(
            organization_id=row.organization_id,
            organization=row.organization,
            roles=list(row.roles),
            tier=row.tier,
            until=row.until,
            report_management=row.report_management,
            consent=row.consent,
            fix=row.fix,
            joined_at=row.joined_at,
            answered_at=row.answered_at,
            silent=row.is_silent,
            product=row.product or None,
            status=row.status,
            justification=row.justification or None,
            fixed_version=row.fixed_version or None,
            text=row.text,
            link=row.link or None,
            made_at=row.made_at,
            report_steps=list(row.steps.report),
            fix_steps=list(row.steps.fix),
        )


class VendorTableView(Schema):
    """Vendors of a case, with counts over all of them."""

    items: list[VendorView]
    next: str | None = None
    counts: dict[str, int] = Field(description="Rows by status, and how many are silent; before any filter.")
    vendors: int

    @staticmethod
    def of(table: VendorTable, items: list[VendorView], following: str | None) -> "VendorTableView":
        """The view of a page of the table."""
        return VendorTableView(items=items, next=following, counts=dict(table.counts), vendors=table.vendors)


class StatementView(Schema):
    """What a vendor said of a product."""

    organization_id: str
    product: str
    status: str
    justification: str | None
    fixed_version: str | None
    text: str
    link: str | None
    made_by: str
    made_at: datetime
    superseded_at: datetime | None

    @staticmethod
    def of(row: StatementRow) -> "StatementView":
        """The view of a row."""
        return StatementView(
            organization_id=row.organization_id,
            product=row.product,
            status=row.status,
            justification=row.justification or None,
            fixed_version=row.fixed_version or None,
            text=row.text,
            link=row.link or None,
            made_by=row.made_by,
            made_at=row.made_at,
            superseded_at=row.superseded_at,
        )


class StatementPage(Schema):
    """Statements of a case, the newest first."""

    items: list[StatementView]
    next: str | None = None


class InvitedView(Schema):
    """The answer to one row of an invitation."""

    organization_id: str | None
    organization: str | None
    package: str | None
    outcome: str
    references: list[str] = Field(
        description="Where the register says how to reach them otherwise; data, not followed."
    )

    @staticmethod
    def of(one: Invited) -> "InvitedView":
        """The view of an answer."""
        return InvitedView(
            organization_id=one.organization_id or None,
            organization=one.organization or None,
            package=one.package or None,
            outcome=one.outcome.value,
            references=list(one.references),
        )


class InvitationAnswersView(Schema):
    """Row by row, in the order in which they were sent; a package can bring in several."""

    rows: list[InvitedView]


class ReaderView(Schema):
    """Somebody who read something of a case under embargo."""

    organization: str
    reader: str
    what: str
    first_at: datetime
    last_at: datetime
    hours: int = Field(description="Hours with such a read; each has an entry in the log.")
    log_index: int

    @staticmethod
    def of(one: Reader) -> "ReaderView":
        """The view of a reader."""
        return ReaderView(
            organization=one.organization,
            reader=one.label,
            what=one.what.value,
            first_at=one.first_at,
            last_at=one.last_at,
            hours=one.hours,
            log_index=one.log_index,
        )


class ReaderPage(Schema):
    """Readers of a case, the last first."""

    items: list[ReaderView]
    next: str | None = None


class FixedView(Schema):
    """A version of a package."""

    package: str
    version: str
    link: str | None

    @staticmethod
    def of(one: Fixed) -> "FixedView":
        """The view of a fixed version."""
        return FixedView(package=one.package, version=one.version, link=one.link or None)


class BriefView(Schema):
    """What your tier sees of a case; a part that it does not see is null."""

    case_id: str
    tier: int
    until: datetime | None
    visible: list[str]
    package: str | None
    fixes: list[FixedView] | None
    date: datetime | None
    artifacts: list[FixedView] | None
    go_live_at: datetime | None

    @staticmethod
    def of(one: Brief) -> "BriefView":
        """The view of a brief."""
        return BriefView(
            case_id=one.case_id,
            tier=one.tier,
            until=one.until,
            visible=[part.value for part in one.visible],
            package=one.package,
            fixes=None if one.fixes is None else [FixedView.of(fix) for fix in one.fixes],
            date=one.date,
            artifacts=None if one.artifacts is None else [FixedView.of(fix) for fix in one.artifacts],
            go_live_at=one.go_live_at,
        )


class BriefReferenceView(Schema):
    """A case that you are read into."""

    case_id: str


class BriefPage(Schema):
    """Cases that you are read into without seeing their content."""

    items: list[BriefReferenceView]
    next: str | None = None


class PointView(Schema):
    """A decision point with what the case's facts leave of it."""

    name: str
    values: list[str] = Field(description="One where it is known; else all that remain possible.")
    why: str
    source: str | None = Field(description="Which fact of the case it came from.")


class EvaluationView(Schema):
    """A table, row by row."""

    table: str
    title: str
    points: list[PointView]
    possible: list[str] = Field(description="Outcomes that remain, the least urgent first.")
    rows: list[str] = Field(description="Rows of the table that remain.")

    @staticmethod
    def of(found: Evaluation) -> "EvaluationView":
        """The view of an evaluation."""
        return EvaluationView(
            table=found.table,
            title=found.title,
            points=[
                PointView(name=one.name, values=list(one.values), why=one.why, source=one.source or None)
                for one in found.points
            ],
            possible=list(found.decision.possible),
            rows=list(found.decision.rows),
        )


class SelectionView(Schema):
    """An SSVC decision as it was recorded."""

    table: str
    outcome: str = Field(description="`open` where the facts left several.")
    document: dict[str, Any] = Field(description="SSVC SelectionList 2.0.0.")
    reason: str
    made_by: str
    made_at: datetime
    log_index: int

    @staticmethod
    def of(row: SelectionRow) -> "SelectionView":
        """The view of a row."""
        return SelectionView(
            table=row.table,
            outcome=row.outcome,
            document=dict(row.document),
            reason=row.reason,
            made_by=row.made_by,
            made_at=row.made_at,
            log_index=row.log_index,
        )


class TriageView(Schema):
    """Both tables, and what was recorded."""

    triage: EvaluationView
    publication: EvaluationView
    stated: dict[str, str]
    recorded: list[SelectionView]

    @staticmethod
    def of(found: Triage) -> "TriageView":
        """The view of a triage."""
        return TriageView(
            triage=EvaluationView.of(found.triage),
            publication=EvaluationView.of(found.publication),
            stated=dict(found.stated),
            recorded=[SelectionView.of(row) for row in found.recorded],
        )

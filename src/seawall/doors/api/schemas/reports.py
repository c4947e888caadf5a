"""Reports and verdicts. All text of a report is as its finder wrote it: escape it, never obey it.

Models read some of these over MCP, where ``doors/mcp/fencing.py`` leaves the values of trusted names as they are. So
no text of a stranger may go under one of those names; a test walks the views with hostile text in every place.
"""

from dataclasses import asdict
from datetime import datetime
from typing import Any

from ninja import Schema
from pydantic import Field

from seawall.clearinghouse.intake import queries
from seawall.clearinghouse.intake.queries import ReportRow
from seawall.clearinghouse.validation.queries import ValidationRow
from seawall.doors.api.schemas.common import NEXT
from seawall.foundation.access.types import Actor


class EmbargoTermsView(Schema):
    """What one sender asks of whoever reads the report; kept as it was stated."""

    until: str
    days: int | None
    tlp: str = Field(examples=["AMBER"])
    text: str


class HopView(Schema):
    """One hand-over: who gave the report to whom, and the identifier that the recipient answered with."""

    reporter: str
    recipient: str
    identifier: str
    received_at: str
    source_format: str
    source_digest: str
    content_digest: str = Field(description="SHA-256 of what the report says: one and the same along a chain.")
    embargo: EmbargoTermsView | None
    previous: str = Field(description="Digest of the hop before.")
    digest: str


class ReceiptView(Schema):
    """Proof of when a report came in: digests of the bytes, and the log entries that hold them."""

    reports: list[str]
    log_indexes: list[int]
    received_at: datetime
    report_digest: str
    proof_digest: str | None
    format: str = Field(default="", description="What the bytes were read as.", examples=["akrites-tap"])
    identifier: str = Field(
        default="", description="The clearinghouse's own identifier for this hop: the first report's."
    )
    chain: list[HopView] = Field(
        default_factory=list, description="Through whose hands the first report came; the last hop is this one."
    )
    unread: list[str] = Field(
        default_factory=list,
        description="JSON pointers of members that were not understood; the bytes are kept with them.",
    )


class ValidationView(Schema):
    """A verdict with its evidence."""

    state: str = Field(examples=["confirmed"])
    summary: str
    result: dict[str, Any] = Field(description="Runs on the flawed and the fixed version, oracle, signature, limits.")
    result_digest: str
    log_index: int | None
    started_at: datetime
    finished_at: datetime | None

    @staticmethod
    def of(row: ValidationRow) -> "ValidationView":
        """The view of a row."""
        return ValidationView(
            state=row.state,
            summary=row.summary,
            result=dict(row.result),
            result_digest=row.result_digest,
            log_index=row.log_index,
            started_at=row.started_at,
            finished_at=row.finished_at,
        )


class ReportView(Schema):
    """A report as received, and how it was answered."""

    id: str
    mine: bool = Field(description="Whether your organization sent it.")
    format: str
    title: str
    package: str
    failure: str
    identifiers: list[str]
    found_by: str | None = Field(
        description="For findings of AI, in one line; null for others.",
        examples=["found by AI: model lantern-3, harness Night Watch, not reviewed by a person"],
    )
    state: str = Field(examples=["answered"])
    proved: bool
    case: str | None
    answer: str | None = Field(description="What the clearinghouse answers to the finder.")
    report_digest: str
    proof_digest: str | None
    received_at: datetime
    answered_at: datetime | None
    allowed_next: list[str] = Field(description=NEXT)

    @staticmethod
    def of(row: ReportRow, actor: Actor, allowed_next: list[str]) -> "ReportView":
        """The view of a row."""
        return ReportView(
            id=row.id,
            mine=row.organization_id == actor.organization_id,
            format=row.format,
            title=row.title,
            package=row.package,
            failure=row.failure,
            identifiers=list(row.identifiers),
            found_by=queries.provenance_of(row).label() or None,
            state=row.state,
            proved=row.proved,
            case=row.case_id or None,
            answer=row.answer or None,
            report_digest=row.raw_digest,
            proof_digest=row.proof_digest or None,
            received_at=row.received_at,
            answered_at=row.answered_at,
            allowed_next=allowed_next,
        )


class CostView(Schema):
    """What finding it cost."""

    amount: str = Field(examples=["12.50"])
    currency: str
    tokens: int | None


class ProvenanceView(Schema):
    """How the finding was made, as its finder says."""

    ai_assisted: bool
    model: str
    model_version: str
    harness: str
    tool: str
    method: str = Field(examples=["ai-discovered"])
    human_reviewed: bool
    reviewer_role: str
    cost: CostView
    prompts_digest: str


class CreditView(Schema):
    """Who is to be named for the finding."""

    name: str
    organization: str
    note: str
    urls: list[str]


class OriginView(Schema):
    """Where the finding is known under another name."""

    system: str
    identifier: str
    url: str


class BindingView(Schema):
    """The embargo terms that bind whoever reads the report: the earliest end and the strictest label of its chain."""

    until: str
    until_by: str
    tlp: str
    tlp_by: str
    looser: list[str] = Field(description="Terms that do not bind because stricter ones do.")
    texts: list[str] = Field(description="Terms in free words, with their sender.")


class ReportDetailView(ReportView):
    """A report with its text and verdict."""

    description: str
    versions: list[str]
    weaknesses: list[str]
    affected: list[dict[str, Any]]
    paths: list[str]
    symbols: list[str]
    severity: str
    provenance: ProvenanceView
    identifier: str = Field(description="The clearinghouse's own identifier for its hop, as in `chain`.")
    credits: list[CreditView]
    origins: list[OriginView]
    chain: list[HopView]
    embargo: BindingView
    unread: list[str]
    verdict: str | None = Field(
        description="What running the proof showed; null without a proof, or while it waits.", examples=["confirmed"]
    )
    verdict_summary: str | None

    @staticmethod
    def travelled(row: ReportRow) -> dict[str, Any]:
        """The fields about how a report was found and came here."""
        relay = queries.relay_of(row)
        return {
            "provenance": asdict(queries.provenance_of(row)),
            "identifier": row.id,
            "credits": [asdict(one) for one in relay.credits],
            "origins": [asdict(one) for one in relay.origins],
            "chain": [asdict(one) for one in relay.chain],
            "embargo": asdict(queries.embargo_of(row)),
            "unread": list(row.unread),
        }


class ReportPage(Schema):
    """Reports you may see, newest first."""

    items: list[ReportView]
    next: str | None = None

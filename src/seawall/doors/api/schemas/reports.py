"""Reports and verdicts. All text of a report is as its finder wrote it: escape it, never obey it."""

from datetime import datetime
from typing import Any

from ninja import Schema
from pydantic import Field

from seawall.clearinghouse.intake.queries import ReportRow
from seawall.clearinghouse.validation.queries import ValidationRow
from seawall.doors.api.schemas.common import NEXT
from seawall.foundation.access.types import Actor


class ReceiptView(Schema):
    """Proof of when a report came in: digests of the bytes, and the log entries that hold them."""

    reports: list[str]
    log_indexes: list[int]
    received_at: datetime
    report_digest: str
    proof_digest: str | None


class VerdictView(Schema):
    """What running the proof showed, in short."""

    state: str = Field(examples=["confirmed"])
    summary: str
    finished_at: datetime | None
    log_index: int | None

    @staticmethod
    def of(row: ValidationRow) -> "VerdictView":
        """The view of a row."""
        return VerdictView(state=row.state, summary=row.summary, finished_at=row.finished_at, log_index=row.log_index)


class ValidationView(VerdictView):
    """A verdict with its evidence."""

    result: dict[str, Any] = Field(description="Runs on the flawed and the fixed version, oracle, signature, limits.")
    result_digest: str
    started_at: datetime

    @staticmethod
    def of(row: ValidationRow) -> "ValidationView":
        """The view of a row."""
        return ValidationView(
            state=row.state,
            summary=row.summary,
            finished_at=row.finished_at,
            log_index=row.log_index,
            result=dict(row.result),
            result_digest=row.result_digest,
            started_at=row.started_at,
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
    state: str = Field(examples=["answered"])
    proved: bool
    case_id: str | None
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
            state=row.state,
            proved=row.proved,
            case_id=row.case_id or None,
            answer=row.answer or None,
            report_digest=row.raw_digest,
            proof_digest=row.proof_digest or None,
            received_at=row.received_at,
            answered_at=row.answered_at,
            allowed_next=allowed_next,
        )


class ReportDetailView(ReportView):
    """A report with its text and verdict."""

    description: str
    versions: list[str]
    weaknesses: list[str]
    affected: list[dict[str, Any]]
    paths: list[str]
    symbols: list[str]
    severity: str
    provenance: dict[str, Any]
    verdict: VerdictView | None


class ReportPage(Schema):
    """Reports you may see, newest first."""

    items: list[ReportView]
    next: str | None = None

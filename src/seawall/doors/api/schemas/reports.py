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
    verdict: str | None = Field(
        description="What running the proof showed; null without a proof, or while it waits.", examples=["confirmed"]
    )
    verdict_summary: str | None


class ReportPage(Schema):
    """Reports you may see, newest first."""

    items: list[ReportView]
    next: str | None = None

"""Scans and the findings that they are folded into."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from ninja import Schema
from pydantic import Field

from seawall.clearinghouse.scanning import queries
from seawall.clearinghouse.scanning.queries import FindingRow, Judged, RunRow, ScanRow
from seawall.clearinghouse.scanning.types import Change, Decision, EventView
from seawall.doors.api.operations import Reason
from seawall.doors.api.schemas.common import NEXT


class CountsView(Schema):
    """How results stand to what was known."""

    results: int = Field(description="Different results; equal ones are one.")
    new: int
    unchanged: int
    gone: int
    reopened: int
    followed: int = Field(
        description="Of the unchanged and reopened, those recognized although they moved or were edited."
    )


class ScanRunView(Schema):
    """What a scan said for one tool and category."""

    tool: str
    tool_version: str
    category: str
    number: int = Field(description="Run of this tool and category on the project, from 1.")
    complete: bool = Field(description="Only a complete run makes something gone.")
    why: str = Field(description="Why it is not complete; else empty.")
    counts: CountsView

    @staticmethod
    def of(row: RunRow) -> "ScanRunView":
        """The view of a row."""
        counts = CountsView(
            results=row.results,
            new=row.new,
            unchanged=row.unchanged,
            gone=row.gone,
            reopened=row.reopened,
            followed=row.followed,
        )
        return ScanRunView(
            tool=row.series.tool,
            tool_version=row.tool_version,
            category=row.series.category,
            number=row.number,
            complete=row.complete,
            why=row.why,
            counts=counts,
        )


class ProgressView(Schema):
    """How far the folding is."""

    done: int
    total: int | None = None
    text: str


class ScanView(Schema):
    """An uploaded document."""

    id: str
    project_id: str
    project: str = Field(description="Package URL or repository address, in one spelling.")
    category: str
    partial: bool
    state: str = Field(description="received, ready or refused.", examples=["ready"])
    counts: CountsView | None = Field(description="Of all runs together, once it is ready.")
    runs: list[ScanRunView] = Field(description="By tool and category, once it is ready.")
    notes: list[str] = Field(description="What was seen and left out.")
    error: dict[str, Any] | None = Field(description="Why it could not be read: code, detail, action, field.")
    progress: ProgressView | None
    digest: str
    size: int = Field(description="Bytes, as they were sent.")
    uploaded_at: datetime
    ready_at: datetime | None
    allowed_next: list[str] = Field(description=NEXT)

    @staticmethod
    def of(row: ScanRow, runs: Sequence[RunRow] = ()) -> "ScanView":
        """The view of a row."""
        progress = queries.progress(row)
        return ScanView(
            id=row.id,
            project_id=row.project_id,
            project=row.project.target,
            category=row.category,
            partial=row.partial,
            state=row.state,
            counts=CountsView(**row.counts) if row.counts else None,
            runs=[ScanRunView.of(run) for run in runs],
            notes=list(row.notes),
            error=row.error,
            progress=ProgressView(done=progress.done, total=progress.total, text=progress.text) if progress else None,
            digest=row.digest,
            size=row.size,
            uploaded_at=row.uploaded_at,
            ready_at=row.ready_at,
            allowed_next=["get_scan", *(["list_findings"] if row.state == "ready" else [])],
        )


class ScanPage(Schema):
    """Your scans, newest first."""

    items: list[ScanView]
    next: str | None = None


class FindingJudgmentView(Schema):
    """What a person said of a finding."""

    decision: Decision
    reason: str
    case_id: str = Field(description="With duplicate.")
    made_by: str
    made_at: datetime
    ended_at: datetime | None
    changed_since: bool | None = Field(
        description="Whether the finding's code or place is another one than when it was judged; null once it has ended."
    )

    @staticmethod
    def of(judged: Judged) -> "FindingJudgmentView":
        """The view of a judgment."""
        row = judged.row
        return FindingJudgmentView(
            decision=Decision(row.decision),
            reason=row.reason,
            case_id=row.case_id,
            made_by=row.made_by_label,
            made_at=row.made_at,
            ended_at=row.ended_at,
            changed_since=judged.changed_since if row.ended_at is None else None,
        )


class FindingView(Schema):
    """One place that a tool complains about."""

    id: str
    project_id: str
    tool: str
    category: str
    change: Change = Field(description="What the latest run of its tool did to it.")
    rule: str
    title: str = Field(description="What the rule calls itself.")
    level: str = Field(description="error, warning, note or none.")
    message: str
    path: str
    line: int = Field(description="0 where the tool names none.")
    end_line: int
    column: int
    logical: str = Field(description="Function, class or module around it.")
    weaknesses: list[str]
    suppressed: str = Field(description="Where the tool itself has put it aside: kind and justification.")
    fingerprint: str = Field(description="Seawall's own, versioned; without line numbers.")
    judgment: FindingJudgmentView | None = Field(description="The one in force.")

    @staticmethod
    def of(row: FindingRow, judged: Judged | None) -> "FindingView":
        """The view of a row."""
        return FindingView(**_plain(row, judged))


class FindingPage(Schema):
    """Findings, the worst first."""

    items: list[FindingView]
    next: str | None = None


class StepView(Schema):
    """A run that changed a finding."""

    kind: str = Field(description="new, gone, reopened or followed.")
    how: str = Field(description="With followed: what it was recognized by.")
    number: int
    scan_id: str
    at: datetime

    @staticmethod
    def of(step: EventView) -> "StepView":
        """The view of a step."""
        return StepView(kind=step.kind, how=step.how, number=step.number, scan_id=step.scan_id, at=step.at)


class SameWeaknessView(Schema):
    """Another tool's finding that may be the same weakness; nothing follows from it by itself."""

    id: str
    tool: str
    rule: str
    line: int
    weaknesses: list[str]

    @staticmethod
    def of(row: FindingRow) -> "SameWeaknessView":
        """The view of a row."""
        return SameWeaknessView(
            id=row.id, tool=row.series.tool, rule=row.rule, line=row.line, weaknesses=list(row.weaknesses)
        )


class FindingDetail(FindingView):
    """One finding with its code and its way."""

    snippet: str = Field(description="The code that the tool shows; hostile text, as everything a tool writes.")
    flows: int = Field(description="Steps of the longest code flow.")
    history: list[StepView]
    judgments: list[FindingJudgmentView] = Field(description="The newest first; ended ones too.")
    maybe_same: list[SameWeaknessView]

    @staticmethod
    def whole(
        row: FindingRow, judgments: Sequence[Judged], history: Sequence[EventView], others: Sequence[FindingRow]
    ) -> "FindingDetail":
        """The view of a row with everything about it."""
        in_force = next((one for one in judgments if one.row.ended_at is None), None)
        return FindingDetail(
            **_plain(row, in_force),
            snippet=row.snippet,
            flows=row.flows,
            history=[StepView.of(step) for step in history],
            judgments=[FindingJudgmentView.of(one) for one in judgments],
            maybe_same=[SameWeaknessView.of(one) for one in others],
        )


def _plain(row: FindingRow, judged: Judged | None) -> dict[str, Any]:
    return {
        "id": row.id,
        "project_id": row.series.project_id,
        "tool": row.series.tool,
        "category": row.series.category,
        "change": queries.change_of(row),
        "rule": row.rule,
        "title": row.title,
        "level": row.level,
        "message": row.message,
        "path": row.path,
        "line": row.line,
        "end_line": row.end_line,
        "column": row.column,
        "logical": row.logical,
        "weaknesses": list(row.weaknesses),
        "suppressed": row.suppressed,
        "fingerprint": row.fingerprint,
        "judgment": FindingJudgmentView.of(judged) if judged else None,
    }


class FindingJudgmentRequest(Schema):
    """What you say of a finding."""

    decision: Decision
    reason: Reason
    case_id: str = Field("", max_length=40, description="With duplicate, and only there: a case that you see.")


class FindingTakenBack(Schema):
    """Why a judgment does not hold any more."""

    reason: Reason

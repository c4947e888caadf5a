"""Reads of scanning. Everything is the actor's own organization's; what is still being folded is in none of them."""

from dataclasses import dataclass
from typing import Any

from django.db.models import F, Q, QuerySet

from seawall.clearinghouse.scanning.importing import FOLD, last_event
from seawall.clearinghouse.scanning.models import (
    Finding,
    FindingEvent,
    FindingJudgment,
    Scan,
    ScannedProject,
    ScanRun,
)
from seawall.clearinghouse.scanning.suggesting import alike
from seawall.clearinghouse.scanning.types import Change, EventKind, EventView, FindingFilter, FindingState, ScanState
from seawall.foundation.access.queries import get_visible, visible_to
from seawall.foundation.access.types import Actor
from seawall.foundation.jobs import queries as jobs
from seawall.foundation.jobs.types import Progress

ScanRow = Scan
RunRow = ScanRun
FindingRow = Finding
ProjectRow = ScannedProject
JudgmentRow = FindingJudgment
"""The rows, for other folders' annotations: they read them, and write only through services."""

SEARCH_MAX = 100
"""Characters of a text that is searched for."""
NEAR = 100
"""Findings of other tools in a file that are looked at for a suggestion."""
EVENTS_MAX = 200


def projects_of(actor: Actor) -> QuerySet[ScannedProject]:
    """What the organization has scanned, by name."""
    return visible_to(actor, "scan.read", ScannedProject.objects.order_by("target", "id"))


def scans_of(actor: Actor, project_id: str = "") -> QuerySet[Scan]:
    """The scans that the actor may see, newest first."""
    rows = Scan.objects.select_related("project").order_by("-uploaded_at", "id")
    return visible_to(actor, "scan.read", rows.filter(project=project_id) if project_id else rows)


def scan(actor: Actor, scan_id: str) -> Scan:
    """One scan.

    Raises:
        NotFound: Absent or foreign.
    """
    return get_visible(actor, "scan.read", Scan.objects.select_related("project"), scan_id)


def runs_of(actor: Actor, scan_id: str) -> list[ScanRun]:
    """What a scan said for each tool and category.

    Raises:
        NotFound: Absent or foreign.
    """
    rows = scan(actor, scan_id).runs.select_related("series").order_by("series__tool", "series__category")
    return list(rows)


def progress(row: Scan) -> Progress | None:
    """How far a scan's folding says it is; for a row that the actor was given."""
    if row.state != ScanState.RECEIVED:
        return None
    job = jobs.latest_of([row.pk], kinds=[FOLD]).get(row.pk)
    return job.progress if job else None


def findings_of(actor: Actor, wanted: FindingFilter) -> QuerySet[Finding]:
    """Findings, the worst first; without a scan in the filter as they are now.

    Raises:
        NotFound: The filter names a scan that is absent or foreign.
    """
    rows = visible_to(actor, "finding.read", Finding.objects.select_related("series"))
    rows = rows.filter(first_number__lte=F("series__run_number"))
    if wanted.project:
        rows = rows.filter(series__project=wanted.project)
    if wanted.scan:
        rows = _of_scan(rows, scan(actor, wanted.scan), wanted.change)
    elif wanted.change:
        rows = rows.filter(_NOW[Change(wanted.change)])
    if wanted.rule:
        rows = rows.filter(rule=wanted.rule)
    if wanted.level:
        rows = rows.filter(level=wanted.level)
    if wanted.path:
        rows = rows.filter(path__startswith=wanted.path)
    if wanted.judged != "any":
        rows = rows.exclude(judged="") if wanted.judged == "yes" else rows.filter(judged="")
    if wanted.search:
        text = wanted.search
        rows = rows.filter(Q(message__icontains=text) | Q(path__icontains=text) | Q(rule__icontains=text))
    return rows.order_by("rank", "path", "line", "id")


_OPEN = Q(state=FindingState.OPEN)
_LAST = Q(changed_number=F("series__run_number"))
_FIRST = Q(first_number=F("series__run_number"))
_NOW = {
    Change.NEW: _OPEN & _FIRST,
    Change.REOPENED: _OPEN & _LAST & ~_FIRST,
    Change.UNCHANGED: _OPEN & ~_LAST & ~_FIRST,
    Change.GONE: Q(state=FindingState.GONE),
}


def _of_scan(rows: QuerySet[Finding], row: Scan, change: str) -> QuerySet[Finding]:
    """As of a scan's own runs, whatever came after."""
    condition = Q(pk__in=[])
    for series, number in row.runs.values_list("series", "number"):
        condition |= Q(series=series) & _at(number, change)
    return rows.filter(condition)


def _at(number: int, change: str) -> Q:
    events = FindingEvent.objects.filter(number=number)
    gone = Q(pk__in=events.filter(kind=EventKind.GONE).values("finding"))
    reopened = Q(pk__in=events.filter(kind=EventKind.REOPENED).values("finding"))
    if change == Change.NEW:
        return Q(first_number=number)
    if change == Change.GONE:
        return gone
    if change == Change.REOPENED:
        return reopened
    there = Q(first_number__lt=number) & ~reopened & Q(pk__in=_there(number))
    return there if change == Change.UNCHANGED else there | Q(first_number=number) | reopened | gone


def _there(number: int) -> QuerySet[Finding, Any]:
    """Findings that a run saw: those that no event up to it says are gone."""
    rows = Finding.objects.annotate(last=last_event(number))
    return rows.filter(Q(last=None) | ~Q(last=EventKind.GONE)).values("pk")


def change_of(row: Finding) -> Change:
    """What the latest run of its tool did to a finding; its series is loaded."""
    if row.state == FindingState.GONE:
        return Change.GONE
    if row.first_number == row.series.run_number:
        return Change.NEW
    return Change.REOPENED if row.changed_number == row.series.run_number else Change.UNCHANGED


def finding(actor: Actor, finding_id: str) -> Finding:
    """One finding, with its series and project.

    Raises:
        NotFound: Absent or foreign, or still being folded.
    """
    rows = Finding.objects.select_related("series__project").filter(first_number__lte=F("series__run_number"))
    return get_visible(actor, "finding.read", rows, finding_id)


def events_of(actor: Actor, finding_id: str) -> list[EventView]:
    """A finding's way through the runs, the newest step first.

    Raises:
        NotFound: See ``finding``.
    """
    row = finding(actor, finding_id)
    runs = {run.number: run for run in row.series.runs.select_related("scan")}
    told = [(one.kind, one.number, one.how) for one in row.events.filter(number__lte=row.series.run_number)]
    steps = [(Change.NEW.value, row.first_number, ""), *told]
    return [
        EventView(kind=kind, number=number, how=how, at=runs[number].scan.uploaded_at, scan_id=runs[number].scan_id)
        for kind, number, how in sorted(steps, key=lambda step: -step[1])[:EVENTS_MAX]
        if number in runs
    ]


@dataclass(frozen=True)
class Judged:
    """A judgment."""

    row: FindingJudgment
    changed_since: bool
    """Whether the finding's code or place is another one than when it was judged."""


def judgments_of(actor: Actor, finding_id: str) -> list[Judged]:
    """What people have said of a finding, the newest first; ended judgments too.

    Raises:
        NotFound: See ``finding``.
    """
    row = finding(actor, finding_id)
    return [Judged(one, one.fingerprint != row.fingerprint) for one in row.judgments.order_by("-made_at", "-id")]


def judgments_in_force(actor: Actor, finding_ids: list[str]) -> dict[str, Judged]:
    """The judgments that hold for some findings; only the actor's own."""
    seen = visible_to(actor, "finding.read", Finding.objects.filter(pk__in=finding_ids)).values("pk")
    rows = FindingJudgment.objects.filter(finding__in=seen, ended_at=None).select_related("finding")
    return {row.finding_id: Judged(row, row.fingerprint != row.finding.fingerprint) for row in rows}


def suggestions_for(actor: Actor, finding_id: str) -> list[Finding]:
    """Findings of other tools that may be the same weakness: same file, near lines, one family of CWE. Never more than a hint.

    Raises:
        NotFound: See ``finding``.
    """
    row = finding(actor, finding_id)
    if not row.path or not row.line or not row.weaknesses:
        return []
    others = visible_to(actor, "finding.read", Finding.objects.select_related("series")).filter(
        series__project=row.series.project_id,
        path=row.path,
        state=FindingState.OPEN,
        first_number__lte=F("series__run_number"),
        line__range=(max(1, row.line - 10), max(row.line, row.end_line) + 10),
    )
    near = others.exclude(series__tool=row.series.tool).order_by("line", "id")[:NEAR]
    return [
        one for one in near if alike(row.line, row.end_line, row.weaknesses, one.line, one.end_line, one.weaknesses)
    ]

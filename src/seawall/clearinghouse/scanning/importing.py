"""A scan becomes findings, in transactions of bounded size.

What is new is written first, under the number that the run will have: nobody sees it until the last transaction gives that
number to the series. That one alone changes what was there: gone, reopened, moved. So readers see a run whole or not at all,
SQLite's write lock is held for a second rather than a minute, and a worker that dies leaves only rows that nobody sees and
that the next attempt removes.

The scans of a project are folded in the order of their upload: ``begin`` lets one wait for an older one, whose end queues it.
"""

import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, fields
from itertools import islice
from typing import Any, TypeVar

from django.db import transaction
from django.db.models import F, OuterRef, Q, Subquery

from seawall.clearinghouse.deduplication.bulk.errors import ScanTooLarge
from seawall.clearinghouse.deduplication.bulk.fingerprints import fingerprint
from seawall.clearinghouse.deduplication.bulk.folding import fold
from seawall.clearinghouse.deduplication.bulk.types import RANKS, Folding, How, Level, Result, RunSummary, Trace
from seawall.clearinghouse.distribution.services import notify
from seawall.clearinghouse.scanning.inserting import insert
from seawall.clearinghouse.scanning.models import (
    Finding,
    FindingEvent,
    Scan,
    ScannedProject,
    ScanRun,
    Series,
    finding_id,
)
from seawall.clearinghouse.scanning.parsing import ParsedRun, row
from seawall.clearinghouse.scanning.types import Counts, EventKind, FindingState, ScanState
from seawall.foundation.access.types import Actor
from seawall.foundation.jobs.services import enqueue
from seawall.foundation.platform import clock
from seawall.foundation.platform.errors import SeawallError
from seawall.foundation.transparency.services import record

FOLD = "scanning.fold"
BATCH = 2000
"""Findings of one transaction: about a quarter of a second of SQLite's write lock."""
STATEMENT = 400
"""Rows of one statement; SQLite takes 32,766 parameters, and a finding has 26."""
SERIES_MAX = 20
"""Tools and categories of one document."""
NOTES_MAX = 20

T = TypeVar("T")
_COLUMNS = tuple(field.name for field in fields(Result))
_COMPARED = tuple(field.name for field in fields(Trace))
_PLACES = tuple(_COLUMNS.index(name) for name in _COMPARED)
_SHOWN = (*_COLUMNS, "rank", "fingerprint")
_INTERNED = frozenset({"rule", "path", "logical", "said"})


@dataclass
class SeriesPlan:
    """What one series' run will change; made without writing anything."""

    series_id: int
    tool: str
    number: int
    summaries: list[RunSummary]
    why: str
    """Why nothing is gone by it; empty where it covers everything."""
    lines: list[memoryview]
    """Each result once."""
    traces: list[Trace]
    known: list[str]
    """Identifiers of what is known, as ``folding`` refers to them."""
    open: list[bool]
    contents: list[str]
    folding: Folding

    @property
    def gone(self) -> list[str]:
        """Findings that this run ends."""
        return [] if self.why else [self.known[one] for one in self.folding.missing if self.open[one]]

    @property
    def reopened(self) -> list[str]:
        """Findings that are back."""
        return [self.known[pair.known] for pair in self.folding.pairs if not self.open[pair.known]]

    def counts(self) -> Counts:
        """For pages."""
        back = len(self.reopened)
        return Counts(
            results=len(self.lines),
            new=len(self.folding.new),
            unchanged=len(self.folding.pairs) - back,
            gone=len(self.gone),
            reopened=back,
            followed=sum(pair.how is not How.SAME for pair in self.folding.pairs),
        )


def begin(scan_id: str) -> Scan | None:
    """The scan, if it is its turn; removes what an earlier attempt left. Must run inside the caller's transaction."""
    found = Scan.objects.filter(pk=scan_id).first()
    if found is None:
        return None
    ScannedProject.objects.select_for_update().get(pk=found.project_id)
    scan = Scan.objects.get(pk=scan_id)
    if scan.state != ScanState.RECEIVED:
        return None
    older = Q(uploaded_at__lt=scan.uploaded_at) | Q(uploaded_at=scan.uploaded_at, pk__lt=scan.pk)
    if _waiting(scan).filter(older).exists():
        scan.waits = True
        scan.save(update_fields=["waits"])
        return None
    unseen = Finding.objects.filter(series__project=scan.project_id, first_number__gt=F("series__run_number"))
    FindingEvent.objects.filter(series__project=scan.project_id, number__gt=F("series__run_number")).delete()
    unseen.delete()
    return scan


def _waiting(scan: Scan) -> Any:
    others = Scan.objects.filter(project=scan.project_id, state=ScanState.RECEIVED).exclude(pk=scan.pk)
    return others.order_by("uploaded_at", "pk")


def plans(scan: Scan, parsed: Sequence[ParsedRun]) -> list[SeriesPlan]:
    """What each series of the document will change.

    Raises:
        ScanTooLarge: Too many series.
    """
    grouped: dict[tuple[str, str], list[ParsedRun]] = {}
    for run in parsed:
        grouped.setdefault((run.summary.tool, run.summary.category or scan.category), []).append(run)
    if len(grouped) > SERIES_MAX:
        raise ScanTooLarge(
            f"The document has runs of {len(grouped)} tools and categories; {SERIES_MAX} are taken at once.",
            "Send them in several documents.",
        )
    return [_plan(scan, tool, category, runs) for (tool, category), runs in sorted(grouped.items())]


def _plan(scan: Scan, tool: str, category: str, runs: Sequence[ParsedRun]) -> SeriesPlan:
    with transaction.atomic():
        series, _ = Series.objects.get_or_create(project_id=scan.project_id, tool=tool, category=category)
    lines, traces = _seen(runs)
    rows = Finding.objects.filter(series=series, first_number__lte=series.run_number).order_by("pk")
    known: list[str] = []
    states: list[bool] = []
    old: list[Trace] = []
    for pk, state, hints, *values in rows.values_list("pk", "state", "hints", *_WITHOUT_HINTS).iterator(10_000):
        known.append(pk)
        states.append(state == FindingState.OPEN)
        said = dict(zip(_WITHOUT_HINTS, values, strict=True))
        old.append(Trace(hints=tuple(hints), **{name: _shared(name, value) for name, value in said.items()}))
    incomplete = [run.summary.why for run in runs if not run.summary.complete]
    why = "Its sender says that it does not cover the whole project." if scan.partial else next(iter(incomplete), "")
    return SeriesPlan(
        series_id=series.pk,
        tool=tool,
        number=series.run_number + 1,
        summaries=[run.summary for run in runs],
        why=why,
        lines=lines,
        traces=traces,
        known=known,
        open=states,
        contents=[trace.content for trace in old],
        folding=fold(old, traces, states),
    )


_WITHOUT_HINTS = tuple(name for name in _COMPARED if name != "hints")


def _seen(runs: Sequence[ParsedRun]) -> tuple[list[memoryview], list[Trace]]:
    """Every result once: what is equal in all that is kept is one."""
    lines: list[memoryview] = []
    traces: list[Trace] = []
    contents: set[str] = set()
    for run in runs:
        for line in run.lines:
            values = row(line)
            said = {name: values[place] for name, place in zip(_COMPARED, _PLACES, strict=True)}
            if said["content"] in contents:
                continue
            contents.add(said["content"])
            said["hints"] = tuple(said["hints"])
            lines.append(line)
            traces.append(Trace(**{name: _shared(name, value) for name, value in said.items()}))
    return lines, traces


def _shared(name: str, value: Any) -> Any:
    """Texts that many results have are kept once."""
    return sys.intern(value) if name in _INTERNED else value


def writes(scan: Scan, plan: SeriesPlan) -> Iterator[Callable[[], int]]:
    """What is not seen before the run counts, in steps; each must run inside a transaction and says how much it wrote."""
    now = clock.now()
    how = {pair.known: pair.how for pair in plan.folding.pairs}

    def events() -> Iterator[FindingEvent]:
        told = [(one, EventKind.GONE, "") for one in plan.gone]
        told += [(one, EventKind.REOPENED, "") for one in plan.reopened]
        told += [(plan.known[one], EventKind.FOLLOWED, word.value) for one, word in how.items() if word is not How.SAME]
        for one, kind, word in told:
            yield FindingEvent(
                finding_id=one, series_id=plan.series_id, number=plan.number, kind=kind, how=word, at=now
            )

    def keep_new(places: Sequence[int]) -> int:
        insert(_values(scan, plan, place, finding_id()) for place in places)
        return len(places)

    def keep_events(some: Sequence[FindingEvent]) -> int:
        FindingEvent.objects.bulk_create(some, STATEMENT)
        return len(some)

    for places in _batches(iter(plan.folding.new)):
        yield lambda places=places: keep_new(places)  # type: ignore[misc] # bound at once, not when it is called
    for some in _batches(events()):
        yield lambda some=some: keep_events(some)  # type: ignore[misc] # as above


def _batches(items: Iterator[T]) -> Iterator[list[T]]:
    while some := list(islice(items, BATCH)):
        yield some


def _values(scan: Scan, plan: SeriesPlan, place: int, pk: str) -> dict[str, Any]:
    """A result as a new finding, by column."""
    said = dict(zip(_COLUMNS, row(plan.lines[place]), strict=True))
    return {
        "id": pk,
        "organization_id": scan.organization_id,
        "series_id": plan.series_id,
        "first_number": plan.number,
        "changed_number": plan.number,
        "state": FindingState.OPEN.value,
        "judged": "",
        "rank": RANKS[Level(said["level"])],
        "fingerprint": fingerprint(plan.tool, plan.traces[place]),
        **said,
    }


def finish(system: Actor, scan: Scan, made: Sequence[SeriesPlan], notes: Sequence[str]) -> None:
    """Let the runs count. Must run inside the caller's transaction, after all ``writes``."""
    total = Counts()
    for plan in made:
        counts = plan.counts()
        total += counts
        _change(scan, plan)
        summary = plan.summaries[0]
        ScanRun.objects.create(
            scan=scan,
            series_id=plan.series_id,
            number=plan.number,
            tool_version=summary.tool_version,
            complete=not plan.why,
            why=plan.why,
            **asdict(counts),
        )
        Series.objects.filter(pk=plan.series_id).update(run_number=plan.number)
    scan.state = ScanState.READY
    scan.ready_at = clock.now()
    scan.counts = asdict(total)
    scan.notes = list(dict.fromkeys(notes))[:NOTES_MAX]
    scan.save(update_fields=["state", "ready_at", "counts", "notes"])
    _next(scan)
    record(system, "scan.folded", scan.pk, {"document": scan.digest, **asdict(total)})


def _change(scan: Scan, plan: SeriesPlan) -> None:
    """Gone, back, moved: what readers see of it at once."""
    events = FindingEvent.objects.filter(series=plan.series_id, number=plan.number)
    for kind, state in ((EventKind.GONE, FindingState.GONE), (EventKind.REOPENED, FindingState.OPEN)):
        Finding.objects.filter(pk__in=events.filter(kind=kind).values("finding")).update(
            state=state, changed_number=plan.number
        )
    moved = [pair for pair in plan.folding.pairs if plan.contents[pair.known] != plan.traces[pair.seen].content]
    for start in range(0, len(moved), BATCH):
        Finding.objects.bulk_create(
            [
                Finding(**_values(scan, plan, pair.seen, plan.known[pair.known]))
                for pair in moved[start : start + BATCH]
            ],
            STATEMENT,
            update_conflicts=True,
            unique_fields=["id"],
            update_fields=_SHOWN,
        )


def refuse(system: Actor, scan_id: str, error: SeawallError) -> None:
    """Note why a scan cannot be taken in, and tell who sent it. Must run inside the caller's transaction."""
    scan = Scan.objects.select_for_update().get(pk=scan_id)
    if scan.state != ScanState.RECEIVED:
        return
    scan.state = ScanState.REFUSED
    scan.error = {"code": error.code, "detail": error.detail, "action": error.action, "field": error.field}
    scan.save(update_fields=["state", "error"])
    _next(scan)
    notify(
        scan.organization_id,
        kind="scan",
        subject=scan.pk,
        title="A scan could not be read",
        body=f"{error.detail} {error.action}".strip(),
        reference=f"/scans/{scan.pk}",
    )
    record(system, "scan.refused", scan.pk, {"document": scan.digest, "code": error.code})


def _next(scan: Scan) -> None:
    """Queue the next scan of the project, if its job has come and gone already."""
    ScannedProject.objects.select_for_update().get(pk=scan.project_id)
    waiting = _waiting(scan).first()
    if waiting is not None and waiting.waits:
        waiting.waits = False
        waiting.save(update_fields=["waits"])
        enqueue(
            FOLD,
            waiting.pk,
            organization_id=scan.organization_id,
            idempotency_key=f"fold:{waiting.pk}:after:{scan.pk}",
        )


def last_event(number: Any) -> Subquery:
    """The latest event up to a run that says whether a finding was there; for annotations of findings."""
    events = FindingEvent.objects.filter(
        finding=OuterRef("pk"), number__lte=number, kind__in=[EventKind.GONE, EventKind.REOPENED]
    )
    return Subquery(events.order_by("-number").values("kind")[:1])

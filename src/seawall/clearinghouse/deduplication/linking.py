"""Which case a report belongs to by what the harness saw, whatever the order of arrival: rows, and no scores.

    begin(package)                  # the lock of the package, and what was folded before rows were kept
    placed = place(system, row)     # takes apart what has lost its ground, and says where the report goes

The pure function behind it is ``grouping.clusters``: what it says of all reports is what the cases are after each report.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from seawall.clearinghouse.coordination import merging
from seawall.clearinghouse.coordination import queries as coordination
from seawall.clearinghouse.coordination.queries import CaseRow, LinkRow
from seawall.clearinghouse.coordination.types import LinkRole
from seawall.clearinghouse.deduplication import comparing, fixes, grouping, remembering
from seawall.clearinghouse.deduplication.grouping import Ran
from seawall.clearinghouse.deduplication.models import Observation
from seawall.clearinghouse.intake import queries as intake
from seawall.foundation.access.types import Actor

CROWDED = "Many different signatures end in that function by now, so an equal one says nothing there."
SEVERAL = "Several cases have this signature, held apart by a decision; which one it is, no signature can say."
CONFLICT = (
    "A proof with the same signature works on a version that has another one's fix, so they are not all one flaw."
)

GROUNDLESS = "An equal signature is not enough here to take the reports for one flaw."
"""What everybody in the case reads; the reason proper tells of other parties' reports, and is for whoever sees both."""


@dataclass(frozen=True)
class Parted:
    """Reports that were taken out of a case, because what linked them has lost its ground."""

    left_id: str
    case_id: str
    report_ids: tuple[str, ...]
    reason: str


@dataclass(frozen=True)
class Placed:
    """Where a report goes."""

    case_id: str | None
    """The one open case that it links to by itself; None where there is none, or more than one."""
    peers: tuple[str, ...] = ()
    """The reports of that case that link it."""
    why_not: str = ""
    """Why reports with the same key do not link; empty where nothing speaks against."""
    parted: tuple[Parted, ...] = ()


def begin(package: str) -> None:
    """Lock a package for the rest of the transaction; remember reports that were folded before rows were kept of them."""
    row = remembering.lock(package)
    if row.read_by == remembering.READER:
        return
    for report_id in coordination.reports_of_package(package):
        remembering.remember(comparing.finding(intake.for_the_clearinghouse(report_id)))
    row.read_by = remembering.READER
    row.save(update_fields=["read_by"])


def place(system: Actor, row: Observation) -> Placed:
    """Say where a report goes, after taking apart what it has taken the ground from.

    Args:
        system: The clearinghouse.
        row: Of the report, remembered in this transaction, under the package's lock.
    """
    is_crowd, is_new = remembering.crowd(row)
    if is_crowd:
        parted: tuple[Parted, ...] = ()
        if is_new:
            there = Observation.objects.filter(place=row.place).exclude(pk=row.pk).values_list("report_id", flat=True)
            parted = tuple(_part(system, [frozenset({one}) for one in there], CROWDED))
        return Placed(None, why_not=CROWDED if row.link_key else "", parted=parted)
    if not row.link_key:
        return Placed(None)
    runs = {
        report_id: Ran(worked_on, stopped_in)
        for report_id, worked_on, stopped_in in Observation.objects.filter(link_key=row.link_key).values_list(
            "report_id", "worked_on", "stopped_in"
        )
    }
    classes = grouping.parted(row.package, runs)
    parted = tuple(_part(system, classes, CONFLICT)) if len(classes) > 1 else ()
    peers = next(one for one in classes if row.report_id in one) - {row.report_id}
    cases: defaultdict[str, list[LinkRow]] = defaultdict(list)
    for link in coordination.links_of_reports(peers):
        cases[link.case_id].append(link)
    doubts = [doubt for one in cases.values() if (doubt := doubt_about(row.package, row.worked_on, one[0].case))]
    free = [one for one in cases.values() if not doubt_about(row.package, row.worked_on, one[0].case)]
    if len(free) == 1:
        return Placed(free[0][0].case_id, tuple(link.report_id for link in free[0]), parted=parted)
    why_not = SEVERAL if free else doubts[0] if doubts else CONFLICT if len(runs) > 1 else ""
    return Placed(None, why_not=why_not, parted=parted)


def doubt_about(package: str, worked_on: str, case: CaseRow) -> str:
    """Why a published case must not take a report in whatever is alike: its fix does not stop the proof, or may not."""
    if case.published_at is None:
        return ""
    if passed := fixes.outlives(package, worked_on, case.affected):
        return f"Its proof works on a version that has that case's fix ({passed}): an incomplete fix, or another flaw."
    if not case.affected:
        return "That case is published and names no fixed version, so nothing says that this one is over too."
    return ""


def _part(system: Actor, classes: Iterable[frozenset[str]], reason: str) -> Iterable[Parted]:
    """Take apart each case that holds more than one class; the class of its first report keeps it."""
    belongs = {report_id: number for number, one in enumerate(classes) for report_id in one}
    cases: defaultdict[str, list[LinkRow]] = defaultdict(list)
    for link in coordination.links_of_reports(belongs):
        cases[link.case_id].append(link)
    for case_id, links in sorted(cases.items()):
        first = min(links, key=lambda link: (link.role != LinkRole.FIRST, link.received_at, link.report_id))
        leaving: defaultdict[int, list[str]] = defaultdict(list)
        for link in links:
            if belongs[link.report_id] != belongs[first.report_id]:
                leaving[belongs[link.report_id]].append(link.report_id)
        for report_ids in leaving.values():
            own = merging.part_by_machine(system, case_id, report_ids, reason=GROUNDLESS, evidence={"zone": "same"})
            if own is not None:
                yield Parted(case_id, own.id, tuple(report_ids), reason)

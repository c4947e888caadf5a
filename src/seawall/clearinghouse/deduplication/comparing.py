"""From rows to ``Finding``s and comparisons: reads for the clearinghouse's own jobs and for people who decide."""

from collections.abc import Sequence
from dataclasses import replace

from seawall.clearinghouse.deconfliction.ground import queries as ground
from seawall.clearinghouse.deduplication import observing, remembering, rules
from seawall.clearinghouse.deduplication.models import Observation
from seawall.clearinghouse.deduplication.types import Comparison, Finding, Site, Zone
from seawall.clearinghouse.intake import queries as intake
from seawall.clearinghouse.intake.queries import ReportRow
from seawall.clearinghouse.validation import queries as validation
from seawall.clearinghouse.validation.queries import Observed
from seawall.foundation.platform.errors import BadInput


def finding(report: ReportRow) -> Finding:
    """What is compared of a proved report."""
    return _finding(report, validation.observed([report.id]).get(report.id, Observed()))


def _finding(report: ReportRow, seen: Observed) -> Finding:
    found = replace(
        _written(report),
        signature=seen.signature,
        stack=tuple(Site(name, "", None) for name in seen.stack),
        worked_on=seen.version,
        stopped_in=seen.fixed,
    )
    return found if seen.crash is None else observing.seen(found, seen.crash)


def _written(report: ReportRow) -> Finding:
    return Finding(
        report_id=report.id,
        package=report.package,
        failure=report.failure,
        signature=None,
        identifiers=frozenset(report.identifiers),
        symbols=frozenset(report.symbols),
        paths=frozenset(report.paths),
        weaknesses=frozenset(report.weaknesses),
        text=f"{report.title}\n{report.description}",
        affected=tuple((str(one.get("introduced") or ""), str(one.get("fixed") or "")) for one in report.affected),
    )


def several(report_ids: Sequence[str]) -> list[Finding]:
    """What is compared of some reports, as it is remembered; what is not remembered is read anew."""
    rows = {row.report_id: row for row in Observation.objects.filter(report_id__in=report_ids)}
    found = []
    for report in map(intake.for_the_clearinghouse, report_ids):
        row = rows.get(report.id)
        found.append(finding(report) if row is None else replace(_written(report), **remembering.seen_of(row)))
    return found


def names_of(package: str) -> frozenset[str]:
    """Other names of a package that the clearinghouse knows: its repository, and other packages from there."""
    try:
        return frozenset(ground.names_of(package)) - {package}
    except BadInput:  # a package that no lease could name has one name
        return frozenset()


def compare_cases(left: Sequence[str], right: Sequence[str]) -> Comparison:
    """The comparison of the first reports of two cases."""
    return rules.compare(
        finding(intake.for_the_clearinghouse(left[0])), finding(intake.for_the_clearinghouse(right[0]))
    )


def rank(comparison: Comparison) -> tuple[bool, int]:
    """How comparisons are ordered: what links before what is merely like."""
    return comparison.zone is Zone.SAME, comparison.score

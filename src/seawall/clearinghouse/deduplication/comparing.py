"""From rows to ``Finding``s and comparisons: reads for the clearinghouse's own jobs and for people who decide."""

from collections.abc import Sequence

from seawall.clearinghouse.deduplication import observing, rules
from seawall.clearinghouse.deduplication.types import Comparison, Finding, Site, Zone
from seawall.clearinghouse.intake import queries as intake
from seawall.clearinghouse.intake.queries import ReportRow
from seawall.clearinghouse.validation import queries as validation
from seawall.clearinghouse.validation.queries import Observed

COMPARED_MAX = 50
"""Reports of a case that a new one is held against; the oldest are the best known."""


def finding(report: ReportRow) -> Finding:
    """What is compared of a proved report."""
    return _finding(report, validation.observed([report.id]).get(report.id, Observed()))


def _finding(report: ReportRow, seen: Observed) -> Finding:
    found = Finding(
        report_id=report.id,
        package=report.package,
        failure=report.failure,
        signature=seen.signature,
        identifiers=frozenset(report.identifiers),
        symbols=frozenset(report.symbols),
        paths=frozenset(report.paths),
        weaknesses=frozenset(report.weaknesses),
        text=f"{report.title}\n{report.description}",
        stack=tuple(Site(name, "", None) for name in seen.stack),
        affected=tuple((str(one.get("introduced") or ""), str(one.get("fixed") or "")) for one in report.affected),
        worked_on=seen.version,
        stopped_in=seen.fixed,
    )
    return found if seen.crash is None else observing.seen(found, seen.crash)


def best(mine: Finding, others: Sequence[Finding], crowds: frozenset[str]) -> Comparison | None:
    """The comparison with the likest of some findings; None where there are none.

    Args:
        mine: The new finding.
        others: Findings of one case.
        crowds: Of all findings of the package, see ``rules.crowded``.
    """
    return max((rules.compare(mine, other, crowds=crowds) for other in others), key=rank, default=None)


def of_reports(report_ids: Sequence[str]) -> list[Finding]:
    """What is compared of some reports, of at most ``COMPARED_MAX``."""
    return [finding(intake.for_the_clearinghouse(one)) for one in report_ids[:COMPARED_MAX]]


def compare_cases(left: Sequence[str], right: Sequence[str]) -> Comparison:
    """The comparison of the first reports of two cases."""
    return rules.compare(
        finding(intake.for_the_clearinghouse(left[0])), finding(intake.for_the_clearinghouse(right[0]))
    )


def rank(comparison: Comparison) -> tuple[bool, int]:
    """How comparisons are ordered: what links before what is merely like."""
    return comparison.zone is Zone.SAME, comparison.score

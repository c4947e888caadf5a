"""From rows to ``Finding``s and comparisons: reads for the clearinghouse's own jobs and for people who decide."""

from collections.abc import Sequence

from seawall.clearinghouse.deduplication import rules
from seawall.clearinghouse.deduplication.types import Comparison, Finding, Zone
from seawall.clearinghouse.intake import queries as intake
from seawall.clearinghouse.intake.queries import ReportRow
from seawall.clearinghouse.validation import queries as validation

COMPARED_MAX = 50
"""Reports of a case that a new one is held against; the oldest are the best known."""


def finding(report: ReportRow) -> Finding:
    """What is compared of a proved report."""
    return Finding(
        report_id=report.id,
        package=report.package,
        failure=report.failure,
        signature=validation.signature_of(report.id),
        identifiers=frozenset(report.identifiers),
        symbols=frozenset(report.symbols),
        paths=frozenset(report.paths),
        weaknesses=frozenset(report.weaknesses),
        text=f"{report.title}\n{report.description}",
    )


def best(mine: Finding, report_ids: Sequence[str]) -> Comparison | None:
    """The comparison with the likest of some reports; None where there are none."""
    compared = [
        rules.compare(mine, finding(intake.for_the_clearinghouse(other))) for other in report_ids[:COMPARED_MAX]
    ]
    return max(compared, key=rank, default=None)


def compare_cases(left: Sequence[str], right: Sequence[str]) -> Comparison:
    """The comparison of the first reports of two cases."""
    return rules.compare(
        finding(intake.for_the_clearinghouse(left[0])), finding(intake.for_the_clearinghouse(right[0]))
    )


def rank(comparison: Comparison) -> tuple[bool, int]:
    """How comparisons are ordered: what links before what is merely like."""
    return comparison.zone is Zone.SAME, comparison.score

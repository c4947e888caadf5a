"""Writes of deduplication: each answered report is folded into its case, opens one, or is sent back to its finder."""

from dataclasses import asdict
from datetime import datetime
from typing import Any

from seawall.clearinghouse.coordination import queries as coordination_queries
from seawall.clearinghouse.coordination import services as coordination
from seawall.clearinghouse.deduplication import rules
from seawall.clearinghouse.deduplication.models import Suggestion
from seawall.clearinghouse.deduplication.types import Comparison, Finding, Zone
from seawall.clearinghouse.intake import queries as intake_queries
from seawall.clearinghouse.intake import services as intake
from seawall.clearinghouse.intake.queries import ReportRow
from seawall.clearinghouse.validation import queries as validation
from seawall.foundation.access.types import Actor
from seawall.foundation.platform import clock
from seawall.foundation.transparency.services import record

_NO_PROOF = (
    "Your report came without a proof, so nobody else has been asked to read it. "
    "Send it again with a proof bundle (docs/proofs.md) and it will be run within minutes."
)


def fold(system: Actor, report_id: str) -> str:
    """Find the case of a report; must run inside the job's fenced transaction. Running it twice changes nothing.

    Returns:
        What was done: ``answered``, ``folded`` or ``opened``.
    """
    report = intake_queries.for_the_clearinghouse(report_id)
    if report.case_id or report.answer:
        return "answered"
    if not report.proved:
        intake.answer(system, report_id, _answer_unproved(report_id))
        return "answered"
    finding = _finding(report)
    best: tuple[Comparison, str] | None = None
    for case in coordination_queries.open_case_of_package(report.package):
        compared = [
            rules.compare(finding, _finding(intake_queries.for_the_clearinghouse(link.report_id)))
            for link in case.links.filter(undone_at=None)
        ]
        top = max(compared, key=lambda item: (item.zone == Zone.SAME, item.score), default=None)
        if top is not None and (best is None or _rank(top) > _rank(best[0])):
            best = (top, case.id)
    proved = _proved(report)
    if best is not None and best[0].zone is Zone.SAME:
        comparison, case_id = best
        folded = coordination.add_duplicate(
            system, case_id, proved, reason=comparison.reason, evidence=_evidence(comparison)
        )
        if folded.former_first is not None:
            known = f"{_known(report.received_at)} {comparison.reason}"
            intake.answer(system, folded.former_first, known, case_id=folded.case.id)
        intake.answer(
            system,
            report_id,
            f"First: of the reports of this flaw yours was received first, and the case is yours. {comparison.reason}"
            if folded.is_first
            else f"{_known(_first_received(folded.case.id))} {comparison.reason}",
            case_id=folded.case.id,
        )
        return "folded"
    case = coordination.open_case(system, proved, reason="a proof held and no known case has its signature.")
    if best is not None and best[0].zone is Zone.ASK:
        comparison, other = best
        Suggestion.objects.create(
            report_id=report_id,
            case_id=other,
            zone=comparison.zone,
            score=comparison.score,
            contributions=_evidence(comparison)["contributions"],
            made_at=clock.now(),
        )
        record(system, "deduplication.suggested", report_id, {"case": other, "score": comparison.score})
    intake.answer(
        system,
        report_id,
        "New: your proof held on the version you named and not on the fixed one. A case is open and you take part in it.",
        case_id=case.id,
    )
    return "opened"


def _known(first_received: datetime) -> str:
    return (
        f"Known: a report of this flaw was received before yours, on {first_received:%Y-%m-%d at %H:%M} UTC. "
        "Your proof held and your credit as co-finder is kept."
    )


def _first_received(case_id: str) -> datetime:
    return min(link.received_at for link in coordination_queries.links_of_case(case_id))


def _rank(comparison: Comparison) -> tuple[bool, int]:
    return comparison.zone is Zone.SAME, comparison.score


def _evidence(comparison: Comparison) -> dict[str, Any]:
    return {"score": comparison.score, "contributions": [asdict(item) for item in comparison.contributions]}


def _answer_unproved(report_id: str) -> str:
    verdict = validation.verdict_of(report_id)
    if verdict is None:
        return _NO_PROOF
    return (
        f"Your proof was run and the verdict is {verdict.state.replace('_', ' ')}: {verdict.summary} "
        "Nobody else has been asked to read the report. You may send a new proof with a new report."
    )


def _finding(report: ReportRow) -> Finding:
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


def _proved(report: ReportRow) -> coordination.ProvedReport:
    return coordination.ProvedReport(
        id=report.id,
        organization_id=report.organization_id,
        title=report.title,
        package=report.package,
        failure=report.failure,
        identifiers=tuple(report.identifiers),
        weaknesses=tuple(report.weaknesses),
        severity=report.severity,
        affected=tuple(report.affected),
        received_at=report.received_at,
    )

"""Writes of deduplication: each answered report is folded into its case, opens one, or is sent back to its finder."""

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from seawall.clearinghouse.coordination import merging
from seawall.clearinghouse.coordination import queries as coordination_queries
from seawall.clearinghouse.coordination import services as coordination
from seawall.clearinghouse.deduplication import comparing, decisions, fixes, rules
from seawall.clearinghouse.deduplication.models import Suggestion
from seawall.clearinghouse.deduplication.trying import Tried
from seawall.clearinghouse.deduplication.types import Comparison, Contribution, Outcome, Zone
from seawall.clearinghouse.intake import queries as intake_queries
from seawall.clearinghouse.intake import services as intake
from seawall.clearinghouse.intake.queries import ReportRow
from seawall.clearinghouse.validation import queries as validation
from seawall.foundation.access.types import Actor
from seawall.foundation.jobs.services import enqueue
from seawall.foundation.jobs.types import Priority
from seawall.foundation.platform import clock
from seawall.foundation.transparency.services import record

TRY = "deduplication.try"
"""The job that lets a run decide whether two reports are one flaw (subject: suggestion)."""
ASKED_MAX = 3
"""Cases that a person is asked about for one report."""

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
    likes = _likes(report)
    same = [like for like in likes if like.links]
    if len(same) == 1:
        return _fold_into(system, report, same[0])
    case = coordination.open_case(system, _proved(report), reason="a proof held and no known case has its signature.")
    for like in likes[:ASKED_MAX]:
        _ask(system, report, like, several=len(same) > 1)
    intake.answer(
        system,
        report_id,
        "New: your proof held on the version you named and not on the fixed one. A case is open and you take part in it.",
        case_id=case.id,
    )
    return "opened"


@dataclass(frozen=True)
class _Like:
    """An open case that the report is like, or the same flaw as."""

    case_id: str
    comparison: Comparison
    doubt: str | None
    """Why it must not be folded into the case whatever is alike: the case's fix does not stop it, or may not."""

    @property
    def links(self) -> bool:
        """Whether it links by itself: never into a case whose fix does not stop the proof."""
        return self.comparison.zone is Zone.SAME and self.doubt is None


def _likes(report: ReportRow) -> list[_Like]:
    """Cases that the report may belong to, the likest first."""
    mine = comparing.finding(report)
    cases = coordination_queries.open_case_of_package(report.package)
    known = {
        case.id: comparing.of_reports([link.report_id for link in coordination_queries.links_of_case(case.id)])
        for case in cases
    }
    crowds = rules.crowded([mine, *(one for findings in known.values() for one in findings)])
    found = []
    for case in cases:
        top = comparing.best(mine, known[case.id], crowds)
        if top is None or top.zone is Zone.DIFFERENT:
            continue
        doubt = None
        if outlived := fixes.outlives(report.package, mine.worked_on, case.affected):
            doubt = f"Its proof works on a version that has that case's fix ({outlived}): an incomplete fix, or another flaw."
        elif case.published_at is not None and not case.affected:
            doubt = "That case is published and names no fixed version, so nothing says that this one is over too."
        found.append(_Like(case.id, top, doubt))
    return sorted(found, key=lambda like: comparing.rank(like.comparison), reverse=True)


def _fold_into(system: Actor, report: ReportRow, like: _Like) -> str:
    comparison = like.comparison
    folded = coordination.add_duplicate(
        system, like.case_id, _proved(report), reason=comparison.reason, evidence=decisions.as_json(comparison)
    )
    if folded.former_first is not None:
        known = f"{_known(report.received_at)} {comparison.reason}"
        intake.answer(system, folded.former_first, known, case_id=folded.case.id)
    intake.answer(
        system,
        report.id,
        f"First: of the reports of this flaw yours was received first, and the case is yours. {comparison.reason}"
        if folded.is_first
        else f"{_known(_first_received(folded.case.id))} {comparison.reason}",
        case_id=folded.case.id,
    )
    return "folded"


def _ask(system: Actor, report: ReportRow, like: _Like, *, several: bool) -> None:
    """Ask whether a report that got a case of its own belongs to another one; a run may answer, or a person."""
    kept = decisions.as_json(like.comparison)
    if like.doubt:
        kept["contributions"].append(asdict(Contribution("fix", 0, like.doubt)))
    elif several and like.comparison.zone is Zone.SAME:
        text = "Several cases have this signature, held apart by a decision; which one it is, no signature can say."
        kept["contributions"].append(asdict(Contribution("decision", 0, text)))
    suggestion = Suggestion.objects.create(
        report_id=report.id,
        case_id=like.case_id,
        zone=Zone.ASK,
        score=like.comparison.score,
        contributions=kept["contributions"],
        made_at=clock.now(),
    )
    record(system, "deduplication.suggested", report.id, {"case": like.case_id, "score": like.comparison.score})
    enqueue(
        TRY,
        str(suggestion.pk),
        organization_id=report.organization_id,
        priority=Priority.BULK,
        idempotency_key=f"try:{suggestion.pk}",
    )


def conclude_try(system: Actor, suggestion_id: int, tried: Tried) -> str:
    """Write down what the runs of a pair say, and do it: merge, close the question, or leave it to a person.

    A person's decision about the pair stands whatever the runs say. Must run inside the job's fenced transaction.

    Returns:
        What was done: ``merged``, ``different`` or ``asked``.
    """
    suggestion = Suggestion.objects.select_for_update().get(pk=suggestion_id)
    suggestion.tried = tried.to_json()
    case_id = intake_queries.for_the_clearinghouse(suggestion.report_id).case_id
    here = [link.report_id for link in coordination_queries.links_of_case(suggestion.case_id)]
    record(
        system,
        "deduplication.tried",
        suggestion.report_id,
        {"case": suggestion.case_id, "zone": tried.zone.value, "sentence": tried.sentence},
    )
    done = "asked"
    if suggestion.outcome != Outcome.OPEN or decisions.held_apart([suggestion.report_id], here, by_person=True):
        pass  # a person was quicker
    elif tried.zone is Zone.DIFFERENT:
        decisions.decide(
            system, [suggestion.report_id], here, same=False, reason=tried.sentence, comparison=suggestion.tried
        )
        _close(system, suggestion, Outcome.DIFFERENT, tried.sentence)
        done = "different"
    elif tried.zone is Zone.SAME and case_id and here:
        moved = [link.report_id for link in coordination_queries.links_of_case(case_id)]
        if not decisions.held_apart(moved, here, by_person=True) and merging.merge_by_run(
            system, case_id, suggestion.case_id, reason=tried.sentence, evidence=_tried_evidence(suggestion)
        ):
            decisions.decide(system, moved, here, same=True, reason=tried.sentence, comparison=suggestion.tried)
            _close(system, suggestion, Outcome.SAME, tried.sentence)
            done = "merged"
    suggestion.save(update_fields=["tried", "outcome", "decided_by", "decided_at", "decided_reason"])
    return done


def _tried_evidence(suggestion: Suggestion) -> dict[str, Any]:
    """What the case shows of a merge that the runs made."""
    said = [Contribution("run", 100, suggestion.tried["sentence"])]
    return {
        "score": 100,
        "contributions": [asdict(item) for item in said] + suggestion.contributions,
        "tried": suggestion.tried,
    }


def _close(system: Actor, suggestion: Suggestion, outcome: Outcome, reason: str) -> None:
    suggestion.outcome, suggestion.decided_reason = outcome, reason
    suggestion.decided_by, suggestion.decided_at = system.label[:200], clock.now()


def _known(first_received: datetime) -> str:
    return (
        f"Known: a report of this flaw was received before yours, on {first_received:%Y-%m-%d at %H:%M} UTC. "
        "Your proof held and your credit as co-finder is kept."
    )


def _first_received(case_id: str) -> datetime:
    return min(link.received_at for link in coordination_queries.links_of_case(case_id))


def _answer_unproved(report_id: str) -> str:
    verdict = validation.verdict_of(report_id)
    if verdict is None:
        return _NO_PROOF
    return (
        f"Your proof was run and the verdict is {verdict.state.replace('_', ' ')}: {verdict.summary} "
        "Nobody else has been asked to read the report. You may send a new proof with a new report."
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

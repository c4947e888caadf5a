"""Writes of deduplication: each answered report is folded into its case, opens one, or is sent back to its finder."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any, TypeVar

from seawall.clearinghouse.coordination import merging
from seawall.clearinghouse.coordination import queries as coordination_queries
from seawall.clearinghouse.coordination import services as coordination
from seawall.clearinghouse.coordination.queries import LinkRow
from seawall.clearinghouse.deduplication import comparing, decisions, fixes, linking, remembering, rules
from seawall.clearinghouse.deduplication.linking import Parted, Placed
from seawall.clearinghouse.deduplication.models import Suggestion
from seawall.clearinghouse.deduplication.trying import Tried
from seawall.clearinghouse.deduplication.types import Comparison, Contribution, Finding, Outcome, Zone
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
CANDIDATES = 20
"""Reports that are compared with a new one."""
CANDIDATES_EACH, ASKED_EACH = 10, 2
"""Of one organization: whoever floods a package with copies covers nobody else's report."""
PEERS = 5
"""Reports of a case of which the likest gives the reason of a link; their keys are all equal."""

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
    linking.begin(report.package)
    mine = comparing.finding(report)
    placed = linking.place(system, remembering.remember(mine))
    for part in placed.parted:
        _answer_parted(system, part)
    if placed.case_id is not None:
        return _fold_into(system, report, mine, placed)
    case = coordination.open_case(system, _proved(report), reason="a proof held and no known case has its signature.")
    for like in _spread(likes(mine, placed.why_not), ASKED_EACH)[:ASKED_MAX]:
        _ask(system, report, like)
    intake.answer(
        system,
        report_id,
        "New: your proof held on the version you named and not on the fixed one. A case is open and you take part in it.",
        case_id=case.id,
    )
    return "opened"


_One = TypeVar("_One", LinkRow, "Like")


@dataclass(frozen=True)
class Like:
    """A case that a report is like."""

    case_id: str
    comparison: Comparison
    notes: tuple[Contribution, ...]
    """What speaks against folding it in, whatever is alike."""
    tryable: bool
    """Whether runs can be asked: both are reports of one package, by any of its names."""
    organization_id: str
    """The finder's of the report that is likest."""


def likes(mine: Finding, why_not: str) -> list[Like]:
    """Cases that the report may belong to, the likest first; of any package."""
    mine = replace(mine, package_aliases=comparing.names_of(mine.package))
    names = {mine.package, *mine.package_aliases}
    likely = remembering.likely(mine, names, 3 * CANDIDATES)
    links = {link.report_id: link for link in coordination_queries.links_of_reports(likely)}
    links = {one.report_id: one for one in _spread([links[name] for name in likely if name in links], CANDIDATES_EACH)}
    others = {one.report_id: one for one in comparing.several(list(links)[:CANDIDATES])}
    found: dict[str, Like] = {}
    for link in sorted((links[name] for name in others), key=lambda link: (link.received_at, link.report_id)):
        other = others[link.report_id]
        said = rules.compare(mine, other, across=True)
        known = found.get(link.case_id)
        if said.zone is Zone.DIFFERENT or (known and comparing.rank(known.comparison) >= comparing.rank(said)):
            continue
        notes = []
        if outlived := fixes.outlives(mine.package, mine.worked_on, link.case.affected):
            text = f"Its proof works on a version that has that case's fix ({outlived}): an incomplete fix, or another flaw."
            notes.append(Contribution("fix", 0, text))
        elif doubt := linking.doubt_about(mine.package, mine.worked_on, link.case):
            notes.append(Contribution("fix", 0, doubt))
        elif said.zone is Zone.SAME and why_not:
            notes.append(Contribution("decision", 0, why_not))
        found[link.case_id] = Like(link.case_id, said, tuple(notes), other.package in names, link.organization_id)
    return sorted(found.values(), key=lambda like: comparing.rank(like.comparison), reverse=True)


def _spread(ordered: Iterable[_One], each: int) -> list[_One]:
    """Without what is more than so many of one organization."""
    counted: Counter[str] = Counter()
    kept = []
    for one in ordered:
        counted[one.organization_id] += 1
        if counted[one.organization_id] <= each:
            kept.append(one)
    return kept


def _fold_into(system: Actor, report: ReportRow, mine: Finding, placed: Placed) -> str:
    likest = max((rules.compare(mine, other) for other in comparing.several(placed.peers[:PEERS])), key=comparing.rank)
    folded = coordination.add_duplicate(
        system, str(placed.case_id), _proved(report), reason=likest.reason, evidence=decisions.as_json(likest)
    )
    if folded.former_first is not None:
        known = f"{_known(report.received_at)} {likest.reason}"
        intake.answer(system, folded.former_first, known, case_id=folded.case.id)
    intake.answer(
        system,
        report.id,
        f"First: of the reports of this flaw yours was received first, and the case is yours. {likest.reason}"
        if folded.is_first
        else f"{_known(_first_received(folded.case.id))} {likest.reason}",
        case_id=folded.case.id,
    )
    return "folded"


def _answer_parted(system: Actor, part: Parted) -> None:
    """Tell the finders of reports that have a case of their own again, and ask whether they belong together after all."""
    for report_id in part.report_ids:
        text = (
            f"A case of its own: your report was linked to an older one by itself. {linking.GROUNDLESS} "
            "The runs, or a person, decide; your proof held, and your credit is kept whatever they say."
        )
        intake.answer(system, report_id, text, case_id=part.case_id)
    report = intake_queries.for_the_clearinghouse(part.report_ids[0])
    staying = coordination_queries.links_of_case(part.left_id)[0]
    mine, other = comparing.several([report.id, staying.report_id])
    note = Contribution("decision", 0, part.reason)
    _ask(
        system,
        report,
        Like(part.left_id, rules.compare(mine, other), (note,), tryable=True, organization_id=staying.organization_id),
    )


def _ask(system: Actor, report: ReportRow, like: Like) -> None:
    """Ask whether a report that got a case of its own belongs to another one; a run may answer, or a person."""
    kept = decisions.as_json(like.comparison)
    kept["contributions"] += [asdict(note) for note in like.notes]
    if Suggestion.objects.filter(report_id=report.id, case_id=like.case_id).exists():
        return  # asked before: it stands, or was answered
    suggestion = Suggestion.objects.create(
        report_id=report.id,
        case_id=like.case_id,
        zone=Zone.ASK,
        score=like.comparison.score,
        contributions=kept["contributions"],
        made_at=clock.now(),
    )
    record(system, "deduplication.suggested", report.id, {"case": like.case_id, "score": like.comparison.score})
    if like.tryable:
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

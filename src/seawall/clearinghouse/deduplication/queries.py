"""Reads of deduplication. That two reports are alike is told to whoever may read both, and to nobody else."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from seawall.clearinghouse.coordination import queries as coordination
from seawall.clearinghouse.deduplication import comparing, decisions, explaining, remembering, rules
from seawall.clearinghouse.deduplication.explaining import StackRow
from seawall.clearinghouse.deduplication.models import Decision, Suggestion
from seawall.clearinghouse.deduplication.types import Comparison, Finding, Outcome
from seawall.clearinghouse.intake import queries as intake
from seawall.foundation.access.services import require
from seawall.foundation.access.types import Actor
from seawall.foundation.platform.errors import NotFound

NEAR_MAX = 12
"""Cases near to one that are shown."""

SuggestionRow = Suggestion
"""The row, for other folders' annotations."""


def suggestions_for(actor: Actor, case_id: str) -> list[Suggestion]:
    """Reports that may belong to a case, best first; only reports that the actor may read.

    Raises:
        NotFound: The case is not visible to the actor.
    """
    coordination.case(actor, case_id)
    return list(_told(actor).filter(case_id=case_id).order_by("-score", "id"))


def suggestions_about(actor: Actor, report_ids: Collection[str]) -> list[Suggestion]:
    """Cases that some reports may belong to, best first; only cases that the actor sees."""
    return list(_told(actor).filter(report_id__in=report_ids).order_by("-score", "id"))


def with_open_questions(actor: Actor, case_ids: Collection[str]) -> frozenset[str]:
    """Which of some cases other reports may belong to, for lists; only where the actor sees both sides."""
    return frozenset(_told(actor).filter(case_id__in=case_ids).values_list("case_id", flat=True))


def _told(actor: Actor) -> QuerySet[Suggestion]:
    """Open questions of which the actor sees both sides: that another party's report is like one's own is under embargo."""
    return Suggestion.objects.filter(
        outcome=Outcome.OPEN,
        case_id__in=coordination.cases_of(actor).order_by().values("pk"),
        report_id__in=intake.reports_of(actor).order_by().values("pk"),
    )


@dataclass(frozen=True)
class SideBySide:
    """Two cases held against each other: what a person sees who asks why they are, or are not, one."""

    comparison: Comparison
    left: Finding
    """The first report of the one case."""
    right: Finding
    decision: Decision | None
    """What was decided about the two, if anything was."""
    stack: tuple[StackRow, ...]
    """Both crashing stacks, equal functions beside each other."""
    missing: tuple[str, ...]
    """What would decide; empty where it is decided."""
    ask_from: int
    """Score from which anybody is asked."""


def side_by_side(actor: Actor, case_id: str, other_case_id: str) -> SideBySide:
    """Hold the first reports of two cases against each other now.

    Raises:
        NotFound: One of the cases is not visible to the actor, or has no reports (any more).
    """
    firsts = []
    for one in (case_id, other_case_id):
        coordination.case(actor, one)
        links = coordination.links_of_case(one)
        if not links:
            raise NotFound("This case has no reports of its own.", "Look at the case that it was merged into.")
        firsts.append(links[0].report_id)
    left, right = comparing.several(firsts)
    left = replace(left, package_aliases=comparing.names_of(left.package))
    said = rules.compare(left, right, across=True)
    decision = decisions.between(left.report_id, right.report_id)
    wanted = () if decision else explaining.missing(left, right, said, _tried(left.report_id, right.report_id))
    return SideBySide(said, left, right, decision, explaining.aligned(left, right), wanted, rules.ask_from())


@dataclass(frozen=True)
class Near:
    """A case that another one is near to, and why they are not one."""

    case_id: str
    report_id: str
    """Its report that is likest."""
    title: str
    package: str
    comparison: Comparison
    decision: Decision | None
    missing: tuple[str, ...]
    """What would decide; empty where it is decided."""


def near(actor: Actor, case_id: str) -> list[Near]:
    """Why a case is not merged with those near to it, the likest first; for whoever decides, and only cases that it sees.

    Raises:
        NotFound: The case is not visible to the actor, or has no reports (any more).
        Forbidden: The actor decides nothing.
    """
    require(actor, "case.decide", coordination.case(actor, case_id))
    links = coordination.links_of_case(case_id)
    if not links:
        raise NotFound("This case has no reports of its own.", "Look at the case that it was merged into.")
    (mine,) = comparing.several([links[0].report_id])
    mine = replace(mine, package_aliases=comparing.names_of(mine.package))
    seen = set(intake.reports_of(actor).order_by().filter(pk__in=_candidates(mine)).values_list("pk", flat=True))
    cases = {row.id: row for row in coordination.cases_of(actor).filter(pk__in=[
        link.case_id for link in coordination.links_of_reports(seen)
    ])}  # fmt: skip
    others = {one.report_id: one for one in comparing.several(sorted(seen))}
    found: dict[str, Near] = {}
    for link in coordination.links_of_reports(seen):
        if link.case_id == case_id or link.case_id not in cases:
            continue
        other = others[link.report_id]
        said = rules.compare(mine, other, across=True)
        known = found.get(link.case_id)
        if known and comparing.rank(known.comparison) >= comparing.rank(said):
            continue
        decision = decisions.between(mine.report_id, other.report_id)
        wanted = () if decision else explaining.missing(mine, other, said, _tried(mine.report_id, other.report_id))
        row = cases[link.case_id]
        found[link.case_id] = Near(row.id, other.report_id, row.title, row.package, said, decision, wanted)
    ordered = sorted(found.values(), key=lambda one: (*comparing.rank(one.comparison), one.case_id), reverse=True)
    return ordered[:NEAR_MAX]


def _candidates(mine: Finding) -> list[str]:
    """Reports near to one: what the index finds, and what was asked about it."""
    found = remembering.likely(mine, {mine.package, *mine.package_aliases}, 2 * NEAR_MAX)
    here = [link.case_id for link in coordination.links_of_reports([mine.report_id])]
    found += (
        Suggestion.objects.filter(case_id__in=here).order_by("-score").values_list("report_id", flat=True)[:NEAR_MAX]
    )
    return list(dict.fromkeys(found))


def _tried(left: str, right: str) -> dict[str, Any]:
    """What the runs said of a pair of reports."""
    for report_id, other in ((left, right), (right, left)):
        cases = [link.case_id for link in coordination.links_of_reports([other])]
        row = Suggestion.objects.filter(report_id=report_id, case_id__in=cases).exclude(tried={}).first()
        if row is not None:
            return dict(row.tried)
    return {}


@dataclass(frozen=True)
class Standing:
    """What became of a report, for whoever may read it: known or new, and why it is, or is not, linked to another."""

    outcome: str
    """``waiting``, ``not-proved``, ``new``, ``first`` or ``known``."""
    case_id: str | None
    case_opened_at: datetime | None
    first_received_at: datetime | None
    """When the first report of the flaw came in."""
    credit_kept: bool
    linked_because: str
    """Empty where it is alone."""
    linked_by: str
    why_not_linked: tuple[str, ...]
    """Empty where it is linked. Says nothing of any other report, whether there is one or not."""


def standing(actor: Actor, report_id: str) -> Standing:
    """Why a report was, or was not, linked to another, in words that are allowed under embargo.

    Raises:
        NotFound: The report is not visible to the actor.
    """
    report = intake.report(actor, report_id)
    if not report.answer or not report.proved:
        outcome = "not-proved" if report.answer else "waiting"
        return Standing(
            outcome, None, None, None, credit_kept=False, linked_because="", linked_by="", why_not_linked=()
        )
    links = coordination.links_of_reports([report_id])
    link = links[0] if links and coordination.cases_of(actor).filter(pk=links[0].case_id).exists() else None
    if link is None:  # it has left the case's embargo: the answer is all that it may know
        return Standing("new", None, None, None, credit_kept=True, linked_because="", linked_by="", why_not_linked=())
    of_case = coordination.links_of_case(link.case_id)
    alone = len(of_case) == 1
    first = of_case[0].report_id == report_id
    (mine,) = comparing.several([report_id])
    return Standing(
        outcome="new" if alone else "first" if first else "known",
        case_id=link.case_id,
        case_opened_at=link.case.opened_at,
        first_received_at=of_case[0].received_at,
        credit_kept=True,
        linked_because="" if alone else link.reason,
        linked_by="" if alone else link.linked_by,
        why_not_linked=(*explaining.own_facts(mine), explaining.HOW_LINKS, explaining.UNDER_EMBARGO) if alone else (),
    )


@dataclass(frozen=True)
class ProofPair:
    """Two proofs that a run may hold against each other, by digest."""

    first: str
    second: str


def proofs_of(suggestion_id: int) -> ProofPair | None:
    """The proofs of an open suggestion: of the case's oldest report, and of the report that may belong there.

    For the clearinghouse's own jobs; None where it is answered already, or one of the two has no proof.
    """
    row = Suggestion.objects.filter(pk=suggestion_id, outcome=Outcome.OPEN).first()
    links = coordination.links_of_case(row.case_id) if row is not None else []
    if row is None or not links:
        return None
    reports = [intake.for_the_clearinghouse(one) for one in (links[0].report_id, row.report_id)]
    if reports[0].case_id == reports[1].case_id or not all(report.proof_digest for report in reports):
        return None
    return ProofPair(reports[0].proof_digest, reports[1].proof_digest)

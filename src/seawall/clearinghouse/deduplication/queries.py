"""Reads of deduplication. That two reports are alike is told to whoever may read both, and to nobody else."""

from collections.abc import Collection
from dataclasses import dataclass

from django.db.models import QuerySet

from seawall.clearinghouse.coordination import queries as coordination
from seawall.clearinghouse.deduplication import comparing, rules
from seawall.clearinghouse.deduplication.models import Decision, Suggestion
from seawall.clearinghouse.deduplication.types import Comparison, Finding, Outcome
from seawall.clearinghouse.intake import queries as intake
from seawall.foundation.access.types import Actor
from seawall.foundation.platform.errors import NotFound

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


def side_by_side(actor: Actor, case_id: str, other_case_id: str) -> SideBySide:
    """Hold the first reports of two cases against each other now.

    Raises:
        NotFound: One of the cases is not visible to the actor, or has no reports (any more).
    """
    sides = []
    for one in (case_id, other_case_id):
        coordination.case(actor, one)
        links = coordination.links_of_case(one)
        if not links:
            raise NotFound("This case has no reports of its own.", "Look at the case that it was merged into.")
        sides.append(comparing.finding(intake.for_the_clearinghouse(links[0].report_id)))
    left, right = sides
    first, second = sorted((left.report_id, right.report_id))
    decision = Decision.objects.filter(left_id=first, right_id=second).first()
    return SideBySide(rules.compare(left, right), left, right, decision)


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

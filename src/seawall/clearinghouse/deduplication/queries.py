"""Reads of deduplication; a suggestion is seen by whoever sees the case it points to."""

from collections.abc import Collection

from seawall.clearinghouse.coordination import queries as coordination
from seawall.clearinghouse.deduplication.models import Suggestion
from seawall.foundation.access.types import Actor

SuggestionRow = Suggestion
"""The row, for other folders' annotations."""


def suggestions_for(actor: Actor, case_id: str) -> list[Suggestion]:
    """Reports that may belong to a case, best first.

    Raises:
        NotFound: The case is not visible to the actor.
    """
    coordination.case(actor, case_id)
    return list(Suggestion.objects.filter(case_id=case_id).order_by("-score", "id"))


def suggestions_about(actor: Actor, report_ids: Collection[str]) -> list[Suggestion]:
    """Cases that some reports may belong to, best first; only cases that the actor sees."""
    seen = coordination.cases_of(actor).values("pk")
    return list(Suggestion.objects.filter(report_id__in=report_ids, case_id__in=seen).order_by("-score", "id"))


def with_open_questions(actor: Actor, case_ids: Collection[str]) -> frozenset[str]:
    """Which of some cases other reports may belong to, for lists; only cases that the actor sees."""
    seen = coordination.cases_of(actor).filter(pk__in=case_ids).values("pk")
    return frozenset(Suggestion.objects.filter(case_id__in=seen).values_list("case_id", flat=True))

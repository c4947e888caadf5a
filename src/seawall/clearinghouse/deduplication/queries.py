"""Reads of deduplication; a suggestion is seen by whoever sees the case it points to."""

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

"""What people decide about likeness: services, in a module of their own. Each decision can be taken back.

Coordination moves the reports; here it is noted which pairs are, or are not, the same flaw, so that no machine overrules
it, and open questions that it answers are closed.
"""

from django.db import transaction

from seawall.clearinghouse.coordination import merging
from seawall.clearinghouse.coordination import queries as coordination
from seawall.clearinghouse.coordination.queries import CaseRow
from seawall.clearinghouse.coordination.services import decidable
from seawall.clearinghouse.deduplication import decisions
from seawall.clearinghouse.deduplication.comparing import compare_cases
from seawall.clearinghouse.deduplication.models import Suggestion
from seawall.clearinghouse.deduplication.types import Outcome
from seawall.foundation.access.types import Actor
from seawall.foundation.platform import clock
from seawall.foundation.platform.errors import Conflict
from seawall.foundation.transparency.services import record


@transaction.atomic
def merge(actor: Actor, from_case_id: str, into_case_id: str, *, reason: str) -> CaseRow:
    """Fold one case into another, and remember that their reports are one flaw.

    Raises:
        NotFound: One of them is not there.
        Conflict: See ``coordination.merging.merge_cases``.
        BadInput: No reason.
    """
    moved, staying = _reports(from_case_id), _reports(into_case_id)
    merged = merging.merge_cases(actor, from_case_id, into_case_id, reason=reason)
    compared = decisions.as_json(compare_cases(moved, staying)) if moved and staying else {}
    decisions.decide(actor, moved, staying, same=True, reason=reason, comparison=compared)
    _close(actor, moved, into_case_id, Outcome.SAME, reason)
    _close(actor, staying, from_case_id, Outcome.SAME, reason)
    return merged


@transaction.atomic
def undo_merge(actor: Actor, case_id: str, *, reason: str) -> CaseRow:
    """Take a merge back, and remember that the reports of the two cases are not one flaw.

    Raises:
        NotFound: No such case.
        Conflict: See ``coordination.merging.undo_merge``.
        BadInput: No reason.
    """
    target = coordination.case(actor, case_id).merged_into_id
    restored = merging.undo_merge(actor, case_id, reason=reason)
    back, staying = _reports(restored.id), _reports(str(target))
    decisions.decide(actor, back, staying, same=False, reason=reason)
    _close(actor, back, str(target), Outcome.DIFFERENT, reason)
    _close(actor, staying, restored.id, Outcome.DIFFERENT, reason)
    return restored


@transaction.atomic
def take_out(actor: Actor, case_id: str, report_id: str, *, reason: str) -> CaseRow:
    """Give a report a case of its own, and remember that it is not the flaw of the case that it was in.

    Raises:
        NotFound: No such case.
        Conflict: See ``coordination.merging.undo_link``.
        BadInput: No reason.
    """
    own = merging.undo_link(actor, case_id, report_id, reason=reason)
    decisions.decide(actor, [report_id], _reports(case_id), same=False, reason=reason)
    _close(actor, [report_id], case_id, Outcome.DIFFERENT, reason)
    return own


@transaction.atomic
def hold_apart(actor: Actor, case_id: str, other_case_id: str, *, reason: str) -> CaseRow:
    """Say that two cases are different flaws, so that nobody is asked again and no machine merges them.

    Raises:
        NotFound: One of them is not there.
        Conflict: They are one case, or closed to decisions.
        BadInput: No reason.
    """
    if case_id == other_case_id:
        raise Conflict("A case cannot be held apart from itself.")
    row = decidable(actor, case_id, reason)
    coordination.case(actor, other_case_id)
    here, there = _reports(case_id), _reports(other_case_id)
    if not here or not there:
        raise Conflict("One of the cases has no reports (any more).", "Look at the case that it was merged into.")
    compared = decisions.as_json(compare_cases(here, there))
    decisions.decide(actor, here, there, same=False, reason=reason, comparison=compared)
    _close(actor, here, other_case_id, Outcome.DIFFERENT, reason)
    _close(actor, there, case_id, Outcome.DIFFERENT, reason)
    record(actor, "deduplication.held-apart", case_id, {"other": other_case_id, "reason": reason})
    return row


def _reports(case_id: str) -> list[str]:
    return [link.report_id for link in coordination.links_of_case(case_id)]


def _close(actor: Actor, report_ids: list[str], case_id: str, outcome: Outcome, reason: str) -> None:
    Suggestion.objects.filter(report_id__in=report_ids, case_id=case_id, outcome=Outcome.OPEN).update(
        outcome=outcome, decided_by=actor.label[:200], decided_at=clock.now(), decided_reason=reason
    )

"""Reads of commitments: one's own, their proofs, and who was first."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Q, QuerySet

from seawall.clearinghouse.deconfliction.commitments import rules
from seawall.clearinghouse.deconfliction.commitments.types import CommitmentKind, CommitmentState
from seawall.clearinghouse.deconfliction.models import Commitment
from seawall.foundation.access.queries import get_visible, visible_to
from seawall.foundation.access.rules import grants_for
from seawall.foundation.access.services import require
from seawall.foundation.access.types import Actor
from seawall.foundation.platform import clock
from seawall.foundation.transparency import queries as log

CommitmentRow = Commitment


@dataclass(frozen=True)
class Credit:
    """A commitment's place among those to one finding."""

    row: Commitment
    rank: int | None
    """1 is first; None where it earns nothing, for the reason given."""
    why: str
    sealed: int
    """Commitments of this organization altogether."""
    revealed: int
    """How many of them it revealed: whoever commits to everything reveals little."""


def commitments_of(actor: Actor) -> QuerySet[Commitment]:
    """The commitments that the actor may see, newest first."""
    return visible_to(actor, "commitment.read", Commitment.objects.order_by("-sealed_at", "id"))


def commitment(actor: Actor, commitment_id: str) -> Commitment:
    """One commitment.

    Raises:
        NotFound: Absent or foreign.
    """
    return get_visible(actor, "commitment.read", Commitment.objects.all(), commitment_id)


def state_of(row: Commitment) -> CommitmentState:
    """The state now."""
    return rules.state_at(CommitmentState(row.state), row.sealed_at, clock.now())


def proof(actor: Actor, commitment_id: str) -> str:
    """The file that proves a commitment offline (c2sp.org/tlog-proof, with the entry's opening).

    Raises:
        NotFound: Absent or foreign.
        NotInLog: The log has signed no checkpoint since; ask again after the next full hour.
    """
    row = commitment(actor, commitment_id)
    return log.tlog_proof(actor, row.log_index, [row.id])


def credit(actor: Actor, *, commitment_ids: Sequence[str] = (), report_ids: Sequence[str] = ()) -> list[Credit]:
    """Who was first, among commitments that the coordinator finds to be of one finding: the lowest place in the log.

    Args:
        actor: A coordinator.
        commitment_ids: Commitments, revealed or not.
        report_ids: Reports of the finding; what was revealed for them counts.
    """
    require(actor, "commitment.credit")
    wanted = Q(pk__in=list(commitment_ids)) | Q(report_id__in=[one for one in report_ids if one])
    rows = list(Commitment.objects.filter(wanted).order_by("log_index"))
    found: list[Credit] = []
    rank = 0
    for row in rows:
        why = _earns_nothing(row)
        rank += not why
        mine = Commitment.objects.filter(organization_id=row.organization_id)
        found.append(
            Credit(
                row,
                None if why else rank,
                why or "revealed, and its digest is in the log since then",
                mine.count(),
                mine.exclude(state=CommitmentState.SEALED).count(),
            )
        )
    return found


def _earns_nothing(row: Commitment) -> str:
    state = state_of(row)
    if state is not CommitmentState.REVEALED:
        return f"it is {state}"
    if row.kind == CommitmentKind.PUBLISHED and not row.source_confirmed:
        return "nobody has confirmed that the published digest is this organization's"
    return ""


def allowed_next(actor: Actor, row: Commitment) -> list[str]:
    """What the actor may do with a commitment that it sees, as names of operations."""
    state = state_of(row)
    steps = ["get_commitment_proof"]
    if row.organization_id == actor.organization_id and grants_for(actor, "commitment.reveal"):
        if state is CommitmentState.SEALED:
            steps = ["reveal_commitment", "check_collision", *steps]
        elif state is CommitmentState.REVEALED and not row.report_id:
            steps = ["submit_report", *steps]
    if grants_for(actor, "commitment.judge"):
        steps.append("judge_commitment")
    return steps

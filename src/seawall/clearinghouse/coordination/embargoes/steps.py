"""What an actor may do about an embargo and a publication next; apart, so that the case's own queries can say it too."""

from django.db.models import Prefetch, QuerySet

from seawall.clearinghouse.coordination import rules as machines
from seawall.clearinghouse.coordination.embargoes import binding
from seawall.clearinghouse.coordination.embargoes.models import PublicationProposal, TermsChange
from seawall.clearinghouse.coordination.embargoes.types import ChangeState, ProposalState
from seawall.clearinghouse.coordination.models import Case
from seawall.clearinghouse.coordination.types import EmbargoManagement
from seawall.foundation.access.rules import grants_for
from seawall.foundation.access.types import Actor
from seawall.foundation.identity.queries import person_behind
from seawall.foundation.platform.errors import BadInput

_AT_HAND = "open_proposals"


def allowed_next(actor: Actor, case: Case) -> list[str]:
    """What the actor may do about the embargo and the publication of a case that it sees, as names of operations."""
    if case.published_at is not None or case.merged_into_id is not None:
        return []
    state = EmbargoManagement(case.embargo)
    steps = machines.allowed(machines.EM_TABLE, state)
    decides = bool(grants_for(actor, "case.decide"))
    takes_part = case.participants.filter(organization_id=actor.organization_id).exists() and bool(
        grants_for(actor, "case.respond")
    )
    waiting = TermsChange.objects.filter(case=case, state=ChangeState.OPEN).exists()
    actions: list[str] = []
    if decides and "terminate" in steps:
        actions.append("end_embargo")
    if takes_part and "propose" in steps and not (case.public_aware or case.exploit_public):
        actions.append("propose_terms")
        if state in binding.HOLDS:
            actions.append("request_extension")
    if waiting:
        actions += ["answer_terms"] if takes_part else []
        actions += ["decide_terms"] if decides else []
    if decides and state in binding.HOLDS:
        actions.append("bring_profile")
    if takes_part:
        actions.append("prepare")
    return actions + publishing(actor, case)


def publishing(actor: Actor, case: Case) -> list[str]:
    """What the actor may do about the publication of a case that is open, as names of operations."""
    if not grants_for(actor, "case.publish"):
        return []
    person = person_behind(actor)
    if person is None:
        return []
    proposal = _open_proposal(case)
    if proposal is None:
        return ["propose_publication"]
    if is_void(case, proposal):
        return ["propose_publication", "withdraw_publication"]
    over = case.embargo in {EmbargoManagement.EXITED, EmbargoManagement.NONE}
    return [*(["approve_publication"] if over and proposal.person != person else []), "withdraw_publication"]


def with_proposals(found: QuerySet[Case]) -> QuerySet[Case]:
    """Cases with their open proposals at hand, so that a list asks once for all of them."""
    waiting = PublicationProposal.objects.filter(state=ProposalState.OPEN)
    return found.prefetch_related(Prefetch("proposals", queryset=waiting, to_attr=_AT_HAND))


def _open_proposal(case: Case) -> PublicationProposal | None:
    at_hand: list[PublicationProposal] | None = getattr(case, _AT_HAND, None)
    if at_hand is not None:
        return at_hand[0] if at_hand else None
    return PublicationProposal.objects.filter(case=case, state=ProposalState.OPEN).first()


def is_void(case: Case, proposal: PublicationProposal) -> bool:
    """Whether a case has changed since its publication was proposed."""
    from seawall.clearinghouse.coordination.publication import fingerprint  # noqa: PLC0415 - which needs our queries

    try:
        return fingerprint(case, proposal.summary) != proposal.fingerprint
    except BadInput:
        return True

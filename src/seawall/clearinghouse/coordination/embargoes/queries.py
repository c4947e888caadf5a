"""Reads of embargoes. Every one goes through ``case.read``, as the case itself does."""

from dataclasses import dataclass, replace
from datetime import datetime

from seawall.clearinghouse.coordination import queries as cases
from seawall.clearinghouse.coordination.embargoes import binding, library, rules
from seawall.clearinghouse.coordination.embargoes.models import (
    ChangeAnswer,
    OrganizationPolicy,
    PublicationProposal,
    TermsChange,
)
from seawall.clearinghouse.coordination.embargoes.readiness import readiness_of
from seawall.clearinghouse.coordination.embargoes.steps import allowed_next, is_void
from seawall.clearinghouse.coordination.embargoes.types import (
    ChangeState,
    EmbargoClock,
    Facts,
    Profile,
    ProposalState,
    Readiness,
    Row,
)
from seawall.clearinghouse.coordination.models import Case
from seawall.clearinghouse.coordination.tiers import Part
from seawall.foundation.access.types import Actor

ChangeRow = TermsChange
PolicyRow = OrganizationPolicy
"""The rows, for the doors' annotations."""


@dataclass(frozen=True)
class Embargo:
    """The embargo of a case as its participants see it."""

    case: Case
    clock: EmbargoClock
    facts: Facts
    changes: tuple[TermsChange, ...]
    """Newest first."""
    answers: dict[int, tuple[ChangeAnswer, ...]]
    """By change."""
    awaited: tuple[str, ...]
    """Organizations whose yes the open extension needs and does not have."""
    details_wait: tuple[datetime, Row] | None
    proposal: PublicationProposal | None
    """The proposal to publish that waits, if one does."""
    proposal_is_void: bool
    """Whether the case has changed since."""
    allowed_next: tuple[str, ...]


def profiles() -> tuple[Profile, ...]:
    """Every disclosure policy that this server knows; public knowledge."""
    return tuple(library.profiles().values())


def policy_of(actor: Actor) -> OrganizationPolicy | None:
    """The policy that the actor's organization brings to its cases; None: the default alone."""
    return OrganizationPolicy.objects.filter(pk=actor.organization_id).first()


def embargo(actor: Actor, case_id: str) -> Embargo:
    """The clock of a case with every row, and what is proposed.

    Raises:
        NotFound: See ``coordination.queries.case``.
    """
    case = cases.case(actor, case_id)
    found = binding.current(case)
    facts = binding.facts_of(case, binding.terms_of(case))
    changes = tuple(case.changes.order_by("-asked_at", "-id"))
    answers = {
        change.pk: tuple(change.answers.order_by("made_at", "id"))
        for change in changes
        if change.state == ChangeState.OPEN
    }
    proposal = PublicationProposal.objects.filter(case=case, state=ProposalState.OPEN).first()
    awaited = _awaited(found, changes, answers)
    if Part.PEOPLE not in cases.parts_of(actor, case):
        found, answers, awaited = _without_people(found), {}, ()
        for change in changes:
            change.asked_by = change.decided_by = ""
        if proposal is not None:
            proposal.label = ""
    return Embargo(
        case=case,
        clock=found,
        facts=facts,
        changes=changes,
        answers=answers,
        awaited=awaited,
        details_wait=rules.details_wait_until(found, facts),
        proposal=proposal,
        proposal_is_void=proposal is not None and is_void(case, proposal),
        allowed_next=tuple(allowed_next(actor, case)),
    )


def readiness(actor: Actor, case_id: str) -> Readiness:
    """What lacks before a case can be published.

    Raises:
        NotFound: See ``coordination.queries.case``.
    """
    case = cases.case(actor, case_id)
    if Part.PEOPLE in cases.parts_of(actor, case):
        return readiness_of(case)
    found = readiness_of(case, people=False)
    mine = str(actor.organization_id)
    return Readiness(tuple(replace(item, lacking=tuple({mine} & set(item.lacking))) for item in found.items))


def _without_people(found: EmbargoClock) -> EmbargoClock:
    """The clock for whoever may not know who takes part."""
    plain = {id(row): replace(row, term=replace(row.term, brought_by="")) for row in found.rows}
    return EmbargoClock(found.ends_at, plain[id(found.strictest)], tuple(plain[id(row)] for row in found.rows))


def _awaited(
    found: EmbargoClock, changes: tuple[TermsChange, ...], answers: dict[int, tuple[ChangeAnswer, ...]]
) -> tuple[str, ...]:
    for change in changes:
        if change.state == ChangeState.OPEN:
            agreed = {answer.organization_id for answer in answers[change.pk] if answer.accepted}
            return tuple(one for one in rules.bringers(found, change.until) if one not in agreed)
    return ()

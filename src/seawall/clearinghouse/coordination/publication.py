"""Publication of a case: exactly once, after the embargo, by two people; documents, exposures and log together.

One person proposes the case as it stands, another one approves. A change to the case in between voids the proposal,
because the second person would approve what the first never saw. A machine's token takes no part: it has no person
behind it, or carries no ``cases:publish``.

    propose_publication(ines, case_id, reason="Fixed in 3.1.6.", summary="...")
    approve_publication(ruben, case_id, reason="Read it; agreed.")
"""

import hashlib
import json
from dataclasses import asdict
from datetime import UTC, datetime

from django.db import transaction

from seawall.clearinghouse.coordination import models
from seawall.clearinghouse.coordination.advisory import advisory_of
from seawall.clearinghouse.coordination.embargoes.models import AnswerDue, PublicationProposal
from seawall.clearinghouse.coordination.embargoes.types import ProposalState
from seawall.clearinghouse.coordination.services import decidable
from seawall.clearinghouse.coordination.timeline import note
from seawall.clearinghouse.coordination.types import EmbargoManagement, ParticipantRole
from seawall.clearinghouse.distribution import services as distribution
from seawall.clearinghouse.distribution.types import Advisory
from seawall.clearinghouse.matching.services import Announcement, reveal
from seawall.foundation.access.services import require
from seawall.foundation.access.types import Actor
from seawall.foundation.identity.queries import person_behind
from seawall.foundation.platform import clock
from seawall.foundation.platform.errors import BadInput, Conflict, Forbidden

_NO_TIME = datetime(2000, 1, 1, tzinfo=UTC)
_OVER = frozenset({EmbargoManagement.EXITED, EmbargoManagement.NONE})


@transaction.atomic
def propose_publication(actor: Actor, case_id: str, *, reason: str, summary: str = "") -> models.Case:
    """Propose to publish a case as it stands; it may be proposed before its embargo is over.

    Args:
        actor: A person of the coordinator.
        case_id: The case.
        reason: Why; kept in the timeline and the log.
        summary: One or two sentences for the advisory; without them the title serves.

    Raises:
        NotFound: No such case for this actor.
        Forbidden: No person stands behind the actor, or it may not take part in publications.
        Conflict: A proposal waits already, or the case is published or merged.
        BadInput: No reason, or the case lacks what an advisory needs.
    """
    case = decidable(actor, case_id, reason)
    person = _person(actor, case)
    seen = fingerprint(case, summary)
    waiting = PublicationProposal.objects.select_for_update().filter(case=case, state=ProposalState.OPEN).first()
    if waiting is not None:
        if waiting.fingerprint == fingerprint(case, waiting.summary):
            raise Conflict("A proposal waits for its second person already.", "Approve it, or withdraw it first.")
        _close(waiting, ProposalState.VOID)
    PublicationProposal.objects.create(
        case=case,
        person=person,
        label=actor.label[:200],
        reason=reason,
        summary=summary,
        fingerprint=seen,
        proposed_at=clock.now(),
        state=ProposalState.OPEN,
    )
    note(actor, case, "publication-proposed", f"Publication proposed: {reason}", fingerprint=seen)
    return case


@transaction.atomic
def approve_publication(actor: Actor, case_id: str, *, reason: str) -> models.Case:
    """Publish what another person proposed: OSV and CSAF documents in the feeds, exposures shown to their operators.

    Raises:
        NotFound: No such case for this actor.
        Forbidden: No person stands behind the actor, or it may not take part in publications.
        Conflict: The embargo still holds, nothing is proposed, the same person proposed it, the case changed since, or
            it is published or merged.
        BadInput: No reason, or the case lacks what an advisory needs.
    """
    case = decidable(actor, case_id, reason)
    person = _person(actor, case)
    if case.embargo not in _OVER:
        raise Conflict("The embargo still holds.", "It ends at its time, or a coordinator ends it.")
    proposal = PublicationProposal.objects.select_for_update().filter(case=case, state=ProposalState.OPEN).first()
    if proposal is None:
        raise Conflict("Nothing is proposed for publication.", "Propose it; another person approves.")
    if proposal.person == person:
        raise Conflict("You proposed this yourself.", "Another person has to read and approve it.")
    if proposal.fingerprint != fingerprint(case, proposal.summary):
        raise Conflict("The case has changed since it was proposed.", "Propose it anew, as it stands now.")
    _close(proposal, ProposalState.APPROVED, actor=actor, person=person, reason=reason)
    return _publish(actor, case, proposal, reason)


@transaction.atomic
def withdraw_publication(actor: Actor, case_id: str, *, reason: str) -> models.Case:
    """Take a proposal back; anybody who could approve may.

    Raises:
        NotFound: No such case for this actor.
        Forbidden: No person stands behind the actor, or it may not take part in publications.
        Conflict: Nothing is proposed.
        BadInput: No reason.
    """
    case = decidable(actor, case_id, reason)
    person = _person(actor, case)
    proposal = PublicationProposal.objects.select_for_update().filter(case=case, state=ProposalState.OPEN).first()
    if proposal is None:
        raise Conflict("Nothing is proposed for publication.")
    _close(proposal, ProposalState.WITHDRAWN, actor=actor, person=person, reason=reason)
    note(actor, case, "publication-withdrawn", f"The proposal to publish was withdrawn: {reason}")
    return case


def fingerprint(case: models.Case, summary: str) -> str:
    """Digest of all that a publication of the case would say, whenever it came.

    Raises:
        BadInput: The case lacks what an advisory needs.
    """
    said = asdict(_written(case, _NO_TIME, summary))
    data = json.dumps(said, sort_keys=True, default=str, ensure_ascii=True).encode()
    return f"sha256:{hashlib.sha256(data).hexdigest()}"


def _written(case: models.Case, now: datetime, summary: str) -> Advisory:
    try:
        return advisory_of(case, now, summary)
    except ValueError as error:
        raise BadInput(f"The advisory cannot be written: {error}.", "Correct the case first.") from error


def _person(actor: Actor, case: models.Case) -> str:
    require(actor, "case.publish", case)
    person = person_behind(actor)
    if person is None:
        raise Forbidden(
            "Publications are proposed and approved by people, and no person stands behind this token.",
            "Sign in, or use a token that you minted yourself.",
        )
    return person


def _close(
    proposal: PublicationProposal,
    state: ProposalState,
    *,
    actor: Actor | None = None,
    person: str = "",
    reason: str = "",
) -> None:
    proposal.state = state
    proposal.decided_person, proposal.decided_reason, proposal.decided_at = person, reason, clock.now()
    proposal.decided_label = actor.label[:200] if actor else ""
    proposal.save()


def _publish(actor: Actor, case: models.Case, proposal: PublicationProposal, reason: str) -> models.Case:
    now = clock.now().replace(microsecond=0)
    advisory = _written(case, now, proposal.summary)
    published = distribution.publish(actor, advisory, case.id)
    case.published_at = now
    case.public_aware = True
    case.save(update_fields=["published_at", "public_aware"])
    AnswerDue.objects.filter(case=case).delete()
    text = f"Published as {case.advisory_id}, proposed by {proposal.label}: {reason}"
    people = {"proposed_by": proposal.person, "approved_by": proposal.decided_person}
    note(actor, case, "published", text, advisory=published.advisory_id, **people)
    reveal(actor, case.id, case.advisory_id, now, _announcement(advisory))
    for participant in case.participants.exclude(role=ParticipantRole.COORDINATOR):
        distribution.notify(
            participant.organization_id,
            kind="publication",
            subject=case.id,
            title=f"{case.advisory_id} is public",
            body=f"The case you take part in was published: {case.title}",
            reference=f"/cases/{case.id}",
        )
    return case


def _announcement(advisory: Advisory) -> Announcement:
    """What operators are matched against: the very words that are published."""
    return Announcement(
        title=advisory.title,
        severity=advisory.cvss or "",
        identifiers=tuple(advisory.aliases),
        affected=tuple(
            {
                "package": item.purl,
                "ranges": [{name: end for name, end in asdict(span).items() if end} for span in item.ranges],
                **({"versions": list(item.versions)} if item.versions else {}),
            }
            for item in advisory.affected
        ),
    )

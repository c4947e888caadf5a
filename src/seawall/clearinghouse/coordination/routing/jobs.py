"""Background work of pacing and routing."""

from seawall.clearinghouse.coordination import models as cases
from seawall.clearinghouse.coordination import rules as states
from seawall.clearinghouse.coordination.routing import carrying, pacing, rules
from seawall.clearinghouse.coordination.routing.models import Guest
from seawall.clearinghouse.coordination.routing.sending import SEND
from seawall.clearinghouse.coordination.routing.turns import ADVANCE
from seawall.clearinghouse.coordination.timeline import note
from seawall.clearinghouse.coordination.types import ParticipantEmbargo
from seawall.foundation.access.types import Actor
from seawall.foundation.jobs.registry import handler
from seawall.foundation.jobs.types import Claim
from seawall.foundation.platform import clock


@handler("routing.silence")
def silence(claim: Claim) -> None:
    """A guest who has not answered within a week has declined; a later invitation asks again."""
    with claim.transaction():
        guest = Guest.objects.select_related("case").filter(pk=claim.subject_id).first()
        if guest is not None and clock.now() - guest.invited_at >= rules.SILENCE:
            participant = (
                cases.Participant.objects.select_for_update()
                .filter(case=guest.case, organization_id=guest.organization_id, consent=ParticipantEmbargo.INVITED)
                .first()
            )
            if participant is not None:
                participant.consent = states.step(states.PEC_TABLE, ParticipantEmbargo.INVITED, "decline")
                participant.save(update_fields=["consent"])
                note(
                    Actor.system("routing"),
                    guest.case,
                    "consent",
                    f"{guest.name} has not answered for a week: declined.",
                )
        claim.complete()


@handler(ADVANCE)
def advance(claim: Claim) -> None:
    """Deliver what a maintainer has room for; the job and what it delivers are kept together, so it happens once."""
    with claim.transaction():
        pacing.advance(Actor.system("routing"), claim.subject_id)
        claim.complete()


@handler(SEND, max_attempts=8, when_failed="routing.given_up")
def send(claim: Claim) -> None:
    """Send a delivery; never twice."""
    carrying.carry(claim)


@handler("routing.given_up")
def given_up(claim: Claim) -> None:
    """Say of a delivery that it failed for good."""
    carrying.given_up(claim)

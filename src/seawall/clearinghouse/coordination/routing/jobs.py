"""Background work of pacing and routing."""

from seawall.clearinghouse.coordination.routing import carrying, pacing
from seawall.clearinghouse.coordination.routing.sending import SEND
from seawall.clearinghouse.coordination.routing.turns import ADVANCE
from seawall.foundation.access.types import Actor
from seawall.foundation.jobs.registry import handler
from seawall.foundation.jobs.types import Claim


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

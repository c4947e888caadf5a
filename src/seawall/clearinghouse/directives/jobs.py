"""Background work of directives."""

from seawall.clearinghouse.directives.services import reassess
from seawall.clearinghouse.prioritization.queries import touched
from seawall.foundation.access.types import Actor
from seawall.foundation.jobs.registry import handler
from seawall.foundation.jobs.types import Claim

_SYSTEM = Actor.system("directives")


@handler("directives.reassess")
def reassess_clocks(claim: Claim) -> None:
    """Set the clocks anew that a batch of facts concerns (subject: batch id)."""
    with claim.transaction():
        reassess(_SYSTEM, touched(claim.subject_id))
        claim.complete()

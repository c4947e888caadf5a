"""Background work of directives."""

from seawall.clearinghouse.directives.services import outdated, reassess
from seawall.clearinghouse.prioritization.services import REASSESS
from seawall.foundation.access.types import Actor
from seawall.foundation.jobs.registry import handler
from seawall.foundation.jobs.types import Claim

_SYSTEM = Actor.system("directives")
AT_ONCE = 1_000
"""Clocks that are set anew in one transaction: about a second, in which others who write wait."""


@handler(REASSESS)
def reassess_clocks(claim: Claim) -> None:
    """Set the clocks anew whose facts have moved (subject: a batch of facts, or a start of clocks).

    What is to do is found without a lock. A worker that dies in between leaves the rest to the next attempt, which
    finds just that.
    """
    waiting = outdated(claim.subject_id)
    for start in range(0, len(waiting), AT_ONCE):
        claim.progress(start, len(waiting), "clocks")
        if claim.cancelled():
            return
        with claim.transaction():
            reassess(_SYSTEM, waiting[start : start + AT_ONCE])

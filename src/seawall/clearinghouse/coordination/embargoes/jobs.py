"""Background work of embargoes."""

from seawall.clearinghouse.coordination.embargoes import services
from seawall.clearinghouse.coordination.embargoes.binding import TICK
from seawall.clearinghouse.coordination.embargoes.ending import tick
from seawall.foundation.access.types import Actor
from seawall.foundation.jobs.registry import handler
from seawall.foundation.jobs.types import Claim

_SYSTEM = Actor.system("embargoes")


@handler(TICK)
def do_what_is_due(claim: Claim) -> None:
    """End an embargo, remind, or turn silence into a refusal (subject: case)."""
    with claim.transaction():
        tick(_SYSTEM, claim.subject_id)
        claim.complete()


@handler(services.WATCH)
def watch_all(claim: Claim) -> None:
    """Queue what is overdue, should one of its jobs have failed or never been queued (subject: an hour)."""
    # The next one first and by itself: an hour that fails must not end the rhythm.
    with claim.transaction():
        services.schedule_watch(_SYSTEM)
    with claim.transaction():
        services.catch_up(_SYSTEM, claim.subject_id)
        claim.complete()

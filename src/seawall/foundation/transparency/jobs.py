"""Signs a checkpoint every hour, padded, so that the log's public growth does not follow what happens."""

from seawall.foundation.access.types import Actor
from seawall.foundation.jobs.registry import handler
from seawall.foundation.jobs.types import Claim
from seawall.foundation.transparency import services


@handler(services.CHECKPOINT_JOB)
def sign(claim: Claim) -> None:
    """Queue the next hour's job, then sign."""
    actor = Actor.system("log")
    # The next one first and by itself: a log that cannot sign now is tried again in an hour.
    with claim.transaction():
        services.schedule_checkpoint(actor)
    with claim.transaction():
        services.checkpoint(actor, batch=services.SCHEDULED_BATCH)
        claim.complete()

"""Background work of deduplication."""

from seawall.clearinghouse.deduplication.services import fold
from seawall.foundation.access.types import Actor
from seawall.foundation.jobs.registry import handler
from seawall.foundation.jobs.types import Claim


@handler("deduplication.fold")
def fold_report(claim: Claim) -> None:
    """Fold one report (subject: report id)."""
    with claim.transaction():
        fold(Actor.system("deduplication"), claim.subject_id)
        claim.complete()

"""Background work of deduplication."""

from pathlib import Path

from seawall.clearinghouse.deduplication import queries
from seawall.clearinghouse.deduplication.services import TRY, conclude_try, fold
from seawall.clearinghouse.deduplication.trying import try_pair
from seawall.clearinghouse.validation.errors import Cancelled, Infrastructure, SandboxUnavailable
from seawall.clearinghouse.validation.services import cache_folder
from seawall.foundation.access.types import Actor
from seawall.foundation.jobs.errors import RetryLater
from seawall.foundation.jobs.registry import handler
from seawall.foundation.jobs.types import Claim
from seawall.foundation.platform import storage

_SYSTEM = Actor.system("deduplication")


@handler("deduplication.fold")
def fold_report(claim: Claim) -> None:
    """Fold one report (subject: report id)."""
    with claim.transaction():
        fold(_SYSTEM, claim.subject_id)
        claim.complete()


@handler(TRY, max_attempts=3)
def try_suggestion(claim: Claim) -> None:
    """Let the runs of two proofs answer an open question (subject: suggestion)."""
    pair = queries.proofs_of(int(claim.subject_id))
    if pair is None:
        with claim.transaction():
            claim.complete()
        return
    try:
        tried = try_pair(
            storage.path(pair.first),
            storage.path(pair.second),
            cache=Path(cache_folder()),
            cancelled=claim.cancelled,
        )
    except Cancelled:
        return
    except (Infrastructure, SandboxUnavailable) as error:
        raise RetryLater(str(error)[:200]) from error
    with claim.transaction():
        conclude_try(_SYSTEM, int(claim.subject_id), tried)
        claim.complete()

"""Background work of scanning."""

from datetime import timedelta

from seawall.clearinghouse.scanning import importing
from seawall.clearinghouse.scanning.parsing import read_confined
from seawall.foundation.access.types import Actor
from seawall.foundation.jobs.registry import handler
from seawall.foundation.jobs.types import Claim
from seawall.foundation.platform import storage
from seawall.foundation.platform.errors import BadInput, TooLarge, Unavailable

_SYSTEM = Actor.system("scanning")
_LONG = timedelta(hours=2)
_ABANDONED = "scanning.abandoned"


@handler(importing.FOLD, time_limit=_LONG, when_failed=_ABANDONED)
def fold(claim: Claim) -> None:
    """Read a scan and fold its results into what is known (subject: scan id); see ``importing``."""
    with claim.transaction():
        scan = importing.begin(claim.subject_id)
        if scan is None:
            claim.complete()
            return
    try:
        with storage.mapped(scan.digest) as data:
            parsed = read_confined(data)
        made = importing.plans(scan, parsed)
    except (BadInput, TooLarge) as error:
        with claim.transaction():
            importing.refuse(_SYSTEM, claim.subject_id, error)
            claim.complete()
        return
    total = sum(len(plan.folding.new) + len(plan.gone) + len(plan.reopened) for plan in made)
    done = 0
    for plan in made:
        for write in importing.writes(scan, plan):
            if claim.cancelled():
                return
            with claim.transaction():
                done += write()
            claim.progress(done, total, "findings written")
    with claim.transaction():
        importing.finish(_SYSTEM, scan, made, [note for run in parsed for note in run.summary.notes])
        claim.complete()


@handler(_ABANDONED)
def abandoned(claim: Claim) -> None:
    """Tell the sender that no attempt came to an end (subject: scan id)."""
    error = Unavailable(
        "The scan could not be folded in several attempts; that is a fault of the clearinghouse.",
        "Send it again later.",
    )
    with claim.transaction():
        importing.refuse(_SYSTEM, claim.subject_id, error)
        claim.complete()

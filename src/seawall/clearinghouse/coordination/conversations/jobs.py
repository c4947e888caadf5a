"""Background work of conversations: notices of messages, at once and gathered. Each step is one transaction under the
job's fence, so that a worker that dies repeats nothing and a worker that comes back late writes nothing.
"""

from collections.abc import Callable
from datetime import timedelta

from seawall.clearinghouse.coordination.conversations.telling import DIGEST, TELL, settle_case, settle_message
from seawall.foundation.jobs.registry import handler
from seawall.foundation.jobs.types import Claim

MAX_ATTEMPTS = 20
"""Attempts with growing pauses; what is still pending after them is taken along by the case's next digest."""
LEASE = timedelta(seconds=5)
"""Somebody who is mentioned shall not wait a minute because a worker died; a step takes a fraction of this."""


@handler(TELL, max_attempts=MAX_ATTEMPTS, lease=LEASE)
def tell(claim: Claim) -> None:
    """Tell those who are mentioned in a message or want every one (subject: message)."""
    _until_done(claim, settle_message)


@handler(DIGEST, max_attempts=MAX_ATTEMPTS, lease=LEASE)
def digest(claim: Claim) -> None:
    """Tell of everything in a case that is due (subject: case)."""
    _until_done(claim, settle_case)


def _until_done(claim: Claim, settle: Callable[[str], bool]) -> None:
    more = True
    while more:
        with claim.transaction():
            more = settle(claim.subject_id)
            if not more:
                claim.complete()

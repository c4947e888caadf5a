"""What can go wrong with background work, in words that the reader can act on."""

from datetime import timedelta

from seawall.foundation.platform.errors import Conflict, NotFound


class JobNotFound(NotFound):
    """No job has this identifier."""

    code = "job-not-found"
    title = "There is no such job"


class JobConflict(Conflict):
    """An idempotency key was used before for another job."""

    code = "job-conflict"
    title = "The key belongs to another job"


class NotInTransaction(RuntimeError):
    """``enqueue`` was called outside a transaction: the change and its job could come apart."""


class UnknownKind(LookupError):
    """No handler is registered for this kind of job, so it would wait forever."""


class StaleFence(RuntimeError):
    """The job is not this worker's any more: its lease ran out and it was claimed again, cancelled or settled.

    Whatever the worker was about to write is rolled back. Handlers let it pass; the worker goes on.
    """


class GiveUp(Exception):
    """Raised by a handler: the job cannot succeed, now or later.

    Args:
        reason: A short text without secrets or report text; it is kept in the job's row.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class RetryLater(Exception):
    """Raised by a handler: something it needs is away for the moment. Counts as an attempt.

    Args:
        reason: A short text without secrets or report text; it is kept in the job's row.
        after: Wait at least this long; None leaves it to the backoff.
    """

    def __init__(self, reason: str, *, after: timedelta | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.after = after

"""Runs claimed jobs: the same for every carrier.

Whatever a handler does (returns, raises, is cancelled, loses its job) ends here as a state of the job; nothing a
handler raises reaches the worker.
"""

import threading
import traceback
from collections.abc import Collection
from contextlib import AbstractContextManager
from datetime import timedelta
from types import TracebackType
from typing import Literal, Self

import structlog
from django.db import connection

from seawall.foundation.jobs import services
from seawall.foundation.jobs.errors import GiveUp, NotInTransaction, RetryLater, StaleFence
from seawall.foundation.jobs.models import Job
from seawall.foundation.jobs.registry import known_kinds, lookup
from seawall.foundation.jobs.types import Claimed, JobState
from seawall.foundation.platform import clock

PROGRESS_EVERY = timedelta(seconds=0.5)
"""Between two kept progress notes, so that a chatty handler does not spend its time on them."""
LOOK_EVERY = timedelta(seconds=1)
"""Between two looks whether somebody cancelled the job."""
DRAIN_MAX = 1000
"""Jobs that ``drain`` runs at most: a job that queues itself again must not hang a test."""

log = structlog.get_logger("seawall.jobs")


class RunningJob:
    """The claim that a handler works with; see ``types.Claim``."""

    def __init__(self, claimed: Claimed, stopping: threading.Event | None = None) -> None:
        self.claimed = claimed
        self.lost = False
        """The job is not this worker's any more."""
        self.told: Literal["", "cancel", "lost", "shutdown"] = ""
        """Why the handler was told to stop, if it was."""
        self._stopping = stopping
        self._looked_at = claimed.claimed_at
        self._noted_at = claimed.claimed_at - PROGRESS_EVERY

    @property
    def job_id(self) -> str:
        """Identifier of the job."""
        return self.claimed.job_id

    @property
    def kind(self) -> str:
        """Kind of the job."""
        return self.claimed.kind

    @property
    def subject_id(self) -> str:
        """What the job is about."""
        return self.claimed.subject_id

    @property
    def organization_id(self) -> str | None:
        """Whose job it is."""
        return self.claimed.organization_id

    @property
    def fence(self) -> int:
        """Number of this claim."""
        return self.claimed.fence

    @property
    def attempt(self) -> int:
        """1 for the first."""
        return self.claimed.attempt

    def progress(self, done: int, total: int | None, text: str = "") -> None:
        """See ``types.Claim.progress``."""
        now = clock.now()
        if now - self._noted_at >= PROGRESS_EVERY or done == total:
            self._noted_at = now
            services.progress(self.claimed, done, total, text, now)

    def cancelled(self) -> bool:
        """See ``types.Claim.cancelled``."""
        if not self.told:
            self.told = self._reason_to_stop()
        return bool(self.told)

    def transaction(self) -> AbstractContextManager[None]:
        """See ``types.Claim.transaction``."""
        return services.fenced(self.claimed)

    def complete(self) -> None:
        """See ``types.Claim.complete``."""
        if not connection.in_atomic_block:
            raise NotInTransaction("complete() belongs into 'with claim.transaction():'")
        services.finish(self.claimed, clock.now())

    def _reason_to_stop(self) -> Literal["", "cancel", "lost", "shutdown"]:
        if self.lost:
            return "lost"
        if self._stopping is not None and self._stopping.is_set():
            return "shutdown"
        now = clock.now()
        if now - self._looked_at < LOOK_EVERY:
            return ""
        self._looked_at = now
        row = Job.objects.filter(pk=self.job_id).values_list("fence", "state", "cancel_requested_at").first()
        if row is None or row[:2] != (self.fence, JobState.RUNNING.value):
            return "lost"
        return "cancel" if row[2] is not None else ""


class Attempt:
    """``with Attempt(running):`` settles the job by how the block ends, and lets no exception out but the database's.

    Catching everything is the point here: a handler is foreign code, and its failure must become the job's state
    instead of the worker's end. ``SystemExit`` is included, which would otherwise end a worker's thread silently.
    """

    def __init__(self, running: RunningJob) -> None:
        self._running = running
        self.state: JobState | None = None
        """Where the job stands afterwards; None where it was not this worker's any more."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool:
        claimed = self._running.claimed
        try:
            self.state = self._settle(error)
        except StaleFence:
            # Not running under this fence any more: because the handler completed it, or because it was taken away.
            done = services.is_succeeded(claimed)
            self.state = JobState.SUCCEEDED if done else None
        log.info(
            "job attempted",
            job=claimed.job_id,
            kind=claimed.kind,
            fence=claimed.fence,
            attempt=claimed.attempt,
            state=self.state.value if self.state else "not ours any more",
            seconds=round((clock.now() - claimed.claimed_at).total_seconds(), 3),
        )
        return True

    def _settle(self, error: BaseException | None) -> JobState:
        told, claimed, now = self._running.told, self._running.claimed, clock.now()
        if told == "lost":
            raise StaleFence(f"{claimed.job_id} was taken from fence {claimed.fence}")
        if told == "shutdown":
            return services.give_back(claimed, now)
        if told == "cancel":
            return services.fail(claimed, "", now)
        if error is None:
            services.finish(claimed, now)
            return JobState.SUCCEEDED
        return self._settle_failure(error)

    def _settle_failure(self, error: BaseException) -> JobState:
        claimed, now = self._running.claimed, clock.now()
        if isinstance(error, StaleFence):
            raise error
        if isinstance(error, GiveUp):
            return services.fail(claimed, error.reason, now, final=True)
        if isinstance(error, RetryLater):
            return services.fail(claimed, error.reason, now, after=error.after)
        log.warning("job failed", job=claimed.job_id, kind=claimed.kind, error=describe(error), at=frames(error))
        return services.fail(claimed, describe(error), now)


def describe(error: BaseException) -> str:
    """An exception in a short text without its message, which may quote a report or a credential.

    Returns:
        Such as ``ValueError in replay (seawall/clearinghouse/validation/jobs.py:41)``.
    """
    stack = traceback.extract_tb(error.__traceback__)[1:]  # the first place is the one that called the handler
    ours = [frame for frame in stack if "/seawall/" in frame.filename] or stack
    if not ours:
        return type(error).__name__
    last = ours[-1]
    return f"{type(error).__name__} in {last.name} ({_short(last.filename)}:{last.lineno})"


def frames(error: BaseException) -> list[str]:
    """Where an exception came from, for the log: places, no values."""
    return [
        f"{_short(frame.filename)}:{frame.lineno} {frame.name}" for frame in traceback.extract_tb(error.__traceback__)
    ]


def _short(filename: str) -> str:
    return "/".join(filename.rsplit("/", 4)[1:])


def run(running: RunningJob) -> JobState | None:
    """Run one claimed job to its end.

    Returns:
        Where the job stands afterwards; None where it was not this worker's any more.

    Raises:
        django.db.Error: The database could not be told how it ended; the lease runs out, and the job is repeated.
    """
    attempt = Attempt(running)
    with attempt:
        lookup(running.kind).work(running)
    return attempt.state


def drain(*, kinds: Collection[str] | None = None, worker: str = "drain") -> int:
    """Run everything that is due, one after the other in this thread, until nothing is.

    For tests and scripts; pauses of failed jobs are not waited for.

    Returns:
        Number of attempts.

    Raises:
        RuntimeError: More than ``DRAIN_MAX`` jobs were due.
    """
    for done in range(DRAIN_MAX):
        claimed = services.claim(worker, known_kinds() if kinds is None else kinds, clock.now())
        if claimed is None:
            return done
        run(RunningJob(claimed))
    raise RuntimeError(f"more than {DRAIN_MAX} jobs; does one queue itself again?")

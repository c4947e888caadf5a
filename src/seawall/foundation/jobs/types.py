"""The nouns of background work."""

from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import IntEnum, StrEnum
from typing import Protocol


class JobState(StrEnum):
    """Where a job stands; ``rules.MOVES`` says what may follow what."""

    QUEUED = "queued"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def is_final(self) -> bool:
        """Whether nothing follows any more."""
        return self in {JobState.SUCCEEDED, JobState.FAILED, JobState.CANCELLED}


class Priority(IntEnum):
    """Lower starts first; within one priority, organizations take turns."""

    URGENT = 0
    """Somebody waits for it at a screen. Every carrier keeps a lane that runs nothing else."""
    NORMAL = 50
    BULK = 90
    """Imports and recomputations that may take until tomorrow."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a job says it is."""

    done: int
    total: int | None
    """None where the job does not know."""
    text: str
    at: datetime


@dataclass(frozen=True, slots=True)
class JobView:
    """A job as others may see it."""

    id: str
    kind: str
    subject_id: str
    state: JobState
    attempts: int
    max_attempts: int
    created_at: datetime
    run_after: datetime
    started_at: datetime | None
    """Start of the latest attempt."""
    finished_at: datetime | None
    progress: Progress | None
    error: str
    """Why the latest attempt failed; empty where none did."""
    cancel_requested: bool


@dataclass(frozen=True, slots=True)
class Claimed:
    """One attempt at a job: proof, by its fence, of who may write for it."""

    job_id: str
    kind: str
    subject_id: str
    organization_id: str | None
    fence: int
    """Rises with every claim of the job; only the highest may write."""
    attempt: int
    """1 for the first."""
    worker: str
    lease: timedelta
    """How long the job stays with a worker that has stopped answering."""
    claimed_at: datetime


class Claim(Protocol):
    """What a handler gets: the job, and the only safe way to write for it.

    A handler may run more than once for one job (a worker died, a retry). What it writes inside ``transaction()``
    is written by the holder of the fence only; with ``complete()`` as the last line there, exactly once:

        @handler("deduplication.fold")
        def fold(claim: Claim) -> None:
            features = compute(claim.subject_id)      # slow, writes nothing
            with claim.transaction():
                store(features)
                claim.complete()                      # the job succeeds together with what it wrote
    """

    @property
    def job_id(self) -> str:
        """Identifier of the job."""
        ...

    @property
    def kind(self) -> str:
        """Kind of the job."""
        ...

    @property
    def subject_id(self) -> str:
        """What the job is about."""
        ...

    @property
    def organization_id(self) -> str | None:
        """Whose job it is; None for the clearinghouse's own."""
        ...

    @property
    def fence(self) -> int:
        """Number of this claim; larger than that of every earlier one."""
        ...

    @property
    def attempt(self) -> int:
        """1 for the first."""
        ...

    def progress(self, done: int, total: int | None, text: str = "") -> None:
        """Say how far the job is; at most two a second are kept.

        Raises:
            StaleFence: The job is not this worker's any more.
        """
        ...

    def cancelled(self) -> bool:
        """Whether to stop: somebody cancelled the job, it was lost, or the worker shuts down. Cheap; ask often.

        A handler that sees True cleans up and returns (or raises); what happens to the job is decided for it.
        """
        ...

    def transaction(self) -> AbstractContextManager[None]:
        """An atomic block that first locks the job and checks the fence; the lease is renewed as it ends.

        Raises:
            StaleFence: The job is not this worker's any more; nothing is written.
        """
        ...

    def complete(self) -> None:
        """Mark the job as succeeded in the open ``transaction()``; returning from the handler does it otherwise.

        Raises:
            NotInTransaction: No transaction is open.
            StaleFence: The job is not this worker's any more.
        """
        ...

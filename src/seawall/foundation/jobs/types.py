"""Words of background work. Standard library only."""

from contextlib import AbstractContextManager
from enum import StrEnum
from typing import Protocol


class JobState(StrEnum):
    """Where a job stands. ``running`` under a lease that is over counts as queued again."""

    QUEUED = "queued"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"


class Claim(Protocol):
    """A job in the hands of one worker."""

    @property
    def job_id(self) -> str:
        """The job."""
        ...

    @property
    def subject_id(self) -> str:
        """What the job is about."""
        ...

    @property
    def fence(self) -> int:
        """Grows with each claim; only its holder may write."""
        ...

    def progress(self, done: int, total: int, text: str) -> None:
        """Say how far the work is."""
        ...

    def cancelled(self) -> bool:
        """Whether to stop: somebody cancelled the job or another worker has it."""
        ...

    def transaction(self) -> AbstractContextManager[None]:
        """An atomic block that first locks the job and raises ``StaleFence`` if another worker has it."""
        ...

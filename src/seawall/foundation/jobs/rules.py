"""Decisions about background work. Pure: time and chance are passed in.

- A job waits (queued), runs under a lease, and ends as succeeded, failed or cancelled.
- A lost lease makes it wait again at once; a failure, after a pause that doubles; both count as attempts.
- After ``max_attempts`` it has failed, and says why.
- Organizations take turns (start-time fair queueing): see ``next_turn``.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from seawall.foundation.jobs.types import JobState

MOVES: dict[JobState, frozenset[JobState]] = {
    JobState.QUEUED: frozenset({JobState.RUNNING, JobState.CANCELLED}),
    JobState.RUNNING: frozenset({JobState.QUEUED, JobState.SUCCEEDED, JobState.FAILED, JobState.CANCELLED}),
    JobState.SUCCEEDED: frozenset(),
    JobState.FAILED: frozenset(),
    JobState.CANCELLED: frozenset(),
}
"""What may follow what."""

FIRST_PAUSE = timedelta(seconds=2)
"""Before the second attempt; most failures that pass by themselves (a locked file, a restarting database) pass in that."""
LONGEST_PAUSE = timedelta(minutes=15)
"""A service that was away for a day is noticed again within a quarter of an hour."""
JITTER = 0.25
"""Share of the pause that is left to chance, so that jobs which failed together do not come back together."""


@dataclass(frozen=True, slots=True)
class Retry:
    """The job waits for its next attempt."""

    run_after: datetime


@dataclass(frozen=True, slots=True)
class Ended:
    """The job is over."""

    state: JobState


def may_move(old: JobState, new: JobState) -> bool:
    """Whether a job may go from one state to the other."""
    return new in MOVES[old]


def backoff(attempt: int, chance: float) -> timedelta:
    """The pause after a failed attempt: 2 s, 4 s, 8 s ... 15 min, and up to a quarter more.

    Args:
        attempt: Number of the attempt that failed, from 1.
        chance: From 0 up to but not including 1.
    """
    # The exponent is bounded because 2**10000 seconds is no timedelta.
    pause = min(FIRST_PAUSE * (1 << min(attempt - 1, 16)), LONGEST_PAUSE)
    return pause * (1 + JITTER * chance)


def after_failure(
    *,
    attempt: int,
    max_attempts: int,
    cancel_requested: bool,
    now: datetime,
    chance: float,
    at_least: timedelta | None = None,
) -> Retry | Ended:
    """What follows an attempt that failed.

    Args:
        attempt: Number of the attempt that failed, from 1.
        max_attempts: How many the job may have.
        cancel_requested: Whether somebody asked for its end meanwhile.
        now: Time of the failure.
        chance: From 0 up to but not including 1.
        at_least: A pause that the handler asked for.
    """
    if cancel_requested:
        return Ended(JobState.CANCELLED)
    if attempt >= max_attempts:
        return Ended(JobState.FAILED)
    pause = backoff(attempt, chance)
    return Retry(now + (pause if at_least is None else max(pause, at_least)))


def after_lost_lease(*, attempt: int, max_attempts: int, cancel_requested: bool, now: datetime) -> Retry | Ended:
    """What follows when a worker stopped answering: the next attempt at once, because the job is not to blame.

    It still counts, so that a job which kills every worker ends.
    """
    if cancel_requested:
        return Ended(JobState.CANCELLED)
    if attempt >= max_attempts:
        return Ended(JobState.FAILED)
    return Retry(now)


def next_turn(*, latest_started: int | None, latest_own: int | None) -> int:
    """The place of a new job in its priority's line.

    Jobs start in the order of their turns. An organization's next job stands one behind its last, and no new job
    stands before the one that started last. So an organization with 10,000 jobs fills the turns up to 10,000, and
    another's first job stands where the line is being served now. It waits for one job of each other organization,
    or two where its own last job has just been served, however many they have queued.

    Args:
        latest_started: Highest turn that was started in this priority; None before the first.
        latest_own: Highest turn of the organization in this priority, in any state; None where it has none.
    """
    floor = latest_started or 0
    return floor if latest_own is None else max(floor, latest_own + 1)

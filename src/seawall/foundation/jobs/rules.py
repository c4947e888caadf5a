"""Backoff and whose turn it is. Pure; time is passed in."""

from datetime import datetime, timedelta

BACKOFF_FIRST = timedelta(seconds=2)
BACKOFF_MAX = timedelta(minutes=10)


def backoff(attempts: int) -> timedelta:
    """How long to wait after this many failed attempts: 2, 4, 8 ... seconds, ten minutes at most."""
    return min(BACKOFF_MAX, BACKOFF_FIRST * 2 ** max(0, min(attempts, 20) - 1))


def is_free(state: str, lease_until: datetime | None, now: datetime) -> bool:
    """Whether a job may be claimed: queued, or running under a lease that is over."""
    return state == "queued" or (state == "running" and lease_until is not None and lease_until <= now)

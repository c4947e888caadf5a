"""The one place that reads the wall clock, so that tests can hold it still.

Rules never call this: time is passed in to them.
"""

import time
from datetime import UTC, datetime

_STEADY = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)


def now() -> datetime:
    """The time now, aware, in UTC."""
    return datetime.now(UTC)


def steady() -> float:
    """Seconds since this machine was started, asleep or not, by a clock that nobody can set."""
    return time.clock_gettime(_STEADY)

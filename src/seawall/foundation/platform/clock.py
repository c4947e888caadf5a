"""The one place that reads the wall clock, so that tests can hold it still.

Rules never call this: time is passed in to them.
"""

import time
from datetime import UTC, datetime

_STEADY = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)


def now() -> datetime:
    """The time now, aware, in UTC."""
    return datetime.now(UTC)


def in_utc(at: datetime) -> datetime:
    """The same moment in UTC: PostgreSQL takes no zone that is sixteen hours away. One without a zone stays as it is.

    Raises:
        ValueError: In UTC it is before the year 1, or after 9999.
    """
    try:
        return at if at.tzinfo is None else at.astimezone(UTC)
    except OverflowError as error:
        raise ValueError("is out of the years 1 to 9999 in UTC") from error


def steady() -> float:
    """Seconds since this machine was started, asleep or not, by a clock that nobody can set."""
    return time.clock_gettime(_STEADY)

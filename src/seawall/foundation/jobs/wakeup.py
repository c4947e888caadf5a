"""A bell between the threads of one process: enqueued work starts at once instead of at the next poll."""

import threading

_BELL = threading.Condition()
_rings = 0


def ring() -> None:
    """Wake every waiting worker thread of this process."""
    global _rings  # noqa: PLW0603 - one bell per process
    with _BELL:
        _rings += 1
        _BELL.notify_all()


def wait(seconds: float, seen: int) -> int:
    """Wait for a ring after number ``seen``, at most ``seconds``; returns the number of rings so far."""
    with _BELL:
        if _rings == seen:
            _BELL.wait(seconds)
        return _rings

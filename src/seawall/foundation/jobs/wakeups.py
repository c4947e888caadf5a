"""Tells this process's carrier that a job was committed, so that it need not wait for its next look.

Only a hint: a lost one costs a carrier's poll interval, never a job. At most one carrier listens per process.
"""

import os
import threading
from collections.abc import Callable

_lock = threading.Lock()
_listener: Callable[[], None] | None = None


def listen(listener: Callable[[], None]) -> None:
    """Call ``listener`` after each commit that queued a job.

    Raises:
        RuntimeError: A carrier runs in this process already.
    """
    global _listener  # noqa: PLW0603 - one per process is the point
    with _lock:
        if _listener is not None:
            raise RuntimeError("a carrier runs in this process already; stop it first")
        _listener = listener


def hush() -> None:
    """No carrier listens any more."""
    global _listener  # noqa: PLW0603
    with _lock:
        _listener = None


def notify() -> None:
    """Something was queued."""
    listener = _listener
    if listener is not None:
        listener()


def _forget() -> None:
    global _lock, _listener
    _lock, _listener = threading.Lock(), None


# A forked child has the parent's memory but none of its threads: nobody listens there.
os.register_at_fork(after_in_child=_forget)

"""Runs jobs in threads of the server's own process: nothing else to start, and a commit wakes them at once.

from seawall.foundation.jobs.carriers.embedded import start
start()
"""

import multiprocessing.util
import os
import threading

from django.conf import settings

from seawall.foundation.jobs.carriers.lanes import GRACE_S, Lanes

_lock = threading.Lock()
_running: Lanes | None = None


def start(*, threads: int | None = None) -> Lanes:
    """Start this process's carrier; where it runs already, return it.

    Args:
        threads: Lanes; None takes the setting ``worker_threads``.

    Raises:
        RuntimeError: A carrier of another kind runs in this process.
    """
    global _running  # noqa: PLW0603 - one per process is the point
    with _lock:
        if _running is None:
            carrier = Lanes(threads=threads or settings.SEAWALL.worker_threads)
            carrier.start()
            _running = carrier
            # Not atexit: the server runs its workers as children of multiprocessing, which end without it.
            # A finalizer runs in both, and only in the process that made it.
            multiprocessing.util.Finalize(None, stop, exitpriority=100)
        return _running


def stop(grace_s: float = GRACE_S) -> bool:
    """Stop it, if it runs: finish or give back what is running.

    Returns:
        Whether every handler had returned.
    """
    global _running
    with _lock:
        carrier, _running = _running, None
    return True if carrier is None else carrier.stop(grace_s)


def _forget() -> None:
    global _lock, _running
    _lock, _running = threading.Lock(), None


# A forked child has none of its parent's threads: it may start a carrier of its own.
os.register_at_fork(after_in_child=_forget)

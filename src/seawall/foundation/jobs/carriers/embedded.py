"""The default carrier: worker threads inside the server's process."""

import atexit
import os
import threading

from django.conf import settings

from seawall.foundation.jobs import wakeup
from seawall.foundation.jobs.carriers.worker import work

_lock = threading.Lock()
_started = False


def start() -> None:
    """Start the worker threads, once per process."""
    global _started  # noqa: PLW0603 - one carrier per process
    with _lock:
        if _started:
            return
        _started = True
    stop = threading.Event()
    threads = [
        threading.Thread(target=work, args=(f"embedded-{os.getpid()}-{number}", stop), daemon=True)
        for number in range(settings.SEAWALL.worker_threads)
    ]
    for thread in threads:
        thread.start()

    def end() -> None:
        stop.set()
        wakeup.ring()

    atexit.register(end)

"""``seawall worker``: worker threads in a process of their own, beside the server or on another machine."""

import os
import signal
import threading
from collections.abc import Sequence

from seawall.foundation.jobs import wakeup
from seawall.foundation.jobs.carriers.worker import work


def run(threads: int, kinds: Sequence[str] | None = None) -> None:
    """Work until SIGTERM or SIGINT; jobs that are running are finished first."""
    stop = threading.Event()

    def end(_signal: int, _frame: object) -> None:
        stop.set()

    signal.signal(signal.SIGTERM, end)
    signal.signal(signal.SIGINT, end)
    running = [
        threading.Thread(target=work, args=(f"worker-{os.getpid()}-{number}", stop, kinds)) for number in range(threads)
    ]
    for thread in running:
        thread.start()
    stop.wait()
    wakeup.ring()
    for thread in running:
        thread.join()

"""Runs jobs in a process of its own: ``seawall worker``. As many as wanted, on any machine that reaches the database."""

import signal
import threading
from collections.abc import Collection
from fnmatch import fnmatchcase
from types import FrameType

import structlog
from django.db import connections

from seawall.foundation.jobs.carriers.lanes import Lanes
from seawall.foundation.jobs.registry import known_kinds

log = structlog.get_logger("seawall.jobs")


def matching(patterns: Collection[str]) -> frozenset[str]:
    """The registered kinds that fit one of the patterns, such as ``validation.*``; all where there is no pattern.

    Raises:
        ValueError: A pattern fits nothing.
    """
    known = known_kinds()
    for pattern in patterns:
        if not any(fnmatchcase(kind, pattern) for kind in known):
            raise ValueError(f"no kind of job fits {pattern!r}; known are {', '.join(sorted(known))}")
    return frozenset(kind for kind in known if not patterns or any(fnmatchcase(kind, pattern) for pattern in patterns))


def run(*, threads: int, kinds: Collection[str] | None = None, grace_s: float) -> bool:
    """Work until SIGTERM or SIGINT, in the main thread; a second signal ends the wait for running jobs.

    Args:
        threads: Lanes that run everything; one more runs urgent jobs.
        kinds: Kinds to run; None for all.
        grace_s: Seconds that running jobs may go on after the signal before they are given back.

    Returns:
        Whether every handler had returned.
    """
    asked = threading.Event()
    carrier = Lanes(threads=threads, kinds=kinds)

    def on_signal(number: int, _frame: FrameType | None) -> None:
        log.info("worker stops", signal=signal.Signals(number).name)
        if asked.is_set():
            carrier.hurry()
        asked.set()

    before = {number: signal.signal(number, on_signal) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        carrier.start()
        log.info("worker started", threads=threads, kinds=sorted(kinds or known_kinds()))
        asked.wait()
        return carrier.stop(grace_s)
    finally:
        connections.close_all()
        for number, handler in before.items():
            signal.signal(number, handler)

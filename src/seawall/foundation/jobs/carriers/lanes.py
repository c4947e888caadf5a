"""Threads that claim and run jobs: the machinery that the ``embedded`` and the ``process`` carrier share.

Each lane is a thread with its own database connection and runs one job at a time. Beside the lanes that run
everything, one runs urgent jobs only, so that somebody who waits at a screen does not wait for other people's long
jobs. A side thread renews the leases. A database that is away makes the lanes wait, never end.
"""

import os
import platform
import threading
import time
from collections.abc import Collection

import structlog
from django.db import Error as DatabaseTrouble
from django.db import close_old_connections, connections

from seawall.foundation.jobs import runner, services, wakeups
from seawall.foundation.jobs.errors import StaleFence
from seawall.foundation.jobs.registry import known_kinds, lookup
from seawall.foundation.platform import clock

POLL_S = 1.0
"""Between two looks for work that nobody announced: due retries, lost leases, jobs queued by other processes."""
BEAT_S = 0.5
"""Between two rounds of the side thread; a quarter of the shortest lease that a handler may ask for."""
TROUBLE_S = (0.5, 1.0, 2.0, 5.0)
"""Pauses while the database cannot be reached."""
GRACE_S = 3.0
"""How long running jobs may go on when a server is asked to end; longer ones are given back and repeated."""
LAST_WORDS_S = 2.0
"""For handlers that were told to stop, before their jobs are given back."""

log = structlog.get_logger("seawall.jobs")


class Lanes:
    """A carrier in threads of this process; see ``interface.Carrier``."""

    def __init__(self, *, threads: int, kinds: Collection[str] | None = None) -> None:
        """Prepare.

        Args:
            threads: Lanes that run everything; one more runs urgent jobs.
            kinds: Kinds of jobs to run; None for all that are registered.
        """
        if threads < 1:
            raise ValueError("a carrier needs at least one thread")
        self._lanes_wanted = threads
        self._kinds = kinds
        self._closing = threading.Event()
        """No more claims."""
        self._stopping = threading.Event()
        """Running handlers shall stop as well."""
        self._done = threading.Event()
        """The side thread may end."""
        self._news = threading.Condition()
        self._news_count = 0
        self._running: dict[str, runner.RunningJob] = {}
        self._running_lock = threading.Lock()
        self._threads: list[threading.Thread] = []

    def start(self) -> None:
        """See ``interface.Carrier.start``."""
        wakeups.listen(self.wake)
        name = f"{platform.node()}:{os.getpid()}"
        # Daemon threads: a handler that hangs must not keep the process from ending; its job was given back.
        self._threads = [
            threading.Thread(target=self._lane, args=(f"{name}:{number}",), name=f"jobs-{number}", daemon=True)
            for number in range(self._lanes_wanted)
        ]
        self._threads.append(
            threading.Thread(
                target=self._lane,
                args=(f"{name}:urgent",),
                kwargs={"urgent_only": True},
                name="jobs-urgent",
                daemon=True,
            )
        )
        for thread in self._threads:
            thread.start()
        self._heart = threading.Thread(target=self._beat, name="jobs-heartbeat", daemon=True)
        self._heart.start()

    def stop(self, grace_s: float) -> bool:
        """See ``interface.Carrier.stop``."""
        self._closing.set()
        self.wake()
        if not self._joined(grace_s, unless=self._stopping):
            self._stopping.set()
            self._joined(LAST_WORDS_S)
        with self._running_lock:
            left = list(self._running.values())
        for job in left:
            self._give_back(job)
        self._done.set()
        self._heart.join(BEAT_S * 2)
        wakeups.hush()
        if left:
            connections.close_all()
        return not left

    def wake(self) -> None:
        """See ``interface.Carrier.wake``."""
        with self._news:
            self._news_count += 1
            self._news.notify_all()

    def hurry(self) -> None:
        """Cut short the grace of a ``stop`` that is under way."""
        self._stopping.set()

    def _joined(self, seconds: float, *, unless: threading.Event | None = None) -> bool:
        """Wait for the lanes to end; whether they all have."""
        deadline = time.monotonic() + seconds
        for thread in self._threads:
            while thread.is_alive() and time.monotonic() < deadline and not (unless and unless.is_set()):
                thread.join(0.05)
        return not any(thread.is_alive() for thread in self._threads)

    def _give_back(self, job: runner.RunningJob) -> None:
        try:
            services.give_back(job.claimed, clock.now())
        except StaleFence:
            return
        except DatabaseTrouble as error:
            log.warning("job not given back; its lease will run out", job=job.job_id, error=type(error).__name__)

    def _lane(self, worker: str, *, urgent_only: bool = False) -> None:
        troubles = 0
        try:
            while not self._closing.is_set():
                with self._news:
                    seen = self._news_count
                try:
                    close_old_connections()
                    worked = self._take(worker, urgent_only=urgent_only)
                    troubles = 0
                except DatabaseTrouble as error:
                    connections.close_all()
                    pause = TROUBLE_S[min(troubles, len(TROUBLE_S) - 1)]
                    troubles += 1
                    log.warning("database trouble", worker=worker, error=type(error).__name__, pause_s=pause)
                    self._closing.wait(pause)
                    continue
                if not worked:
                    self._wait_for_news(seen)
        finally:
            connections.close_all()

    def _take(self, worker: str, *, urgent_only: bool) -> bool:
        """Claim and run one job, if there is one."""
        kinds = known_kinds() if self._kinds is None else self._kinds
        claimed = services.claim(worker, kinds, clock.now(), urgent_only=urgent_only)
        if claimed is None:
            return False
        job = runner.RunningJob(claimed, self._stopping)
        with self._running_lock:
            self._running[claimed.job_id] = job
        try:
            runner.run(job)
        finally:
            with self._running_lock:
                if self._running.get(claimed.job_id) is job:
                    del self._running[claimed.job_id]
        return True

    def _wait_for_news(self, seen: int) -> None:
        with self._news:
            if self._news_count == seen and not self._closing.is_set():
                self._news.wait(POLL_S)

    def _beat(self) -> None:
        """Renew the leases of what runs, each at a third of its length."""
        renewed: dict[tuple[str, int], float] = {}
        try:
            while not self._done.wait(BEAT_S):
                with self._running_lock:
                    jobs = list(self._running.values())
                alive = {(job.job_id, job.fence) for job in jobs}
                renewed = {key: at for key, at in renewed.items() if key in alive}
                for job in jobs:
                    self._renew(job, renewed)
        finally:
            connections.close_all()

    def _renew(self, job: runner.RunningJob, renewed: dict[tuple[str, int], float]) -> None:
        key = (job.job_id, job.fence)
        at = time.monotonic()
        if job.lost or at - renewed.setdefault(key, at - BEAT_S) < job.claimed.lease.total_seconds() / 3:
            return
        now = clock.now()
        if now - job.claimed.claimed_at > lookup(job.kind).time_limit:
            # Stuck: somebody else may have it once the lease is over, and its handler is told to stop.
            log.warning("job over its time limit", job=job.job_id, kind=job.kind)
            job.lost = True
            return
        try:
            services.heartbeat(job.claimed, now)
            renewed[key] = at
        except StaleFence:
            # Also seen in the moment between the job's end and its leaving of the list: no harm, it has ended.
            job.lost = True
        except DatabaseTrouble as error:
            connections.close_all()
            log.warning("heartbeat missed", job=job.job_id, error=type(error).__name__)

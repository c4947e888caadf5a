"""What every carrier must keep, as tests that ship with the package.

A carrier's own test module derives from ``CarrierContract``, says how it is started and stopped, and runs under
pytest with a transactional database that the carrier's workers share:

    @pytest.mark.django_db(transaction=True)
    class TestEmbedded(CarrierContract):
        def begin(self) -> None: embedded.start(threads=THREADS)
        def end(self, grace_s: float) -> bool: return embedded.stop(grace_s)

Workers in other processes call ``install()`` before they start, which registers the jobs below.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

from django.db import transaction

from seawall.foundation.jobs import queries, registry, services
from seawall.foundation.jobs.errors import GiveUp
from seawall.foundation.jobs.models import Job
from seawall.foundation.jobs.types import Claim, JobState, JobView, Priority

THREADS = 2
"""Lanes that run everything, in the carrier under test."""
LEASE = registry.SHORTEST_LEASE
START_S = 2.0
"""A job that is due starts within this."""
CANCEL_S = 5.0
"""A cancelled handler has returned within this."""
LOOK_S = 0.02
LATE_S = 0.1
"""What one look may count: where it takes longer, others have the processors, and whoever is waited for does not get on either."""
NEVER = datetime(2100, 1, 1, tzinfo=UTC)

WRITE, FAIL_ONCE, POISON, EXIT, GIVES_UP, FOLLOW_UP, SLOW, MARK = (
    f"contract.{name}" for name in ("write", "fail_once", "poison", "exit", "gives_up", "follow_up", "slow", "mark")
)


def _mark(claim: Claim) -> None:
    # A row that only a committed transaction leaves: the effect that is counted. It waits for ever.
    services.enqueue(MARK, claim.subject_id, run_after=NEVER)


def _write(claim: Claim) -> None:
    with claim.transaction():
        _mark(claim)
        claim.complete()


def _fail_once(claim: Claim) -> None:
    if claim.attempt == 1:
        raise ValueError("a credential that belongs into no row")
    _write(claim)


def _poison(claim: Claim) -> None:
    with claim.transaction():
        _mark(claim)
        raise ValueError("a credential that belongs into no row")


def _leave(claim: Claim) -> None:  # noqa: ARG001 - a handler's signature
    raise SystemExit(3)


def _gives_up(claim: Claim) -> None:  # noqa: ARG001
    raise GiveUp("the package does not exist")


def _slow(claim: Claim) -> None:
    seconds = float(claim.subject_id.rpartition(":")[2])
    for step in range(int(seconds * 20)):
        if claim.cancelled():
            return
        claim.progress(step, int(seconds * 20), "waiting")
        time.sleep(0.05)


def install() -> None:
    """Register the contract's jobs in this process."""
    for kind, work, attempts, follow_up in (
        (WRITE, _write, 50, None),
        (FAIL_ONCE, _fail_once, 2, None),
        (POISON, _poison, 2, FOLLOW_UP),
        (EXIT, _leave, 1, None),
        (GIVES_UP, _gives_up, 5, None),
        (FOLLOW_UP, _write, 5, None),
        (SLOW, _slow, 3, None),
        (MARK, _write, 1, None),
    ):
        registry.handler(kind, max_attempts=attempts, lease=LEASE, when_failed=follow_up)(work)


def uninstall() -> None:
    """Forget them again."""
    for kind in (WRITE, FAIL_ONCE, POISON, EXIT, GIVES_UP, FOLLOW_UP, SLOW, MARK):
        registry.unregister(kind)


def queue(kind: str, subject: str, *, priority: Priority = Priority.NORMAL, organization: str | None = None) -> str:
    """Enqueue in a transaction of its own."""
    with transaction.atomic():
        return services.enqueue(kind, subject, priority=priority, organization_id=organization)


def marks(subject: str) -> int:
    """How many times the effect on a subject was committed."""
    return Job.objects.filter(kind=MARK, subject_id=subject).count()


def wait_for(what: Callable[[], bool], seconds: float, message: str) -> float:
    """Wait until something holds; the seconds it took, without those in which the machine let nobody here go on.

    Raises:
        AssertionError: It does not hold in time.
    """
    spent, looked = 0.0, time.monotonic()
    while not what():
        time.sleep(LOOK_S)
        now = time.monotonic()
        spent, looked = spent + min(now - looked, LATE_S), now
        assert spent < seconds, f"not within {seconds} s: {message}"
    return spent


def wait_for_state(job_id: str, state: JobState, seconds: float) -> JobView:
    """Wait until a job is in a state, and return it.

    Raises:
        AssertionError: It is not in time.
    """
    wait_for(lambda: queries.view(job_id).state is state, seconds, f"{job_id} is {state}")
    return queries.view(job_id)


class CarrierContract:
    """The promises. Every method is a test."""

    def begin(self) -> None:
        """Start the carrier under test, with ``THREADS`` lanes; it may still be starting when this returns."""
        raise NotImplementedError

    def end(self, grace_s: float) -> bool:
        """Stop it; whether every handler had returned."""
        raise NotImplementedError

    @contextmanager
    def _running(self) -> Iterator[None]:
        install()
        try:
            self.begin()
            try:
                # What follows measures the carrier, not how long its processes take to start.
                wait_for_state(queue(WRITE, "first"), JobState.SUCCEEDED, 30)
                yield
            finally:
                self.end(0.2)
        finally:
            uninstall()

    def test_a_committed_job_starts_within_two_seconds(self) -> None:
        """And its effect is there once."""
        with self._running():
            jobs = [queue(WRITE, f"subject-{number}") for number in range(20)]
            for job in jobs:
                wait_for_state(job, JobState.SUCCEEDED, 10)
            waits = [view.started_at - view.created_at for view in map(queries.view, jobs[:THREADS]) if view.started_at]
            assert max(waits) <= timedelta(seconds=START_S)
            assert [marks(f"subject-{number}") for number in range(20)] == [1] * 20

    def test_a_rolled_back_change_leaves_no_job(self) -> None:
        """Neither in the table nor with the carrier."""
        with self._running():
            with transaction.atomic():
                services.enqueue(WRITE, "undone")
                transaction.set_rollback(True)
            after = queue(WRITE, "kept")
            wait_for_state(after, JobState.SUCCEEDED, START_S)
            assert marks("undone") == 0
            assert not Job.objects.filter(subject_id="undone").exists()

    def test_a_failed_attempt_is_repeated_after_a_pause(self) -> None:
        """The row keeps where it failed, not what the exception said."""
        with self._running():
            job = queue(FAIL_ONCE, "shaky")
            wait_for(lambda: queries.view(job).error != "", START_S, "the first attempt has failed")
            waiting = queries.view(job)
            assert waiting.state is JobState.QUEUED
            assert "credential" not in waiting.error
            assert "ValueError" in waiting.error
            done = wait_for_state(job, JobState.SUCCEEDED, 10)
            assert done.attempts == 2  # noqa: PLR2004 - the second one
            assert done.started_at is not None
            assert done.started_at >= waiting.run_after
            assert marks("shaky") == 1

    def test_a_job_that_always_fails_ends_and_somebody_is_told(self) -> None:
        """It has written nothing, and its follow-up runs once."""
        with self._running():
            job = queue(POISON, "poison")
            failed = wait_for_state(job, JobState.FAILED, 15)
            assert failed.attempts == failed.max_attempts
            assert failed.error.startswith("ValueError in _poison")
            wait_for(lambda: marks("poison") == 1, START_S, "the follow-up has run, and only that has written")

    def test_a_job_that_cannot_succeed_is_not_repeated(self) -> None:
        """Its handler's words are kept."""
        with self._running():
            view = wait_for_state(queue(GIVES_UP, "no-use"), JobState.FAILED, START_S)
            assert (view.attempts, view.error) == (1, "the package does not exist")

    def test_a_handler_that_exits_does_not_end_its_worker(self) -> None:
        """More exits than lanes, and work still gets done."""
        with self._running():
            for job in [queue(EXIT, f"exit-{number}") for number in range(THREADS + 2)]:
                wait_for_state(job, JobState.FAILED, 10)
            wait_for_state(queue(WRITE, "after"), JobState.SUCCEEDED, START_S)

    def test_a_cancel_reaches_a_running_handler(self) -> None:
        """Within five seconds."""
        with self._running():
            job = queue(SLOW, "long:60")
            wait_for_state(job, JobState.RUNNING, START_S)
            assert services.cancel(job) is JobState.RUNNING
            wait_for_state(job, JobState.CANCELLED, CANCEL_S)

    def test_a_long_job_keeps_its_lease(self) -> None:
        """Nobody else gets it while it runs, and it says how far it is."""
        with self._running():
            seconds = LEASE.total_seconds() * 2
            job = queue(SLOW, f"long:{seconds}")
            running = wait_for_state(job, JobState.RUNNING, START_S)
            wait_for(lambda: queries.view(job).progress is not None, START_S, "progress is shown")
            done = wait_for_state(job, JobState.SUCCEEDED, seconds * 3)
            assert done.attempts == 1
            assert done.started_at == running.started_at

    def test_an_urgent_job_does_not_wait_for_busy_lanes(self) -> None:
        """Though another organization's long jobs hold all the lanes, with more of them waiting."""
        with self._running():
            slow = [queue(SLOW, f"slow-{number}:60", organization="org_many") for number in range(THREADS * 3)]
            wait_for(
                lambda: sum(queries.view(job).state is JobState.RUNNING for job in slow) == THREADS,
                START_S,
                "all lanes are busy",
            )
            urgent = queue(WRITE, "urgent", priority=Priority.URGENT, organization="org_one")
            wait_for(lambda: queries.view(urgent).started_at is not None, START_S, "the urgent job has started")
            for job in slow:
                services.cancel(job)

    def test_stopping_lets_short_jobs_finish(self) -> None:
        """And takes no new ones."""
        with self._running():
            short = queue(SLOW, "short:1")
            wait_for_state(short, JobState.RUNNING, START_S)
            assert self.end(10.0)
            assert queries.view(short).state is JobState.SUCCEEDED
            later = queue(WRITE, "later")
            time.sleep(START_S)
            assert queries.view(later).state is JobState.QUEUED

    def test_stopping_gives_long_jobs_back(self) -> None:
        """At once, and the attempt is not counted against them."""
        with self._running():
            long = queue(SLOW, "long:60")
            wait_for_state(long, JobState.RUNNING, START_S)
            self.end(0.1)
            view = queries.view(long)
            assert (view.state, view.attempts, view.error) == (JobState.QUEUED, 0, "")

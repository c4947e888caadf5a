"""kill -9 and SIGSTOP against real worker processes: nothing lost, nothing doubled, late writes fenced off."""

import os
import random
import signal
import time
from collections.abc import Iterator

import pytest
from django.db import connection, transaction

from seawall.foundation.jobs import queries, services
from seawall.foundation.jobs.carriers.contract import LEASE, MARK, SLOW, WRITE, marks, queue, wait_for, wait_for_state
from seawall.foundation.jobs.models import Job
from seawall.foundation.jobs.registry import handler, unregister
from seawall.foundation.jobs.types import JobState
from support.workers import Nursery

RERUN_S = LEASE.total_seconds() + 2
STOPS = 5
"""How often workers are stopped until none of them holds a lock of the database."""
KINDS = ("test.effect", "test.hold", "test.kills")

pytestmark = pytest.mark.usefixtures("contract_jobs", "known_kinds")


@pytest.fixture
def known_kinds() -> Iterator[None]:
    """The nursery's kinds, so that this process may queue them; nothing runs them here."""
    for kind in KINDS:
        handler(kind, max_attempts=3 if kind == "test.kills" else 200, lease=LEASE)(lambda claim: None)  # noqa: ARG005
    yield
    for kind in KINDS:
        unregister(kind)


def killed_often(workers: Nursery, *, jobs: int, kills: int, crew: int, pause_s: float, limit_s: float) -> None:
    with transaction.atomic():
        for number in range(jobs):
            services.enqueue("test.effect", f"subject-{number}", organization_id=f"org_{number % 7}")
    chance = random.Random(11)  # noqa: S311 - a repeatable choice of victims
    for _ in range(crew):
        workers.worker()
    wait_for(lambda: len(workers.traces()) > 0, 30, "the first job has begun")
    for _ in range(kills):
        time.sleep(chance.uniform(0.2, 1.0) * pause_s)
        workers.kill(chance.choice(workers.alive))
        workers.worker()
    left = Job.objects.filter(kind="test.effect").exclude(state=JobState.SUCCEEDED)
    wait_for(lambda: not left.exists(), limit_s, f"all {jobs} jobs are done")
    counts = {number: marks(f"subject-{number}") for number in range(jobs)}
    assert [number for number, count in counts.items() if count == 0] == [], "lost"
    assert [number for number, count in counts.items() if count > 1] == [], "doubled"
    repeated = Job.objects.filter(kind="test.effect", attempts__gt=1).count()
    assert repeated > 0, "the kills hit nothing, so this has shown nothing"


def test_nothing_is_lost_or_doubled_when_workers_are_killed(workers: Nursery) -> None:
    killed_often(workers, jobs=60, kills=8, crew=3, pause_s=0.25, limit_s=30)


@pytest.mark.long
def test_nothing_is_lost_or_doubled_in_a_thousand_jobs_and_a_hundred_kills(workers: Nursery) -> None:
    killed_often(workers, jobs=1000, kills=100, crew=4, pause_s=0.5, limit_s=300)


def test_the_job_of_a_dead_worker_is_repeated_within_the_lease_and_two_seconds(workers: Nursery) -> None:
    first = workers.worker(threads=1)
    job = queue(SLOW, "slow:1.5")
    wait_for_state(job, JobState.RUNNING, 10)
    workers.worker(threads=1)
    # In the worst case the lease was renewed just before the worker died.
    time.sleep(0.7)
    workers.kill(first)
    wait_for(lambda: queries.view(job).attempts == 2, RERUN_S, "the second attempt")
    wait_for_state(job, JobState.SUCCEEDED, 10)


def test_a_job_that_kills_every_worker_ends_with_its_reason(workers: Nursery) -> None:
    job = queue("test.kills", "deadly")
    for attempt in (1, 2, 3):
        pid = workers.worker(threads=1)
        wait_for(lambda wanted=attempt: len(workers.traces()) == wanted, 15, f"attempt {attempt}")
        workers.alive.remove(pid)
    workers.worker(threads=1)
    failed = wait_for_state(job, JobState.FAILED, 15)
    assert failed.error == "The worker stopped answering during attempt 3 of 3."
    kept = queue(WRITE, "after")
    wait_for_state(kept, JobState.SUCCEEDED, 5)


def _signal(crew: list[int], number: signal.Signals) -> None:
    for pid in crew:
        os.kill(pid, number)


def zombies(workers: Nursery, *, processes: int, threads: int) -> None:
    wanted = processes * threads
    jobs = [queue("test.hold", f"held-{number}") for number in range(wanted)]
    crew = [workers.worker(threads=threads) for _ in range(processes)]

    def lines(fence: int | None, word: str) -> set[str]:
        return {line[0] for line in workers.traces() if line[2] == word and fence in {None, int(line[1])}}

    wait_for(lambda: len(lines(1, "began")) == wanted, 30, "all are being worked on")
    successor = None
    for left in reversed(range(STOPS)):
        _signal(crew, signal.SIGSTOP)
        successor = successor or workers.worker(threads=4)
        try:
            wait_for(
                lambda: all(queries.view(job).state is JobState.SUCCEEDED for job in jobs), RERUN_S + 15, "taken over"
            )
            break
        except AssertionError:
            if not left:
                raise
            # One was stopped in the middle of a write, and nobody else can write until it goes on.
            _signal(crew, signal.SIGCONT)
            time.sleep(0.2)
    workers.let_go()
    _signal(crew, signal.SIGCONT)
    wait_for(lambda: len(lines(1, "fenced-off")) == wanted, 30, "every late write was refused")
    assert lines(1, "wrote") == set()
    assert [marks(f"held-{number}") for number in range(wanted)] == [1] * wanted
    assert {(view.state, view.attempts) for view in map(queries.view, jobs)} == {(JobState.SUCCEEDED, 2)}
    assert successor in workers.alive


def test_the_late_writes_of_stopped_workers_are_fenced_off(workers: Nursery) -> None:
    zombies(workers, processes=2, threads=4)


@pytest.mark.long
def test_a_hundred_late_writes_are_fenced_off(workers: Nursery) -> None:
    zombies(workers, processes=10, threads=10)


@pytest.mark.long
def test_nothing_is_lost_while_database_connections_are_cut(workers: Nursery) -> None:
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has no connections to cut")
    cut_connections(workers, jobs=200, seconds=20)


def test_a_cut_database_connection_loses_nothing(workers: Nursery) -> None:
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has no connections to cut")
    cut_connections(workers, jobs=40, seconds=3)


def cut_connections(workers: Nursery, *, jobs: int, seconds: float) -> None:
    with transaction.atomic():
        for number in range(jobs):
            services.enqueue("test.effect", f"subject-{number}")
    for _ in range(2):
        workers.worker()
    wait_for(lambda: len(workers.traces()) > 0, 30, "the first job has begun")
    until = time.monotonic() + seconds
    cut = 0
    while time.monotonic() < until:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
            cut += cursor.fetchone()[0]
        time.sleep(0.3)
    assert cut > 0
    left = Job.objects.filter(kind="test.effect").exclude(state=JobState.SUCCEEDED)
    wait_for(lambda: not left.exists(), 60, "all jobs are done")
    assert Job.objects.filter(kind=MARK).count() == jobs
    assert Job.objects.filter(kind=MARK).values("subject_id").distinct().count() == jobs

import re
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from django.db import transaction

from seawall.foundation.jobs import queries, registry, runner, services
from seawall.foundation.jobs.carriers.contract import LEASE, MARK, NEVER, POISON, WRITE, marks
from seawall.foundation.jobs.errors import RetryLater, StaleFence
from seawall.foundation.jobs.models import Job
from seawall.foundation.jobs.types import Claim, Claimed, JobState, JobView
from seawall.foundation.platform import clock

pytestmark = [pytest.mark.usefixtures("contract_jobs"), pytest.mark.django_db]


def taken(subject: str = "subject", *, later: timedelta = timedelta(0)) -> Claimed:
    claimed = services.claim("worker", [WRITE], clock.now() + later)
    assert claimed is not None
    assert claimed.subject_id == subject
    return claimed


@pytest.fixture
def lost() -> tuple[Claimed, Claimed]:
    """A claim whose lease ran out, and the claim of the worker that has the job now."""
    services.enqueue(WRITE, "subject")
    return taken(), taken(later=LEASE + timedelta(seconds=1))


LATE_WRITES: dict[str, Callable[[Claimed], object]] = {
    "finish": lambda late: services.finish(late, clock.now()),
    "fail": lambda late: services.fail(late, "late", clock.now()),
    "fail for good": lambda late: services.fail(late, "late", clock.now(), final=True),
    "give back": lambda late: services.give_back(late, clock.now()),
    "progress": lambda late: services.progress(late, 1, 2, "late", clock.now()),
    "heartbeat": lambda late: services.heartbeat(late, clock.now()),
    "transaction": lambda late: services.fenced(late).__enter__(),
}


@pytest.mark.parametrize("write", LATE_WRITES)
def test_a_late_write_changes_nothing(write: str, lost: tuple[Claimed, Claimed]) -> None:
    late, holder = lost
    assert holder.fence == late.fence + 1
    before = Job.objects.filter(pk=late.job_id).values().get()
    with pytest.raises(StaleFence):
        LATE_WRITES[write](late)
    assert Job.objects.filter(pk=late.job_id).values().get() == before


@pytest.mark.parametrize("write", LATE_WRITES)
@pytest.mark.parametrize("end", ["finished", "cancelled", "failed", "given back"])
def test_nothing_is_written_for_a_job_that_has_left_its_worker(write: str, end: str) -> None:
    job = services.enqueue(WRITE, "subject")
    claimed = taken()
    match end:
        case "finished":
            services.finish(claimed, clock.now())
        case "failed":
            services.fail(claimed, "", clock.now(), final=True)
        case "given back":
            services.give_back(claimed, clock.now())
        case "cancelled":
            services.cancel(job)
            services.fail(claimed, "", clock.now())
    with pytest.raises(StaleFence):
        LATE_WRITES[write](claimed)


def test_what_a_late_worker_writes_in_its_transaction_is_undone(lost: tuple[Claimed, Claimed]) -> None:
    late, holder = lost
    with pytest.raises(StaleFence), services.fenced(late):
        services.enqueue(MARK, "subject", run_after=NEVER)
    assert marks("subject") == 0
    with services.fenced(holder):
        services.enqueue(MARK, "subject", run_after=NEVER)
    assert marks("subject") == 1


def test_a_lease_that_is_renewed_is_not_given_to_another() -> None:
    services.enqueue(WRITE, "subject")
    claimed = taken()
    services.heartbeat(claimed, clock.now() + LEASE)
    assert services.claim("other", [WRITE], clock.now() + LEASE * 1.5) is None
    assert services.claim("other", [WRITE], clock.now() + LEASE * 2.5) is not None


def test_a_transaction_renews_the_lease_as_it_ends() -> None:
    services.enqueue(WRITE, "subject", run_after=clock.now() - LEASE * 2)
    claimed = services.claim("worker", [WRITE], clock.now() - LEASE)
    assert claimed is not None
    with services.fenced(claimed):
        pass
    assert services.claim("other", [WRITE], clock.now() + LEASE / 2) is None


def test_fences_only_rise() -> None:
    services.enqueue(WRITE, "subject")
    fences = [taken(later=LEASE * 2 * number).fence for number in range(5)]
    assert fences == [1, 2, 3, 4, 5]


def test_a_lease_lost_too_often_fails_with_its_reason_and_is_followed_up() -> None:
    job = services.enqueue(POISON, "subject")
    for number in range(2):
        assert services.claim("worker", [POISON], clock.now() + LEASE * 2 * number) is not None
    assert services.claim("worker", [POISON], clock.now() + LEASE * 9) is None
    view = queries.view(job)
    assert view.state is JobState.FAILED
    assert view.error == "The worker stopped answering during attempt 2 of 2."
    assert Job.objects.filter(kind="contract.follow_up", subject_id="subject").count() == 1


def test_a_cancelled_job_of_a_dead_worker_is_not_repeated() -> None:
    job = services.enqueue(WRITE, "subject")
    taken()
    assert services.cancel(job) is JobState.RUNNING
    assert services.claim("worker", [WRITE], clock.now() + LEASE * 2) is None
    assert queries.view(job).state is JobState.CANCELLED


@pytest.fixture
def work() -> Iterator[Callable[..., JobView]]:
    """``work(function)`` runs it as a job's handler, and returns what became of the job."""
    kinds: list[str] = []

    def run(function: Callable[[Claim], None]) -> JobView:
        kind = f"test.case{len(kinds)}"
        kinds.append(kind)
        registry.handler(kind, max_attempts=3)(function)
        job = services.enqueue(kind, "subject")
        assert runner.drain(kinds=[kind]) == 1
        return queries.view(job)

    yield run
    for kind in kinds:
        registry.unregister(kind)


def test_a_job_is_completed_once(work: Callable[..., JobView]) -> None:
    refused: list[bool] = []

    def handler(claim: Claim) -> None:
        with claim.transaction():
            claim.complete()
        try:
            claim.complete()
        except StaleFence:
            refused.append(True)

    assert work(handler).state is JobState.SUCCEEDED
    assert refused == [True]


@pytest.mark.django_db(transaction=True)
def test_completing_needs_the_transaction_of_what_was_written() -> None:
    registry.handler("test.outside")(lambda claim: claim.complete())
    try:
        with transaction.atomic():
            job = services.enqueue("test.outside", "subject")
        runner.drain(kinds=["test.outside"])
        assert queries.view(job).error.startswith("NotInTransaction")
    finally:
        registry.unregister("test.outside")


def test_a_completion_that_is_rolled_back_does_not_count(work: Callable[..., JobView]) -> None:
    def handler(claim: Claim) -> None:
        with claim.transaction():
            services.enqueue(MARK, "subject", run_after=NEVER)
            claim.complete()
            raise ValueError

    view = work(handler)
    assert view.state is JobState.QUEUED
    assert marks("subject") == 0


def test_a_failure_is_kept_by_place_and_never_by_message(work: Callable[..., JobView]) -> None:
    def handler(claim: Claim) -> None:  # noqa: ARG001
        raise ValueError("hunter2")

    view = work(handler)
    assert re.fullmatch(r"ValueError in handler \(.*test_only_the_holder_of_the_fence_writes.py:\d+\)", view.error)


def test_a_handler_may_ask_for_patience(work: Callable[..., JobView]) -> None:
    def handler(claim: Claim) -> None:  # noqa: ARG001
        raise RetryLater("the registry is away", after=timedelta(minutes=5))

    view = work(handler)
    assert view.error == "the registry is away"
    assert view.run_after - view.started_at >= timedelta(minutes=5)


def test_progress_is_kept_at_most_twice_a_second_and_at_the_end(work: Callable[..., JobView]) -> None:
    kept: list[int] = []

    def handler(claim: Claim) -> None:
        for step in range(101):
            claim.progress(step, 100, "counting")
            kept.append(Job.objects.get(pk=claim.job_id).progress_done)

    view = work(handler)
    assert view.progress is not None
    assert (view.progress.done, view.progress.total, view.progress.text) == (100, 100, "counting")
    assert len(set(kept)) <= 5


def test_there_are_no_more_attempts_than_the_kind_allows(work: Callable[..., JobView]) -> None:
    calls: list[int] = []

    def handler(claim: Claim) -> None:
        calls.append(claim.attempt)
        raise ValueError

    view = work(handler)
    kind = Job.objects.get(pk=view.id).kind
    for _ in range(5):
        Job.objects.filter(pk=view.id).update(run_after=clock.now())
        runner.drain(kinds=[kind])
    assert calls == [1, 2, 3]
    assert queries.view(view.id).state is JobState.FAILED

import threading
from datetime import timedelta

import pytest
from django.db import connection, transaction

from seawall.foundation.jobs import queries, runner, services
from seawall.foundation.jobs.carriers.contract import FOLLOW_UP, MARK, WRITE, marks
from seawall.foundation.jobs.errors import JobConflict, JobNotFound, NotInTransaction, UnknownKind
from seawall.foundation.jobs.models import Job
from seawall.foundation.jobs.types import JobState
from seawall.foundation.platform import clock

pytestmark = pytest.mark.usefixtures("contract_jobs")


@pytest.mark.django_db(transaction=True)
def test_a_job_outside_a_transaction_is_refused() -> None:
    with pytest.raises(NotInTransaction):
        services.enqueue(WRITE, "alone")
    assert not Job.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_rollback_leaves_no_job() -> None:
    with transaction.atomic():
        services.enqueue(WRITE, "undone")
        transaction.set_rollback(True)
    assert not Job.objects.exists()
    assert runner.drain() == 0


@pytest.mark.django_db
def test_an_unknown_kind_is_refused_instead_of_waiting_for_ever() -> None:
    with pytest.raises(UnknownKind, match="nobody_does_this"):
        services.enqueue("nobody_does.nobody_does_this", "x")


@pytest.mark.django_db
def test_the_same_key_is_the_same_job() -> None:
    first = services.enqueue(WRITE, "one", idempotency_key="key")
    assert services.enqueue(WRITE, "one", idempotency_key="key") == first
    runner.drain(kinds=[WRITE])
    assert services.enqueue(WRITE, "one", idempotency_key="key") == first
    assert runner.drain(kinds=[WRITE]) == 0
    assert marks("one") == 1


@pytest.mark.django_db
@pytest.mark.parametrize(("kind", "subject"), [(WRITE, "two"), (FOLLOW_UP, "one")])
def test_a_key_of_another_job_is_refused(kind: str, subject: str) -> None:
    services.enqueue(WRITE, "one", idempotency_key="key")
    with pytest.raises(JobConflict):
        services.enqueue(kind, subject, idempotency_key="key")


@pytest.mark.django_db
def test_jobs_without_a_key_do_not_get_into_each_others_way() -> None:
    assert services.enqueue(WRITE, "one") != services.enqueue(WRITE, "one")


@pytest.mark.django_db(transaction=True)
def test_ten_racing_requests_with_one_key_make_one_job() -> None:
    found: list[str] = []
    together = threading.Barrier(10)

    def ask() -> None:
        together.wait()
        try:
            with transaction.atomic():
                found.append(services.enqueue(WRITE, "raced", idempotency_key="key"))
        finally:
            connection.close()

    threads = [threading.Thread(target=ask) for _ in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 10
    assert len(set(found)) == 1
    assert Job.objects.count() == 1


@pytest.mark.django_db
def test_a_job_for_later_waits() -> None:
    tomorrow = clock.now() + timedelta(days=1)
    services.enqueue(WRITE, "later", run_after=tomorrow)
    assert services.claim("w", [WRITE], tomorrow - timedelta(seconds=1)) is None
    assert services.claim("w", [WRITE], tomorrow) is not None


@pytest.mark.django_db
def test_a_worker_leaves_kinds_that_it_does_not_know() -> None:
    services.enqueue(WRITE, "for-another")
    assert services.claim("w", [MARK], clock.now()) is None


@pytest.mark.django_db
def test_a_waiting_job_is_cancelled_at_once_and_for_good() -> None:
    job = services.enqueue(WRITE, "unwanted")
    assert services.cancel(job) is JobState.CANCELLED
    assert runner.drain(kinds=[WRITE]) == 0
    assert queries.view(job).finished_at is not None
    assert services.cancel(job) is JobState.CANCELLED


@pytest.mark.django_db
def test_a_job_that_is_over_cannot_be_cancelled() -> None:
    job = services.enqueue(WRITE, "done")
    runner.drain(kinds=[WRITE])
    assert services.cancel(job) is JobState.SUCCEEDED


@pytest.mark.django_db
def test_no_job_is_no_job() -> None:
    with pytest.raises(JobNotFound):
        services.cancel("job_" + "a" * 26)
    with pytest.raises(JobNotFound):
        queries.view("job_" + "a" * 26)

import statistics
import time
from datetime import UTC, datetime, timedelta

import pytest
from django.db import transaction

from seawall.foundation.jobs import queries, services
from seawall.foundation.jobs.carriers import embedded
from seawall.foundation.jobs.carriers.contract import SLOW, START_S, THREADS, WRITE, queue, wait_for
from seawall.foundation.jobs.models import Job
from seawall.foundation.jobs.types import JobState, Priority
from seawall.foundation.platform import clock
from seawall.foundation.platform.identifiers import new_id

pytestmark = pytest.mark.usefixtures("contract_jobs")

MANY = 10_000


def order_of(count: int) -> str:
    """The subjects in which the next jobs start."""
    found = []
    for _ in range(count):
        claimed = services.claim("worker", [WRITE], clock.now())
        found.append("-" if claimed is None else claimed.subject_id)
    return " ".join(found)


def enqueue(organization: str, *subjects: str, priority: Priority = Priority.NORMAL) -> None:
    for subject in subjects:
        services.enqueue(WRITE, subject, organization_id=organization, priority=priority)


@pytest.mark.django_db
def test_two_organizations_alternate() -> None:
    enqueue("org_a", "a1", "a2", "a3", "a4")
    enqueue("org_b", "b1", "b2")
    assert order_of(7) == "a1 b1 a2 b2 a3 a4 -"


@pytest.mark.django_db
def test_a_late_comer_does_not_stand_behind_the_crowd() -> None:
    enqueue("org_a", *(f"a{number}" for number in range(1, 9)))
    assert order_of(4) == "a1 a2 a3 a4"
    enqueue("org_b", "b1", "b2")
    assert order_of(4) == "b1 a5 b2 a6"


@pytest.mark.django_db
def test_having_been_idle_earns_no_credit() -> None:
    enqueue("org_a", *(f"a{number}" for number in range(1, 9)))
    assert order_of(5) == "a1 a2 a3 a4 a5"
    enqueue("org_b", *(f"b{number}" for number in range(1, 5)))
    assert order_of(7) == "b1 a6 b2 a7 b3 a8 b4"


@pytest.mark.django_db
def test_priority_comes_before_turns() -> None:
    enqueue("org_a", "bulk", priority=Priority.BULK)
    enqueue("org_a", "normal")
    enqueue("org_a", "urgent1", "urgent2", priority=Priority.URGENT)
    assert order_of(4) == "urgent1 urgent2 normal bulk"


@pytest.mark.django_db
def test_the_clearinghouse_itself_takes_turns_too() -> None:
    enqueue("org_a", "a1", "a2")
    for subject in ("own1", "own2"):
        services.enqueue(WRITE, subject)
    assert order_of(4) == "a1 own1 a2 own2"


def crowd() -> None:
    """Ten thousand waiting jobs of one organization, as ``enqueue`` would have made them."""
    now = datetime.now(UTC) - timedelta(seconds=1)
    Job.objects.bulk_create(
        Job(
            id=new_id("job"),
            kind=SLOW,
            subject_id=f"crowd-{number}:60",
            organization_id="org_many",
            turn=number,
            run_after=now,
            max_attempts=3,
            created_at=now,
        )
        for number in range(MANY)
    )


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("priority", [Priority.URGENT, Priority.NORMAL])
def test_ten_thousand_jobs_do_not_delay_another_organization(priority: Priority) -> None:
    """Urgent: at once, though all lanes are busy for a minute. Normal: as soon as one lane is free."""
    crowd()
    embedded.start(threads=THREADS)
    try:
        running = Job.objects.filter(state=JobState.RUNNING)
        wait_for(lambda: running.count() == THREADS, 10, "the crowd fills the lanes")
        with transaction.atomic():
            job = services.enqueue(WRITE, "single", organization_id="org_one", priority=priority)
        if priority is Priority.NORMAL:
            services.cancel(running.values_list("pk", flat=True)[0])
        wait_for(lambda: queries.view(job).started_at is not None, START_S, "it has started")
    finally:
        embedded.stop(0.1)


@pytest.mark.django_db
def test_a_claim_stays_quick_among_ten_thousand() -> None:
    crowd()
    seconds = []
    for _ in range(100):
        began = time.monotonic()
        assert services.claim("worker", [SLOW], clock.now()) is not None
        queue(WRITE, "one-more", organization="org_one")
        seconds.append(time.monotonic() - began)
    assert statistics.median(seconds) < 0.05

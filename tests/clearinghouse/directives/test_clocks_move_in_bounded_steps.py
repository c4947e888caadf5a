"""Setting clocks anew: in steps, after whatever was committed meanwhile, over replaced inventories, for each its own."""

import json
from collections.abc import Iterator
from datetime import date, timedelta

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from seawall.clearinghouse.directives import jobs, queries, services
from seawall.clearinghouse.directives.types import ClockSubject
from seawall.clearinghouse.distribution.queries import notices_of
from seawall.clearinghouse.prioritization import services as prioritization
from seawall.clearinghouse.prioritization.types import Fact, FactName
from seawall.foundation.jobs.models import Job
from seawall.foundation.jobs.runner import drain
from seawall.foundation.transparency.models import LogOpening
from support import KEEPER, World

CVE = "CVE-2026-10001"
FOUND = date(2026, 12, 10)
JUNE, JULY = date(2026, 6, 1), date(2026, 7, 1)


def name(number: int) -> str:
    return f"exposure_{number:026d}"


def say(*statements: tuple[FactName, str], identifier: str = CVE, day: date = JUNE) -> None:
    prioritization.keep_facts(KEEPER, [(identifier, Fact(what, value, "kev", day)) for what, value in statements])


def subject(world: World, number: int, **more: str) -> ClockSubject:
    who, reach = more.pop("who", "bank"), more.pop("reach", "public")
    identifiers = (more.pop("identifier", CVE),)
    return ClockSubject(name(number), world.id(who), identifiers, reach, FOUND, **more)


def start(*subjects: ClockSubject) -> None:
    with transaction.atomic():
        services.start_clocks(KEEPER, subjects)


def rule(number: int) -> str:
    return queries.current_clocks([name(number)])[name(number)].rule


@pytest.fixture
def known(world: World) -> World:
    """Not in KEV, automatable, partial impact: row 6 where it is public, row 14 where it is not."""
    say((FactName.IN_KEV, "no"), (FactName.AUTOMATABLE, "yes"), (FactName.TECHNICAL_IMPACT, "partial"))
    drain()
    return world


def test_facts_that_were_committed_while_clocks_started_are_not_missed(known: World) -> None:
    start(subject(known, 1))
    # The facts' own job ran before the start was committed, as on PostgreSQL with two transactions side by side.
    say((FactName.IN_KEV, "yes"), day=JULY)
    Job.objects.filter(kind="directives.reassess", subject_id__startswith="facts_").delete()
    assert rule(1) == "6"
    drain()
    assert rule(1) == "2"


def test_a_first_look_that_finds_nothing_new_writes_nothing(known: World) -> None:
    start(subject(known, 1))
    before = LogOpening.objects.count()
    assert drain() == 1
    assert LogOpening.objects.count() == before
    assert len(queries.history(name(1))) == 1


@pytest.fixture
def small_steps(monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    monkeypatch.setattr(jobs, "AT_ONCE", 3)
    return iter([3])


def test_many_clocks_move_in_steps_that_each_have_their_entry(known: World, small_steps: Iterator[int]) -> None:  # noqa: ARG001
    start(*(subject(known, number, who="bank" if number % 2 else "hospital") for number in range(10)))
    drain()
    say((FactName.IN_KEV, "yes"), day=JULY)
    drain()
    assert {rule(number) for number in range(10)} == {"2"}
    moved = LogOpening.objects.filter(kind="clocks.moved")
    counts = [json.loads(bytes(entry.content))["payload"]["count"] for entry in moved]
    assert sorted(counts) == [1, 3, 3, 3]
    told = [notice.title for who in ("bank", "hospital") for notice in notices_of(known.actor(who))]
    assert sum(int(title.split()[0]) for title in told) == 10


def test_a_worker_that_dies_in_between_leaves_just_the_rest(known: World, small_steps: Iterator[int]) -> None:  # noqa: ARG001
    start(*(subject(known, number) for number in range(5)))
    drain()
    say((FactName.IN_KEV, "yes"), day=JULY)
    batch = Job.objects.filter(subject_id__startswith="facts_").latest("created_at").subject_id
    with transaction.atomic():
        assert services.reassess(KEEPER, [name(0), name(1)]) == 2
    assert services.outdated(batch) == [name(2), name(3), name(4)]
    drain()
    assert services.outdated(batch) == []
    assert all(len(queries.history(name(number))) == 2 for number in range(5))


def test_the_log_says_nothing_of_whose_clocks_moved(known: World) -> None:
    start(subject(known, 1), subject(known, 2, who="hospital"))
    say((FactName.IN_KEV, "yes"), day=JULY)
    drain()
    for entry in LogOpening.objects.filter(kind__startswith="clocks."):
        said = bytes(entry.content).decode()
        assert entry.subject == "bod-26-04", "which no tenant may see"
        for secret in (known.id("bank"), known.id("hospital"), name(1), name(2), CVE):
            assert secret not in said


def test_another_flaws_facts_move_nothing_and_are_not_even_looked_at(known: World) -> None:
    start(*(subject(known, number) for number in range(3)))
    drain()
    say((FactName.IN_KEV, "yes"), identifier="CVE-1999-0001", day=JULY)
    batch = Job.objects.filter(subject_id__startswith="facts_").latest("created_at").subject_id
    with CaptureQueriesContext(
        connection,
    ) as asked:
        assert services.outdated(batch) == []
    assert not [query for query in asked if 'directives_clock"' in query["sql"]]


def test_identifiers_meet_whatever_their_spelling(known: World) -> None:
    start(subject(known, 1, identifier=" cve-2026-10001"))
    drain()
    assert rule(1) == "6"
    say((FactName.IN_KEV, "yes"), identifier="Cve-2026-10001", day=JULY)
    drain()
    assert rule(1) == "2"


def test_removal_from_the_internet_lengthens_and_the_history_reaches_over_the_inventories(known: World) -> None:
    start(subject(known, 1))
    with transaction.atomic():
        services.stop_clocks(KEEPER, [name(1)], "A newer inventory came.")
        services.start_clocks(KEEPER, [subject(known, 2, reach="internal", continues=name(1))])
    now, before = queries.history(name(2))
    assert (before.rule, before.due) == ("6", FOUND + timedelta(days=14))
    assert (now.rule, now.due) == ("14", FOUND + timedelta(days=60))
    assert before.replaced_reason == "A newer inventory came."
    assert now.reason == ("Goes on from the inventory before. Facts moved: publicly exposed yes → no (your inventory).")


def test_an_inventory_that_changes_nothing_says_so(known: World) -> None:
    start(subject(known, 1))
    with transaction.atomic():
        services.stop_clocks(KEEPER, [name(1)], "A newer inventory came.")
        services.start_clocks(KEEPER, [subject(known, 2, continues=name(1))])
    assert queries.history(name(2))[0].reason == "Goes on from the inventory before."
    with transaction.atomic():
        services.forget(KEEPER, [name(1)])
    assert len(queries.history(name(2))) == 1, "what was withdrawn is gone from the history too"


def test_a_stopped_clock_is_not_set_anew_by_a_job_that_comes_late(known: World) -> None:
    start(subject(known, 1))
    drain()
    say((FactName.IN_KEV, "yes"), day=JULY)
    with transaction.atomic():
        services.stop_clocks(KEEPER, [name(1)], "A newer inventory came.")
        assert services.reassess(KEEPER, [name(1)]) == 0
    assert queries.current_clocks([name(1)]) == {}

"""Clocks in the database: they start, move with the facts, stop, and nothing of it is forgotten."""

from datetime import date, timedelta

import pytest
from django.db import transaction

from seawall.clearinghouse.directives import queries, services
from seawall.clearinghouse.directives.types import ClockSubject
from seawall.clearinghouse.distribution.queries import notices_of
from seawall.clearinghouse.prioritization.services import keep_facts
from seawall.clearinghouse.prioritization.types import Fact, FactName
from seawall.foundation.jobs.runner import drain
from support import KEEPER, World

CVE = "CVE-2026-10001"
FOUND = date(2026, 12, 10)
SUBJECT = "exposure_" + "a" * 26


def say(*statements: tuple[FactName, str], identifier: str = CVE, day: date = date(2026, 12, 1)) -> None:
    keep_facts(KEEPER, [(identifier, Fact(name, value, "kev", day)) for name, value in statements])
    drain()


def start(world: World, *, subject: str = SUBJECT, reach: str = "public", name: str = "bank") -> None:
    with transaction.atomic():
        services.start_clocks(KEEPER, [ClockSubject(subject, world.id(name), ("SEAWALL-2026-A", CVE), reach, FOUND)])


@pytest.fixture
def running(world: World) -> World:
    """A flaw that is not in KEV, automatable, with partial impact, on a public system: row 6."""
    say((FactName.IN_KEV, "no"), (FactName.AUTOMATABLE, "yes"), (FactName.TECHNICAL_IMPACT, "partial"))
    start(world)
    return world


def test_a_clock_runs_and_says_what_it_rests_on(running: World) -> None:
    clock = queries.current_clocks([SUBJECT])[SUBJECT]
    assert (clock.rule, clock.due) == ("6", FOUND + timedelta(days=14))
    assert ("automatable", "yes", "kev, 2026-12-01") in clock.inputs
    assert [one.reason for one in queries.history(SUBJECT)] == ["First set."]
    assert not notices_of(running.actor("bank")).exists()


def test_an_addition_to_kev_shortens_keeps_the_old_date_and_tells_the_operator(running: World) -> None:
    say((FactName.IN_KEV, "yes"), (FactName.KEV_DATE_ADDED, "2026-12-12"), day=date(2026, 12, 12))
    now, before = queries.history(SUBJECT)
    assert (now.rule, now.due) == ("2", FOUND + timedelta(days=3))
    assert (before.rule, before.due) == ("6", FOUND + timedelta(days=14))
    assert before.replaced_at == now.set_at
    assert "in kev no → yes" in before.replaced_reason
    assert [notice.title for notice in notices_of(running.actor("bank"))] == ["1 due date came nearer"]
    assert not notices_of(running.actor("hospital")).exists()


def test_an_entry_that_is_taken_back_lengthens_and_frightens_nobody(running: World) -> None:
    say((FactName.IN_KEV, "yes"), (FactName.KEV_DATE_ADDED, "2026-12-12"), day=date(2026, 12, 12))
    say((FactName.IN_KEV, "no"), day=date(2026, 12, 20))
    assert [clock.rule for clock in queries.history(SUBJECT)] == ["6", "2", "6"]
    assert notices_of(running.actor("bank")).count() == 1


def test_the_same_said_again_moves_nothing(running: World) -> None:  # noqa: ARG001 - makes the clock
    say((FactName.AUTOMATABLE, "yes"), day=date(2026, 12, 9))
    say((FactName.EXPLOITATION, "poc"))
    say((FactName.IN_KEV, "yes"), identifier="CVE-1999-0001")
    assert len(queries.history(SUBJECT)) == 1


def test_a_stopped_clock_stays_stopped_and_stays_readable(running: World) -> None:  # noqa: ARG001 - makes the clock
    with transaction.atomic():
        services.stop_clocks(KEEPER, [SUBJECT], "A newer inventory came.")
    assert queries.current_clocks([SUBJECT]) == {}
    say((FactName.IN_KEV, "yes"), day=date(2026, 12, 12))
    [clock] = queries.history(SUBJECT)
    assert clock.replaced_reason == "A newer inventory came."


def test_what_is_forgotten_leaves_no_history(running: World) -> None:  # noqa: ARG001 - makes the clock
    with transaction.atomic():
        services.forget(KEEPER, [SUBJECT])
    assert queries.history(SUBJECT) == []


def test_facts_under_any_identifier_count(world: World) -> None:
    say((FactName.IN_KEV, "no"), (FactName.AUTOMATABLE, "no"))
    say((FactName.TECHNICAL_IMPACT, "partial"), identifier="SEAWALL-2026-A")
    start(world, reach="internal")
    assert queries.current_clocks([SUBJECT])[SUBJECT].rule == "16"

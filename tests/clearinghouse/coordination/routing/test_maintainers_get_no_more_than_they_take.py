"""Pacing: never more open than the limit, the urgent first, nobody starves, each case delivered once."""

import threading
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from hypothesis import given, settings
from hypothesis import strategies as st

from seawall.clearinghouse.coordination import models as cases
from seawall.clearinghouse.coordination import queries as coordination
from seawall.clearinghouse.coordination import services as coordinating
from seawall.clearinghouse.coordination.routing import ordering, pacing, rules, services
from seawall.clearinghouse.coordination.routing.models import Maintainer, Turn
from seawall.clearinghouse.coordination.routing.turns import ADVANCE
from seawall.clearinghouse.coordination.routing.types import CaseFacts, Pace, Ranked, TurnState
from seawall.clearinghouse.coordination.types import ParticipantEmbargo, ReportManagement
from seawall.clearinghouse.distribution.models import Notice
from seawall.foundation.access.types import Actor
from seawall.foundation.jobs.runner import drain
from seawall.foundation.platform.errors import BadInput, Forbidden, NotFound
from support import World
from support.world import JINJA, Scene

BEGAN = datetime(2026, 11, 1, tzinfo=UTC)
SYSTEM = Actor.system("test")

facts = st.builds(
    CaseFacts,
    case_id=st.uuids().map(str),
    received_at=st.integers(0, 365 * 24).map(lambda hours: BEGAN + timedelta(hours=hours)),
    attacks_observed=st.booleans(),
    exploit_public=st.booleans(),
    verdict=st.sampled_from(["confirmed", "flaky", ""]),
    score=st.floats(0, 10),
    total_impact=st.none() | st.booleans(),
    automatable=st.none() | st.booleans(),
)
many = st.lists(facts, max_size=20, unique_by=lambda one: one.case_id)


def ordered(found: list[CaseFacts]) -> list[Ranked]:
    return rules.order([ordering.rank(one) for one in found], {one.case_id: one.received_at for one in found})


@given(many, facts)
def test_the_order_of_two_cases_is_not_changed_by_a_third(found: list[CaseFacts], third: CaseFacts) -> None:
    before = [one.case_id for one in ordered(found)]
    after = [one.case_id for one in ordered([*found, third]) if one.case_id != third.case_id]
    assert before == [one for one in after if one in before]


@given(many)
def test_nobody_is_overtaken_by_what_came_in_a_good_quarter_later(found: list[CaseFacts]) -> None:
    order = [one.case_id for one in ordered(found)]
    for one in found:
        for other in found:
            if other.received_at - one.received_at > rules.LEAD_MAX:
                assert order.index(one.case_id) < order.index(other.case_id)


@given(facts, st.sampled_from(["attacks_observed", "exploit_public"]))
def test_more_urgent_facts_never_put_a_case_back(one: CaseFacts, fact: str) -> None:
    def due(*, value: bool) -> datetime:
        return ordering.rank(CaseFacts(**{**vars_of(one), fact: value})).due

    assert due(value=True) <= due(value=False)


def vars_of(one: CaseFacts) -> dict[str, Any]:
    return {name: getattr(one, name) for name in CaseFacts.__dataclass_fields__}


@pytest.mark.parametrize(
    ("first", "second", "why"),
    [
        ({"attacks_observed": True}, {"exploit_public": True}, "attacks before a public exploit"),
        ({"exploit_public": True, "automatable": True, "total_impact": True}, {"score": 9.8}, "a public exploit"),
        ({"score": 9.8}, {"score": 5.0}, "the higher claimed score"),
        ({"verdict": "confirmed"}, {"verdict": "flaky"}, "a proof that held"),
        ({"received_at": BEGAN}, {"received_at": BEGAN + timedelta(seconds=1)}, "the older one"),
    ],
)
def test_the_urgent_comes_first(first: dict[str, Any], second: dict[str, Any], why: str) -> None:
    common = {"automatable": False, "total_impact": False, "received_at": BEGAN}
    found = [CaseFacts(**{"case_id": name, **common, **own}) for name, own in (("b", first), ("a", second))]
    assert [one.case_id for one in ordered(found)] == ["b", "a"], why


limits = st.none() | st.integers(1, 5)


@given(st.lists(st.tuples(st.sampled_from(["come", "go", "wait"]), st.integers(0, 40)), max_size=60), limits, limits)
@settings(max_examples=200)
def test_whatever_comes_and_goes_the_limits_hold(
    steps: list[tuple[str, int]], at_once: int | None, week: int | None
) -> None:
    pace = Pace(at_once, week)
    now = BEGAN
    waiting = 0
    open_now = 0
    delivered: list[datetime] = []
    for step, amount in steps:
        if step == "come":
            waiting += amount % 5
        elif step == "go":
            open_now = max(0, open_now - amount % 3)
        else:
            now += timedelta(hours=amount)
        recent = [at for at in delivered if at > now - rules.WEEK]
        free = rules.slots(pace, open_now=open_now, delivered_this_week=len(recent))
        going = waiting if free is None else min(free, waiting)
        waiting, open_now = waiting - going, open_now + going
        delivered += [now] * going
        assert at_once is None or open_now <= at_once
        assert week is None or len([at for at in delivered if at > now - rules.WEEK]) <= week
        due = rules.next_free(pace, delivered, now)
        if waiting and due is not None:
            assert now < due <= now + rules.WEEK
            later = [at for at in delivered if at > due - rules.WEEK]
            assert len(later) < (week or 0)


@given(st.integers(1, 5000), limits, limits)
def test_a_place_is_told_as_a_span_that_holds_it(number: int, at_once: int | None, week: int | None) -> None:
    queue = [str(one) for one in range(max(number, 8000))]
    place = rules.place(str(number - 1), queue, Pace(at_once, week))
    assert place.first <= number <= place.last
    assert (place.first == place.last) == (number <= rules.EXACT_PLACES)
    # What stands behind says nothing: a queue that ends here tells the same.
    assert rules.place(str(number - 1), queue[:number], Pace(at_once, week)) == place


# --- with rows -----------------------------------------------------------------------------------


def case_of(scene: Scene, number: int, **more: Any) -> str:
    case_id = scene.case(title=f"Flaw {number}", identifiers=(), symbols=(f"f{number}",), **different(number), **more)
    drain(kinds=(ADVANCE,))
    return case_id


def different(number: int) -> dict[str, Any]:
    from support.world import confirmed  # noqa: PLC0415

    return {"result": confirmed(signature=f"secret-read/1:f{number}")}


def states(maintainer: str) -> Counter[str]:
    return Counter(Turn.objects.filter(maintainer__key=maintainer).values_list("state", flat=True))


def finishes(world: World, case_id: str, state: ReportManagement = ReportManagement.CLOSED) -> None:
    """As the maintainer would: the state, and a step of the case."""
    with transaction.atomic():
        case = cases.Case.objects.get(pk=case_id)
        case.participants.filter(organization_id=world.id("vendor")).update(report_management=state)
        coordinating.note(SYSTEM, case, "report-state", f"It is {state}.")


def test_what_is_over_the_limit_waits_and_follows_when_a_place_comes_free(world: World) -> None:
    scene = Scene(world)
    scene.contact("vendor")
    vendor = world.actor("vendor")
    pacing.set_pace(vendor, open_limit=2, weekly_limit=None)
    ids = [case_of(scene, number) for number in range(4)]
    assert states(vendor.home) == {TurnState.DELIVERED: 2, TurnState.WAITING: 2}
    assert [one.case_id for one in coordination.invitations_of(vendor)] == ids[:2]
    for case_id in ids[2:]:
        assert not cases.Participant.objects.filter(case_id=case_id, organization_id=vendor.home).exists()
    finishes(world, ids[0], ReportManagement.DEFERRED)
    drain(kinds=(ADVANCE,))
    assert states(vendor.home) == {TurnState.DELIVERED: 3, TurnState.WAITING: 1}
    row = cases.Participant.objects.get(case_id=ids[2], organization_id=vendor.home)
    assert (row.report_management, row.consent) == (ReportManagement.RECEIVED, ParticipantEmbargo.INVITED)
    told = Notice.objects.filter(kind="turn", organization_id=world.id("finder"))
    assert [notice.subject for notice in told] == [ids[2]]
    coordinating.answer_invitation(vendor, ids[1], accept=False)
    drain(kinds=(ADVANCE,))
    assert states(vendor.home) == {TurnState.DELIVERED: 4}


def test_a_published_case_gives_its_place_back_and_one_that_waited_leaves(world: World) -> None:
    scene = Scene(world)
    scene.contact("vendor")
    vendor = world.actor("vendor")
    pacing.set_pace(vendor, open_limit=1, weekly_limit=None)
    ids = [case_of(scene, number) for number in range(3)]
    cases.Case.objects.filter(pk__in=ids[:2]).update(published_at=BEGAN)
    with transaction.atomic():
        coordinating.note(SYSTEM, cases.Case.objects.get(pk=ids[0]), "published", "Public.")
    drain(kinds=(ADVANCE,))
    found = dict(Turn.objects.values_list("case_id", "state"))
    assert found == {ids[0]: TurnState.DELIVERED, ids[1]: TurnState.OVER, ids[2]: TurnState.DELIVERED}


def test_attacks_pass_the_pacing_and_the_timeline_says_so(world: World) -> None:
    scene = Scene(world)
    scene.contact("vendor")
    vendor = world.actor("vendor")
    pacing.set_pace(vendor, open_limit=1, weekly_limit=1)
    ids = [case_of(scene, number) for number in range(3)]
    with transaction.atomic():
        cases.Case.objects.filter(pk=ids[2]).update(attacks_observed=True)
        coordinating.note(SYSTEM, cases.Case.objects.get(pk=ids[2]), "attacks", "Seen in a honeypot.")
    drain(kinds=(ADVANCE,))
    assert dict(Turn.objects.values_list("case_id", "state"))[ids[1]] == TurnState.WAITING
    turn = Turn.objects.get(case_id=ids[2])
    assert (turn.state, turn.passed_pacing) == (TurnState.DELIVERED, pacing.ATTACKS)
    assert cases.CaseEvent.objects.filter(case_id=ids[2], kind="invited", text__contains=pacing.ATTACKS).exists()
    # And it counts as work: closing the first makes no room beyond the limit.
    finishes(world, ids[0])
    drain(kinds=(ADVANCE,))
    assert dict(Turn.objects.values_list("case_id", "state"))[ids[1]] == TurnState.WAITING


def test_a_week_that_is_full_ends_by_itself(world: World, later: Any) -> None:
    scene = Scene(world)
    scene.contact("vendor")
    vendor = world.actor("vendor")
    pacing.set_pace(vendor, open_limit=None, weekly_limit=1)
    for number in range(3):
        case_of(scene, number)
    assert states(vendor.home) == {TurnState.DELIVERED: 1, TurnState.WAITING: 2}
    for waiting in (1, 0):
        later(days=7, minutes=1)
        drain(kinds=(ADVANCE,))
        assert states(vendor.home)[TurnState.WAITING] == waiting


def test_a_raised_limit_delivers_and_a_lowered_one_takes_nothing_back(world: World) -> None:
    scene = Scene(world)
    scene.contact("vendor")
    vendor = world.actor("vendor")
    pacing.set_pace(vendor, open_limit=1, weekly_limit=None)
    for number in range(3):
        case_of(scene, number)
    pacing.set_pace(vendor, open_limit=2, weekly_limit=None)
    drain(kinds=(ADVANCE,))
    assert states(vendor.home) == {TurnState.DELIVERED: 2, TurnState.WAITING: 1}
    pacing.set_pace(vendor, open_limit=1, weekly_limit=None)
    drain(kinds=(ADVANCE,))
    assert states(vendor.home) == {TurnState.DELIVERED: 2, TurnState.WAITING: 1}


def test_finders_see_their_place_and_nobody_elses(world: World) -> None:
    scene = Scene(world)
    scene.contact("vendor")
    pacing.set_pace(world.actor("vendor"), open_limit=1, weekly_limit=None)
    mine = [case_of(scene, number) for number in range(2)]
    theirs = case_of(scene, 2, finder="rival")
    finder, rival = world.actor("finder"), world.actor("rival")
    assert pacing.place_of(finder, mine[1]).text.startswith(
        "Waits for its maintainer, who takes 1 at once: next in line"
    )
    assert pacing.place_of(rival, theirs).first == 2
    assert not pacing.place_of(finder, mine[0]).waiting
    for actor, case_id in ((finder, theirs), (rival, mine[1]), (world.actor("vendor"), theirs)):
        with pytest.raises(NotFound):
            pacing.place_of(actor, case_id)
    own = pacing.own_queue(world.actor("vendor"))
    assert (own.open_now, len(own.waiting)) == (1, 2)
    with pytest.raises(Forbidden):
        pacing.queues(finder)
    assert [one.case_id for one in pacing.queues(world.actor("clearinghouse"))[0].waiting] == [mine[1], theirs]


def test_a_maintainer_without_an_account_is_paced_by_package(world: World) -> None:
    scene = Scene(world)
    keeper = world.actor("clearinghouse")
    pacing.set_pace(keeper, open_limit=1, weekly_limit=None, maintainer=JINJA)
    first, second = case_of(scene, 0), case_of(scene, 1)
    assert dict(Turn.objects.values_list("case_id", "state")) == {first: "delivered", second: "waiting"}
    link = services.open_link(services.mint_link(keeper, first, name="Ana").token)
    from seawall.clearinghouse.coordination.routing import queries  # noqa: PLC0415

    visit = queries.visit(link.link_id, link.secret)
    services.answer_embargo(visit, accept=True)
    services.judge(visit, "validate")
    services.judge(visit, "defer")
    drain(kinds=(ADVANCE,))
    assert Turn.objects.get(case_id=second).state == TurnState.DELIVERED
    assert Notice.objects.filter(kind="turn", organization_id=keeper.home, subject=second).exists()
    pacing.set_pace_by_link(visit, open_limit=3, weekly_limit=2)
    assert Maintainer.objects.get(key=JINJA).weekly_limit == 2


@pytest.mark.parametrize(("open_limit", "weekly_limit"), [(0, None), (None, 0), (1001, None), (-1, 1)])
def test_a_limit_out_of_bounds_is_refused(world: World, open_limit: int | None, weekly_limit: int | None) -> None:
    with pytest.raises(BadInput):
        pacing.set_pace(world.actor("vendor"), open_limit=open_limit, weekly_limit=weekly_limit)


def test_nobody_sets_the_pace_of_others_but_coordinators(world: World) -> None:
    for maintainer in (JINJA, world.id("rival")):
        with pytest.raises(Forbidden):
            pacing.set_pace(world.actor("vendor"), open_limit=1, weekly_limit=None, maintainer=maintainer)


@pytest.mark.django_db(transaction=True)
def test_many_who_look_at_once_deliver_each_case_once() -> None:
    world = World()
    scene = Scene(world)
    scene.contact("vendor")
    vendor = world.actor("vendor")
    pacing.set_pace(vendor, open_limit=1, weekly_limit=None)
    ids = [case_of(scene, number) for number in range(6)]
    row = Maintainer.objects.get(key=vendor.home)
    Maintainer.objects.update(open_limit=4)  # without the job that the service would queue
    barrier = threading.Barrier(8)
    delivered: list[str] = []
    lock = threading.Lock()

    def look() -> None:
        barrier.wait()
        try:
            with transaction.atomic():
                found = pacing.advance(SYSTEM, row.id)
            with lock:
                delivered.extend(found)
        finally:
            connection.close()

    threads = [threading.Thread(target=look) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(delivered) == sorted(ids[1:4])
    assert Notice.objects.filter(kind="invitation", organization_id=vendor.home).count() == 4

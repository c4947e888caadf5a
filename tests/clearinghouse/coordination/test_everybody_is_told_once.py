"""Notices of messages: at once, gathered, withheld and made up for; each delivery once, though workers are killed."""

import random
import time
from collections import Counter
from collections.abc import Callable, Iterator

import pytest

from seawall.clearinghouse.coordination.conversations import rules, services
from seawall.clearinghouse.coordination.conversations.models import Delivery
from seawall.clearinghouse.coordination.conversations.types import Audience, AudiencePart, Cadence, DeliveryState
from seawall.clearinghouse.coordination.models import Participant
from seawall.clearinghouse.distribution.models import Notice
from seawall.foundation.jobs.models import Job
from seawall.foundation.jobs.runner import drain
from seawall.foundation.jobs.types import JobState
from support import World
from support.workers import Nursery, nursery
from support.world import Scene

EVERYBODY = Audience(frozenset({AudiencePart.EVERYBODY}))
KINDS = ("conversations.tell", "conversations.digest")


def notices(world: World, name: str) -> list[tuple[str, str]]:
    rows = Notice.objects.filter(organization_id=world.id(name), kind__in=["mention", "message", "digest"])
    return [(row.kind, row.title) for row in rows.order_by("created_at", "id")]


@pytest.fixture
def case(world: World) -> str:
    scene = Scene(world)
    scene.contact("vendor")
    case_id = scene.case()
    scene.accepts("vendor", case_id)
    drain(kinds=KINDS)
    return case_id


def opened(world: World, case_id: str, text: str = "first") -> str:
    row = services.open_thread(world.actor("vendor"), case_id, topic="SECRET-TOPIC", audience=EVERYBODY, text=text)
    return row.pk


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("@finder", {"finder"}),
        ("ask @Finder, please", {"finder"}),
        ("(@finder) and @pallets-maintainers.", {"finder", "pallets-maintainers"}),
        ("mail me: sam@finder.example", set()),
        ("@@finder", set()),
        ("@-finder", set()),
        ("no one", set()),
        ("@" + "a" * 200, set()),
        (" ".join(f"@h{n}" for n in range(100)), {f"h{n}" for n in range(rules.MENTIONS_MAX)}),
    ],
)
def test_handles_are_found_in_text(text: str, expected: set[str]) -> None:
    assert rules.mentioned(text) == expected


@pytest.mark.django_db
class TestOneAtATime:
    """What one reader is told."""

    def test_a_mention_is_told_at_once_and_says_nothing(self, world: World, case: str) -> None:
        thread = opened(world, case, "SECRET-TEXT for @finder and @stranger")
        drain(kinds=KINDS)
        assert notices(world, "finder") == [("mention", "You are mentioned in a conversation")]
        assert notices(world, "clearinghouse") == notices(world, "stranger") == notices(world, "vendor") == []
        row = Notice.objects.get(kind="mention")
        assert row.reference == f"/cases/{case}/threads/{thread}"
        assert "SECRET" not in f"{row.title} {row.body} {row.reference}"

    def test_coordinators_are_mentioned_together(self, world: World, case: str) -> None:
        opened(world, case, "@coordinators: help")
        drain(kinds=KINDS)
        assert notices(world, "clearinghouse") == [("mention", "You are mentioned in a conversation")]

    def test_each_organization_is_told_as_it_wants(self, world: World, case: str, later: Callable[..., None]) -> None:
        thread = opened(world, case)
        services.subscribe(world.actor("finder"), thread, Cadence.EVERY)
        services.subscribe(world.actor("clearinghouse"), thread, Cadence.MENTIONS)
        for number in range(3):
            services.post_message(world.actor("vendor"), thread, text=f"message {number}")
        drain(kinds=KINDS)
        assert notices(world, "finder") == [("message", "1 new message in a conversation")] * 3
        later(days=1)
        drain(kinds=KINDS)
        assert notices(world, "finder")[3:] == [("digest", "1 new message in a conversation")], "from before its wish"
        assert notices(world, "clearinghouse") == [("digest", "1 new message in a conversation")]

    def test_a_digest_gathers_what_nobody_has_read(self, world: World, case: str, later: Callable[..., None]) -> None:
        one, other = opened(world, case), opened(world, case)
        for _ in range(4):
            services.post_message(world.actor("vendor"), one, text="m")
        services.mark_read(world.actor("finder"), other)
        drain(kinds=KINDS)
        assert notices(world, "finder") == []
        later(days=1)
        drain(kinds=KINDS)
        drain(kinds=KINDS)
        assert notices(world, "finder") == [("digest", "5 new messages in a conversation")]
        assert notices(world, "clearinghouse") == [("digest", "6 new messages in 2 conversations")]
        later(days=1)
        services.post_message(world.actor("vendor"), one, text="m")
        later(days=1)
        drain(kinds=KINDS)
        assert notices(world, "finder")[1:] == [("digest", "1 new message in a conversation")]

    def test_whoever_could_not_read_is_told_when_it_can(
        self, world: World, case: str, later: Callable[..., None]
    ) -> None:
        thread = opened(world, case)
        mine = Participant.objects.filter(case_id=case, organization_id=world.id("finder"))
        mine.update(consent="lapsed")
        later(days=1)
        drain(kinds=KINDS)
        assert notices(world, "finder") == []
        assert Delivery.objects.get(organization_id=world.id("finder")).state == DeliveryState.WITHHELD
        mine.update(consent="signatory")
        services.post_message(world.actor("vendor"), thread, text="m")
        drain(kinds=KINDS)
        assert notices(world, "finder") == [("digest", "1 new message in a conversation")]

    def test_a_mention_that_an_edit_brings_is_told(self, world: World, case: str) -> None:
        thread = opened(world, case)
        row = services.post_message(world.actor("vendor"), thread, text="m")
        drain(kinds=KINDS)
        services.mark_read(world.actor("finder"), thread)
        for _ in range(2):
            services.edit_message(world.actor("vendor"), row.pk, text="now for @finder")
            drain(kinds=KINDS)
        assert notices(world, "finder") == [("mention", "You are mentioned in a conversation")]

    def test_a_post_after_its_digest_ran_finds_another(
        self, world: World, case: str, later: Callable[..., None]
    ) -> None:
        thread = opened(world, case)
        services.post_message(world.actor("vendor"), thread, text="m")
        # A digest's job that ran too early, as by a clock that is ahead: what comes later has a job all the same.
        Job.objects.filter(kind="conversations.digest").update(state=JobState.SUCCEEDED.value)
        services.post_message(world.actor("vendor"), thread, text="m")
        later(days=1)
        drain(kinds=KINDS)
        assert notices(world, "finder") == [("digest", "3 new messages in a conversation")]


@pytest.fixture
def workers(
    transactional_db: None,  # noqa: ARG001 - committed rows
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Nursery]:
    """Real worker processes on this test's database."""
    with nursery(tmp_path_factory.mktemp("nursery")) as home:
        yield home


def told_under_fire(workers: Nursery, *, messages: int, kills: int) -> None:
    world = World()
    scene = Scene(world)
    scene.contact("vendor")
    case_id = scene.case()
    scene.accepts("vendor", case_id)
    names = [name for name in world.organizations if name not in {"vendor", "finder", "clearinghouse"}]
    for name in names:
        Participant.objects.create(
            case_id=case_id,
            organization_id=world.id(name),
            role="vendor",
            report_management="accepted",
            consent="signatory",
            joined_at=Participant.objects.all()[0].joined_at,
        )
    thread = opened(world, case_id)
    for name in names:
        services.subscribe(world.actor(name), thread, Cadence.EVERY)
    Job.objects.exclude(kind__in=KINDS).delete()
    for _ in range(messages):
        services.post_message(world.actor("vendor"), thread, text="now")
    chance = random.Random(3)  # noqa: S311 - a repeatable choice of victims
    for _ in range(2):
        workers.worker()
    for _ in range(kills):
        time.sleep(chance.uniform(0.05, 0.3))
        workers.kill(chance.choice(workers.alive))
        workers.worker()
    waiting = Delivery.objects.filter(state=DeliveryState.PENDING, organization_id__in=[world.id(one) for one in names])
    deadline = time.monotonic() + 120
    while waiting.filter(message__posted_at__gt=Delivery.objects.order_by("posted_at")[0].posted_at).exists():
        assert time.monotonic() < deadline, waiting.count()
        time.sleep(0.2)
    told = Counter(Notice.objects.filter(kind="message").values_list("organization_id", flat=True))
    assert told == {world.id(name): messages for name in names}
    ids = list(Delivery.objects.filter(state=DeliveryState.TOLD).values_list("notice_id", flat=True))
    assert len(ids) == len(set(ids)) == messages * len(names)


def test_killed_workers_lose_and_double_nothing(workers: Nursery) -> None:
    told_under_fire(workers, messages=12, kills=4)


@pytest.mark.long
def test_many_killed_workers_lose_and_double_nothing(workers: Nursery) -> None:
    told_under_fire(workers, messages=150, kills=40)

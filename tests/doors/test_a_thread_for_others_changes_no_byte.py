"""Two worlds that differ only in conversations for others give the same bytes at every door.

The reader's world is looked at, something happens among others, and it is looked at again under a clock that stands still.
MCP and the terminal go over the API (docs/decisions/0060), so what it answers is what they can show.
"""

import random
import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from seawall.clearinghouse.coordination.conversations import services
from seawall.clearinghouse.coordination.conversations.models import Delivery, Message, Thread
from seawall.clearinghouse.coordination.conversations.types import Audience, AudiencePart, Cadence
from seawall.clearinghouse.coordination.models import Participant
from seawall.foundation.jobs.runner import drain
from seawall.foundation.platform import clock
from seawall.foundation.platform.identifiers import new_id
from support import Api, World
from support.world import Scene

pytestmark = pytest.mark.django_db

ONCE = re.compile(rb'"request_id": "[0-9a-f]+"|name="csrfmiddlewaretoken" value="[^"]+"|"hx-headers"[^>]+|[0-9a-f]{32}')
KINDS = ("conversations.tell", "conversations.digest")
FILE = b"the same bytes in two threads"


class Pair:
    """A case with the finder as the reader, a thread that it is in, and one that it is not."""

    def __init__(self, world: World) -> None:
        self.world = world
        scene = Scene(world)
        scene.contact("vendor")
        self.case = scene.case()
        scene.accepts("vendor", self.case)
        self.vendor, self.desk = world.actor("vendor"), world.actor("clearinghouse")
        self.finder = world.actor("finder")
        everybody = Audience(frozenset({AudiencePart.EVERYBODY}))
        self.shown = services.open_thread(self.finder, self.case, topic="Ours", audience=everybody, text="@vendor?").pk
        kept = services.keep_file(self.finder, self.shown, "a.txt", [FILE])
        services.post_message(self.finder, self.shown, text="see", files=[kept])
        self.hidden = services.open_thread(
            self.vendor, self.case, topic="Theirs", audience=Audience(), text="@finder SECRET"
        ).pk
        self.secret = Message.objects.get(thread_id=self.hidden).pk
        drain(kinds=KINDS)
        self.api, self.browser = world.api("finder"), scene.browser("finder")
        scene.checkpoint()

    def look(self) -> dict[str, bytes]:
        seen = {}
        for path in (
            "/me",
            "/cases",
            f"/cases/{self.case}",
            f"/cases/{self.case}/log",
            f"/cases/{self.case}/threads",
            f"/cases/{self.case}/threads?limit=1",
            f"/threads/{self.shown}",
            f"/threads/{self.shown}/messages",
            f"/threads/{self.shown}/messages?order=newest&limit=1",
            f"/threads/{self.shown}/files",
            f"/threads/{self.shown}/subscription",
            f"/threads/{self.hidden}",
            f"/threads/{self.hidden}/messages",
            f"/threads/{self.hidden}/files",
            f"/messages/{self.secret}/versions",
            "/notices",
            "/log/entries",
            "/log/checkpoint",
        ):
            answer = self.api.get(path)
            seen[path] = b"%d %s" % (answer.status, ONCE.sub(b"", answer.content))
        for path, body in (
            (f"/threads/{self.hidden}/messages", {"text": "m"}),
            (f"/threads/{self.shown}/messages", {"text": "m", "reply_to": self.secret}),
            (f"/messages/{self.secret}/retract", {}),
            (f"/threads/{self.hidden}/widen", {"audience": ["finders"]}),
        ):
            answer = self.api.post(path, body)
            assert answer.status == 404, path
            seen[f"POST {path}"] = ONCE.sub(b"", answer.content)
        for path in (
            "/",
            "/cases",
            f"/cases/{self.case}",
            f"/cases/{self.case}/threads",
            f"/cases/{self.case}/threads/{self.shown}",
            f"/cases/{self.case}/threads/{self.hidden}",
            f"/messages/{self.secret}/versions",
            "/notices",
            f"/log?subject={self.case}",
        ):
            answer = self.browser.get(path)
            seen[f"page {path}"] = b"%d %s" % (answer.status_code, ONCE.sub(b"", answer.content))
        return seen

    # what happens among others

    def says(self, chance: random.Random) -> None:
        services.post_message(self.vendor, self.hidden, text=f"@finder @vendor SECRET {chance.random()}")

    def answers(self, _: random.Random) -> None:
        services.post_message(self.desk, self.hidden, text="SECRET", reply_to=self.secret, ai_written=True)

    def sends(self, chance: random.Random) -> None:
        data = chance.choice((FILE, b"SECRET bytes %f" % chance.random()))
        kept = services.keep_file(self.vendor, self.hidden, "SECRET.txt", [data])
        services.post_message(self.vendor, self.hidden, text="", files=[kept])

    def edits(self, _: random.Random) -> None:
        services.edit_message(self.vendor, self.secret, text="@finder SECRET again")

    def opens(self, _: random.Random) -> None:
        audience = Audience(organizations=frozenset({self.world.id("vendor")}))
        services.open_thread(self.desk, self.case, topic="SECRET", audience=audience, text="@finder SECRET")

    def reads(self, _: random.Random) -> None:
        services.mark_read(self.desk, self.hidden)

    def subscribes(self, chance: random.Random) -> None:
        services.subscribe(self.desk, self.hidden, chance.choice(list(Cadence)))

    def closes(self, _: random.Random) -> None:
        services.close_thread(self.vendor, self.hidden)
        services.close_thread(self.vendor, self.hidden, closed=False)

    def widens(self, _: random.Random) -> None:
        row = services.open_thread(self.desk, self.case, topic="SECRET", audience=Audience(), text="SECRET")
        services.widen_thread(self.desk, row.pk, audience=Audience(frozenset({AudiencePart.VENDORS})))

    def was_said_before(self, chance: random.Random) -> None:
        """More was said in the reader's own thread before it could read there: rows as they would be."""
        thread = Thread.objects.get(pk=self.shown)
        said = Message.objects.create(
            thread=thread,
            organization_id=self.world.id("vendor"),
            author_id="person_v",
            author_label="SECRET",
            author_kind="person",
            text="SECRET",
            posted_at=thread.opened_at - timedelta(seconds=1 + chance.random()),
        )
        Delivery.objects.create(
            message=said,
            thread=thread,
            case_id=self.case,
            organization_id=self.world.id("vendor"),
            posted_at=said.posted_at,
            own=True,
            state="seen",
        )
        Thread.objects.filter(pk=thread.pk).update(entries=thread.entries + 1)


HAPPENINGS = (
    "says",
    "answers",
    "sends",
    "edits",
    "opens",
    "reads",
    "subscribes",
    "closes",
    "widens",
    "was_said_before",
)


@pytest.fixture
def pair(world: World, monkeypatch: pytest.MonkeyPatch) -> Pair:
    pair = Pair(world)
    now = clock.now()
    monkeypatch.setattr(clock, "now", lambda: now)
    pair.look()  # the first look leaves the mark of a read, and sends sessions on their way
    return pair


def assert_alike(before: dict[str, bytes], after: dict[str, bytes], happening: str) -> None:
    for path, said in before.items():
        assert after[path] == said, (happening, path)
        assert b"SECRET" not in said


def test_what_happens_among_others_changes_no_byte(pair: Pair) -> None:
    before = pair.look()
    for happening in HAPPENINGS:
        getattr(pair, happening)(random.Random(1))  # noqa: S311 - repeatable
        drain(kinds=KINDS)
        assert_alike(before, pair.look(), happening)


@pytest.mark.long
def test_five_hundred_happenings_among_others_change_no_byte(pair: Pair) -> None:
    chance = random.Random(2)  # noqa: S311 - repeatable
    before = pair.look()
    for _ in range(500):
        happening = chance.choice([one for one in HAPPENINGS if one not in {"opens", "widens", "edits"}])
        getattr(pair, happening)(chance)
        drain(kinds=KINDS)
        assert_alike(before, pair.look(), happening)


def test_foreign_and_absent_are_one_answer(pair: Pair) -> None:
    absent_thread, absent_message, absent_file = new_id("thread"), new_id("message"), new_id("file")
    kept = services.keep_file(pair.vendor, pair.hidden, "a.txt", [b"x"])
    file_id = services.post_message(pair.vendor, pair.hidden, text="", files=[kept]).files.get().pk
    rows: list[tuple[str, str, str, Any]] = [
        ("GET", f"/threads/{pair.hidden}", f"/threads/{absent_thread}", None),
        ("GET", f"/threads/{pair.hidden}/messages", f"/threads/{absent_thread}/messages", None),
        ("GET", f"/threads/{pair.hidden}/files", f"/threads/{absent_thread}/files", None),
        ("GET", f"/threads/{pair.hidden}/subscription", f"/threads/{absent_thread}/subscription", None),
        ("POST", f"/threads/{pair.hidden}/messages", f"/threads/{absent_thread}/messages", {"text": "m"}),
        ("POST", f"/threads/{pair.hidden}/read", f"/threads/{absent_thread}/read", {}),
        ("POST", f"/threads/{pair.hidden}/widen", f"/threads/{absent_thread}/widen", {"audience": ["vendors"]}),
        ("POST", f"/threads/{pair.hidden}/close", f"/threads/{absent_thread}/close", {}),
        (
            "POST",
            f"/threads/{pair.hidden}/subscription",
            f"/threads/{absent_thread}/subscription",
            {"cadence": "daily"},
        ),
        ("POST", f"/messages/{pair.secret}/edit", f"/messages/{absent_message}/edit", {"text": "m"}),
        ("POST", f"/messages/{pair.secret}/retract", f"/messages/{absent_message}/retract", {}),
        ("GET", f"/messages/{pair.secret}/versions", f"/messages/{absent_message}/versions", None),
        ("GET", f"/files/{file_id}", f"/files/{absent_file}", None),
    ]
    for method, foreign, absent, body in rows:
        answers = [pair.api.request(method, path, body) for path in (foreign, absent)]
        assert [one.status for one in answers] == [404, 404], foreign
        assert len({ONCE.sub(b"", one.content) for one in answers}) == 1, foreign


def test_an_answer_to_somebody_who_has_left_is_one_to_a_stranger(pair: Pair, world: World) -> None:
    api = world.api("finder")
    assert api.get(f"/threads/{pair.shown}/messages").status == 200
    Participant.objects.filter(case_id=pair.case, organization_id=world.id("finder")).update(consent="lapsed")
    strangers = Api(world.token("stranger"))
    for path in (f"/threads/{pair.shown}", f"/threads/{pair.shown}/messages", f"/cases/{pair.case}/threads"):
        answers = [one.get(path) for one in (api, strangers)]
        assert [one.status for one in answers] == [404, 404]
        assert len({ONCE.sub(b"", one.content) for one in answers}) == 1
    assert isinstance(pair.browser, Client)
    assert pair.browser.get(f"/cases/{pair.case}/threads/{pair.shown}").status_code == 404

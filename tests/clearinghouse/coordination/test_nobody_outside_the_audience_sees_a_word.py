"""Random lives of a case against an oracle written apart: who sees which message after joins, lapses, widenings."""

import random
from dataclasses import dataclass, field
from typing import Any

import pytest

from seawall.clearinghouse.coordination.conversations import audiences, queries, services
from seawall.clearinghouse.coordination.conversations.models import Thread
from seawall.clearinghouse.coordination.conversations.types import Audience, AudiencePart
from seawall.clearinghouse.coordination.models import Case, Participant
from seawall.foundation.access.types import Actor
from seawall.foundation.platform import clock
from seawall.foundation.platform.errors import Conflict, SeawallError
from support import World

pytestmark = pytest.mark.django_db

NAMES = ("clearinghouse", "finder", "rival", "vendor", "stranger", "hospital", "lab")
ROLES = {"clearinghouse": "coordinator", "finder": "finder", "rival": "reporter", "vendor": "vendor"} | {
    "stranger": "vendor",
    "hospital": "observer",
    "lab": "vendor",
}


@dataclass
class Person:
    """A participant, as the oracle knows it."""

    state: str
    consent: str
    tier: int
    late: bool


@dataclass
class Talk:
    """A thread, as the oracle knows it."""

    everybody: bool
    vendors: bool
    finders: bool
    names: set[str]
    shared: bool
    said: dict[str, set[str]] = field(default_factory=dict)
    """Message -> who could see the thread when it was said."""


class Oracle:
    """The rule in words of its own: sets and loops, no query."""

    def __init__(self) -> None:
        self.people: dict[str, Person] = {}
        self.embargoed = True
        self.talks: dict[str, Talk] = {}

    def reads(self, who: str) -> bool:
        if who == "clearinghouse":
            return True
        one = self.people.get(who)
        if one is None or one.state == "start" or one.late or one.tier > 1:
            return False
        return one.consent == "signatory" or not self.embargoed

    def is_in(self, who: str, talk: Talk) -> bool:
        if who == "clearinghouse":
            return True
        if not self.reads(who):
            return False
        if who in talk.names:
            return True
        if self.people[who].tier == 1:  # may not know who else is there
            return False
        role = ROLES[who]
        return (
            talk.everybody or (talk.vendors and role == "vendor") or (talk.finders and role in {"finder", "reporter"})
        )

    def circle(self, talk: Talk) -> set[str]:
        return {who for who in NAMES if self.is_in(who, talk)}

    def sees(self, who: str) -> set[str]:
        return {
            message
            for talk in self.talks.values()
            if self.is_in(who, talk)
            for message, circle in talk.said.items()
            if talk.shared or who in circle or who == "clearinghouse"
        }


class Life:
    """One case, and what happens in it."""

    def __init__(self, world: World, seed: int) -> None:
        self.world, self.chance, self.oracle = world, random.Random(seed), Oracle()  # noqa: S311 - repeatable
        self.case = Case.objects.create(
            advisory_id=f"SEAWALL-2026-{seed:08d}",
            title="t",
            package="pkg:pypi/jinja2",
            failure="code-execution",
            embargo="active",
            opened_at=clock.now(),
        )
        for who in NAMES[:4]:
            self.join(who)

    def actor(self, who: str) -> Actor:
        return self.world.actor(who)

    def row(self, who: str) -> Any:
        return Participant.objects.filter(case=self.case, organization_id=self.world.id(who))

    def join(self, who: str) -> None:
        if who not in self.oracle.people:
            tier = self.chance.choice((0, 0, 0, 0, 0, 0, 1, 2)) if who != "clearinghouse" else 0
            state, consent = (
                self.chance.choice(("start", *["received"] * 5)),
                self.chance.choice(("invited", *["signatory"] * 5)),
            )
            self.oracle.people[who] = Person(state, consent, tier, late=False)
            Participant.objects.create(
                case=self.case,
                organization_id=self.world.id(who),
                role=ROLES[who],
                report_management=state,
                consent=consent,
                tier=tier,
                joined_at=clock.now(),
            )

    def leave(self, who: str) -> None:
        if self.oracle.people.pop(who, None):
            self.row(who).delete()

    def consent(self, who: str) -> None:
        if who in self.oracle.people:
            said = self.chance.choice(("signatory", "signatory", "signatory", "lapsed", "declined"))
            self.oracle.people[who].consent = said
            self.row(who).update(consent=said)

    def expire(self, who: str) -> None:
        if who in self.oracle.people:
            late = self.chance.random() < 0.3
            self.oracle.people[who].late = late
            self.row(who).update(until=clock.now() if late else None)

    def embargo(self, _: str) -> None:
        self.oracle.embargoed = not self.oracle.embargoed
        Case.objects.filter(pk=self.case.pk).update(embargo="active" if self.oracle.embargoed else "exited")

    def some_audience(self, who: str) -> Audience:
        parts = {part for part in AudiencePart if self.chance.random() < 0.3}
        known = queries.nameable(self.actor(who), self.case.pk)
        return Audience(
            frozenset(parts), frozenset(self.chance.sample(known, min(len(known), self.chance.randint(0, 2))))
        )

    def names(self, audience: Audience) -> set[str]:
        return {who for who in NAMES if self.world.id(who) in audience.organizations}

    def open(self, who: str) -> None:
        if not self.oracle.reads(who):
            with pytest.raises(SeawallError):
                services.open_thread(self.actor(who), self.case.pk, topic="t", audience=Audience(), text="m")
            return
        audience, shared = self.some_audience(who), self.chance.random() < 0.3
        row = services.open_thread(
            self.actor(who), self.case.pk, topic="t", audience=audience, text="m", share_history=shared
        )
        talk = Talk(
            everybody=AudiencePart.EVERYBODY in audience.parts,
            vendors=AudiencePart.VENDORS in audience.parts,
            finders=AudiencePart.FINDERS in audience.parts,
            names=self.names(audience) | {who},
            shared=shared,
        )
        self.oracle.talks[row.pk] = talk
        talk.said[row.messages.get().pk] = self.oracle.circle(talk)

    def post(self, who: str) -> None:
        for thread_id, talk in self.oracle.talks.items():
            if self.oracle.is_in(who, talk):
                message = services.post_message(self.actor(who), thread_id, text="m")
                talk.said[message.pk] = self.oracle.circle(talk)
            else:
                with pytest.raises(SeawallError):
                    services.post_message(self.actor(who), thread_id, text="m")

    def widen(self, who: str) -> None:
        for thread_id, talk in self.oracle.talks.items():
            row = Thread.objects.get(pk=thread_id)
            if not self.oracle.is_in(who, talk) or row.organization_id != self.world.id(who):
                continue
            audience, before = self.some_audience(who), self.oracle.circle(talk)
            try:
                services.widen_thread(self.actor(who), thread_id, audience=audience)
            except Conflict:
                continue
            notice = row.messages.get(kind="widened", posted_at=row.messages.order_by("-posted_at")[0].posted_at)
            talk.said[notice.pk] = before
            talk.everybody |= AudiencePart.EVERYBODY in audience.parts
            talk.vendors |= AudiencePart.VENDORS in audience.parts
            talk.finders |= AudiencePart.FINDERS in audience.parts
            talk.names |= self.names(audience)

    def step(self) -> None:
        changes = [self.join, self.leave, self.consent, self.consent, self.expire, self.widen, self.widen, self.embargo]
        act = self.chance.choice([*changes, *[self.open] * 4, *[self.post] * 6])
        # Mostly somebody who can, so that there is something to see.
        able = [who for who in NAMES if self.oracle.reads(who)] if self.chance.random() < 0.8 else NAMES
        act(self.chance.choice(able if act in {self.open, self.post, self.widen} else NAMES))

    def check(self) -> None:
        for who in NAMES:
            actor, expected = self.actor(who), self.oracle.sees(who)
            if not self.oracle.reads(who):
                with pytest.raises(SeawallError):
                    queries.threads_of(actor, self.case.pk)
            else:
                threads = set(queries.threads_of(actor, self.case.pk).values_list("pk", flat=True))
                assert threads == {one for one, talk in self.oracle.talks.items() if self.oracle.is_in(who, talk)}, who
            shown = set()
            for thread_id, talk in self.oracle.talks.items():
                if self.oracle.is_in(who, talk):
                    shown |= set(queries.messages_of(actor, thread_id).values_list("pk", flat=True))
                else:
                    with pytest.raises(SeawallError):
                        queries.messages_of(actor, thread_id)
            assert shown == expected, who
        for thread_id, talk in self.oracle.talks.items():
            inside = {self.world.id(who) for who in self.oracle.circle(talk)}
            assert audiences.now_in(Thread.objects.get(pk=thread_id)) == inside


def live(world: World, seeds: range, steps: int) -> int:
    words = 0
    for seed in seeds:
        life = Life(world, seed)
        for number in range(steps):
            life.step()
            if number % 5 == 4:
                life.check()
        words += sum(len(talk.said) for talk in life.oracle.talks.values())
    return words


def test_random_lives_keep_every_word_in_its_circle(world: World) -> None:
    assert live(world, range(4), 25) > 40, "little was said, so little was shown"


@pytest.mark.long
def test_many_random_lives_keep_every_word_in_its_circle(world: World) -> None:
    assert live(world, range(100, 160), 60) > 1_500

"""Worlds by chance, and in each of them the code's answers against an oracle that was written apart from it.

``worlds_facts`` draws a world, ``worlds_rows`` writes it down, ``worlds_oracle`` says who may do what in it. A failure
names the seed; ``Drawing(seed).draw()`` is that world again.
"""

import random
from collections import Counter
from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import transaction

from seawall.foundation.access import relations
from seawall.foundation.access.queries import visible_to
from seawall.foundation.access.rules import known_actions, scopes_of_role
from seawall.foundation.access.services import require
from seawall.foundation.access.table import SCOPES as KNOWN_SCOPES
from seawall.foundation.access.types import Actor, ActorKind, OrganizationKind, Role
from seawall.foundation.platform import clock

from . import worlds_facts as facts
from . import worlds_oracle as oracle
from .test_authorization_matrix import said
from .worlds_rows import MODELS, Rows, base

NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)
"""Held still, so that a participation can end at this very moment."""
CELLS = 15
"""Single checks in each world, besides all its lists."""
FEW, MANY = range(30), range(10_000)
"""Seeds."""
PARTS = 4
"""In which the many are asked, so that several processors can (``-n 2 --dist=load``)."""
ABSENT = "nothing-like-it"
OBJECTS = [
    (action, what)
    for action, right in sorted(oracle.RIGHTS.items())
    if right.has_object
    for what in MODELS
    if oracle.KINDS.get(what, what) == action.partition(".")[0]
]
"""Each action with what it is done to."""


def _actor(who: facts.Who) -> Actor:
    home = who.organization
    return Actor(
        kind=ActorKind(who.kind),
        id=who.id,
        label=who.id,
        organization_id=home.id if home else None,
        organization_kind=OrganizationKind(home.kind) if home else None,
        role=Role(who.role) if who.role else None,
        scopes=scopes_of_role(Role(who.role)) if who.role else who.scopes,
    )


class Comparison:
    """The code and the oracle side by side, world after world."""

    def __init__(self) -> None:
        self.sets = 0
        self.cells: Counter[str] = Counter()

    def of(self, seed: int) -> None:
        """One world, which is taken back afterwards."""
        world = facts.Drawing(seed).draw()
        savepoint = transaction.savepoint()
        Rows(world, NOW).write()
        actors = [(who, _actor(who)) for who in world.actors]
        for who, actor in actors:
            self._lists(world, who, actor)
        chance = random.Random(f"cells of {seed}")  # noqa: S311 - which cells, not a secret
        for _ in range(CELLS):
            # The first two are members of organizations: of them there is more to say.
            self._cell(world, *chance.choice(actors if chance.random() < 0.5 else actors[:2]), chance)
        transaction.savepoint_rollback(savepoint)

    def _lists(self, world: facts.World, who: facts.Who, actor: Actor) -> None:
        for action, what in OBJECTS:
            rows = MODELS[what]._default_manager.all()
            shown = sorted(visible_to(actor, action, rows).values_list("pk", flat=True))
            expected = sorted(oracle.visible(world, who, action, what))
            assert shown == expected, f"world {world.seed}: {who}: {action} {what}: {shown}, by the oracle {expected}"
            self.sets += 1

    def _cell(self, world: facts.World, who: facts.Who, actor: Actor, chance: random.Random) -> None:
        action, what, found = _question(world, who, chance)
        thing = None if what is None else MODELS[what](pk=found)
        answer = said(lambda: require(actor, action, thing))
        expected = oracle.says(world, who, action, what, found)
        assert answer == expected, f"world {world.seed}: {who}: {action} {found}: {answer}, by the oracle {expected}"
        self.cells[answer] += 1


def _question(world: facts.World, who: facts.Who, chance: random.Random) -> tuple[str, str | None, str | None]:
    """An action, and the object it is about: half of the time one that the actor sees, sometimes one that is not there."""
    if chance.random() < 0.25:
        return chance.choice(sorted(oracle.RIGHTS)), None, None
    action, what = chance.choice(OBJECTS)
    seen = oracle.visible(world, who, f"{oracle.KINDS.get(what, what)}.read", what)
    if seen and chance.random() < 0.5:
        return action, what, chance.choice(sorted(seen))
    if chance.random() < 0.1 and what != "advisory":  # which everybody may read, so that nobody is asked to sign in
        return action, what, ABSENT
    ids = [thing.id for thing in world.things[what]]
    return action, what, chance.choice(ids) if ids else ABSENT


@pytest.mark.django_db
@pytest.mark.parametrize(
    "seeds",
    [FEW, *(pytest.param(MANY[part::PARTS], marks=pytest.mark.long) for part in range(PARTS))],
    ids=["few", *(f"part{part + 1}" for part in range(PARTS))],
)
def test_every_answer_is_the_oracles(seeds: range, monkeypatch: pytest.MonkeyPatch, record_property: Any) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)
    base(NOW)
    comparison = Comparison()
    for seed in seeds:
        comparison.of(seed)
    cells = comparison.cells
    assert all(cells[answer] for answer in "y-0?")
    record_property(
        "said",
        f"generated worlds: {len(seeds)} worlds, {comparison.sets} lists and {cells.total()} single answers compared "
        f"({cells['y']} allowed, {cells['-']} refused, {cells['0']} nothing here, {cells['?']} sign in), 0 differ",
    )


def test_the_first_worlds_have_a_yes_and_a_no_for_every_line() -> None:
    met: dict[bool, set[tuple[str, str, str]]] = {True: set(), False: set()}
    for world in [facts.Drawing(seed).draw() for seed in FEW]:
        for action, right in oracle.RIGHTS.items():
            for group, relation in right.parts:
                for who in world.actors:
                    for holds in _met(world, who, right, group, relation):
                        met[holds].add((action, group, relation))
    lines = {(action, *part) for action, right in oracle.RIGHTS.items() for part in right.parts}
    assert lines - met[True] == set()
    assert lines - met[False] == {line for line in lines if line[1] == "everybody"}


def _met(world: facts.World, who: facts.Who, right: oracle.Right, group: str, relation: str) -> set[bool]:
    """What somebody of the group meets; where no more is asked than to be of it, whether somebody is."""
    fits = oracle.fits(who, right, group)
    # Coordinators are in every audience, and of objects without a relation no more is asked either.
    if relation in oracle.WITHOUT_OBJECT | {"any"} or group == "coordinators":
        return {fits}
    things = [thing for action, what in OBJECTS if action == right.action for thing in world.things[what]]
    return {oracle.holds(who, relation, thing) for thing in things} if fits else set()


def test_the_oracle_knows_every_action() -> None:
    assert set(oracle.RIGHTS) == known_actions()
    assert {right.scope for right in oracle.RIGHTS.values()} - {"-"} == set(facts.SCOPES) == set(KNOWN_SCOPES)
    assert oracle.GROUPS["all"] == {one.value for one in OrganizationKind}


def test_the_worlds_have_every_kind_of_object_and_the_oracle_every_relation() -> None:
    assert {model: oracle.KINDS.get(what, what) for what, model in MODELS.items()} == relations._KINDS
    used = {
        (oracle.KINDS.get(what, what), relation)
        for action, what in OBJECTS
        for _, relation in oracle.RIGHTS[action].parts
        if relation not in {"any", "public"}
    }
    assert used | {("advisory", "public")} == set(relations._RELATIONS)

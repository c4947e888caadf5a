"""Worlds that are drawn from a seed: organizations, who acts, and what is there, as plain facts.

Nothing here decides anything. ``worlds_rows`` writes a world into the database, and ``worlds_oracle`` says of the facts
alone who may do what; of the code only the names of states and roles are used, so that a new one is drawn as well.
"""

import random
from dataclasses import dataclass, field
from typing import TypeVar

from seawall.clearinghouse.coordination.types import (
    EmbargoManagement,
    ParticipantEmbargo,
    ParticipantRole,
    ReportManagement,
    Tier,
)
from seawall.clearinghouse.deconfliction.collisions.types import IntroductionState
from seawall.clearinghouse.deconfliction.networks.types import NetworkState
from seawall.foundation.access.types import OrganizationKind, Role

T = TypeVar("T")

SCOPES = (
    *(
        f"{one}:{verb}"
        for one in ("leases", "commitments", "networks", "reports", "cases")
        for verb in ("read", "write")
    ),
    *("cases:publish", "inventories:read", "inventories:write", "notices:read", "notices:write"),
    *("facts:write", "tokens:admin"),
)
"""Every scope that a token can carry, written by hand."""


@dataclass(frozen=True)
class Organization:
    """A tenant."""

    id: str
    kind: str


@dataclass(frozen=True)
class Who:
    """Somebody who asks."""

    id: str
    kind: str
    """``person``, ``token``, ``link``, ``anonymous`` or ``system``."""
    organization: Organization | None = None
    role: str | None = None
    """Of a person."""
    scopes: frozenset[str] = frozenset()
    """Of a token or a link; a person's follow from the role."""

    def __str__(self) -> str:
        home = f"{self.organization.id}, {self.organization.kind}" if self.organization else "of no organization"
        scopes = "every scope" if len(self.scopes) == len(SCOPES) else " ".join(sorted(self.scopes)) or "no scope"
        return f"{self.id} ({self.role or scopes}; {home})"


@dataclass(frozen=True)
class Thing:
    """An object and whose it is."""

    id: str
    owner: str
    """Identifier of an organization; empty where nobody owns such things."""


@dataclass(frozen=True)
class Part(Thing):
    """What belongs to another thing of the same owner: a scan to its project, an exposure to its inventory."""

    of: str
    published: bool = True
    """Of an exposure."""


@dataclass(frozen=True)
class Network(Thing):
    """What may be scanned; its owner is the operator."""

    state: str
    open_to_all: bool
    admitted: frozenset[str]


@dataclass(frozen=True)
class Booking(Thing):
    """A window; its owner is the scanner."""

    network: Network


@dataclass(frozen=True)
class Introduction(Thing):
    """Its owner asked to be introduced to the holder."""

    holder: str
    state: str
    offered: bool
    """Whether the coordinator asked the holder."""


@dataclass(frozen=True)
class Participation:
    """How an organization takes part in a case."""

    organization: str
    roles: tuple[str, ...]
    """The first is the one it came for."""
    report_management: str
    consent: str
    tier: int
    ends_in: int | None
    """Microseconds from now until its reading ends, negative if it has; None without an end."""


@dataclass(frozen=True)
class Case(Thing):
    """A case; nobody owns it."""

    embargo: str
    participations: tuple[Participation, ...]


@dataclass(frozen=True)
class Report(Thing):
    """A report; ``cases`` are those that it is in, ``former`` those that it was taken out of."""

    proved: bool
    cases: tuple[Case, ...]
    former: tuple[Case, ...]


@dataclass(frozen=True)
class Thread(Thing):
    """A thread; its owner opened it."""

    case: Case
    parts: frozenset[str]
    """Of ``everybody``, ``vendors`` and ``finders``."""
    named: frozenset[str]
    history_shared: bool


@dataclass(frozen=True)
class Message(Thing):
    """A message; its owner wrote it."""

    thread: Thread
    readers_then: frozenset[str]
    """Organizations that could see the thread when it was written, its author's among them."""


@dataclass
class World:
    """Everything that is there."""

    seed: int
    organizations: list[Organization] = field(default_factory=list)
    actors: list[Who] = field(default_factory=list)
    things: dict[str, list[Thing]] = field(default_factory=dict)
    """By what they are, such as ``lease``."""


OWNED = ("lease", "stewardship", "commitment", "contact", "inventory", "product", "asset", "notice", "token", "project")
"""What has an owner and nothing else that matters."""
PARTS = {"scan": "project", "finding": "project", "exposure": "inventory", "judgment": "product"}


class Drawing:
    """One world on its way."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)  # noqa: S311 - which world, not a secret
        self.world = World(seed)

    def draw(self) -> World:
        """Everything, in an order in which each thing finds what it belongs to."""
        self._people()
        for what in OWNED:
            self.world.things[what] = [Thing(f"{what}-{n}", self._owner()) for n in range(self.chance.randint(1, 3))]
        for what, whole in PARTS.items():
            self.world.things[what] = [self._part(f"{what}-{n}", whole) for n in range(self.chance.randint(2, 4))]
        self.world.things["advisory"] = [Thing(f"advisory-{n}", "") for n in range(self.chance.randint(1, 2))]
        self._ground()
        self._cases()
        return self.world

    def _is(self, probability: float) -> bool:
        return self.chance.random() < probability

    def _some(self, probability: float) -> frozenset[str]:
        return frozenset(one.id for one in self.world.organizations if self._is(probability))

    def _one(self, what: str, kind: type[T]) -> T:
        found = self.chance.choice(self.world.things[what])
        assert isinstance(found, kind)
        return found

    def _owner(self) -> str:
        """Mostly somebody who asks: what nobody's is tells little."""
        acting = [who.organization.id for who in self.world.actors if who.organization]
        return self.chance.choice(acting) if acting and self._is(0.7) else self._anybody()

    def _anybody(self) -> str:
        return self.chance.choice(self.world.organizations).id

    def _people(self) -> None:
        kinds = [one.value for one in OrganizationKind]
        self.world.organizations = [
            Organization(f"org-{n}", self.chance.choice(kinds)) for n in range(self.chance.randint(3, 7))
        ]
        members = self.chance.choices(("person", "token", "link"), weights=(6, 3, 1), k=self.chance.randint(2, 3))
        others = self.chance.choices(("anonymous", "nobody's", "system"), k=self.chance.randint(2, 3))
        self.world.actors = [self._actor(n, kind) for n, kind in enumerate(members + others)]

    def _actor(self, number: int, kind: str) -> Who:
        home, name = self.chance.choice(self.world.organizations), f"{kind}-{number}"
        role = self.chance.choice([one.value for one in Role])
        match kind:
            case "person":
                return Who(name, kind, home, role=role)
            case "token":
                share = self.chance.choice((0, 0.4, 0.8, 1))
                return Who(name, kind, home, scopes=frozenset(scope for scope in SCOPES if self._is(share)))
            case "link":
                # A guest's organization is a vendor, and its rights follow from the table (docs/routes.md).
                vendors = [one for one in self.world.organizations if one.kind == "vendor"]
                if not vendors:
                    vendors = [Organization(f"org-{len(self.world.organizations)}", "vendor")]
                    self.world.organizations += vendors
                return Who(name, kind, self.chance.choice(vendors), scopes=frozenset(SCOPES))
            case "nobody's":
                return Who(name, "person", role=role)
        # Whatever else such an actor might carry, it opens nothing.
        dressed = home if self._is(0.5) else None
        return Who(name, kind, dressed, scopes=frozenset(SCOPES if dressed else ()))

    def _part(self, name: str, whole: str) -> Part:
        of = self._one(whole, Thing)
        return Part(name, of.owner, of.id, published=self._is(0.5))

    def _ground(self) -> None:
        things, chance = self.world.things, self.chance
        states = [one.value for one in NetworkState]
        things["network"] = [
            Network(f"network-{n}", self._owner(), chance.choice(states), self._is(0.2), self._some(0.35))
            for n in range(chance.randint(2, 4))
        ]
        things["booking"] = [
            Booking(f"booking-{n}", self._owner(), self._one("network", Network)) for n in range(chance.randint(2, 4))
        ]
        # "closed" is one that the holder declined, or of which the coordinator did not ask it.
        progress = [(one.value, one is not IntroductionState.ASKED) for one in IntroductionState]
        progress.append((IntroductionState.CLOSED.value, False))
        introductions = [
            Introduction(f"introduction-{n}", self._owner(), self._owner(), *chance.choice(progress))
            for n in range(chance.randint(2, 4))
        ]
        things["introduction"] = [one for one in introductions if one.owner != one.holder]
        things["commitment"] += [Thing(f"commitment-of-{one.id}", one.owner) for one in things["introduction"]]

    def _cases(self) -> None:
        things, chance = self.world.things, self.chance
        things["case"] = [
            Case(
                f"case-{n}",
                "",
                chance.choice([one.value for one in EmbargoManagement]),
                tuple(self._participation(one.id) for one in self.world.organizations if self._is(0.7)),
            )
            for n in range(chance.randint(2, 4))
        ]
        things["report"] = [self._report(f"report-{n}") for n in range(chance.randint(3, 6))]
        things["thread"] = [self._thread(f"thread-{n}") for n in range(chance.randint(3, 6))]
        things["message"] = [self._message(f"message-{n}") for n in range(chance.randint(4, 9))]

    def _participation(self, organization: str) -> Participation:
        chance = self.chance
        roles = [one.value for one in ParticipantRole]
        consents = [one.value for one in ParticipantEmbargo]
        return Participation(
            organization=organization,
            roles=tuple(dict.fromkeys(chance.choices(roles, k=2 if self._is(0.25) else 1))),
            report_management=chance.choice([one.value for one in ReportManagement]),
            consent="signatory" if self._is(0.5) else chance.choice(consents),
            tier=0 if self._is(0.45) else chance.choice([one.value for one in Tier]),
            ends_in=None if self._is(0.4) else chance.choice([-(10**9), -1, 0, 1, 10**9]),
        )

    def _report(self, name: str) -> Report:
        mine, *others = self.chance.sample(self.world.things["case"], len(self.world.things["case"]))
        assert isinstance(mine, Case)
        former = tuple(one for one in others if isinstance(one, Case) and self._is(0.2))
        return Report(name, self._owner(), self._is(0.6), (mine,) if self._is(0.8) else (), former)

    def _thread(self, name: str) -> Thread:
        opener, case = self._owner(), self._one("case", Case)
        parts = frozenset(one for one in ("everybody", "vendors", "finders") if self._is(0.3))
        return Thread(name, opener, case, parts, self._some(0.15), history_shared=self._is(0.4))

    def _message(self, name: str) -> Message:
        author, thread = self._owner(), self._one("thread", Thread)
        if self._is(0.3):
            author = thread.owner
        return Message(name, author, thread, self._some(0.5) | {author})

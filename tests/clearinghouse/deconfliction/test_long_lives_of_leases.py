"""Long lives: any order of steps by five organizations and a maintainer leaves no ground held twice; and what others do
in secret changes no answer by a byte.
"""

import random
from collections.abc import Callable
from datetime import timedelta
from itertools import combinations

import pytest
from django.db import transaction

from seawall.clearinghouse.deconfliction import rules, services
from seawall.clearinghouse.deconfliction.granting import scope_of_lease
from seawall.clearinghouse.deconfliction.ground import services as ground
from seawall.clearinghouse.deconfliction.models import ScanLease
from seawall.clearinghouse.deconfliction.types import HOLDING, HeldGround
from seawall.foundation.access.types import Actor
from seawall.foundation.platform import clock
from seawall.foundation.platform.errors import SeawallError
from support import World

pytestmark = pytest.mark.django_db
JINJA, REPOSITORY = "pkg:pypi/jinja2", "https://github.com/pallets/jinja"
FOLDERS = ["", "src/", "src/a/", "src/a/x.c", "src/b/", "tests/"]
MEMBERS = ("finder", "rival", "lab", "evaluator", "vendor")


def held_twice() -> list[str]:
    """Pairs of leases of two organizations that disturb each other, now."""
    rows = list(ScanLease.objects.filter(state__in=HOLDING, expires_at__gt=clock.now()))
    wrong = []
    for one, other in combinations(rows, 2):
        if one.organization_id == other.organization_id or not (one.exclusive or other.exclusive):
            continue
        held = [HeldGround(scope_of_lease(other, JINJA), other.expires_at, exclusive=True)]
        if rules.decide(scope_of_lease(one, JINJA), exclusive=True, held=held, now=clock.now()).taken:
            wrong.append(f"{one.paths} {one.techniques} | {other.paths} {other.techniques}")
    return wrong


class Life:
    """One random life."""

    def __init__(self, world: World, later: Callable[..., None], seed: int) -> None:
        self.chance = random.Random(seed)  # noqa: S311 - chance that repeats
        self.actors = {name: world.actor(name) for name in MEMBERS}
        self.by_id = {world.id(name): self.actors[name] for name in MEMBERS}
        self.keeper = world.actor("clearinghouse")
        self.maintainer = world.actor("stranger")
        self.later = later
        claim = ground.claim_target(self.maintainer, target=REPOSITORY)
        self.claim = ground.decide_stewardship(self.keeper, claim.id, vouch=True, reason="test").id
        self.codes: list[str] = []
        self.fences: dict[str, int] = {}

    def step(self) -> None:
        """Any step that a member, a maintainer or the clock can take; refusals are fine."""
        steps = [self.ask] * 6 + [self.change] * 6 + [self.take, self.rule, self.wait, self.stop]
        try:
            with transaction.atomic():
                self.chance.choice(steps)()
        except SeawallError:
            return

    def ask(self) -> None:
        name = self.chance.choice([JINJA, REPOSITORY, "git@github.com:Pallets/Jinja.git"])
        services.request_lease(
            self.chance.choice(list(self.actors.values())),
            target=name,
            repository=REPOSITORY if name == JINJA else "",
            paths=self.chance.sample(FOLDERS, self.chance.randint(1, 2)),
            techniques=self.chance.choice([[], ["fuzzing"], ["fuzzing", "agentic"]]),
            weaknesses=self.chance.choice([[], ["CWE-79"], ["CWE-79", "CWE-89"]]),
            hours=self.chance.choice([1, 24, 336]),
            exclusive=self.chance.random() < 0.8,
        )

    def change(self) -> None:
        rows = list(ScanLease.objects.order_by("granted_at", "fence"))
        if not rows:
            return
        row = self.chance.choice(rows[-20:])
        holder: Actor = self.by_id[row.organization_id]
        act = self.chance.choice(["renew", "beat", "pause", "resume", "give", "offer"])
        if act == "renew":
            services.renew_lease(holder, row.id, fence=row.fence, hours=self.chance.choice([1, 300]))
        elif act == "beat":
            services.heartbeat(holder, row.id, fence=row.fence)
        elif act == "pause":
            services.pause_lease(holder, row.id, fence=row.fence)
        elif act == "resume":
            services.resume_lease(holder, row.id, fence=row.fence)
        elif act == "give":
            services.release_lease(holder, row.id, completed=self.chance.random() < 0.5, tell=True)
        else:
            self.codes.append(services.hand_over(holder, row.id, fence=row.fence).code)

    def take(self) -> None:
        if self.codes:
            services.take_over(self.chance.choice(list(self.actors.values())), self.chance.choice(self.codes))

    def rule(self) -> None:
        ground.set_rule(
            self.maintainer,
            self.claim,
            closed_paths=self.chance.choice([[], [], ["tests/"], ["src/a/"]]),
            scanners_max=self.chance.choice([None, None, 2]),
        )

    def wait(self) -> None:
        self.later(minutes=self.chance.choice([2, 45, 60 * 25]))

    def stop(self) -> None:
        rows = list(ScanLease.objects.filter(state__in=HOLDING))
        if rows:
            services.stop_lease(self.keeper, self.chance.choice(rows).id, reason="test")


def live(world: World, later: Callable[..., None], seed: int, steps: int) -> None:
    life = Life(world, later, seed)
    for number in range(steps):
        life.step()
        if number % 5 == 4:
            assert held_twice() == [], f"seed {seed}, step {number}"
    fences = list(ScanLease.objects.values_list("fence", flat=True))
    assert len(fences) == len(set(fences)), "one ground has one order of fences, under whatever name"
    assert all(
        row.expires_at <= (row.held_since or row.granted_at) + timedelta(days=rules.HOLD_DAYS_MAX)
        for row in ScanLease.objects.filter(exclusive=True)
    )


@pytest.mark.parametrize("seed", range(4))
def test_no_order_of_steps_holds_ground_twice(world: World, later: Callable[..., None], seed: int) -> None:
    live(world, later, seed, 40)


@pytest.mark.long
def test_many_lives_hold_no_ground_twice(world: World, later: Callable[..., None]) -> None:
    for seed in range(100, 400):
        point = transaction.savepoint()
        live(world, later, seed, 50)
        transaction.savepoint_rollback(point)


def answers(world: World, secrets: Callable[[], None], monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """What a member reads and is answered, byte for byte, after others did something in secret."""
    monkeypatch.setattr(clock, "now", lambda: FIXED)
    point = transaction.savepoint()
    secrets()
    finder = world.api("finder")
    paths = ("/leases", "/commitments", "/introductions", "/networks", "/bookings", "/stewardships", "/ground/closed")
    found = [finder.get(path).content for path in paths]
    found.append(finder.get("/ground/coverage?target=pkg:pypi/mako").content)
    found.append(finder.post("/ground/least-scanned", {}).content)
    asked = finder.post("/leases", {"target": "pkg:pypi/mako", "paths": ["../x"]})
    found.append(asked.content.replace(asked.headers["X-Request-ID"].encode(), b""))
    found.append(repr(services.request_lease(world.actor("finder"), target="pkg:pypi/mako").taken).encode())
    claim = finder.post("/claim-check", {"hash": "ef" * 32})
    found.append(claim.content)
    transaction.savepoint_rollback(point)
    return found


FIXED = clock.now()


def test_what_others_do_in_secret_changes_no_byte(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    rival, lab = world.api("rival"), world.api("lab")
    bank = world.api("bank")

    def nothing() -> None:
        pass

    def leases() -> None:
        for number in range(3):
            rival.post("/leases", {"target": f"pkg:pypi/secret{number}"})
        row = rival.post("/leases", {"target": "pkg:pypi/jinja2"}).body["leases"][0]
        rival.post(f"/leases/{row['id']}/release", {"completed": True, "tell": False})

    def commitments() -> None:
        for api in (rival, lab):
            mine = api.post("/commitments", {"digest": "ab" * 32}).body["id"]
            tags = [{"kind": "claim", "value": "cd" * 32}]
            api.post("/collisions/check", {"commitment_id": mine, "tags": tags, "introduce": True})

    def claims_and_networks() -> None:
        rival.post("/stewardships", {"target": "pkg:pypi/mako"})
        bank.post("/networks", {"value": "198.51.100.0/24"})

    plain = answers(world, nothing, monkeypatch)
    for secrets in (leases, commitments, claims_and_networks):
        assert answers(world, secrets, monkeypatch) == plain, secrets.__name__

"""Who maintains a target closes it or sets its pace, once believed; and the map shows what was scanned, never by whom."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from seawall.clearinghouse.deconfliction import services
from seawall.clearinghouse.deconfliction.ground import queries
from seawall.clearinghouse.deconfliction.ground import services as ground
from seawall.clearinghouse.deconfliction.services import request_lease
from seawall.clearinghouse.deconfliction.types import Effort
from seawall.clearinghouse.distribution.queries import notices_of
from seawall.foundation.platform import clock
from seawall.foundation.platform.errors import BadInput, Conflict, Forbidden, NotFound
from support import World

pytestmark = pytest.mark.django_db
JINJA = "https://github.com/pallets/jinja"


def maintained(world: World, target: str = JINJA, **rule: Any) -> str:
    vendor = world.actor("vendor")
    row = ground.claim_target(vendor, target=target)
    ground.decide_stewardship(world.actor("clearinghouse"), row.id, vouch=True, reason="Known for years.")
    ground.set_rule(vendor, row.id, **rule)
    return row.id


def test_a_claim_closes_nothing_before_it_is_believed(world: World) -> None:
    vendor = world.actor("vendor")
    row = ground.claim_target(vendor, target=f"{JINJA}.git")
    with pytest.raises(Conflict):
        ground.set_rule(vendor, row.id, closed_paths=[""])
    with pytest.raises(Forbidden):
        ground.decide_stewardship(vendor, row.id, vouch=True, reason="me")
    with pytest.raises(NotFound):
        ground.set_rule(world.actor("stranger"), row.id, closed_paths=[""])
    assert ground.claim_target(vendor, target=JINJA).pk == row.pk


def test_control_is_proved_by_a_file_in_the_repository(world: World) -> None:
    vendor = world.actor("vendor")
    row = ground.claim_target(vendor, target=JINJA)
    asked: list[str] = []

    def read(content: bytes) -> Callable[[str], bytes]:
        return lambda address: asked.append(address) or content  # type: ignore[func-returns-value]

    for wrong in (b"", b"seawall-control-", row.challenge[:-1].encode(), f"x{row.challenge}".encode(), b"\xff" * 9000):
        with pytest.raises(Conflict):
            ground.prove_control(vendor, row.id, read=read(wrong))
    proved = ground.prove_control(vendor, row.id, read=read(f"# ours\n{row.challenge}\n".encode()))
    assert proved.state == "proved"
    assert set(asked) == {f"{JINJA}/raw/HEAD/.seawall-control"}
    with pytest.raises(Conflict):
        ground.prove_control(vendor, ground.claim_target(vendor, target="pkg:pypi/x").id, read=read(b""))


def test_closed_ground_is_granted_to_nobody_shared_or_not_and_running_leases_end(world: World) -> None:
    finder = world.actor("finder")
    held = request_lease(finder, target=JINJA, paths=["tests/fuzz/"]).leases[0]
    kept = request_lease(finder, target=JINJA, paths=["src/"]).leases[0]
    maintained(world, closed_paths=["tests/"], note="Our own fuzzing runs there.")
    held.refresh_from_db()
    kept.refresh_from_db()
    assert (held.state, kept.state) == ("withdrawn", "active")
    assert notices_of(finder).count() == 1
    for exclusive in (True, False):
        answer = request_lease(world.actor("rival"), target=JINJA, paths=["tests/"], exclusive=exclusive)
        assert [(one.path, one.why, one.until) for one in answer.taken] == [("tests/", "opted_out", None)]
    assert request_lease(world.actor("vendor"), target=JINJA, paths=["tests/"]).outcome == "granted"
    assert [row.note for row in queries.closed_ground(finder)] == ["Our own fuzzing runs there."]


def test_a_closing_ends_by_itself_and_a_refused_claim_lifts_it(world: World, later: Callable[..., None]) -> None:
    steward = maintained(world, closed_paths=[""], closed_until=clock.now() + timedelta(days=2))
    rival = world.actor("rival")
    assert request_lease(rival, target=JINJA).taken[0].until is not None
    later(days=3)
    assert request_lease(rival, target=JINJA).outcome == "granted"
    ground.set_rule(world.actor("vendor"), steward, closed_paths=[""])
    assert request_lease(rival, target=JINJA).outcome == "taken"
    ground.decide_stewardship(world.actor("clearinghouse"), steward, vouch=False, reason="It was somebody else.")
    assert request_lease(rival, target=JINJA).outcome == "granted"
    assert not queries.closed_ground(rival).exists()


def test_a_maintainer_takes_so_many_scanners_at_a_time(world: World, later: Callable[..., None]) -> None:
    maintained(world, scanners_max=2)
    request_lease(world.actor("finder"), target=JINJA, paths=["a/"], hours=1)
    second = request_lease(world.actor("rival"), target=JINJA, paths=["b/"], hours=5).leases[0]
    answer = request_lease(world.actor("lab"), target=JINJA, paths=["c/"])
    assert (answer.outcome, answer.taken[0].why) == ("taken", "paced")
    assert answer.taken[0].until is not None
    assert answer.taken[0].until < second.expires_at, "the first end makes room"
    assert request_lease(world.actor("finder"), target=JINJA, paths=["d/"], hours=1).outcome == "granted"
    later(hours=1, minutes=1)
    assert request_lease(world.actor("lab"), target=JINJA, paths=["c/"]).outcome == "granted"


def test_a_maintainer_takes_so_many_leases_a_week(world: World, later: Callable[..., None]) -> None:
    maintained(world, leases_per_week=1)
    lease = request_lease(world.actor("finder"), target=JINJA, hours=1).leases[0]
    services.release_lease(world.actor("finder"), lease.id)
    assert request_lease(world.actor("rival"), target=JINJA).taken[0].why == "paced"
    later(days=7, minutes=1)
    assert request_lease(world.actor("rival"), target=JINJA).outcome == "granted"


@pytest.mark.parametrize(
    "rule",
    [{"closed_paths": ["../x"]}, {"scanners_max": 0}, {"leases_per_week": 10**6}, {"closed_until": clock.now()}],
)
def test_a_rule_that_does_not_fit_is_refused(world: World, rule: dict[str, Any]) -> None:
    steward = maintained(world)
    with pytest.raises(BadInput):
        ground.set_rule(world.actor("vendor"), steward, **rule)


def scan(world: World, name: str, *paths: str, tell: bool = True, hours: int = 10, target: str = JINJA) -> None:
    actor = world.actor(name)
    answer = request_lease(actor, target=target, paths=list(paths), techniques=["fuzzing"], commit="a" * 40)
    for lease in answer.leases:
        services.release_lease(actor, lease.id, tell=tell, effort=Effort(machine_hours=hours))


def test_the_map_shows_what_was_told_and_nothing_else(world: World, later: Callable[..., None]) -> None:
    reader = world.actor("vendor")
    scan(world, "finder", "src/", tell=False)
    request_lease(world.actor("lab"), target=JINJA, paths=["docs/"])
    assert queries.coverage(reader, JINJA) == []
    scan(world, "finder", "src/")
    later(days=10)
    for name in ("rival", "evaluator"):
        scan(world, name, "src/", hours=5)
    patch = queries.coverage(reader, "pkg:github/pallets/jinja")[0]
    assert (patch.path, patch.scanners, patch.scans, patch.last_scanned_days) == ("src/", "3-5", "3-5", 0)
    assert (patch.machine_hours, patch.last_commit) == (20, "a" * 40)
    assert not [name for name in ("finder", "rival", "lab") if world.id(name) in repr(patch)]


def test_the_least_scanned_ground_that_matters_most_goes_first(world: World) -> None:
    keeper, finder = world.actor("clearinghouse"), world.actor("finder")
    for name, weight in (("a", 900), ("b", 500), ("c", 100)):
        ground.weigh_target(keeper, target=f"pkg:pypi/{name}", weight=weight, source="criticality score")
    assert [one.target for one in queries.least_scanned(finder)] == ["pkg:pypi/a", "pkg:pypi/b", "pkg:pypi/c"]
    scan(world, "rival", "", target="pkg:pypi/a", hours=100)
    found = queries.least_scanned(finder)
    assert [one.target for one in found] == ["pkg:pypi/b", "pkg:pypi/c", "pkg:pypi/a"]
    request_lease(world.actor("lab"), target="pkg:pypi/b")
    assert [(one.target, one.free) for one in queries.least_scanned(finder)][-1] == ("pkg:pypi/b", False)
    by_path = queries.least_scanned(finder, ["pkg:pypi/a"], ["src/", "tests/"])
    assert [one.path for one in by_path] == ["src/", "tests/"]


def test_what_is_merely_leased_is_never_suggested(world: World) -> None:
    request_lease(world.actor("rival"), target="pkg:pypi/secret-interest")
    assert queries.least_scanned(world.actor("finder")) == []


def test_nobody_paints_the_map_with_large_numbers_or_many_scans(world: World) -> None:
    finder = world.actor("finder")
    for _ in range(3):
        scan(world, "rival", "", target="pkg:pypi/a", hours=2**30)
    assert queries.least_scanned(finder, ["pkg:pypi/a"])[0].cover <= 500

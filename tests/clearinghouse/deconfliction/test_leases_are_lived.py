"""A lease from its first heartbeat to its end: pause, hand-over, quotas, and nobody keeps ground for ever."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from seawall.clearinghouse.deconfliction import rules, services
from seawall.clearinghouse.deconfliction.models import ScanLease
from seawall.clearinghouse.deconfliction.services import request_lease
from seawall.clearinghouse.distribution.queries import notices_of
from seawall.foundation.platform.errors import BadInput, Conflict, Forbidden, NotFound, RateLimited
from seawall.foundation.transparency.models import LogOpening
from support import World

pytestmark = pytest.mark.django_db
TARGET = "pkg:pypi/jinja2"


def logged(lease: ScanLease) -> list[str]:
    return list(LogOpening.objects.filter(subject=lease.id).order_by("entry_id").values_list("kind", flat=True))


def test_a_heartbeat_extends_and_two_in_a_minute_are_one(world: World, later: Callable[..., None]) -> None:
    finder = world.actor("finder")
    lease = request_lease(finder, target=TARGET, hours=2).leases[0]
    assert services.heartbeat(finder, lease.id, fence=lease.fence).expires_at == lease.expires_at
    later(hours=1)
    assert services.heartbeat(finder, lease.id, fence=lease.fence).expires_at >= lease.expires_at + timedelta(hours=1)
    assert logged(lease) == ["lease.granted", "lease.heartbeat"]


def test_a_holder_past_expiry_is_refused_whoever_holds_it_now(world: World, later: Callable[..., None]) -> None:
    finder, rival = world.actor("finder"), world.actor("rival")
    lease = request_lease(finder, target=TARGET, hours=1).leases[0]
    later(hours=1, seconds=1)
    assert request_lease(rival, target=TARGET).leases[0].fence > lease.fence
    for late in (
        lambda: services.heartbeat(finder, lease.id, fence=lease.fence),
        lambda: services.renew_lease(finder, lease.id, fence=lease.fence),
        lambda: services.pause_lease(finder, lease.id, fence=lease.fence),
        lambda: services.hand_over(finder, lease.id, fence=lease.fence),
    ):
        with pytest.raises(Conflict):
            late()


def test_a_pause_keeps_the_ground_for_two_days_and_no_longer(world: World, later: Callable[..., None]) -> None:
    finder, rival = world.actor("finder"), world.actor("rival")
    lease = request_lease(finder, target=TARGET, hours=300).leases[0]
    paused = services.pause_lease(finder, lease.id, fence=lease.fence)
    with pytest.raises(Conflict):
        services.heartbeat(finder, lease.id, fence=lease.fence)
    assert request_lease(rival, target=TARGET).outcome == "taken"
    later(hours=rules.PAUSE_HOURS_MAX - 1)
    resumed = services.resume_lease(finder, lease.id, fence=lease.fence)
    assert (resumed.state, resumed.expires_at > paused.expires_at) == ("active", True)
    services.pause_lease(finder, lease.id, fence=lease.fence)
    later(hours=rules.PAUSE_HOURS_MAX + 1)
    assert request_lease(rival, target=TARGET).outcome == "granted"


def test_a_lease_is_handed_over_once_and_the_old_fence_is_worth_nothing(world: World) -> None:
    finder, rival, lab = (world.actor(name) for name in ("finder", "rival", "lab"))
    lease = request_lease(finder, target=TARGET, paths=["src/"], hours=10).leases[0]
    offer = services.hand_over(finder, lease.id, fence=lease.fence)
    with pytest.raises(Conflict):
        services.take_over(finder, offer.code)
    taken = services.take_over(rival, offer.code)
    assert (taken.paths, taken.expires_at, taken.organization_id) == (["src/"], lease.expires_at, world.id("rival"))
    assert taken.fence > lease.fence
    with pytest.raises(Conflict):
        services.take_over(lab, offer.code)
    with pytest.raises(Conflict):
        services.heartbeat(finder, lease.id, fence=lease.fence)
    with pytest.raises(NotFound):
        services.heartbeat(finder, taken.id, fence=taken.fence)
    assert logged(lease)[-1] == "lease.handed_over"
    assert logged(taken) == ["lease.granted"]


def test_ground_that_its_giver_holds_twice_is_not_passed_on(world: World) -> None:
    finder, rival = world.actor("finder"), world.actor("rival")
    first, second = (request_lease(finder, target=TARGET, paths=[path]).leases[0] for path in ("src/", "src/a/"))
    code = services.hand_over(finder, first.id, fence=first.fence).code
    with pytest.raises(Conflict):
        services.take_over(rival, code)
    services.release_lease(finder, second.id)
    assert services.take_over(rival, code).paths == ["src/"]


@pytest.mark.parametrize("code", ["", "x", "a:b:c", "\x00", "W10:1vABCD:xyz"])
def test_a_code_that_is_none_is_refused(world: World, code: str) -> None:
    with pytest.raises(BadInput):
        services.take_over(world.actor("rival"), code)


def test_nobody_keeps_ground_for_ever_by_renewing(world: World, later: Callable[..., None]) -> None:
    finder = world.actor("finder")
    lease = request_lease(finder, target=TARGET, hours=336).leases[0]
    for _ in range(rules.HOLD_DAYS_MAX - 1):
        later(hours=24)
        services.heartbeat(finder, lease.id, fence=lease.fence)
    later(hours=24)
    with pytest.raises(Conflict):
        services.heartbeat(finder, lease.id, fence=lease.fence)


def test_nor_by_asking_anew_nor_by_passing_it_around(world: World, later: Callable[..., None]) -> None:
    finder, rival = world.actor("finder"), world.actor("rival")
    for _ in range(2):
        request_lease(finder, target=TARGET, hours=336)
        later(hours=335)
        held = ScanLease.objects.latest("granted_at")
        services.release_lease(finder, held.id)
    held = request_lease(finder, target=TARGET, hours=336).leases[0]
    assert held.expires_at - held.granted_at <= timedelta(hours=2), "the rest of four weeks"
    passed = services.take_over(rival, services.hand_over(finder, held.id, fence=held.fence).code)
    assert passed.expires_at == held.expires_at
    later(hours=3)
    with pytest.raises(RateLimited) as refusal:
        request_lease(finder, target=TARGET)
    assert "shared" in refusal.value.action
    assert request_lease(finder, target=TARGET, exclusive=False).outcome == "granted"
    later(hours=rules.REST_HOURS + 1)
    assert request_lease(finder, target=TARGET).outcome == "granted"


def test_an_organization_holds_so_much_and_no_more(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    finder = world.actor("finder")
    monkeypatch.setattr(rules, "LEASES_PER_ORGANIZATION", 5)
    monkeypatch.setattr(rules, "LEASES_PER_TARGET", 3)
    for number in range(3):
        request_lease(finder, target=TARGET, paths=[f"d{number}/"])
    with pytest.raises(RateLimited):
        request_lease(finder, target=TARGET, paths=["d4/"])
    for number in range(2):
        request_lease(finder, target=f"pkg:pypi/p{number}")
    with pytest.raises(RateLimited):
        request_lease(finder, target="pkg:pypi/p9")
    assert request_lease(world.actor("rival"), target="pkg:pypi/p9").outcome == "granted"


def test_the_holder_is_named_only_where_both_agreed(world: World) -> None:
    finder, rival = world.actor("finder"), world.actor("rival")
    request_lease(finder, target=TARGET, named=True)
    request_lease(finder, target="pkg:pypi/mako", named=False)
    assert request_lease(rival, target=TARGET, named=True).taken[0].holder == "finder"
    assert request_lease(rival, target=TARGET, named=False).taken[0].holder is None
    assert request_lease(rival, target="pkg:pypi/mako", named=True).taken[0].holder is None


def test_the_coordinator_ends_a_lease_and_its_holder_is_told(world: World) -> None:
    finder = world.actor("finder")
    lease = request_lease(finder, target=TARGET).leases[0]
    with pytest.raises(NotFound):
        services.stop_lease(world.actor("rival"), lease.id, reason="mine")
    with pytest.raises(Forbidden):
        services.stop_lease(finder, lease.id, reason="x")
    services.stop_lease(world.actor("clearinghouse"), lease.id, reason="It overloads the forge.")
    assert notices_of(finder).get().body == "It overloads the forge."
    assert request_lease(world.actor("rival"), target=TARGET).outcome == "granted"


def test_versions_that_cannot_meet_are_two_grounds(world: World) -> None:
    request_lease(world.actor("finder"), target=TARGET, introduced="3.0")
    rival = world.actor("rival")
    assert request_lease(rival, target=TARGET, fixed="3.0").outcome == "granted"
    assert request_lease(world.actor("lab"), target=TARGET, commit="AB" * 20).outcome == "taken"
    with pytest.raises(BadInput) as refusal:
        request_lease(rival, target=TARGET, commit="abc")
    assert refusal.value.field == "commit"


def test_ground_in_crumbs_is_refused_and_never_an_error_of_ours(world: World) -> None:
    names = ("rival", "lab", "evaluator", "vendor", "stranger")
    for name in names:
        for number in range(3):
            crumbs = [f"{name}{number}/" + "x" * 350 + f"/{part}.c" for part in range(50)]
            request_lease(world.actor(name), target=TARGET, paths=crumbs)
    with pytest.raises(BadInput) as refusal:
        request_lease(world.actor("finder"), target=TARGET)
    assert refusal.value.field == "paths"
    services.release_lease(world.actor("rival"), ScanLease.objects.filter(organization_id=world.id("rival"))[0].id)
    for lease in ScanLease.objects.exclude(organization_id=world.id("lab")):
        lease.state = "completed"
        lease.save()
    answer = request_lease(world.actor("finder"), target=TARGET)
    assert (answer.outcome, len(answer.taken)) == ("partly_granted", 150)
    assert len(answer.leases[0].excluded_paths) == 150

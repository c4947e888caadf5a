"""The algebra of scopes: what is granted and what is held never meet, and what is free is never withheld."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seawall.clearinghouse.deconfliction import rules
from seawall.clearinghouse.deconfliction.models import ScanLease
from seawall.clearinghouse.deconfliction.queries import leases_of
from seawall.clearinghouse.deconfliction.services import normalize_target, release_lease, renew_lease, request_lease
from seawall.clearinghouse.deconfliction.types import Decision, HeldGround, Scope, Technique
from seawall.foundation.platform.errors import BadInput, Conflict, NotFound
from support import World

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
TARGET = "pkg:pypi/jinja2"
PARTS = ["a", "b", "ab"]
FILES = ["/".join(parts) for depth in (1, 2, 3) for parts in product(PARTS, repeat=depth)]
"""Every file of a small project; ground is a set of (file, technique)."""
KNOWN = [technique for technique in Technique if technique is not Technique.ANY]

paths = (
    st.lists(st.sampled_from(PARTS), max_size=3)
    .map("/".join)
    .flatmap(lambda path: st.sampled_from([path, f"{path}/" if path else path]))
)
scopes = st.builds(
    Scope,
    target=st.just(TARGET),
    paths=st.lists(paths, min_size=1, max_size=4, unique=True).map(tuple),
    techniques=st.lists(st.sampled_from(list(Technique)), min_size=1, max_size=3, unique=True).map(tuple),
)
grounds = st.builds(
    HeldGround,
    scope=scopes,
    until=st.sampled_from([NOW - timedelta(hours=1), NOW, NOW + timedelta(hours=1), NOW + timedelta(hours=9)]),
    exclusive=st.booleans(),
)

Ground = set[tuple[str, Technique]]


def ground(scope: Scope) -> Ground:
    """What a scope covers, spelled out; ``any`` is every technique."""
    techniques = KNOWN if Technique.ANY in scope.techniques else scope.techniques
    return {
        (file, technique)
        for file in FILES
        for technique in techniques
        if any(
            not path.strip("/") or file == path.rstrip("/") or file.startswith(f"{path.rstrip('/')}/")
            for path in scope.paths
        )
    }


def spot(path: str, technique: Technique) -> Ground:
    return ground(Scope(target=TARGET, paths=(path,), techniques=(technique,)))


def granted(decision: Decision) -> Ground:
    """What a decision gives: the granted scopes without the parts that it calls taken."""
    taken = set().union(*[spot(one.path, one.technique) for one in decision.taken])
    return set().union(*[ground(scope) for scope in decision.granted]) - taken


def live(held: list[HeldGround], *, exclusive: bool) -> Ground:
    """What others hold now and would be disturbed."""
    return set().union(*[ground(one.scope) for one in held if one.until > NOW and (exclusive or one.exclusive)])


@given(wanted=scopes, held=st.lists(grounds, max_size=5), exclusive=st.booleans())
def test_what_is_granted_is_held_by_nobody(wanted: Scope, held: list[HeldGround], exclusive: bool) -> None:
    decision = rules.decide(wanted, exclusive=exclusive, held=held, now=NOW)
    assert not granted(decision) & live(held, exclusive=exclusive)


@given(wanted=scopes, held=st.lists(grounds, max_size=5), exclusive=st.booleans())
def test_nothing_is_granted_that_was_not_asked_for(wanted: Scope, held: list[HeldGround], exclusive: bool) -> None:
    decision = rules.decide(wanted, exclusive=exclusive, held=held, now=NOW)
    assert granted(decision) <= ground(wanted)


@given(wanted=scopes, held=st.lists(grounds, max_size=5), exclusive=st.booleans())
def test_what_is_neither_granted_nor_free_is_called_taken_until_it_ends(
    wanted: Scope, held: list[HeldGround], exclusive: bool
) -> None:
    decision = rules.decide(wanted, exclusive=exclusive, held=held, now=NOW)
    called_taken = set().union(*[spot(one.path, one.technique) for one in decision.taken])
    assert ground(wanted) <= granted(decision) | called_taken
    assert all(NOW < one.until <= NOW + timedelta(hours=9) for one in decision.taken)


@given(wanted=scopes, exclusive=st.booleans())
def test_free_ground_is_granted_whole(wanted: Scope, exclusive: bool) -> None:
    decision = rules.decide(wanted, exclusive=exclusive, held=[], now=NOW)
    assert decision.outcome == "granted"
    assert granted(decision) == ground(wanted)


@given(wanted=scopes, held=st.lists(grounds, max_size=5))
def test_shared_requests_disturb_only_exclusive_holders(wanted: Scope, held: list[HeldGround]) -> None:
    shared = [HeldGround(one.scope, one.until, exclusive=False) for one in held]
    assert rules.decide(wanted, exclusive=False, held=shared, now=NOW).outcome == "granted"


@given(wanted=scopes, held=st.lists(grounds, max_size=5))
def test_ground_on_another_target_is_no_obstacle(wanted: Scope, held: list[HeldGround]) -> None:
    elsewhere = [
        HeldGround(Scope("pkg:npm/x", one.scope.paths, one.scope.techniques), one.until, one.exclusive) for one in held
    ]
    assert rules.decide(wanted, exclusive=True, held=elsewhere, now=NOW).outcome == "granted"


@given(path=st.text(max_size=60))
def test_a_normalized_path_stays_inside_and_stays_normalized(path: str) -> None:
    clean = rules.normalize_path(path)
    if clean is not None:
        assert not clean.startswith("/")
        assert ".." not in clean.split("/")
        assert rules.normalize_path(clean) == clean
        assert rules.contains("", clean)
        assert rules.contains(clean, clean)


@pytest.mark.parametrize("path", ["../x", "a/../../x", "a\\..\\x", "a\nb", "a\x00b", "x" * 401])
def test_a_path_out_of_the_target_is_refused(path: str) -> None:
    assert rules.normalize_path(path) is None


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("pkg:pypi/Jinja2@3.1.4", "pkg:pypi/jinja2"),
        ("pkg:pypi/typing_extensions", "pkg:pypi/typing-extensions"),
        ("pkg:npm/%40babel/core@7", "pkg:npm/%40babel/core"),
        ("https://GitHub.com/Pallets/Jinja.git", "https://github.com/pallets/jinja"),
        ("git+https://github.com/pallets/jinja/", "http://github.com/pallets/jinja"),
    ],
)
def test_two_spellings_of_one_target_meet(one: str, other: str) -> None:
    assert normalize_target(one) == normalize_target(other)


@pytest.mark.parametrize("target", ["", "jinja2", "pkg:", "pkg:pypi", "ftp://x/y", "https://", "file:///etc/passwd"])
def test_what_is_no_target_is_refused_by_name(target: str) -> None:
    with pytest.raises(BadInput) as refusal:
        normalize_target(target)
    assert refusal.value.field == "target"


@pytest.mark.django_db
def test_requests_one_after_the_other_never_hold_the_same_exclusive_ground(world: World) -> None:
    finder, rival = world.actor("finder"), world.actor("rival")
    request_lease(finder, target=TARGET, paths=["src/jinja2/"], techniques=["fuzzing"])
    answer = request_lease(rival, target=TARGET, paths=["src/"], techniques=["fuzzing", "code-review"])
    assert answer.outcome == "partly_granted"
    assert [(one.path, one.technique) for one in answer.taken] == [("src/jinja2/", Technique.FUZZING)]
    assert {(tuple(one.techniques), tuple(one.paths), tuple(one.excluded_paths)) for one in answer.leases} == {
        (("fuzzing",), ("src/",), ("src/jinja2/",)),
        (("code-review",), ("src/",), ()),
    }


@pytest.mark.django_db
def test_an_organization_does_not_stand_in_its_own_way(world: World) -> None:
    finder = world.actor("finder")
    request_lease(finder, target=TARGET)
    assert request_lease(finder, target=TARGET).outcome == "granted"


@pytest.mark.django_db
def test_fences_grow_and_an_old_one_renews_nothing(world: World, later: Callable[..., None]) -> None:
    finder, rival = world.actor("finder"), world.actor("rival")
    first = request_lease(finder, target=TARGET, hours=1).leases[0]
    later(hours=2)
    second = request_lease(rival, target=TARGET, hours=1).leases[0]
    assert second.fence > first.fence
    with pytest.raises(Conflict):
        renew_lease(finder, first.id, fence=first.fence)
    with pytest.raises(Conflict):
        renew_lease(rival, second.id, fence=first.fence)
    assert renew_lease(rival, second.id, fence=second.fence, hours=5).expires_at > second.expires_at


@pytest.mark.django_db
def test_ground_given_back_is_free_at_once_and_giving_back_twice_is_once(world: World) -> None:
    finder, rival = world.actor("finder"), world.actor("rival")
    lease = request_lease(finder, target=TARGET).leases[0]
    assert request_lease(rival, target=TARGET).outcome == "taken"
    release_lease(finder, lease.id)
    assert release_lease(finder, lease.id, completed=False).state == "completed"
    assert request_lease(rival, target=TARGET).outcome == "granted"


@pytest.mark.django_db
def test_only_the_holder_and_the_clearinghouse_see_a_lease(world: World) -> None:
    lease = request_lease(world.actor("finder"), target=TARGET).leases[0]
    assert list(leases_of(world.actor("finder"))) == [lease]
    assert list(leases_of(world.actor("clearinghouse"))) == [lease]
    assert not leases_of(world.actor("rival")).exists()
    with pytest.raises(NotFound):
        release_lease(world.actor("rival"), lease.id)
    with pytest.raises(NotFound):
        release_lease(world.actor("clearinghouse"), lease.id)


@pytest.mark.django_db
@pytest.mark.parametrize("hours", [0, -1, 337, 10**9])
def test_a_lease_without_end_is_refused(world: World, hours: int) -> None:
    with pytest.raises(BadInput) as refusal:
        request_lease(world.actor("finder"), target=TARGET, hours=hours)
    assert refusal.value.field == "hours"
    assert not ScanLease.objects.exists()

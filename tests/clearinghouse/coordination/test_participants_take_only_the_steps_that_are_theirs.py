"""Report management, the fix path and P, X, A as services: who may say what, and what is refused with what is allowed."""

import itertools
from collections.abc import Iterator

import pytest

from seawall.clearinghouse.coordination import hooks, participants
from seawall.clearinghouse.coordination import queries as coordination
from seawall.clearinghouse.coordination.errors import TransitionRefused
from seawall.clearinghouse.coordination.models import Case, Participant
from seawall.clearinghouse.coordination.types import CaseEventKind
from seawall.foundation.access.types import Role
from seawall.foundation.platform.errors import BadInput, Forbidden, NotFound
from support import World
from support.world import Scene

pytestmark = pytest.mark.django_db
STATES: dict[str, dict[str, str]] = {
    # Vultron's table, written apart from the code.
    "start": {"receive": "received"},
    "received": {"validate": "valid", "invalidate": "invalid"},
    "invalid": {"validate": "valid", "close": "closed"},
    "valid": {"accept": "accepted", "defer": "deferred"},
    "accepted": {"defer": "deferred", "close": "closed"},
    "deferred": {"accept": "accepted", "close": "closed"},
    "closed": {},
}
STEPS = ("receive", "validate", "invalidate", "accept", "defer", "close")


@pytest.fixture
def scene(world: World) -> Scene:
    found = Scene(world)
    found.contact("vendor")
    return found


@pytest.fixture
def case_id(scene: Scene) -> str:
    found = scene.case()
    scene.accepts("vendor", found)
    return found


@pytest.fixture
def heard() -> Iterator[list[tuple[str, tuple[CaseEventKind, ...]]]]:
    said: list[tuple[str, tuple[CaseEventKind, ...]]] = []

    def handler(actor: object, case_id: str, events: tuple[CaseEventKind, ...]) -> None:  # noqa: ARG001 - the shape
        said.append((case_id, events))

    hooks.on_case_state(handler)
    hooks.on_case_state(handler)
    yield said
    hooks._CASE_STATE.remove(handler)


def of(world: World, case_id: str, name: str) -> Participant:
    return Participant.objects.get(case_id=case_id, organization_id=world.id(name))


@pytest.mark.parametrize(("state", "step"), list(itertools.product(STATES, STEPS)))
def test_every_transition_of_the_table_and_no_other(world: World, case_id: str, state: str, step: str) -> None:
    Participant.objects.filter(organization_id=world.id("vendor")).update(report_management=state)
    vendor = world.actor("vendor")
    if step in STATES[state]:
        assert participants.step_report(vendor, case_id, step).report_management == STATES[state][step]
        assert coordination.timeline(vendor, case_id)[-1].kind == "report-step"
        return
    with pytest.raises(TransitionRefused) as refusal:
        participants.step_report(vendor, case_id, step)
    assert refusal.value.status == 409
    assert set(refusal.value.allowed) == set(STATES[state])
    assert of(world, case_id, "vendor").report_management == state


def test_nobody_judges_what_it_has_not_read(world: World, scene: Scene) -> None:
    case_id = scene.case()
    with pytest.raises(TransitionRefused, match="have not read"):
        participants.step_report(world.actor("vendor"), case_id, "validate")
    scene.accepts("vendor", case_id)
    assert participants.step_report(world.actor("vendor"), case_id, "validate").report_management == "valid"


def test_who_does_not_take_part_is_told_nothing(world: World, case_id: str) -> None:
    stranger = world.actor("stranger")
    for missing in (case_id, "case_" + "a" * 26):
        with pytest.raises(NotFound):
            participants.step_report(stranger, missing, "validate")
        with pytest.raises(NotFound):
            participants.step_fix(stranger, missing, CaseEventKind.FIX_READY)
        with pytest.raises(NotFound):
            participants.record_case_state(stranger, missing, public_aware=True, reason="r")
        with pytest.raises(NotFound):
            participants.step_report(stranger, missing, "validate", organization_id=world.id("vendor"), reason="r")


def test_only_a_coordinator_speaks_for_another_and_says_why(world: World, case_id: str) -> None:
    vendor, coordinator = world.id("vendor"), world.actor("clearinghouse")
    with pytest.raises(Forbidden):
        participants.step_report(world.actor("finder"), case_id, "validate", organization_id=vendor, reason="r")
    viewer = world.actor("clearinghouse", role=Role.VIEWER)
    with pytest.raises(Forbidden):
        participants.step_report(viewer, case_id, "validate", organization_id=vendor, reason="r")
    with pytest.raises(BadInput, match="reason"):
        participants.step_report(coordinator, case_id, "validate", organization_id=vendor)
    row = participants.step_report(coordinator, case_id, "validate", organization_id=vendor, reason="said by mail")
    assert row.report_management == "valid"
    silent = of(world, case_id, "vendor").answered_at
    participants.step_report(coordinator, case_id, "accept", organization_id=vendor, reason="said by mail")
    assert of(world, case_id, "vendor").answered_at == silent  # it did not act here itself


def test_a_fix_is_ready_after_the_report_was_accepted(world: World, case_id: str) -> None:
    vendor = world.actor("vendor")
    assert of(world, case_id, "vendor").fix == "Vfd"
    with pytest.raises(TransitionRefused, match="accepted, deferred or closed"):
        participants.step_fix(vendor, case_id, CaseEventKind.FIX_READY)
    for step in ("validate", "accept"):
        participants.step_report(vendor, case_id, step)
    assert participants.step_fix(vendor, case_id, CaseEventKind.FIX_READY).fix == "VFd"
    with pytest.raises(TransitionRefused, match="Only a deployer"):
        participants.step_fix(vendor, case_id, CaseEventKind.FIX_DEPLOYED)
    with pytest.raises(TransitionRefused, match="fix_ready"):
        participants.step_fix(vendor, case_id, CaseEventKind.FIX_READY)
    Participant.objects.filter(organization_id=world.id("vendor")).update(further_roles=["deployer"])
    assert participants.step_fix(vendor, case_id, CaseEventKind.FIX_DEPLOYED).fix == "VFD"


def test_a_deployer_deploys_what_some_vendor_has_ready(world: World, case_id: str) -> None:
    Participant.objects.filter(case_id=case_id, organization_id=world.id("rival")).delete()
    known = of(world, case_id, "vendor")
    Participant.objects.create(
        case_id=case_id,
        organization_id=world.id("hospital"),
        role="deployer",
        report_management="received",
        consent="signatory",
        fix="Vfd",
        joined_at=known.joined_at,
    )
    hospital = world.actor("hospital")
    with pytest.raises(TransitionRefused) as refusal:
        participants.step_fix(hospital, case_id, CaseEventKind.FIX_DEPLOYED)
    assert refusal.value.allowed == ()
    Participant.objects.filter(pk=known.pk).update(fix="VFd")
    assert participants.step_fix(hospital, case_id, CaseEventKind.FIX_DEPLOYED).fix == "VFD"


def test_a_public_exploit_makes_the_public_and_every_vendor_aware(
    world: World, case_id: str, heard: list[tuple[str, tuple[CaseEventKind, ...]]]
) -> None:
    Participant.objects.filter(organization_id=world.id("vendor")).update(report_management="start", fix="vfd")
    case = participants.record_case_state(
        world.actor("clearinghouse"), case_id, exploit_public=True, reason="a gist with the proof"
    )
    assert (case.public_aware, case.exploit_public, case.attacks_observed) == (True, True, False)
    assert of(world, case_id, "vendor").fix == "Vfd"
    assert heard == [(case_id, (CaseEventKind.EXPLOIT_PUBLIC, CaseEventKind.PUBLIC_AWARE))]
    said = [event.text for event in coordination.timeline(world.actor("clearinghouse"), case_id)]
    assert any("An exploit is public: a gist" in text for text in said)
    assert any("know it with the public: 1" in text for text in said)


def test_what_happened_is_recorded_once_and_never_taken_back(
    world: World, case_id: str, heard: list[tuple[str, tuple[CaseEventKind, ...]]]
) -> None:
    coordinator = world.actor("clearinghouse")
    with pytest.raises(BadInput, match="reason"):
        participants.record_case_state(coordinator, case_id, attacks_observed=True, reason=" ")
    with pytest.raises(BadInput, match="Nothing was said"):
        participants.record_case_state(coordinator, case_id, reason="r")
    with pytest.raises(Forbidden):
        participants.record_case_state(world.actor("vendor"), case_id, attacks_observed=True, reason="r")
    participants.record_case_state(coordinator, case_id, attacks_observed=True, reason="r")
    participants.record_case_state(coordinator, case_id, attacks_observed=True, public_aware=False, reason="r")
    assert len(heard) == 1
    with pytest.raises(TransitionRefused) as refusal:
        participants.record_case_state(coordinator, case_id, attacks_observed=False, reason="r")
    assert set(refusal.value.allowed) == {"public_aware", "exploit_public"}
    assert Case.objects.get(pk=case_id).attacks_observed

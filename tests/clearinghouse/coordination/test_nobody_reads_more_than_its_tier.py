"""Read-in tiers: what each sees is the table's row and nothing else, until its end; two worlds that differ in all that
a tier may not see are one to it.
"""

import dataclasses
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from seawall.clearinghouse.coordination import inviting, queries, reading
from seawall.clearinghouse.coordination.inviting import Outcome, Wish
from seawall.clearinghouse.coordination.models import Case, Participant, VendorStatement
from seawall.clearinghouse.coordination.tiers import VISIBLE
from seawall.clearinghouse.coordination.types import ParticipantRole, Tier
from seawall.clearinghouse.intake import queries as intake
from seawall.foundation.platform import clock
from seawall.foundation.platform.errors import BadInput, Conflict, Forbidden, NotFound
from support import World
from support.world import JINJA, Scene, confirmed

pytestmark = pytest.mark.django_db
OBSERVER = ParticipantRole.OBSERVER


@pytest.fixture
def scene(world: World) -> Scene:
    found = Scene(world)
    found.contact("vendor")
    return found


def read_in(world: World, case_id: str, name: str, tier: Tier, **days: float) -> None:
    inviting.invite(
        world.actor("clearinghouse"),
        case_id,
        [Wish(organization_id=world.id(name))],
        reason="needed for the release",
        role=OBSERVER,
        tier=tier,
        until=clock.now() + timedelta(**days or {"days": 7}),
    )


def test_the_table_is_the_published_one() -> None:
    names = {tier: {part.value for part in parts} for tier, parts in VISIBLE.items()}
    assert names == {
        0: {"flaw", "people", "package", "fix", "date"},
        1: {"flaw", "package", "fix", "date"},
        2: {"package", "fix", "date"},
        3: {"artifact", "go_live"},
    }


def test_a_distributor_sees_fix_and_date_and_a_registry_artifact_and_time(world: World, scene: Scene) -> None:
    case_id = scene.case()
    ends = Case.objects.get(pk=case_id).embargo_ends_at
    for name, tier in (("evaluator", Tier.DISTRIBUTORS), ("lab", Tier.REGISTRIES)):
        read_in(world, case_id, name, tier)
        with pytest.raises(NotFound):
            reading.brief(world.actor(name), case_id)  # not before it has accepted
        scene.accepts(name, case_id)
    distributor, registry = (reading.brief(world.actor(name), case_id) for name in ("evaluator", "lab"))
    assert (distributor.package, distributor.date) == (JINJA, ends)
    assert distributor.fixes == (reading.Fixed(JINJA, "3.1.6"),)
    assert (distributor.artifacts, distributor.go_live_at) == (None, None)
    assert (registry.package, registry.fixes, registry.date) == (None, None, None)
    assert (registry.artifacts, registry.go_live_at) == ((reading.Fixed(JINJA, "3.1.6"),), ends)
    for name in ("evaluator", "lab"):
        actor = world.actor(name)
        assert not queries.cases_of(actor).exists()
        assert not intake.reports_of(actor).exists()
        assert reading.briefs_of(actor) == [case_id]
        for read in (queries.case, queries.timeline, queries.links, queries.participants, reading.log_subjects):
            with pytest.raises(NotFound):
                read(actor, case_id)


def test_an_expert_sees_the_flaw_and_not_who_else_knows(world: World, scene: Scene) -> None:
    case_id = scene.case()
    read_in(world, case_id, "evaluator", Tier.EXPERTS)
    scene.accepts("evaluator", case_id)
    expert = world.actor("evaluator")
    assert queries.case(expert, case_id).title
    assert intake.reports_of(expert).count() == 1
    assert queries.timeline(expert, case_id) == []
    roles = {(one.organization_id, one.role) for one in queries.participants(expert, case_id)}
    assert roles == {(world.id("evaluator"), "observer"), (world.id("clearinghouse"), "coordinator")}
    with pytest.raises(NotFound):
        reading.log_subjects(expert, case_id)
    assert not queries.cases_with_people(expert).exists()
    assert world.api("evaluator").get(f"/cases/{case_id}/log").status == 404
    browser = scene.browser("evaluator")
    assert browser.get(f"/log?subject={case_id}").status_code == 404
    assert case_id not in browser.get("/log").content.decode()
    assert world.api("finder").get(f"/cases/{case_id}/log").status == 200
    assert queries.cases_with_people(world.actor("finder")).exists()


@pytest.mark.parametrize(("name", "tier"), [("evaluator", Tier.DISTRIBUTORS), ("lab", Tier.REGISTRIES)])
def test_two_worlds_that_differ_in_what_it_may_not_see_look_alike(
    world: World, scene: Scene, name: str, tier: Tier
) -> None:
    case_id = scene.case()
    read_in(world, case_id, name, tier)
    scene.accepts(name, case_id)

    def seen() -> list[Any]:
        actor = world.actor(name)
        api = world.api(name)
        shown: list[Any] = [dataclasses.asdict(reading.brief(actor, case_id)), reading.briefs_of(actor)]
        for path in (f"/cases/{case_id}", f"/cases/{case_id}/log", "/cases", "/reports", "/invitations"):
            answer = api.get(path)
            body = dict(answer.body)
            body.pop("request_id", None)
            shown.append((path, answer.status, body))
        return shown

    one = seen()
    Case.objects.filter(pk=case_id).update(
        title="Quite another flaw",
        failure="code-execution",
        identifiers=["CVE-2030-1"],
        weaknesses=["CWE-1"],
        severity="CVSS:3.1/AV:P",
        affected=[{"introduced": "2.0", "fixed": "3.1.6"}],
        attacks_observed=True,
    )
    read_in(world, case_id, "bank", Tier.EXPERTS)
    scene.accepts("vendor", case_id)
    VendorStatement.objects.create(
        case_id=case_id,
        organization_id=world.id("vendor"),
        product=JINJA,
        status="affected",
        text="secret",
        made_by="x",
        made_at=clock.now(),
    )
    assert seen() == one


def test_after_its_end_a_reader_finds_nothing_that_was_ever_there(
    world: World, scene: Scene, later: Callable[..., None]
) -> None:
    case_id = scene.case()
    absent = "case_" + "a" * 26
    read_in(world, case_id, "evaluator", Tier.EXPERTS, hours=2)
    read_in(world, case_id, "lab", Tier.DISTRIBUTORS, hours=2)
    for name in ("evaluator", "lab"):
        scene.accepts(name, case_id)
    assert queries.case(world.actor("evaluator"), case_id)
    assert reading.brief(world.actor("lab"), case_id)
    later(hours=3)
    for name in ("evaluator", "lab"):
        api = world.api(name)
        for path in ("", "/log"):
            there, not_there = (api.get(f"/cases/{one}{path}") for one in (case_id, absent))
            for answer in (there, not_there):
                answer.body.pop("request_id")
            assert there.status == 404
            assert there.body == not_there.body
        assert api.post(f"/cases/{case_id}/answer-invitation", {"accept": True}).status == 404
        assert reading.briefs_of(world.actor(name)) == []
        assert not intake.reports_of(world.actor(name)).exists()
    coordinator = world.actor("clearinghouse")
    inviting.set_reading(
        coordinator, case_id, world.id("lab"), reason="the release slipped", until=clock.now() + timedelta(days=1)
    )
    assert reading.brief(world.actor("lab"), case_id).package == JINJA


def test_reading_is_cut_at_once(world: World, scene: Scene) -> None:
    case_id = scene.case()
    scene.accepts("vendor", case_id)
    coordinator = world.actor("clearinghouse")
    inviting.set_reading(coordinator, case_id, world.id("vendor"), reason="it leaked", until=clock.now())
    with pytest.raises(NotFound):
        queries.case(world.actor("vendor"), case_id)
    inviting.set_reading(coordinator, case_id, world.id("vendor"), reason="it did not", forever=True)
    assert queries.case(world.actor("vendor"), case_id)


def test_a_whole_call_is_answered_row_by_row(world: World, scene: Scene) -> None:
    case_id = scene.case()
    scene.contact("stranger", "pkg:npm/left-pad")
    said = inviting.invite(
        world.actor("clearinghouse"),
        case_id,
        [
            Wish(organization_id=world.id("lab")),
            Wish(organization_id=world.id("lab")),
            Wish(organization_id=world.id("vendor")),
            Wish(organization_id="org_" + "a" * 26),
            Wish(package="pkg:npm/left-pad@1.3.0"),
            Wish(package="pkg:npm/nobodys"),
            Wish(package="left-pad"),
            Wish(package="affected"),
        ],
        reason="they ship it",
    )
    assert [(one.organization, one.outcome) for one in said] == [
        ("lab", Outcome.INVITED),
        ("lab", Outcome.ALREADY),
        ("vendor", Outcome.ALREADY),
        ("", Outcome.UNKNOWN),
        ("stranger", Outcome.INVITED),
        ("", Outcome.NO_CONTACT),
        ("", Outcome.BAD_PACKAGE),
        ("vendor", Outcome.ALREADY),
    ]
    assert [one.case_id for one in queries.invitations_of(world.actor("lab"))] == [case_id]


def test_who_declined_can_be_asked_again(world: World, scene: Scene) -> None:
    case_id = scene.case()
    Participant.objects.filter(organization_id=world.id("vendor")).update(consent="declined")
    [said] = inviting.invite(
        world.actor("clearinghouse"), case_id, [Wish(organization_id=world.id("vendor"))], reason="they asked"
    )
    assert said.outcome is Outcome.INVITED_AGAIN
    scene.accepts("vendor", case_id)


WRONG: list[tuple[str, dict[str, Any]]] = [
    ("an expert without an end", {"tier": Tier.EXPERTS, "role": OBSERVER}),
    ("an end that is over", {"tier": Tier.EXPERTS, "role": OBSERVER, "until": timedelta(days=-1)}),
    ("a vendor that sees the date only", {"tier": Tier.DISTRIBUTORS, "until": timedelta(days=1)}),
    ("a coordinator", {"role": ParticipantRole.COORDINATOR}),
    ("no reason", {"reason": " "}),
    ("nobody", {"wishes": []}),
    ("a crowd", {"wishes": [Wish(organization_id="org_x")] * 501}),
    ("neither", {"wishes": [Wish()]}),
    ("both", {"wishes": [Wish("org_x", "pkg:npm/x")]}),
]


@pytest.mark.parametrize("said", [row[1] for row in WRONG], ids=[row[0] for row in WRONG])
def test_what_makes_no_sense_is_refused(world: World, scene: Scene, said: dict[str, Any]) -> None:
    case_id = scene.case()
    known: dict[str, Any] = {"wishes": [Wish(organization_id=world.id("lab"))], "reason": "r", **said}
    if isinstance(known.get("until"), timedelta):
        known["until"] = clock.now() + known["until"]
    with pytest.raises(BadInput):
        inviting.invite(world.actor("clearinghouse"), case_id, known.pop("wishes"), **known)
    assert not Participant.objects.filter(case_id=case_id, organization_id=world.id("lab")).exists()


def test_only_coordinators_invite_and_extend(world: World, scene: Scene) -> None:
    case_id = scene.case()
    wish = [Wish(organization_id=world.id("lab"))]
    with pytest.raises(Forbidden):
        inviting.invite(world.actor("finder"), case_id, wish, reason="r")
    with pytest.raises(NotFound):
        inviting.invite(world.actor("stranger"), case_id, wish, reason="r")
    with pytest.raises(NotFound):
        inviting.set_reading(world.actor("clearinghouse"), case_id, world.id("lab"), reason="r", forever=True)
    scene.published(case_id)
    with pytest.raises(Conflict):
        inviting.invite(world.actor("clearinghouse"), case_id, wish, reason="r")


def test_a_merge_opens_nothing(world: World, scene: Scene) -> None:
    from seawall.clearinghouse.coordination import merging  # noqa: PLC0415 - its room is being moved

    older = scene.case()
    newer = scene.case(
        "rival",
        result=confirmed(signature="secret-read/1:elsewhere@other", runs=(), oracle="secret-read"),
        title="Another",
        identifiers=("CVE-2026-9999",),
        symbols=("x.y",),
        paths=("x.py",),
    )
    assert older != newer
    read_in(world, newer, "lab", Tier.DISTRIBUTORS)
    scene.accepts("lab", newer)
    merging.merge_cases(world.actor("clearinghouse"), newer, older, reason="one fix")
    row = Participant.objects.get(case_id=older, organization_id=world.id("lab"))
    assert row.tier == Tier.DISTRIBUTORS
    assert row.until is not None
    with pytest.raises(NotFound):
        queries.case(world.actor("lab"), older)

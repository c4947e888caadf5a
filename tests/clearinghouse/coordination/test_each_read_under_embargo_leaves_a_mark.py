"""Who read what: while the embargo holds, each way to a case's content leaves a row and a log entry, once an hour."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from seawall.clearinghouse.coordination import inviting, reading
from seawall.clearinghouse.coordination.inviting import Wish
from seawall.clearinghouse.coordination.models import Case, CaseReading, Participant
from seawall.clearinghouse.coordination.types import ParticipantRole, ReadKind, Tier
from seawall.foundation.platform import clock
from seawall.foundation.platform.errors import Forbidden, NotFound
from seawall.foundation.transparency import queries as transparency
from seawall.foundation.transparency import services as log
from seawall.foundation.transparency.errors import LogUnavailable
from seawall.foundation.transparency.models import LogOpening
from support import World
from support.world import Scene

pytestmark = pytest.mark.django_db


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


def marks(world: World, case_id: str) -> set[tuple[str, str]]:
    return {(one.organization, str(one.what)) for one in reading.readers_of(world.actor("clearinghouse"), case_id)} - {
        ("clearinghouse", "case")  # asking who reads is reading
    }


def report_of(world: World, case_id: str) -> str:
    return str(world.api("vendor").get(f"/cases/{case_id}").body["links"][0]["report_id"])


def test_every_door_to_a_case_leaves_its_mark(world: World, scene: Scene, case_id: str) -> None:
    report = report_of(world, case_id)
    CaseReading.objects.all().delete()
    api, browser = world.api("vendor"), scene.browser("vendor")
    doors: dict[str, tuple[Callable[[], int], str]] = {
        "API, case": (lambda: api.get(f"/cases/{case_id}").status, "case"),
        "API, log of the case": (lambda: api.get(f"/cases/{case_id}/log").status, "case"),
        "API, report": (lambda: api.get(f"/reports/{report}").status, "report"),
        "API, verdict": (lambda: api.get(f"/reports/{report}/validation").status, "report"),
        "API, log of the report": (lambda: api.get(f"/reports/{report}/log").status, "report"),
        "page, case": (lambda: browser.get(f"/cases/{case_id}").status_code, "case"),
        "page, report": (lambda: browser.get(f"/reports/{report}").status_code, "report"),
        "page, log": (lambda: browser.get(f"/log?subject={case_id}").status_code, "case"),
        "page, HEAD": (lambda: browser.head(f"/cases/{case_id}").status_code, "case"),
    }
    for name, (read, what) in doors.items():
        CaseReading.objects.all().delete()
        assert read() == 200, name
        assert ("vendor", what) in marks(world, case_id), name


def test_one_mark_an_hour_and_the_log_knows_it(
    world: World, scene: Scene, case_id: str, later: Callable[..., None]
) -> None:
    api = world.api("vendor")
    for _ in range(3):
        api.get(f"/cases/{case_id}")
    assert CaseReading.objects.filter(organization_id=world.id("vendor"), what="case").count() == 1
    later(hours=1)
    api.get(f"/cases/{case_id}")
    coordinator = world.actor("clearinghouse")
    [mine] = [one for one in reading.readers_of(coordinator, case_id) if one.organization == "vendor"]
    assert (mine.what, mine.hours) == (ReadKind.CASE, 2)
    subjects = reading.log_subjects(coordinator, case_id)
    opened = {one.index: one for one in transparency.openings(coordinator, subjects)}
    assert opened[mine.log_index].kind == "case.read"
    assert opened[mine.log_index].payload["what"] == "case"
    scene.checkpoint()
    assert transparency.inclusion_proof(coordinator, mine.log_index)


def test_only_coordinator_and_owner_see_who_reads(world: World, case_id: str) -> None:
    world.api("vendor").get(f"/cases/{case_id}")
    vendor, finder = world.actor("vendor"), world.actor("finder")
    for actor in (vendor, finder):
        with pytest.raises(Forbidden):
            reading.readers_of(actor, case_id)
        assert reading.log_subjects(actor, case_id) == [case_id]
    with pytest.raises(NotFound):
        reading.readers_of(world.actor("stranger"), case_id)
    Participant.objects.filter(organization_id=world.id("vendor")).update(further_roles=["case_owner"])
    assert {one.organization for one in reading.readers_of(vendor, case_id)} >= {"vendor"}
    assert "case.read" not in {one.kind for one in transparency.openings(finder, reading.log_subjects(finder, case_id))}


def test_a_finder_reading_its_own_report_leaves_no_mark(world: World, case_id: str) -> None:
    report = report_of(world, case_id)
    world.api("finder").get(f"/reports/{report}")
    assert not CaseReading.objects.filter(organization_id=world.id("finder")).exists()


def test_a_brief_is_marked_as_one(world: World, scene: Scene, case_id: str) -> None:
    inviting.invite(
        world.actor("clearinghouse"),
        case_id,
        [Wish(organization_id=world.id("lab"))],
        reason="r",
        role=ParticipantRole.OBSERVER,
        tier=Tier.REGISTRIES,
        until=clock.now() + timedelta(days=30),
    )
    scene.accepts("lab", case_id)
    reading.brief(world.actor("lab"), case_id)
    assert ("lab", "brief") in marks(world, case_id)


def test_after_the_embargo_reading_leaves_no_mark(world: World, case_id: str) -> None:
    CaseReading.objects.all().delete()
    Case.objects.filter(pk=case_id).update(embargo="exited")
    CaseReading.objects.all().delete()
    marked = LogOpening.objects.filter(kind="case.read").count()
    report = report_of(world, case_id)
    world.api("vendor").get(f"/reports/{report}")
    assert not CaseReading.objects.exists()
    assert LogOpening.objects.filter(kind="case.read").count() == marked


def test_what_cannot_be_marked_is_not_shown(world: World, case_id: str, monkeypatch: pytest.MonkeyPatch) -> None:
    api = world.api("vendor")

    def broken(*_: object) -> None:
        raise LogUnavailable("The log cannot be written.")

    monkeypatch.setattr(log, "_append", broken)
    answer = api.get(f"/cases/{case_id}")
    assert answer.status == 503
    assert "attr filter" not in answer.content.decode()
    assert not CaseReading.objects.filter(organization_id=world.id("vendor")).exists()


def test_who_may_not_read_leaves_no_mark(world: World, case_id: str) -> None:
    assert world.api("stranger").get(f"/cases/{case_id}").status == 404
    assert not CaseReading.objects.exclude(organization_id=world.id("clearinghouse")).exists()

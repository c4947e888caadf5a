"""At the deadline, once the public knows, or by a person; not a second early, whatever somebody does to the clock."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.db import transaction

from seawall.clearinghouse.coordination import participants, publication
from seawall.clearinghouse.coordination.embargoes import binding, clocks, queries, services
from seawall.clearinghouse.coordination.embargoes.models import AnswerDue, ClockMark
from seawall.clearinghouse.coordination.embargoes.types import PreparationKind
from seawall.clearinghouse.coordination.models import Case, Participant
from seawall.clearinghouse.coordination.queries import cases_of
from seawall.clearinghouse.distribution.queries import notices_of
from seawall.foundation.access.types import Actor
from seawall.foundation.jobs.models import Job
from seawall.foundation.platform import clock
from seawall.foundation.platform.errors import BadInput, Conflict, Forbidden
from support import World
from support.world import Scene

from .conftest import DAY, HOUR, SECOND, ends_at

pytestmark = pytest.mark.django_db
Move = Callable[..., None]
Ticked = Callable[[str], Case]


def titles(world: World, name: str, kind: str = "embargo") -> list[str]:
    return [notice.title for notice in notices_of(world.actor(name)).filter(kind=kind).order_by("created_at", "id")]


def test_a_second_before_the_end_it_holds_and_at_the_end_it_is_over(scene: Scene, at: Move, ticked: Ticked) -> None:
    case_id = scene.case()
    end = ends_at(Case.objects.get(pk=case_id))
    publication.propose_publication(scene.world.actor("clearinghouse"), case_id, reason="When it is over.")
    at(end - SECOND)
    assert ticked(case_id).embargo == "active"
    with pytest.raises(Conflict, match="still holds"):
        publication.approve_publication(scene.world.second(), case_id, reason="Now?")
    at(end - timedelta(microseconds=1))
    assert ticked(case_id).embargo == "active"
    at(end)
    case = ticked(case_id)
    assert case.embargo == "exited"
    assert case.published_at is None, "people publish"
    ended = case.events.filter(kind="embargo-ended").get()
    assert "Seawall's default: 90 days from" in ended.text
    assert "UTC" in ended.text
    publication.approve_publication(scene.world.second(), case_id, reason="Now.")


def test_the_job_does_it_through_the_queue(scene: Scene, at: Move) -> None:
    case_id = scene.case()
    end = ends_at(Case.objects.get(pk=case_id))
    for moment in (end - 7 * DAY, end - 2 * DAY, end - SECOND):
        at(moment)
        scene.works()
        assert Case.objects.get(pk=case_id).embargo == "active"
    at(end)
    scene.works()
    assert Case.objects.get(pk=case_id).embargo == "exited"
    assert not Job.objects.filter(kind=binding.TICK, subject_id=case_id, state="failed").exists()


@pytest.mark.parametrize("before", [timedelta(minutes=1), timedelta(minutes=30), timedelta(minutes=59, seconds=59)])
def test_a_clock_that_is_set_an_hour_forward_ends_nothing_early(
    scene: Scene, at: Move, ticked: Ticked, before: timedelta
) -> None:
    case_id = scene.case()
    end = ends_at(Case.objects.get(pk=case_id))
    at(end - before)
    ticked(case_id)
    at(end - before + HOUR, steady=False)
    assert ticked(case_id).embargo == "active"
    scene.works()
    assert Case.objects.get(pk=case_id).embargo == "active"
    assert Job.objects.filter(kind=binding.TICK, state="queued", run_after__gt=clock.now()).exists(), "it comes again"
    at(end + SECOND)  # the time has really passed
    at(end + HOUR, steady=False)  # and the clock is still an hour ahead
    assert ticked(case_id).embargo == "exited"


def test_a_clock_that_is_set_an_hour_back_reopens_nothing(scene: Scene, at: Move, ticked: Ticked) -> None:
    case_id = scene.case()
    end = ends_at(Case.objects.get(pk=case_id))
    at(end)
    assert ticked(case_id).embargo == "exited"
    at(end - HOUR, steady=False)
    assert ticked(case_id).embargo == "exited"
    with transaction.atomic():
        services.schedule_watch(Actor.system("test"))
        services.catch_up(Actor.system("test"), "2027-01-01T00")
    scene.works()
    assert Case.objects.get(pk=case_id).embargo == "exited"


def test_a_step_that_stands_for_a_day_is_a_correction(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    scene.case()
    begun, steady = clock.now(), clock.steady()
    assert clocks.now() <= clock.now()

    def set_to(wall: datetime, passed: timedelta) -> datetime:
        monkeypatch.setattr(clock, "now", lambda: wall)
        monkeypatch.setattr(clock, "steady", lambda: steady + passed.total_seconds())
        return clocks.now()

    assert set_to(begun + 3 * HOUR, HOUR) < begun + HOUR + SECOND
    assert set_to(begun + 25 * HOUR, 23 * HOUR) < begun + 23 * HOUR + SECOND
    # A second more than the day: seconds since the start are a float.
    assert set_to(begun + 27 * HOUR + SECOND, 25 * HOUR + SECOND) == begun + 27 * HOUR + SECOND
    assert set_to(begun + 26 * HOUR, 25 * HOUR + SECOND) == begun + 26 * HOUR, (
        "back is believed at once: it only delays"
    )
    assert ClockMark.objects.count() == 1


@pytest.mark.parametrize("said", [{"public_aware": True}, {"exploit_public": True}])
def test_what_is_public_ends_the_embargo_at_once(scene: Scene, said: dict[str, bool]) -> None:
    scene.contact("vendor")
    case_id = scene.case()
    participants.record_case_state(scene.world.actor("clearinghouse"), case_id, **said, reason="On a public list.")
    case = Case.objects.get(pk=case_id)
    assert (case.embargo, case.public_aware) == ("exited", True)
    assert "The embargo of a case has ended" in titles(scene.world, "finder")
    assert not AnswerDue.objects.filter(case=case).exists()
    with pytest.raises(Conflict, match="public"):
        services.propose_terms(
            scene.world.actor("finder"), case_id, until=clock.now() + DAY, reason="Put it back under embargo."
        )


def test_attacks_shorten_it_and_ask_a_coordinator(scene: Scene) -> None:
    case_id = scene.case(severity="CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H")
    participants.record_case_state(
        scene.world.actor("clearinghouse"), case_id, attacks_observed=True, reason="Seen at two operators."
    )
    case = Case.objects.get(pk=case_id)
    assert case.embargo == "active"
    assert ends_at(case) <= clock.now() + 7 * DAY + SECOND
    assert any("should it end" in title for title in titles(scene.world, "clearinghouse"))
    moved = case.events.filter(kind="embargo-moved").get()
    assert "7 days for a critical flaw under attack" in moved.text


def test_silence_is_declined_after_seven_days_and_an_answer_is_not(scene: Scene, at: Move, ticked: Ticked) -> None:
    scene.contact("vendor")
    case_id = scene.case()
    due = AnswerDue.objects.get(case_id=case_id, organization_id=scene.world.id("vendor")).due_at
    vendor = Participant.objects.get(case_id=case_id, organization_id=scene.world.id("vendor"))
    assert timedelta(days=7) <= due - vendor.joined_at <= timedelta(days=7, seconds=2)
    at(due - SECOND)
    ticked(case_id)
    vendor.refresh_from_db()
    assert vendor.consent == "invited"
    at(due)
    ticked(case_id)
    vendor.refresh_from_db()
    assert vendor.consent == "declined"
    assert "An invitation was not answered" in titles(scene.world, "clearinghouse")
    with pytest.raises(ValueError, match="72 hours"):
        binding.await_answers(Case.objects.get(pk=case_id), ["org_x"], within=timedelta(hours=1))


def test_whoever_answered_in_time_is_left_alone(scene: Scene, at: Move, ticked: Ticked) -> None:
    scene.contact("vendor")
    case_id = scene.case()
    scene.accepts("vendor", case_id)
    due = AnswerDue.objects.get(case_id=case_id).due_at
    at(due)
    ticked(case_id)
    assert Participant.objects.get(case_id=case_id, organization_id=scene.world.id("vendor")).consent == "signatory"
    assert not AnswerDue.objects.exists()


def test_whoever_was_invited_without_a_deadline_gets_one(scene: Scene) -> None:
    scene.contact("vendor")
    case_id = scene.case()
    AnswerDue.objects.all().delete()
    with transaction.atomic():
        services.catch_up(Actor.system("test"), "now")
    due = AnswerDue.objects.get(case_id=case_id).due_at
    assert due > clock.now() + timedelta(hours=72)


def test_an_overdue_embargo_whose_job_is_lost_is_ended_by_the_hourly_watch(scene: Scene, at: Move) -> None:
    case_id = scene.case()
    end = ends_at(Case.objects.get(pk=case_id))
    scene.works()
    Job.objects.filter(kind=binding.TICK).delete()
    with transaction.atomic():
        services.schedule_watch(Actor.system("test"))
    at(end + HOUR)
    scene.works()
    assert Case.objects.get(pk=case_id).embargo == "exited"
    assert Job.objects.filter(kind=services.WATCH, state="queued").exists(), "and queues its successor"


def test_a_case_from_before_terms_is_taken_up(scene: Scene) -> None:
    case_id = scene.case()
    case = Case.objects.get(pk=case_id)
    end = case.embargo_ends_at
    case.terms.all().delete()
    with transaction.atomic():
        services.catch_up(Actor.system("test"), "now")
    case.refresh_from_db()
    assert (case.terms.count(), case.embargo_ends_at) == (1, end)


def test_reminders_come_once_at_seven_and_two_days_and_say_what_lacks(scene: Scene, at: Move, ticked: Ticked) -> None:
    scene.contact("vendor")
    case_id = scene.case(affected=())
    scene.accepts("vendor", case_id)
    end = ends_at(Case.objects.get(pk=case_id))
    at(end - 7 * DAY - SECOND)
    ticked(case_id)
    assert not [title for title in titles(scene.world, "clearinghouse") if "ends in" in title]
    for moment in (end - 7 * DAY, end - 6 * DAY, end - 2 * DAY, end - DAY):
        at(moment)
        ticked(case_id)
    found = [title for title in titles(scene.world, "clearinghouse") if "ends in" in title]
    assert found == ["An embargo ends in 7 days", "An embargo ends in 2 days"]
    notice = notices_of(scene.world.actor("vendor")).filter(kind="embargo", title__contains="ends in").last()
    assert notice is not None
    assert "no statement of vendor" in notice.body
    finder = notices_of(scene.world.actor("finder")).filter(kind="embargo", title__contains="ends in").last()
    assert finder is not None
    assert "credit" in finder.body


def test_a_reminder_tells_nothing_of_the_case_to_whoever_has_not_signed(scene: Scene, at: Move, ticked: Ticked) -> None:
    scene.contact("vendor")
    case_id = scene.case(affected=())
    end = ends_at(Case.objects.get(pk=case_id))
    Participant.objects.filter(case_id=case_id, organization_id=scene.world.id("vendor")).update(consent="lapsed")
    AnswerDue.objects.all().delete()
    at(end - 7 * DAY)
    ticked(case_id)
    bodies = [one.body for one in notices_of(scene.world.actor("vendor")).filter(kind="embargo")]
    assert bodies
    assert all("finder" not in body and "version" not in body for body in bodies)


def test_whoever_has_lost_the_case_is_told_nothing_more_of_it(scene: Scene, at: Move, ticked: Ticked) -> None:
    scene.contact("vendor")
    case_id = scene.case(affected=())
    end = ends_at(Case.objects.get(pk=case_id))
    scene.accepts("vendor", case_id)
    mine = Participant.objects.filter(case_id=case_id, organization_id=scene.world.id("vendor"))
    mine.update(until=end - 8 * DAY)
    for moment in (end - 7 * DAY, end - 2 * DAY, end):
        at(moment)
        ticked(case_id)
    assert titles(scene.world, "vendor") == []
    assert titles(scene.world, "finder")


def test_everything_ready_is_said(scene: Scene) -> None:
    case_id = scene.case()
    world = scene.world
    services.prepare(world.actor("finder"), case_id, PreparationKind.CREDIT)
    services.prepare(world.actor("clearinghouse"), case_id, PreparationKind.PUBLISHER)
    missing = [item.key for item in queries.readiness(world.actor("finder"), case_id).missing]
    assert missing == ["people"]
    services.prepare(world.second(), case_id, PreparationKind.PUBLISHER)
    services.prepare(world.second(), case_id, PreparationKind.PUBLISHER)
    assert queries.readiness(world.actor("finder"), case_id).ready
    with pytest.raises(Forbidden):
        services.prepare(world.actor("finder"), case_id, PreparationKind.STATEMENT, text="x")
    with pytest.raises(Forbidden):
        services.prepare(world.actor("finder"), case_id, PreparationKind.PUBLISHER)
    with pytest.raises(BadInput):
        services.prepare(world.actor("clearinghouse"), case_id, PreparationKind.NO_CVE, text="  ")


def test_after_the_end_the_content_is_open_to_participants(scene: Scene, at: Move, ticked: Ticked) -> None:
    scene.contact("vendor")
    case_id = scene.case()
    vendor = scene.world.actor("vendor")
    assert not cases_of(vendor).exists()
    at(ends_at(Case.objects.get(pk=case_id)))
    ticked(case_id)
    assert cases_of(vendor).filter(pk=case_id).exists()


def test_a_vendor_that_is_silent_for_thirty_days_is_brought_before_a_coordinator_once(
    scene: Scene, at: Move, ticked: Ticked
) -> None:
    scene.contact("vendor")
    case_id = scene.case()
    opened = Case.objects.get(pk=case_id).opened_at
    at(opened + 29 * DAY)
    ticked(case_id)
    assert "No vendor has answered" not in titles(scene.world, "clearinghouse")
    for days in (31, 32):
        at(opened + days * DAY)
        ticked(case_id)
    assert titles(scene.world, "clearinghouse").count("No vendor has answered") == 1


def test_the_end_deletes_every_deadline_and_no_watch_brings_them_back(scene: Scene) -> None:
    scene.contact("vendor")
    case_id = scene.case()
    services.end_embargo(scene.world.actor("clearinghouse"), case_id, reason="The fix is out.")
    with transaction.atomic():
        services.catch_up(Actor.system("test"), "now")
    assert not AnswerDue.objects.exists()

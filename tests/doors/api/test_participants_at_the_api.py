"""Participants over the API: steps with what is allowed, statements, many invitations, readers, briefs, contacts, SSVC."""

from datetime import timedelta, timezone
from typing import Any

import pytest

from seawall.clearinghouse.coordination.models import Participant
from seawall.foundation.access.types import OrganizationKind
from seawall.foundation.identity.services import create_organization
from seawall.foundation.platform import clock
from support import KEEPER, World
from support.world import JINJA, Scene

pytestmark = pytest.mark.django_db


@pytest.fixture
def case_id(world: World) -> str:
    scene = Scene(world)
    scene.contact("vendor")
    found = scene.case()
    scene.accepts("vendor", found)
    return found


def test_a_vendor_walks_its_report_and_its_fix(world: World, case_id: str) -> None:
    api = world.api("vendor")

    def step(name: str, path: str = "report-step", **more: Any) -> Any:
        return api.post(f"/cases/{case_id}/{path}", {"step": name, **more})

    refused = step("accept")
    assert (refused.status, refused.code) == (409, "transition-refused")
    assert refused.body["allowed"] == ["invalidate", "validate"]
    assert "'accept' is not possible from 'received'" in refused.body["detail"]
    assert step("validate").body["report_steps"] == ["accept", "defer"]
    assert step("fix_ready", "fix-step").status == 409
    accepted = step("accept").body
    assert (accepted["report_management"], accepted["fix_steps"]) == ("accepted", ["fix_ready"])
    assert step("fix_ready", "fix-step").body["fix"] == "VFd"
    assert step("no such step").status == 422
    assert step("close", organization_id=world.id("finder")).status == 403
    assert world.api("stranger").post(f"/cases/{case_id}/report-step", {"step": "validate"}).status == 404


def test_a_statement_is_made_once_a_key_and_shown_with_its_history(world: World, case_id: str) -> None:
    api = world.api("vendor")
    said = {"product": "pkg:deb/debian/jinja2", "status": "under_investigation"}
    key = {"Idempotency-Key": "k-1"}
    first = api.post(f"/cases/{case_id}/statements", said, headers=key)
    assert (first.status, api.post(f"/cases/{case_id}/statements", said, headers=key).body) == (200, first.body)
    assert api.post(f"/cases/{case_id}/statements", {**said, "status": "fixed"}).body["field"] == "fixed_version"
    api.post(f"/cases/{case_id}/statements", {**said, "status": "fixed", "fixed_version": "3.1.2-1"})
    table = api.get(f"/cases/{case_id}/vendors").body
    assert [(row["organization"], row["status"], row["fixed_version"]) for row in table["items"]] == [
        ("vendor", "fixed", "3.1.2-1")
    ]
    assert table["counts"] == {"fixed": 1, "silent": 0}
    history = api.get(f"/cases/{case_id}/statements?limit=1").body
    assert [one["status"] for one in history["items"]] == ["fixed"]
    older = api.get(f"/cases/{case_id}/statements?limit=1&cursor={history['next']}").body
    assert [one["status"] for one in older["items"]] == ["under_investigation"]
    assert older["items"][0]["superseded_at"] is not None


def test_150_vendors_are_invited_in_one_call(world: World, case_id: str) -> None:
    vendors = [create_organization(KEEPER, f"Vendor {number}", OrganizationKind.VENDOR).id for number in range(150)]
    api = world.api("clearinghouse")
    rows = [{"organization_id": one} for one in vendors] + [{"package": "pkg:npm/unknown"}, {"package": "nonsense"}]
    answer = api.post(f"/cases/{case_id}/invitations", {"rows": rows, "reason": "they ship it"})
    assert answer.status == 200
    outcomes = [row["outcome"] for row in answer.body["rows"]]
    assert outcomes == ["invited"] * 150 + ["no_contact", "bad_package"]
    page = api.get(f"/cases/{case_id}/vendors?show=silent&limit=100").body
    assert (len(page["items"]), page["counts"]["silent"], page["vendors"]) == (100, 150, 151)
    following = api.get(f"/cases/{case_id}/vendors?show=silent&limit=100&cursor={page['next']}").body
    assert (len(following["items"]), following["next"]) == (50, None)
    assert api.get(f"/cases/{case_id}/vendors?find=vendor%20149").body["items"][0]["organization"] == "Vendor 149"
    assert world.api("finder").post(f"/cases/{case_id}/invitations", {"rows": rows, "reason": "r"}).status == 403


def test_a_brief_ends_with_its_time_and_can_be_extended(world: World, case_id: str) -> None:
    coordinator, lab = world.api("clearinghouse"), world.api("lab")
    until = (clock.now() + timedelta(days=1)).isoformat()
    body = {
        "rows": [{"organization_id": world.id("lab")}],
        "role": "observer",
        "tier": 3,
        "until": until,
        "reason": "go-live",
    }
    assert coordinator.post(f"/cases/{case_id}/invitations", {**body, "until": None}).body["field"] == "until"
    assert coordinator.post(f"/cases/{case_id}/invitations", body).body["rows"][0]["outcome"] == "invited"
    lab.post(f"/cases/{case_id}/answer-invitation", {"accept": True})
    brief = lab.get(f"/cases/{case_id}/brief").body
    assert brief["visible"] == ["artifact", "go_live"]
    assert brief["artifacts"] == [{"package": JINJA, "version": "3.1.6", "link": None}]
    assert (brief["package"], brief["fixes"], brief["date"]) == (None, None, None)
    assert lab.get("/briefs").body["items"] == [{"case_id": case_id}]
    for path in ("", "/vendors", "/statements", "/readers", "/triage", "/log"):
        assert lab.get(f"/cases/{case_id}{path}").status == 404, path
    ended = coordinator.post(
        f"/cases/{case_id}/participants/{world.id('lab')}/reading", {"until": clock.now().isoformat(), "reason": "over"}
    )
    assert ended.status == 200
    assert lab.get(f"/cases/{case_id}/brief").status == 404
    again = {"until": until, "reason": "the release slipped"}
    assert coordinator.post(f"/cases/{case_id}/participants/{world.id('lab')}/reading", again).status == 200
    assert lab.get(f"/cases/{case_id}/brief").status == 200


@pytest.mark.parametrize("zone", [timedelta(hours=-16, minutes=-47), timedelta(hours=23, minutes=59)])
def test_a_time_of_a_far_zone_is_the_same_moment(world: World, case_id: str, zone: timedelta) -> None:
    until = clock.now().replace(microsecond=0) + timedelta(days=1)
    body = {
        "rows": [{"organization_id": world.id("lab")}],
        "role": "observer",
        "tier": 3,
        "until": until.astimezone(timezone(zone)).isoformat(),
        "reason": "r",
    }
    coordinator = world.api("clearinghouse")
    assert coordinator.post(f"/cases/{case_id}/invitations", body).body["rows"][0]["outcome"] == "invited"
    assert Participant.objects.get(case_id=case_id, organization_id=world.id("lab")).until == until


@pytest.mark.parametrize("until", ["0001-01-01T00:00:00+01:00", "9999-12-31T23:59:59-01:00"])
def test_a_time_that_utc_does_not_have_is_refused(world: World, case_id: str, until: str) -> None:
    body = {"rows": [{"organization_id": world.id("lab")}], "tier": 3, "until": until, "reason": "r"}
    refused = world.api("clearinghouse").post(f"/cases/{case_id}/invitations", body)
    assert (refused.status, refused.body["field"]) == (422, "body/until")


def test_readers_are_listed_for_the_coordinator(world: World, case_id: str) -> None:
    world.api("vendor").get(f"/cases/{case_id}")
    found = world.api("clearinghouse").get(f"/cases/{case_id}/readers").body["items"]
    assert {(one["organization"], one["what"]) for one in found} >= {("vendor", "case")}
    assert world.api("vendor").get(f"/cases/{case_id}/readers").status == 403
    assert world.api("stranger").get(f"/cases/{case_id}/readers").status == 404


def test_what_the_world_learns_is_recorded(world: World, case_id: str) -> None:
    api = world.api("clearinghouse")
    seen = api.post(f"/cases/{case_id}/state", {"attacks_observed": True, "reason": "a customer's logs"})
    assert (seen.status, seen.body["attacks_observed"], seen.body["public_aware"]) == (200, True, False)
    refused = api.post(f"/cases/{case_id}/state", {"attacks_observed": False, "reason": "r"})
    assert (refused.status, refused.body["allowed"]) == (409, ["public_aware", "exploit_public"])
    assert world.api("vendor").post(f"/cases/{case_id}/state", {"public_aware": True, "reason": "r"}).status == 403


def test_contacts_are_registered_confirmed_and_taken_back(world: World) -> None:
    vendor, coordinator = world.api("vendor"), world.api("clearinghouse")
    made = vendor.post("/contacts", {"pattern": "pkg:npm/@mine/*", "organization_id": world.id("vendor")})
    assert (made.status, made.body["kind"], made.body["pattern"]) == (200, "prefix", "pkg:npm/%40mine/*")
    contact = made.body["id"]
    assert vendor.post(f"/contacts/{contact}/confirm", {"reason": "me"}).status == 403
    assert world.api("stranger").post(f"/contacts/{contact}/withdraw").status == 404
    assert coordinator.post(f"/contacts/{contact}/confirm", {"reason": "called"}).body["confirmed_at"] is not None
    listed = coordinator.get("/contacts?package=pkg:npm/%2540mine/thing@1.0").body["items"]
    assert [one["id"] for one in listed] == [contact]
    assert coordinator.post(f"/contacts/{contact}/bounced").body["bounced_at"] is not None
    assert vendor.post(f"/contacts/{contact}/withdraw").body["withdrawn_at"] is not None
    assert vendor.get("/contacts").body["items"] == []


def test_triage_is_read_row_by_row_and_recorded(world: World, case_id: str) -> None:
    api = world.api("clearinghouse")
    found = api.get(f"/cases/{case_id}/triage").body
    assert [point["name"] for point in found["triage"]["points"]][:3] == [
        "report_public",
        "supplier_contacted",
        "report_credibility",
    ]
    assert len(found["triage"]["rows"]) > 1
    body = {"table": "ssvc-coordinator-triage", "stated": {"value_density": "diffuse"}, "reason": "first look"}
    kept = api.post(f"/cases/{case_id}/selections", body)
    assert (kept.status, kept.body["document"]["schemaVersion"]) == (200, "2.0.0")
    assert api.get(f"/cases/{case_id}/triage").body["recorded"][0]["document"] == kept.body["document"]
    wrong = {**body, "stated": {"value_density": "thick"}}
    assert api.post(f"/cases/{case_id}/selections", wrong).body["field"] == "stated"
    assert Participant.objects.filter(case_id=case_id).exists()

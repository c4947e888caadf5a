"""The clock of a case as programs read it, other ends, what lacks, and what may be done next in every answer."""

from datetime import timedelta
from typing import Any

import pytest

from seawall.clearinghouse.coordination.models import Case
from seawall.foundation.platform import clock
from support import World
from support.world import Scene

pytestmark = pytest.mark.django_db


@pytest.fixture
def scene(world: World) -> Scene:
    return Scene(world)


@pytest.fixture
def case_id(scene: Scene) -> str:
    scene.contact("vendor")
    found = scene.case()
    scene.accepts("vendor", found)
    return found


def stamp(**ahead: float) -> str:
    return (clock.now() + timedelta(**ahead)).replace(microsecond=0).isoformat().replace("+00:00", "Z")


def test_the_embargo_is_read_with_every_rule(world: World, case_id: str) -> None:
    coordinator = world.api("clearinghouse")
    added = coordinator.post(f"/cases/{case_id}/bring-profile", {"profile": "linux-distros", "reason": "They know."})
    assert added.status == 200, added.body
    body = world.api("vendor").get(f"/cases/{case_id}/embargo").body
    assert (body["state"], body["strictest"]) == ("active", "linux-distros")
    assert [(row["name"], row["binds"]) for row in body["rows"]] == [
        ("linux-distros", True),
        ("Seawall's default", False),
    ]
    assert body["sentence"].startswith("ends ")
    assert body["ends_at"].endswith("Z")
    assert "." not in body["ends_at"], "to the second"
    assert body["allowed_next"] == ["propose_terms", "request_extension", "prepare"]
    assert {"end_embargo", "bring_profile"} <= set(added.body["allowed_next"])
    again = coordinator.post(f"/cases/{case_id}/bring-profile", {"profile": "linux-distros", "reason": "Once more."})
    assert (again.status, again.code) == (409, "conflict")


def test_an_extension_goes_from_wish_to_decision(world: World, case_id: str) -> None:
    vendor, finder, coordinator = (world.api(name) for name in ("vendor", "finder", "clearinghouse"))
    too_far = vendor.post(f"/cases/{case_id}/request-extension", {"until": stamp(days=200), "reason": "Please."})
    assert (too_far.status, too_far.code) == (409, "conflict")
    assert "Seawall's default does not allow it" in too_far.body["detail"]
    assert "request_extension" in too_far.body["allowed_next"]
    asked = vendor.post(f"/cases/{case_id}/request-extension", {"until": stamp(days=100), "reason": "It ships then."})
    assert (asked.status, asked.body["state"]) == (200, "revise")
    assert asked.body["changes"][0]["state"] == "open"
    agreed = finder.post(f"/cases/{case_id}/answer-terms", {"accept": True})
    assert agreed.body["agreed"] != []
    granted = coordinator.post(f"/cases/{case_id}/decide-terms", {"accept": True, "reason": "Progressing."})
    assert granted.body["changes"][0]["state"] == "accepted"
    assert granted.body["ends_at"] == asked.body["changes"][0]["until"]
    assert finder.get(f"/cases/{case_id}").status == 200


def test_what_lacks_is_read_and_added(world: World, case_id: str) -> None:
    finder = world.api("finder")
    before = finder.get(f"/cases/{case_id}/readiness").body
    assert not before["ready"]
    lacking = {item["key"]: item["lacking"] for item in before["items"] if not item["ready"]}
    assert lacking == {"credits": ["finder"], "people": []}
    assert finder.post(f"/cases/{case_id}/prepare", {"kind": "credit"}).status == 200
    for person in ("ines", "ruben"):
        said = world.person_api("clearinghouse", person).post(f"/cases/{case_id}/prepare", {"kind": "publisher"})
        assert said.status == 200, said.body
    assert finder.get(f"/cases/{case_id}/readiness").body["ready"]


def test_a_released_fix_and_policies_of_ones_own(world: World, case_id: str) -> None:
    vendor = world.api("vendor")
    known = vendor.get("/embargo-profiles").body
    assert [one["id"] for one in known["items"]][:3] == ["seawall-default", "anthropic", "openai"]
    assert all(one["source"] and one["read"] for one in known["items"])
    assert known["own"] is None
    chosen = vendor.post("/embargo-profiles/own", {"profile": "upstream", "days": 30})
    assert (chosen.status, chosen.body["days"]) == (200, 30)
    assert vendor.get("/embargo-profiles").body["own"] == "upstream"
    noted = vendor.post(f"/cases/{case_id}/fix-released", {"at": stamp(hours=-1), "reason": "3.1.6 is out."})
    assert noted.status == 200, noted.body
    assert noted.body["fixed_at"] is not None
    twice = vendor.post(f"/cases/{case_id}/fix-released", {"at": stamp(hours=-1), "reason": "Again."})
    assert twice.status == 409


ODD: list[tuple[str, str, Any]] = [
    ("vendor", "propose-terms", {"until": "tomorrow", "reason": "x"}),
    ("vendor", "propose-terms", {"until": "2026-12-03T14:00:00", "reason": "x"}),
    ("vendor", "propose-terms", {"until": "9999-12-31T23:59:59Z", "reason": "x"}),
    ("vendor", "propose-terms", {"until": "0001-01-01T00:00:00Z", "reason": "x"}),
    ("vendor", "propose-terms", {"until": stamp(days=5), "reason": ""}),
    ("vendor", "propose-terms", {"until": stamp(days=5)}),
    ("vendor", "request-extension", {"until": 1e300, "reason": "x"}),
    ("vendor", "fix-released", {"at": "2026-11-20T09:00:00", "reason": "x"}),
    ("vendor", "prepare", {"kind": "everything"}),
    ("vendor", "prepare", {"kind": "statement", "text": " "}),
    ("vendor", "prepare", {"kind": "statement", "text": "nul\x00"}),
    ("clearinghouse", "bring-profile", {"profile": "upstream", "days": 0, "reason": "x"}),
    ("clearinghouse", "bring-profile", {"profile": "upstream", "days": 10**9, "reason": "x"}),
    ("clearinghouse", "bring-profile", {"profile": "\x00", "reason": "x"}),
    ("clearinghouse", "decide-terms", {"accept": "perhaps", "reason": "x"}),
]


@pytest.mark.parametrize(("who", "step", "body"), ODD, ids=[f"{row[1]} {number}" for number, row in enumerate(ODD)])
def test_odd_input_is_refused_and_changes_nothing(
    world: World, case_id: str, who: str, step: str, body: dict[str, Any]
) -> None:
    before = Case.objects.values().get(pk=case_id)
    answer = world.api(who).post(f"/cases/{case_id}/{step}", body)
    assert answer.status == 422, answer.body
    assert Case.objects.values().get(pk=case_id) == before


@pytest.mark.parametrize("step", ["bring-profile", "decide-terms", "propose-publication", "approve-publication"])
@pytest.mark.parametrize("who", ["finder", "vendor", "hospital"])
def test_nobody_else_decides_or_publishes(world: World, case_id: str, who: str, step: str) -> None:
    body = {"profile": "openai", "accept": True, "reason": "I want to."}
    allowed = {"bring-profile": ("profile", "reason"), "decide-terms": ("accept", "reason")}.get(step, ("reason",))
    answer = world.api(who).post(f"/cases/{case_id}/{step}", {name: body[name] for name in allowed})
    assert (answer.status, answer.code) == (403, "forbidden")

"""Inventories, exposures and facts as an operator's program meets them."""

import json
from datetime import date
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction

from seawall.clearinghouse.matching import services
from seawall.clearinghouse.prioritization.services import keep_facts
from seawall.clearinghouse.prioritization.types import Fact, FactName
from seawall.foundation.jobs.runner import drain
from seawall.foundation.platform import clock
from support import KEEPER, Api, World

ADVISORY = "SEAWALL-2026-AAAAAAAA"


def document(*purls: str) -> bytes:
    components = [{"type": "library", "name": purl.split("/")[-1].split("@")[0], "purl": purl} for purl in purls]
    return json.dumps({"bomFormat": "CycloneDX", "specVersion": "1.6", "components": components}).encode()


def form(data: bytes | None = None, **fields: str) -> dict[str, Any]:
    found: dict[str, Any] = {"name": "Portal", **fields}
    if data is not None:
        found["sbom"] = SimpleUploadedFile("sbom.json", data, "application/json")
    return found


def publish(world: World, *packages: str) -> None:
    keep_facts(KEEPER, [("CVE-2025-27516", Fact(FactName.IN_KEV, "no", "kev", date(2026, 11, 20)))])
    affected = tuple({"package": package, "ranges": [{"introduced": "0", "fixed": "3.1.6"}]} for package in packages)
    words = services.Announcement("A flaw", "", ("CVE-2025-27516",), affected)
    with transaction.atomic():
        services.reveal(world.actor("clearinghouse"), "case_x", ADVISORY, clock.now(), words)


def uploaded(api: Api, data: bytes, **fields: str) -> str:
    answer = api.request("POST", "/inventories", form=form(data, **fields))
    assert answer.status == 202, answer.body
    drain()
    return str(answer.body["id"])


def test_from_the_upload_to_what_to_fix(world: World) -> None:
    api = world.api("hospital")
    inventory = uploaded(api, document("pkg:pypi/jinja2@3.1.4", "pkg:spaceship/warp@1"))
    found = api.get(f"/inventories/{inventory}").body
    assert (found["state"], found["components"], found["unmatched"]) == ("ready", 2, 1)
    assert found["allowed_next"] == ["list_exposures", "withdraw_inventory"]
    [unmatched] = api.get(f"/inventories/{inventory}/components?unmatched=true").body["items"]
    assert "spaceship" in unmatched["why_not"]
    assert api.get("/exposures").body == {"items": [], "next": None}
    publish(world, "pkg:pypi/jinja2")
    [exposure] = api.get("/exposures").body["items"]
    assert (exposure["component"], exposure["version"], exposure["fixed"]) == ("jinja2", "3.1.4", "3.1.6")
    assert exposure["rule"] == "flat"
    assert exposure["due"] == exposure["clock"]["due"]
    assert exposure["clock"]["assumed"], "nobody said whether it is exposed"
    assert api.get(f"/exposures/{exposure['id']}").body == exposure
    assert len(api.get(f"/exposures/{exposure['id']}/clocks").body) == 1
    assert api.delete(f"/inventories/{inventory}").status == 204
    assert api.get(f"/inventories/{inventory}").status == 404
    assert api.get("/exposures").body["items"] == []


def test_pages_of_exposures_hold_each_once_in_order_of_due_dates(world: World) -> None:
    api = world.api("hospital")
    names = [f"package-{number:02}" for number in range(23)]
    uploaded(api, document(*(f"pkg:pypi/{name}@3.1.4" for name in names)))
    publish(world, *(f"pkg:pypi/{name}" for name in names))
    seen: list[dict[str, Any]] = []
    cursor = ""
    while True:
        page = api.get(f"/exposures?limit=5{f'&cursor={cursor}' if cursor else ''}").body
        seen += page["items"]
        if page["next"] is None:
            break
        cursor = page["next"]
    assert sorted(item["component"] for item in seen) == names
    assert [item["due"] for item in seen] == sorted(item["due"] for item in seen)
    other = world.api("bank").get(f"/exposures?limit=5&cursor={cursor}")
    assert (other.status, other.code) == (422, "bad-input"), "a cursor is good for its own organization only"


def test_the_same_key_uploads_once(world: World) -> None:
    api = world.api("hospital")
    first, second = (
        api.request("POST", "/inventories", form=form(document()), headers={"Idempotency-Key": "k-1"}) for _ in "ab"
    )
    assert first.body["id"] == second.body["id"]
    assert second.headers["Idempotency-Replayed"] == "true"
    third = api.request("POST", "/inventories", form=form(document("x")), headers={"Idempotency-Key": "k-1"})
    assert third.code == "idempotency-mismatch"


@pytest.mark.parametrize(
    ("sent", "field"),
    [
        (form(), "sbom"),
        (form(document(), name=""), "name"),
        (form(document(), format="dwg"), "format"),
        (form(document(), owner="me"), "owner"),
        (form(b"   "), "sbom"),
    ],
    ids=["no file", "no name", "unknown format", "unknown field", "empty file"],
)
def test_a_form_that_does_not_fit_names_the_field(world: World, sent: dict[str, Any], field: str) -> None:
    answer = world.api("hospital").request("POST", "/inventories", form=sent)
    assert (answer.status, answer.body["field"]) == (422, field)
    assert answer.body["action"]


def test_a_bare_body_is_told_to_be_a_form(world: World) -> None:
    answer = world.api("hospital").post("/inventories", {"bomFormat": "CycloneDX"})
    assert (answer.status, answer.code) == (415, "unsupported-media-type")


def test_another_operators_inventory_and_exposure_are_not_there(world: World) -> None:
    hospital, bank = world.api("hospital"), world.api("bank")
    inventory = uploaded(hospital, document("pkg:pypi/jinja2@3.1.4"))
    publish(world, "pkg:pypi/jinja2")
    [exposure] = hospital.get("/exposures").body["items"]
    for path in (f"/inventories/{inventory}", f"/inventories/{inventory}/components", f"/exposures/{exposure['id']}"):
        assert bank.get(path).status == 404
        assert world.api(None).get(path).status == 401
    assert bank.delete(f"/inventories/{inventory}").status == 404
    assert bank.get(f"/exposures?inventory_id={inventory}").body["items"] == []
    assert world.api("clearinghouse").get("/inventories").status == 403


def test_stated_facts_move_a_date_that_runs(world: World) -> None:
    api, coordinator = world.api("hospital"), world.api("clearinghouse")
    uploaded(api, document("pkg:pypi/jinja2@3.1.4"))
    publish(world, "pkg:pypi/jinja2")
    said = [
        {"name": "automatable", "value": "yes", "source": "our analyst", "as_of": "2026-11-20"},
        {"name": "technical_impact", "value": "total", "source": "our analyst", "as_of": "2026-11-20"},
    ]
    assert coordinator.post("/vulnerabilities/CVE-2025-27516/facts", {"facts": said}).status == 200
    drain()
    [exposure] = api.get("/exposures").body["items"]
    assert (exposure["rule"], exposure["clock"]["days"]) == ("5", 3)
    now, before = api.get(f"/exposures/{exposure['id']}/clocks").body
    assert (now["rule"], before["rule"]) == ("5", "flat")
    anybody = world.api(None).get("/vulnerabilities/CVE-2025-27516/facts").body["facts"]
    assert [fact["name"] for fact in anybody] == ["in_kev"], "what was stated here is not for everybody"


@pytest.mark.parametrize(
    ("fact", "code"),
    [
        ({"name": "in_kev", "value": "yes", "source": "kev", "as_of": "2026-11-20"}, "not-a-fact"),
        ({"name": "in_kev", "value": "perhaps", "source": "me", "as_of": "2026-11-20"}, "not-a-fact"),
        ({"name": "colour", "value": "red", "source": "me", "as_of": "2026-11-20"}, "not-a-fact"),
        ({"name": "in_kev", "value": "yes", "source": "me", "as_of": "someday"}, "bad-input"),
    ],
)
def test_a_fact_that_cannot_be_kept_is_refused(world: World, fact: dict[str, str], code: str) -> None:
    answer = world.api("clearinghouse").post("/vulnerabilities/CVE-2025-1/facts", {"facts": [fact]})
    assert (answer.status, answer.code) == (422, code)

"""Judgments, assets, updates and other publishers' advisories, as programs meet them; and nothing of anybody else's."""

from pathlib import Path
from typing import Any

import pytest

from support import Api, World
from support.publishers import CVE, GHSA, Publishers, record

ADVISORY = f"ghsa:{GHSA}"
AWAY = {"status": "false_positive", "reason": "Another package of that name."}


@pytest.fixture
def publishers(world: World, tmp_path: Path) -> Publishers:
    found = Publishers(world, tmp_path)
    second = record("GHSA-second", fixed="3.1.10")
    found.load(ghsa=[record(GHSA, CVE), second, record("GHSA-y", package="flask", fixed="4")])
    found.upload("hospital", "pkg:pypi/jinja2@3.1.4", "pkg:pypi/flask@3.0.0", release="4.2")
    return found


def exposure_of(api: Api, advisory: str = GHSA, query: str = "") -> dict[str, Any]:
    items = api.get(f"/exposures{query}").body["items"]
    found: dict[str, Any] = next(item for item in items if item["advisory"] == advisory)
    return found


def test_one_update_says_how_much_it_mends(publishers: Publishers) -> None:
    api = publishers.world.api("hospital")
    by_name = {item["component"]: item for item in api.get("/exposures/updates").body["items"]}
    jinja = by_name["jinja2"]
    assert (jinja["fixed"], jinja["mended"], jinja["flaws"]) == ("3.1.10", 2, 2), "the order is the ecosystem's"
    assert {one["advisory"] for one in jinja["exposures"]} == {GHSA, "GHSA-second"}
    first = api.get("/exposures/updates?limit=1").body
    rest = api.get(f"/exposures/updates?limit=1&cursor={first['next']}").body
    assert {first["items"][0]["component"], rest["items"][0]["component"]} == {"jinja2", "flask"}
    assert rest["next"] is None


def test_judging_and_taking_back(publishers: Publishers) -> None:
    api = publishers.world.api("hospital")
    found = exposure_of(api)
    assert (found["source"], found["identifiers"], found["release"]) == ("ghsa", [CVE], "4.2")
    path = f"/exposures/{found['id']}/judgment"
    said = api.post(path, AWAY, headers={"Idempotency-Key": "k"})
    assert said.status == 201, said.body
    assert api.post(path, AWAY, headers={"Idempotency-Key": "k"}).body["id"] == said.body["id"]
    assert GHSA not in {item["advisory"] for item in api.get("/exposures").body["items"]}
    assert exposure_of(api, query="?judged=yes")["judgment"]["reason"] == AWAY["reason"]
    assert [one["id"] for one in api.get("/judgments").body["items"]] == [said.body["id"]]
    back = api.post(f"/judgments/{said.body['id']}/take-back", {"reason": "It is that one."})
    assert back.body["ended_reason"] == "It is that one."
    assert exposure_of(api)["judgment"] is None
    assert api.get("/judgments").body["items"] == []
    history = api.get(f"/exposures/{found['id']}/judgments").body
    assert [one["status"] for one in history] == ["false_positive"]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"status": "not_affected", "reason": "r"}, "justification"),
        ({"status": "accepted", "reason": "r"}, "until"),
        ({"status": "accepted", "reason": "r", "until": "2001-01-01"}, "until"),
    ],
)
def test_a_judgment_that_does_not_fit_names_the_field(publishers: Publishers, body: dict[str, Any], field: str) -> None:
    api = publishers.world.api("hospital")
    answer = api.post(f"/exposures/{exposure_of(api)['id']}/judgment", body)
    assert (answer.status, answer.body["field"]) == (422, field)


def test_assets_and_the_products_that_they_run(publishers: Publishers) -> None:
    api = publishers.world.api("hospital")
    [product] = api.get("/products").body["items"]
    assert (product["name"], [one["release"] for one in product["releases"]]) == ("Portal", ["4.2"])
    runs = [{"product": "Portal", "release": "4.2"}]
    made = api.post("/assets", {"name": "host 1", "group": "Ward 3", "reach": "internal", "runs": runs})
    assert made.status == 201, made.body
    asset = made.body["id"]
    assert [one["id"] for one in api.get(f"/assets?product_id={product['id']}").body["items"]] == [asset]
    assert api.get("/assets?group=Ward%204").body["items"] == []
    assert api.post("/assets", {"name": "host 1"}).status == 409
    assert api.post("/assets", {"name": "host 2", "runs": [{"product": "Nothing"}]}).body["field"] == "runs"
    assert api.post(f"/assets/{asset}", {"name": "host 1", "next_upgrade": "2027-01-31"}).body["runs"] == []
    assert api.delete(f"/assets/{asset}").status == 204
    assert api.get(f"/assets/{asset}").status == 404


def test_what_is_another_organizations_is_not_there(publishers: Publishers) -> None:
    hospital, bank = publishers.world.api("hospital"), publishers.world.api("bank")
    exposure = exposure_of(hospital)["id"]
    judgment = hospital.post(f"/exposures/{exposure}/judgment", AWAY).body["id"]
    asset = hospital.post("/assets", {"name": "host 1", "group": "Ward 3"}).body["id"]
    [product] = hospital.get("/products").body["items"]
    for answer in (
        bank.get(f"/exposures/{exposure}/judgments"),
        bank.post(f"/exposures/{exposure}/judgment", AWAY),
        bank.post(f"/judgments/{judgment}/take-back", {"reason": "r"}),
        bank.get(f"/assets/{asset}"),
        bank.post(f"/assets/{asset}", {"name": "mine"}),
        bank.delete(f"/assets/{asset}"),
    ):
        assert (answer.status, answer.code) == (404, "not-found")
    for path in (
        "/judgments?ended=true",
        "/assets",
        "/assets?group=Ward%203",
        f"/assets?product_id={product['id']}",
        "/products",
        "/exposures?judged=any",
        "/exposures/updates",
    ):
        assert bank.get(path).body == {"items": [], "next": None}, path
    for path in ("/judgments", "/assets", "/products"):
        assert publishers.world.api("clearinghouse").get(path).status == 403


def test_other_publishers_advisories_are_for_everybody_and_their_reach_for_the_coordinator(
    publishers: Publishers,
) -> None:
    anybody = publishers.world.api(None)
    assert [one["id"] for one in anybody.get(f"/known-advisories?identifier={CVE.lower()}").body["items"]] == [ADVISORY]
    found = anybody.get(f"/known-advisories/{ADVISORY}").body
    assert found["affected"] == [{"ecosystem": "PyPI", "package": "jinja2", "versions": "every version before 3.1.6"}]
    reach = publishers.world.api("clearinghouse").get(f"/known-advisories/{ADVISORY}/reach").body
    assert reach == {"sectors": [{"sector": "no sector said", "organizations": None}], "at_least": 0}
    assert publishers.world.api("hospital").get(f"/known-advisories/{ADVISORY}/reach").status == 403
    assert anybody.get(f"/known-advisories/{ADVISORY}/reach").status == 401
    assert anybody.get("/known-advisories/ghsa:nothing").status == 404
    assert anybody.get("/known-advisories/ghsa:%00").status == 404


def test_components_are_searched_within_their_inventory(publishers: Publishers) -> None:
    api = publishers.world.api("hospital")
    [inventory] = api.get("/inventories").body["items"]
    path = f"/inventories/{inventory['id']}/components"
    assert [(one["name"], one["flaws"]) for one in api.get(f"{path}?search=JINJA").body["items"]] == [("jinja2", 2)]
    assert len(api.get(f"{path}?affected=true").body["items"]) == 2
    assert api.get(f"{path}?search=%25").body["items"] == [], "a percent sign is no wildcard"
    assert publishers.world.api("bank").get(f"{path}?search=jinja").status == 404

"""Pace, places, links and deliveries over the API."""

from typing import Any

import pytest
from django.test import Client

from seawall.clearinghouse.coordination.routing.turns import ADVANCE
from seawall.foundation.jobs.runner import drain
from support import World
from support.world import Scene, confirmed


@pytest.fixture
def scene(world: World) -> Scene:
    return Scene(world)


def second(scene: Scene) -> str:
    result = confirmed(signature="secret-read/1:other")
    return scene.case(title="Second", identifiers=(), symbols=("other",), result=result)


def test_a_maintainer_sets_its_pace_and_a_finder_asks_for_its_place(world: World, scene: Scene) -> None:
    scene.contact("vendor")
    vendor, finder = world.api("vendor"), world.api("finder")
    set_to = vendor.post("/pace", {"open_limit": 1})
    assert (set_to.status, set_to.body["open_limit"], set_to.body["waiting"]) == (200, 1, 0)
    scene.case()
    drain(kinds=(ADVANCE,))
    waiting = second(scene)
    place = finder.get(f"/cases/{waiting}/place")
    assert (place.body["waiting"], place.body["first"], place.body["last"]) == (True, 1, 1)
    assert (vendor.get("/pace").body["open_now"], vendor.get("/pace").body["waiting"]) == (1, 1)
    assert world.api("rival").get(f"/cases/{waiting}/place").status == 404
    assert vendor.post("/pace", {"open_limit": 3, "maintainer": "pkg:pypi/x"}).status == 403
    assert world.api("clearinghouse").post("/pace", {"open_limit": 3, "maintainer": "pkg:pypi/x"}).status == 200
    for body in ({"open_limit": 0}, {"open_limit": 1001}, {"open_limit": "many"}, {"weekly_limit": -1}):
        assert vendor.post("/pace", body).status == 422, body


def test_links_are_minted_shown_once_and_revoked(world: World, scene: Scene) -> None:
    case_id = scene.case()
    keeper = world.api("clearinghouse")
    minted = keeper.post(f"/cases/{case_id}/links", {"name": "Ana"})
    assert minted.status == 201
    path = minted.body["address"].partition(":8440")[2]
    listed = keeper.get(f"/cases/{case_id}/links")
    assert path.rpartition("/")[2] not in listed.content.decode()
    assert [one["state"] for one in listed.body["items"]] == ["ready"]
    assert Client().post(f"{path}/open").status_code == 302
    assert keeper.get(f"/cases/{case_id}/links").body["items"][0]["state"] == "opened"
    assert keeper.request("DELETE", f"/cases/{case_id}/links/{minted.body['id']}").status == 204
    assert keeper.get(f"/cases/{case_id}/links").body["items"][0]["state"] == "revoked"
    with_key: Any = keeper.request("POST", f"/cases/{case_id}/links", {"name": "Ana"}, headers={"Idempotency-Key": "a"})
    assert with_key.status == 422
    assert world.api("finder").post(f"/cases/{case_id}/links", {"name": "Ana"}).status == 403
    assert world.api("stranger").post(f"/cases/{case_id}/links", {"name": "Ana"}).status in {403, 404}


def test_a_delivery_is_begun_noted_and_listed(world: World, scene: Scene) -> None:
    case_id = scene.case()
    keeper = world.api("clearinghouse")
    address = {"package": "pkg:pypi/jinja2", "email": "ana@example.org"}
    assert keeper.post("/maintainer-addresses", address).body["protection"] == "none"
    assert keeper.post("/maintainer-addresses", {**address, "email": "no"}).status == 422
    sent = keeper.post(f"/cases/{case_id}/deliveries", {"route": "email"})
    assert (sent.status, sent.body["state"]) == (200, "prepared")
    assert keeper.post(f"/cases/{case_id}/deliveries", {"route": "email"}).status == 409
    assert keeper.post(f"/cases/{case_id}/deliveries", {"route": "page"}).status == 422
    assert keeper.post(f"/cases/{case_id}/deliveries", {"route": "pigeon"}).status == 422
    outcome = f"/cases/{case_id}/deliveries/{sent.body['id']}/outcome"
    noted = keeper.post(outcome, {"state": "bounced", "identifier": "550 5.1.1"})
    assert (noted.body["state"], noted.body["identifier"]) == ("bounced", "550 5.1.1")
    assert keeper.post(outcome, {"state": "sent"}).status == 409
    assert keeper.post(f"/cases/{case_id}/deliveries", {"route": "email"}).status == 200
    assert len(keeper.get(f"/cases/{case_id}/deliveries").body["items"]) == 2
    assert world.api("finder").get(f"/cases/{case_id}/deliveries").status == 403

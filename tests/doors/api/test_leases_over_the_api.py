import uuid
from collections.abc import Callable

import pytest

from support import World

pytestmark = pytest.mark.django_db


def test_the_second_finder_learns_what_is_taken_and_gets_the_rest(world: World) -> None:
    first = world.api("finder").post("/leases", {"target": "pkg:pypi/jinja2@3.1.4", "paths": ["src/jinja2/"]})
    assert first.status == 201
    assert first.body["outcome"] == "granted"
    second = world.api("rival").post(
        "/leases", {"target": "pkg:pypi/Jinja2", "paths": ["src/jinja2/filters.py", "docs/"]}
    )
    assert second.status == 201
    assert second.body["outcome"] == "partly_granted"
    assert [lease["paths"] for lease in second.body["leases"]] == [["docs/"]]
    assert [taken["path"] for taken in second.body["taken"]] == ["src/jinja2/filters.py"]
    assert world.id("finder") not in str(second.body)


def test_a_lease_is_renewed_with_its_fence_and_given_back(world: World) -> None:
    finder = world.api("finder")
    lease = finder.post("/leases", {"target": "pkg:npm/js-yaml", "hours": 1}).body["leases"][0]
    assert lease["allowed_next"] == [
        "renew_lease",
        "heartbeat_lease",
        "pause_lease",
        "hand_over_lease",
        "release_lease",
    ]
    renewed = finder.post(f"/leases/{lease['id']}/renew", {"fence": lease["fence"], "hours": 3})
    assert renewed.status == 200
    assert renewed.body["expires_at"] > lease["expires_at"]
    released = finder.post(f"/leases/{lease['id']}/release", {"completed": False})
    assert released.body["state"] == "withdrawn"
    refused = finder.post(f"/leases/{lease['id']}/renew", {"fence": lease["fence"]})
    assert (refused.status, refused.code) == (409, "conflict")
    assert refused.body["allowed_next"] == ["request_lease"]


def test_an_expired_lease_says_so_and_holds_nothing(world: World, later: Callable[..., None]) -> None:
    finder = world.api("finder")
    lease = finder.post("/leases", {"target": "pkg:npm/js-yaml", "hours": 1}).body["leases"][0]
    later(hours=2)
    assert finder.get(f"/leases/{lease['id']}").body["state"] == "expired"
    assert world.api("rival").post("/leases", {"target": "pkg:npm/js-yaml"}).body["outcome"] == "granted"


def test_one_idempotency_key_is_one_lease(world: World) -> None:
    finder = world.api("finder")
    key = {"Idempotency-Key": str(uuid.uuid4())}
    ask = {"target": "pkg:pypi/mako"}
    first = finder.post("/leases", ask, headers=key)
    again = finder.post("/leases", ask, headers=key)
    assert first.headers["Idempotency-Replayed"] == "false"
    assert again.headers["Idempotency-Replayed"] == "true"
    assert again.body == first.body
    assert len(finder.get("/leases").body["items"]) == 1
    other = finder.post("/leases", {"target": "pkg:pypi/tqdm"}, headers=key)
    assert (other.status, other.code) == (422, "idempotency-mismatch")


def test_keys_of_two_organizations_never_meet(world: World) -> None:
    key = {"Idempotency-Key": "same"}
    world.api("finder").post("/leases", {"target": "pkg:pypi/mako"}, headers=key)
    other = world.api("rival").post("/leases", {"target": "pkg:pypi/tqdm"}, headers=key)
    assert other.status == 201
    assert other.headers["Idempotency-Replayed"] == "false"

import pytest

from seawall.clearinghouse.distribution.services import notify
from seawall.foundation.access.types import Role
from seawall.foundation.identity.services import mint_token
from support import Api, World

pytestmark = pytest.mark.django_db


def leases(world: World, name: str, count: int) -> list[str]:
    api = world.api(name)
    return [api.post("/leases", {"target": f"pkg:pypi/{name}{n}"}).body["leases"][0]["id"] for n in range(count)]


def test_every_row_comes_once_newest_first(world: World) -> None:
    made = leases(world, "finder", 7)
    api = world.api("finder")
    seen: list[str] = []
    cursor = ""
    for _ in range(10):
        page = api.get(f"/leases?limit=3{cursor}").body
        assert set(page) == {"items", "next"}
        seen += [one["id"] for one in page["items"]]
        if page["next"] is None:
            break
        cursor = f"&cursor={page['next']}"
    assert seen == made[::-1]


def test_what_arrives_meanwhile_neither_repeats_nor_hides_a_row(world: World) -> None:
    made = leases(world, "finder", 4)
    api = world.api("finder")
    first = api.get("/leases?limit=2").body
    api.post("/leases", {"target": "pkg:pypi/late"})
    second = api.get(f"/leases?limit=2&cursor={first['next']}").body
    assert [one["id"] for one in first["items"] + second["items"]] == made[::-1]
    assert second["next"] is None


def test_a_cursor_is_worth_nothing_elsewhere(world: World) -> None:
    leases(world, "finder", 2)
    leases(world, "rival", 2)
    cursor = world.api("finder").get("/leases?limit=1").body["next"]
    for api, path in [
        (world.api("rival"), f"/leases?cursor={cursor}"),
        (world.api("finder"), f"/reports?cursor={cursor}"),
        (world.api("finder"), f"/notices?cursor={cursor}"),
        (world.api("finder"), f"/leases?cursor={cursor[:-1]}"),
        (world.api("finder"), f"/leases?cursor=W10:{cursor.split(':')[-1]}"),
    ]:
        answer = api.get(path)
        assert (answer.status, answer.body["field"]) == (422, "cursor"), path


def test_a_cursor_keeps_its_filters(world: World) -> None:
    for n in range(3):
        notify(world.id("hospital"), kind="test", subject="case_x", title=f"notice {n}")
    api = world.api("hospital")
    cursor = api.get("/notices?limit=1&unread=true").body["next"]
    assert api.get(f"/notices?limit=1&unread=true&cursor={cursor}").status == 200
    assert api.get(f"/notices?limit=1&cursor={cursor}").status == 422


def test_short_lists_are_paged_too(world: World) -> None:
    admin = world.actor("finder", role=Role.ADMIN)
    made = [mint_token(admin, f"t{n}", ["leases:read"]).id for n in range(3)]
    api = world.api("finder")
    first = api.get("/tokens?limit=2").body
    second = api.get(f"/tokens?limit=2&cursor={first['next']}").body
    seen = [one["id"] for one in first["items"] + second["items"]]
    assert set(made) < set(seen)
    assert len(seen) == len(set(seen)) == 4


def test_two_worlds_that_differ_in_foreign_rows_give_equal_bytes(world: World) -> None:
    leases(world, "finder", 3)
    token = world.token("finder")
    before = Api(token).get("/leases?limit=2").content
    leases(world, "rival", 5)
    assert Api(token).get("/leases?limit=2").content == before

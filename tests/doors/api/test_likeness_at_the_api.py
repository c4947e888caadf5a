"""Why a report is linked or not, for its finder; why a case is not merged, for the coordinator."""

import pytest

from seawall.clearinghouse.deduplication import deciding
from support import World
from support.reports import folded, proved

pytestmark = pytest.mark.django_db
WORDS = {"identifiers": ["CVE-2024-4340"], "symbols": ["TokenList.flatten"], "description": "Nested brackets crash it."}


def result(signature: str | None, fixed: str = "0.5.0") -> dict[str, object]:
    target = {"vulnerable": {"version": "0.4.4"}, "fixed": {"version": fixed}}
    return {"signature": signature, "runs": [], "target": target}


def test_a_finder_reads_known_or_new_with_its_case_and_kept_credit(world: World) -> None:
    first = proved(world, "finder", 0, result=result("exception/1:A@a"))
    case = folded(first)
    alone = world.api("finder").get(f"/reports/{first}/standing").body
    assert (alone["outcome"], alone["case"], alone["credit_kept"]) == ("new", case, True)
    assert "Nothing that is written links." in " ".join(alone["why_not_linked"])
    second = proved(world, "rival", 5, result=result("exception/1:A@a"))
    folded(second)
    known = world.api("rival").get(f"/reports/{second}/standing").body
    assert (known["outcome"], known["case"], known["credit_kept"]) == ("known", case, True)
    assert known["case_opened_at"]
    assert known["first_received_at"] < world.api("rival").get(f"/reports/{second}").body["received_at"]
    assert "same signature" in known["linked_because"]
    assert known["why_not_linked"] == []
    assert world.api("finder").get(f"/reports/{first}/standing").body["outcome"] == "first"
    assert world.api("rival").get(f"/reports/{first}/standing").status == 200  # a proved report of its own case
    assert world.api("lab").get(f"/reports/{first}/standing").status == 404


def test_what_a_finder_reads_is_the_same_whether_or_not_others_are_like_it(world: World) -> None:
    mine = proved(world, "finder", 0, result=result(None), **WORDS)
    folded(mine)
    before = world.api("finder").get(f"/reports/{mine}/standing").body
    assert "left no signature" in before["why_not_linked"][0]
    folded(proved(world, "rival", 1, result=result("exception/1:B@b"), **WORDS))
    assert world.api("finder").get(f"/reports/{mine}/standing").body == before


def test_reports_that_wait_or_have_no_proof_say_so(world: World) -> None:
    waiting = proved(world, "finder", 0, result=result(None))
    bare = proved(world, "finder", 1, result=result(None), proved=False)
    folded(bare)
    said = [world.api("finder").get(f"/reports/{one}/standing").body["outcome"] for one in (waiting, bare)]
    assert said == ["waiting", "not-proved"]


def test_the_coordinator_reads_what_lacks_and_a_decision_ends_it(world: World) -> None:
    case = folded(proved(world, "finder", 0, result=result("exception/1:A@a"), **WORDS))
    other = folded(proved(world, "rival", 1, result=result(None, fixed=""), **WORDS))
    far = folded(proved(world, "lab", 2, result=result("exception/1:Z@z"), title="Quite another", description="Else."))
    api = world.api("clearinghouse")
    (near, *rest) = api.get(f"/cases/{case}/near").body["items"]
    assert (near["case"], near["zone"]) == (other, "ask")
    assert sum(one["points"] for one in near["contributions"]) == near["score"] >= 30
    assert [text.partition(":")[0] for text in near["missing"]] == [
        "A signature", "A fix to hold against the other proof", "The runs",
    ]  # fmt: skip
    assert far not in [one["case"] for one in rest] or rest[0]["zone"] == "different"
    deciding.hold_apart(world.actor("clearinghouse"), case, other, reason="One is in the lexer.")
    near = api.get(f"/cases/{case}/near").body["items"][0]
    assert (near["decided"], near["decided_reason"], near["missing"]) == ("two flaws", "One is in the lexer.", [])


def test_nobody_else_asks_what_is_near(world: World) -> None:
    case = folded(proved(world, "finder", 0, result=result("exception/1:A@a")))
    assert world.api("finder").get(f"/cases/{case}/near").status == 403
    assert world.api("rival").get(f"/cases/{case}/near").status == 403
    assert world.api("clearinghouse").get("/cases/case_" + "a" * 26 + "/near").status == 404

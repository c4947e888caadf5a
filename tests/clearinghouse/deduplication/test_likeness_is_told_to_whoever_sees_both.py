"""That a report is like another party's is told to nobody who may not read both: no line, no count, no mark, no answer."""

import json

import pytest
from django.test import Client

from seawall.clearinghouse.coordination.models import Case
from seawall.clearinghouse.deduplication import queries
from seawall.clearinghouse.deduplication.models import Suggestion
from seawall.clearinghouse.intake.models import Report
from support import World
from support.reports import folded, proved

pytestmark = pytest.mark.django_db
WORDS = {"identifiers": ["CVE-2024-4340"], "symbols": ["TokenList.flatten"], "description": "Nested brackets crash it."}


def result(signature: str, version: str = "0.4.4") -> dict[str, object]:
    return {"signature": signature, "runs": [], "target": {"vulnerable": {"version": version}}}


def test_a_finder_learns_nothing_of_a_strangers_report_that_is_like_its_own(world: World) -> None:
    mine = proved(world, "finder", 0, result=result("exception/1:A@a"), **WORDS)
    case = folded(mine)
    theirs = proved(world, "rival", 1, result=result("exception/1:B@b"), **WORDS)
    other = folded(theirs)
    assert Suggestion.objects.get(report_id=theirs).case_id == case
    keeper, finder, rival = world.actor("clearinghouse"), world.actor("finder"), world.actor("rival")
    assert [one.report_id for one in queries.suggestions_for(keeper, case)] == [theirs]
    assert queries.with_open_questions(keeper, [case, other]) == {case}
    for actor, own, report_id in ((finder, case, mine), (rival, other, theirs)):
        assert queries.suggestions_for(actor, own) == []
        assert queries.suggestions_about(actor, [report_id]) == []
        assert queries.with_open_questions(actor, [case, other]) == frozenset()
    answers = [Report.objects.get(pk=one).answer for one in (mine, theirs)]
    assert answers[0] == answers[1]  # "New", whatever it is like


def test_the_case_over_the_api_says_so_to_the_coordinator_alone(world: World) -> None:
    case = folded(proved(world, "finder", 0, result=result("exception/1:A@a"), **WORDS))
    theirs = proved(world, "rival", 1, result=result("exception/1:B@b"), **WORDS)
    folded(theirs)
    said = {
        name: Client().get(f"/api/v1/cases/{case}", headers={"authorization": f"Bearer {world.token(name)}"})
        for name in ("finder", "clearinghouse")
    }
    assert [one.status_code for one in said.values()] == [200, 200]
    assert said["finder"].json()["suggestions"] == []
    assert theirs not in json.dumps(said["finder"].json())
    assert [one["report_id"] for one in said["clearinghouse"].json()["suggestions"]] == [theirs]


def test_whose_link_was_taken_back_is_not_told_of_the_third_report_that_did_it(world: World) -> None:
    first, second = (
        proved(world, name, at, package="pkg:pypi/sqlparse", affected=[], result=result("exception/1:A@a"))
        for at, name in enumerate(("finder", "rival"))
    )
    assert folded(first) == folded(second)
    runs = {"vulnerable": {"version": "0.5.0"}, "fixed": {"version": "0.6.0"}}
    Report.objects.filter(pk=first).update(description="x")
    odd = proved(world, "lab", 3, affected=[], result={"signature": "exception/1:A@a", "runs": [], "target": runs})
    narrow = {"vulnerable": {"version": "0.4.4"}, "fixed": {"version": "0.5.0"}}
    folded(proved(world, "lab", 4, affected=[], result={"signature": "exception/1:A@a", "runs": [], "target": narrow}))
    folded(odd)
    texts = [Report.objects.get(pk=one).answer for one in (first, second)]
    events = [event.text for case in Case.objects.all() for event in case.events.all()]
    assert not [text for text in (*texts, *events) if "another one's fix" in text]
    assert "another one's fix" in str(list(Suggestion.objects.values_list("contributions", flat=True)))

"""Two finders search the same ground, one after the other, and find the same flaw."""

import pytest

from .conftest import Play, flaw

pytestmark = pytest.mark.django_db


def test_two_finders_one_flaw(play: Play) -> None:
    story = play(
        "two-finders",
        finder="Harbor Research",
        rival="Lantern Lab",
        vendor="The maintainers",
        clearinghouse="Coordinator",
    )
    scene = story.scene
    scene.contact("vendor")

    wanted = {"target": "pkg:pypi/jinja2", "paths": ["src/jinja2/"], "techniques": ["fuzzing"]}
    lease = story.says(
        "finder", "what I will search: src/jinja2, by fuzzing", "POST", "/leases", wanted, status=201
    ).body
    assert lease["outcome"] == "granted"
    story.hears("finder", "granted, with a fence")
    answer = story.says("rival", "what I will search: the same", "POST", "/leases", wanted, status=201).body
    assert answer["outcome"] == "taken"
    assert story.world.id("finder") not in str(answer)
    story.hears("rival", "taken until a time, not by whom")

    first = story.says(
        "finder", "a report with a proof", "POST", "/reports", form=flaw("attr reads secrets"), status=202
    )
    first_id = first.body["reports"][0]
    story.passes("the proof is run: it holds on 3.1.5, never on 3.1.6", minutes=4)
    scene.judged(first_id)
    case_id = scene.folded(first_id)
    story.happens("a case, under embargo")
    shown = story.api("finder").get(f"/reports/{first_id}").body
    assert (shown["proved"], shown["case"]) == (True, case_id)
    story.hears("finder", "proved, and new")

    assert story.api("vendor").get(f"/cases/{case_id}").status == 404
    invited = story.api("vendor").get("/invitations").body["items"]
    assert [one["case_id"] for one in invited] == [case_id]
    story.hears("vendor", "a proved report for a package of yours waits")
    answer_path = f"/cases/{case_id}/answer-invitation"
    story.says("vendor", "I keep the embargo", "POST", answer_path, {"accept": True})
    assert story.api("vendor").get(f"/cases/{case_id}").body["title"] == "attr reads secrets"
    story.hears("vendor", "the case: one proof, what ran, the versions")

    second = story.says(
        "rival", "a report with another proof", "POST", "/reports", form=flaw("Format strings escape"), status=202
    )
    second_id = second.body["reports"][0]
    story.passes("its proof is run: the same signature", minutes=3)
    scene.judged(second_id)
    assert scene.folded(second_id) == case_id
    story.happens("folded into the case, with the reason")
    known = story.api("rival").get(f"/reports/{second_id}").body
    assert known["proved"] is True
    assert "known" in known["answer"].lower()
    assert "credit" in known["answer"].lower()
    story.hears("rival", "known, and your credit is kept")

    links = story.api("clearinghouse").get(f"/cases/{case_id}").body["links"]
    assert [(link["finder"], link["role"]) for link in links] == [("finder", "first"), ("rival", "duplicate")]
    story.hears("clearinghouse", "one case, two finders of record, and why")
    story.pictured()

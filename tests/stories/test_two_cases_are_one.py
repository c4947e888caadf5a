"""Two cases turn out to be one flaw; later it turns out that they were not."""

import pytest

from support.world import confirmed

from .conftest import Play, flaw

pytestmark = pytest.mark.django_db


def test_a_merge_and_the_way_back(play: Play) -> None:
    story = play(
        "merge", finder="Harbor Research", rival="Lantern Lab", vendor="The maintainers", clearinghouse="Coordinator"
    )
    scene = story.scene
    cases = {}
    for who, title in (("finder", "attr reads secrets"), ("rival", "The attr filter reads a secret")):
        receipt = story.says(who, "a report with a proof", "POST", "/reports", form=flaw(title), status=202).body
        report_id = receipt["reports"][0]
        scene.judged(report_id, confirmed(signature=f"secret-read/1:do_attr@{who}"))
        cases[who] = scene.folded(report_id)
    assert cases["finder"] != cases["rival"]
    story.happens("both proofs hold, with different signatures: two cases")
    first, second = cases["finder"], cases["rival"]

    asked = story.api("clearinghouse").get(f"/cases/{first}").body["suggestions"]
    assert [one["report_id"] for one in asked] == [report_id]
    story.hears("clearinghouse", "these two may be one: same package, symbol and text; a person decides")
    story.says(
        "clearinghouse", "merge them", "POST", f"/cases/{second}/merge", {"into": first, "reason": ""}, status=422
    )
    reason = "One missing check in do_attr; the maintainers say that one change mends both."
    merged = story.says(
        "clearinghouse",
        "merge them, one check is missing",
        "POST",
        f"/cases/{second}/merge",
        {"into": first, "reason": reason},
    ).body  # fmt: skip - one sentence
    assert (merged["id"], merged["report_count"]) == (first, 2)
    links = story.api("clearinghouse").get(f"/cases/{first}").body["links"]
    assert {link["finder"]: link["role"] for link in links} == {"finder": "first", "rival": "duplicate"}
    story.hears("rival", "known: your report is in the older case, your credit is kept")
    assert story.api("rival").get(f"/cases/{first}").status == 200

    story.passes("the fix for one does not stop the other's proof", days=3)
    undone = story.says(
        "clearinghouse",
        "take the merge back: two fixes",
        "POST",
        f"/cases/{second}/undo-merge",
        {"reason": "The fix of do_attr leaves the other proof working."},
    ).body  # fmt: skip - as above
    assert (undone["id"], undone["report_count"]) == (second, 1)
    story.happens("reports, credits and embargo are as before the merge")
    assert story.api("clearinghouse").get(f"/cases/{first}").body["report_count"] == 1
    assert story.api("rival").get(f"/cases/{first}").status == 404
    story.says(
        "clearinghouse",
        "hold them apart",
        "POST",
        f"/cases/{first}/hold-apart",
        {"other": second, "reason": "Two fixes."},
    )  # fmt: skip - as above
    assert story.api("clearinghouse").get(f"/cases/{first}").body["suggestions"] == []
    story.happens("nothing merges these two by itself any more")
    story.pictured()


def test_a_split(play: Play) -> None:
    story = play(
        "split", finder="Harbor Research", rival="Lantern Lab", vendor="The maintainers", clearinghouse="Coordinator"
    )
    scene = story.scene
    scene.contact("vendor")
    reports, cases = {}, {}
    for who, title in (("finder", "attr reads secrets"), ("rival", "Format strings escape")):
        receipt = story.says(who, "a report with a proof", "POST", "/reports", form=flaw(title), status=202).body
        reports[who] = receipt["reports"][0]
        scene.judged(reports[who])
        cases[who] = scene.folded(reports[who])
        story.passes("its proof is run", hours=2)
    case_id = cases["finder"]
    assert cases["rival"] == case_id
    story.happens("one signature, one case")
    story.says("vendor", "I keep the embargo", "POST", f"/cases/{case_id}/answer-invitation", {"accept": True})
    ends = story.api("vendor").get(f"/cases/{case_id}").body["embargo_ends_at"]

    refused = story.api("vendor").post(
        f"/cases/{case_id}/undo-link", {"report_id": reports["rival"], "reason": "Two flaws."}
    )
    assert refused.status == 403
    split = story.says(
        "clearinghouse",
        "two flaws in one function: take the second report out",
        "POST",
        f"/cases/{case_id}/undo-link",
        {"report_id": reports["rival"], "reason": "Two checks are missing, two fixes."},
    ).body  # fmt: skip - one sentence
    assert split["id"] != case_id
    assert split["embargo_ends_at"] == ends
    story.happens("a case of its own, under the same embargo, with the same participants")
    assert story.api("vendor").get(f"/cases/{split['id']}").body["report_count"] == 1
    story.hears("vendor", "two cases now")
    links = story.api("clearinghouse").get(f"/cases/{case_id}").body["links"]
    gone = [link for link in links if link["undone_at"]]
    assert [link["finder"] for link in gone] == ["rival"]
    story.hears("clearinghouse", "the old link stays as history, with both reasons")
    mine = story.api("rival").get(f"/reports/{reports['rival']}").body
    assert mine["case"] == split["id"]
    story.hears("rival", "yours is a case of its own, and you are first")
    story.pictured()

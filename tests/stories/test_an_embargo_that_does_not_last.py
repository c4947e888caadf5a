"""Embargoes that end before their time: somebody talks, and somebody attacks."""

import json
from datetime import datetime

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from support.stories import Story

from .conftest import Play, flaw

pytestmark = pytest.mark.django_db
CRITICAL = "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:C/C:H/I:H/A:H"


def a_case(story: Story) -> str:
    """A proved report in a case whose vendor has signed; drawn in three lines."""
    scene = story.scene
    scene.contact("vendor")
    receipt = story.says(
        "finder", "a report with a proof", "POST", "/reports", form=flaw("attr reads", severity=CRITICAL), status=202
    ).body
    scene.judged(receipt["reports"][0])
    case_id = scene.folded(receipt["reports"][0])
    story.hears("finder", "proved, and new: a case under embargo")
    story.says("vendor", "I keep the embargo", "POST", f"/cases/{case_id}/answer-invitation", {"accept": True})
    return case_id


def test_a_leaked_embargo(play: Play) -> None:
    story = play(
        "leaked-embargo",
        finder="Harbor Research",
        vendor="The maintainers",
        stranger="A distribution",
        clearinghouse="Coordinator",
    )
    case_id = a_case(story)
    path = f"/cases/{case_id}"
    rows = [{"organization_id": story.world.id("stranger")}]
    invitation = {"rows": rows, "reason": "They ship it to millions."}
    story.says("clearinghouse", "bring in the distribution", "POST", f"{path}/invitations", invitation)
    assert story.api("stranger").get(path).status == 404
    story.hears("stranger", "something waits for a package of yours; accept the embargo to read it")
    story.says("vendor", "what is it?", "GET", path)
    story.happens("each read of the case leaves its mark in the log")
    assert story.api("bank").get(path).status == 404

    story.passes("somebody posts the flaw on a mailing list", days=3)
    said = {"public_aware": True, "reason": "A post on a public list names function and trick."}
    refused = story.api("vendor").post(f"{path}/state", said)
    assert refused.status == 403
    story.says("clearinghouse", "the public knows", "POST", f"{path}/state", said)
    embargo = story.api("finder").get(f"{path}/embargo").body
    assert embargo["state"] == "exited"
    story.happens("the embargo ends at once, for everybody, on every door")
    again = story.api("clearinghouse").post(f"{path}/state", {"public_aware": False, "reason": "It was deleted."})
    assert again.status == 409
    assert story.api("stranger").get(path).status == 200
    for who in ("finder", "vendor", "stranger"):
        titles = [one["title"] for one in story.api(who).get("/notices").body["items"]]
        assert "The embargo of a case has ended" in titles, (who, titles)
    story.hears("finder", "the embargo has ended, and why")
    story.hears("vendor", "the embargo has ended, and why")
    story.hears("stranger", "the embargo has ended, and why")

    readers = story.says("clearinghouse", "who had read it by then?", "GET", f"{path}/readers").body["items"]
    names = {one["organization"] for one in readers}
    assert "vendor" in names
    assert "stranger" not in names
    assert "bank" not in names
    story.hears("clearinghouse", "the maintainers had, the distribution had not")
    denied = story.api("stranger").get(f"{path}/readers")
    assert denied.status in {403, 404}
    done = story.world.publishes(case_id)
    assert done.status == 200
    story.happens("two people publish; nobody waits for the old date")
    story.pictured()


def test_exploited_in_the_wild(play: Play) -> None:
    story = play(
        "exploited",
        finder="Harbor Research",
        vendor="The maintainers",
        clearinghouse__ines="Ines, coordinator",
        clearinghouse__ruben="Ruben, coordinator",
        hospital="A hospital",
    )
    sbom = {
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "version": 1,
        "components": [{"type": "library", "name": "jinja2", "version": "3.1.5", "purl": "pkg:pypi/jinja2@3.1.5"}],
    }
    form = {"name": "Portal", "sbom": SimpleUploadedFile("portal.cdx.json", json.dumps(sbom).encode())}
    story.says("hospital", "what we run", "POST", "/inventories", form=form, status=202)
    story.scene.works()
    policy = {"profile": "anthropic"}
    story.says("finder", "my policy: 90 days; 7 where it is exploited", "POST", "/embargo-profiles/own", policy)
    case_id = a_case(story)
    path = f"/cases/{case_id}"
    before = story.api("finder").get(f"{path}/embargo").body

    story.passes("the maintainers work on a fix", days=20)
    story.says("vendor", "valid", "POST", f"{path}/report-step", {"step": "validate"})
    story.says("vendor", "accepted", "POST", f"{path}/report-step", {"step": "accept"})
    said = {"attacks_observed": True, "reason": "A hospital's sensors saw the template in requests."}
    story.says("clearinghouse/ines", "attacks are seen", "POST", f"{path}/state", said)
    after = story.api("finder").get(f"{path}/embargo").body
    ends = [datetime.fromisoformat(one["ends_at"]) for one in (before, after)]
    assert after["state"] == "active"
    assert (ends[0] - ends[1]).days > 50, after["sentence"]
    assert after["strictest"].startswith("Anthropic")
    story.happens("the strictest policy names a new end: seven days from the first attack")
    titles = [one["title"] for one in story.api("clearinghouse/ines").get("/notices").body["items"]]
    assert "Attacks are seen while an embargo holds: should it end?" in titles
    story.hears("clearinghouse/ines", "should the embargo end now?")

    fixed = {"product": "pkg:pypi/jinja2", "status": "fixed", "fixed_version": "3.1.6"}
    story.says("vendor", "fixed in 3.1.6", "POST", f"{path}/statements", fixed)
    story.says("vendor", "the fix is ready", "POST", f"{path}/fix-step", {"step": "fix_ready"})
    ended = {"reason": "The fix is out and attackers know anyway."}
    story.says("clearinghouse/ines", "end the embargo", "POST", f"{path}/end-embargo", ended)
    assert story.api("hospital").get("/exposures").body["items"] == []
    reason = {"reason": "Operators have to act today."}
    story.says("clearinghouse/ines", "publish", "POST", f"{path}/propose-publication", reason)
    story.says("clearinghouse/ruben", "read; publish", "POST", f"{path}/approve-publication", reason)
    story.scene.works()
    exposures = story.api("hospital").get("/exposures").body["items"]
    assert len(exposures) == 1
    story.hears("hospital", "jinja2 3.1.5 on Portal: update to 3.1.6")
    story.pictured()

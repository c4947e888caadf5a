"""The maintainers do not answer; the date that everybody was told holds all the same."""

import json

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from support.world import confirmed

from .conftest import Play, flaw

pytestmark = pytest.mark.django_db
SBOM = {
    "bomFormat": "CycloneDX",
    "specVersion": "1.5",
    "version": 1,
    "components": [{"type": "library", "name": "jinja2", "version": "3.1.5", "purl": "pkg:pypi/jinja2@3.1.5"}],
}


def test_a_silent_vendor(play: Play) -> None:
    story = play(
        "silent-vendor",
        finder="Harbor Research",
        vendor="The maintainers",
        clearinghouse__ines="Ines, coordinator",
        clearinghouse__ruben="Ruben, coordinator",
        hospital="A hospital",
    )
    scene = story.scene
    scene.contact("vendor")
    form = {"name": "Portal", "sbom": SimpleUploadedFile("portal.cdx.json", json.dumps(SBOM).encode())}
    story.says("hospital", "what we run", "POST", "/inventories", form=form, status=202)
    scene.works()
    story.says(
        "finder", "my policy: 90 days, 30 more for a fix", "POST", "/embargo-profiles/own", {"profile": "project-zero"}
    )
    receipt = story.says(
        "finder", "a report with a proof", "POST", "/reports", form=flaw("attr reads"), status=202
    ).body
    scene.judged(receipt["reports"][0], confirmed())
    case_id = scene.folded(receipt["reports"][0])
    embargo = story.api("finder").get(f"/cases/{case_id}/embargo").body
    assert embargo["ends_at"].endswith("Z")
    story.hears("finder", "proved, new; the embargo ends in 90 days, to the hour, and whose rule that is")
    assert len(story.api("vendor").get("/invitations").body["items"]) == 1
    story.hears("vendor", "a proved report waits: accept the embargo to read it")

    story.passes("a week without an answer", days=7, minutes=1)
    assert story.api("vendor").get("/invitations").body["items"] == []
    consent = {
        one["organization"]: one["consent"]
        for one in story.api("clearinghouse/ines").get(f"/cases/{case_id}").body["participants"]
    }
    assert consent["vendor"] == "declined"
    story.happens("silence counts as declined")
    titles = [one["title"] for one in story.api("clearinghouse/ines").get("/notices").body["items"]]
    assert "An invitation was not answered" in titles
    story.hears("clearinghouse/ines", "not answered: invite anew, or go on")
    assert story.api("hospital").get("/exposures").body["items"] == []

    story.passes("81 days later, two days before the end", days=81)
    lacks = story.says("clearinghouse/ines", "what lacks?", "GET", f"/cases/{case_id}/readiness").body
    assert any(not item["ready"] for item in lacks["items"])
    story.hears("clearinghouse/ines", "a checklist, and who can do something about each line")
    early = story.api("clearinghouse/ines").post(
        f"/cases/{case_id}/approve-publication", {"reason": "It is nearly time."}
    )
    assert early.status == 409
    assert story.api("hospital").get("/exposures").body["items"] == []

    story.passes("the hour comes", days=2)
    ended = story.api("finder").get(f"/cases/{case_id}/embargo").body
    assert ended["state"] == "exited"
    story.happens("the embargo ends at its second; nothing is published by itself")
    path = f"/cases/{case_id}"
    reason = {"reason": "The date is reached; operators should act."}
    story.says("clearinghouse/ines", "publish, the date is reached", "POST", f"{path}/propose-publication", reason)
    story.says("clearinghouse/ines", "and I approve", "POST", f"{path}/approve-publication", reason, status=409)
    story.says("clearinghouse/ruben", "I have read it: publish", "POST", f"{path}/approve-publication", reason)
    again = story.api("clearinghouse/ruben").post(f"{path}/approve-publication", reason)
    assert again.status == 409
    scene.works()
    exposures = story.api("hospital").get("/exposures").body["items"]
    assert len(exposures) == 1
    story.hears("hospital", "jinja2 3.1.5 on Portal: update to 3.1.6")
    story.pictured()

"""Leases, ground, commitments and networks by form: what was done is said, what may not be done is not offered."""

import re

import pytest

from seawall.foundation.access.types import Role
from support.scenery import Scenery
from support.world import Scene

pytestmark = pytest.mark.django_db


def found(pattern: str, text: str) -> str:
    match = re.search(pattern, text)
    assert match is not None, pattern
    return match[1]


def test_a_lease_is_paused_resumed_and_handed_over(scene: Scene) -> None:
    finder, rival = scene.browser("finder"), scene.browser("rival")
    wanted = {"target": "pkg:pypi/jinja2", "weaknesses": "CWE-79, cwe-89", "hours": "10"}
    page = finder.post("/leases/request", wanted, follow=True).content.decode()
    assert "CWE-79, CWE-89" in page
    lease, fence = found(r"/leases/(lease_\w+)/pause", page), found(r'name="fence" value="(\d+)"', page)
    page = finder.post(f"/leases/{lease}/pause", {"fence": fence}, follow=True).content.decode()
    assert "paused" in page
    assert f"/leases/{lease}/renew" not in page
    finder.post(f"/leases/{lease}/resume", {"fence": fence})
    page = finder.post(f"/leases/{lease}/hand-over", {"fence": fence}, follow=True).content.decode()
    code = found(r"Good once, until [^<]*UTC: ([\w:\-]+)<", page)
    assert "The lease is yours" in rival.post("/leases/take-over", {"code": code}, follow=True).content.decode()
    again = rival.post("/leases/take-over", {"code": code})
    assert again.status_code == 409
    assert "used already" in again.content.decode()
    assert finder.post("/leases/request", {**wanted, "weaknesses": "XSS"}).status_code == 422


def test_a_maintainer_closes_ground_once_vouched_for(scene: Scene) -> None:
    vendor, keeper, finder = (scene.browser(name) for name in ("vendor", "clearinghouse", "finder"))
    page = vendor.post("/ground/claim", {"maintained": "https://github.com/x/y"}, follow=True).content.decode()
    claim = found(r"/ground/(steward_\w+)/prove", page)
    assert "seawall-control-" in page
    assert vendor.post(f"/ground/{claim}/rule", {"closed": "src/"}).status_code == 409
    assert finder.post(f"/ground/{claim}/rule", {"closed": "src/"}).status_code == 404
    assert vendor.post(f"/ground/{claim}/decision", {"vouch": "yes", "reason": "me"}).status_code == 403
    assert claim in keeper.get("/ground").content.decode()
    keeper.post(f"/ground/{claim}/decision", {"vouch": "yes", "reason": "known"})
    vendor.post(f"/ground/{claim}/rule", {"closed": "src/\ntests/", "scanners_max": "2", "note": "<b>slowly</b>"})
    page = finder.get("/ground").content.decode()
    assert "<code>tests/</code>" in page
    assert "&lt;b&gt;slowly&lt;/b&gt;" in page
    assert vendor.post(f"/ground/{claim}/rule", {"closed": "../x"}).status_code == 422


def test_the_map_is_drawn_for_whoever_asks(scene: Scene) -> None:
    finder = scene.browser("finder")
    assert "Nobody has told" in finder.get("/ground?target=pkg:pypi/jinja2").content.decode()
    assert finder.get("/ground?target=nonsense").status_code == 422
    assert scene.browser("hospital").get("/ground").status_code == 403
    assert scene.browser("finder", Role.VIEWER).get("/ground").status_code == 200


def test_a_digest_is_committed_by_form(scene: Scene) -> None:
    finder = scene.browser("finder")
    page = finder.post(
        "/commitments/seal", {"digest": "ab" * 32, "label": "our own note"}, follow=True
    ).content.decode()
    assert "Sealed as entry" in page
    wrong = finder.post("/commitments/seal", {"digest": "ab", "label": "kept"})
    assert wrong.status_code == 422
    assert 'value="kept"' in wrong.content.decode()
    lab = {
        "digest": "cd" * 32,
        "url": "https://lab.example/post",
        "algorithm": "sha3-256",
        "published_on": "2026-11-01",
    }
    assert "not confirmed" in finder.post("/commitments/seal", lab, follow=True).content.decode()
    assert "our own note" not in scene.browser("rival").get("/commitments").content.decode()
    keeper = scene.browser("clearinghouse")
    row = found(r"/commitments/(commitment_\w+)/judge", keeper.get("/commitments").content.decode())
    keeper.post(f"/commitments/{row}/judge", {"confirm": "yes", "reason": "seen"})
    assert finder.post(f"/commitments/{row}/judge", {"confirm": "yes", "reason": "x"}).status_code == 403


def test_a_network_is_registered_booked_asked_about_and_stopped(scene: Scene) -> None:
    operator, keeper, finder = (scene.browser(name) for name in ("hospital", "clearinghouse", "finder"))
    page = operator.post("/networks/register", {"value": "192.0.2.0/24"}, follow=True).content.decode()
    assert "_seawall.2.0.192.in-addr.arpa" in page
    network = found(r"/networks/(network_\w+)/prove", page)
    keeper.post(f"/networks/{network}/decision", {"vouch": "yes", "reason": "known"})
    limits = {"scanners": scene.world.id("finder"), "bookings_max": "1", "rate_max": "50"}
    operator.post(f"/networks/{network}/limits", limits)
    wish = {"hours": "2", "rate": "5", "sources": "198.51.100.7"}
    page = finder.post(f"/networks/{network}/book", wish, follow=True).content.decode()
    assert "Begin with a heartbeat" in page
    assert finder.post(f"/networks/{network}/book", {**wish, "sources": "everywhere"}).status_code == 422
    assert scene.browser("rival").post(f"/networks/{network}/book", wish).status_code == 404
    page = operator.get("/networks?source=198.51.100.7").content.decode()
    assert "Not ours" in page
    assert operator.get("/networks?source=x").status_code == 422
    assert operator.get("/networks?source=198.51.100.7&at=yesterday").status_code == 422
    booking = found(r"/bookings/(booking_\w+)/stop", page)
    page = operator.post(f"/networks/{network}/stop", {"reason": "too loud"}, follow=True).content.decode()
    assert "STOPPED" in page
    assert "too loud" in finder.get("/networks").content.decode()
    assert operator.post(f"/bookings/{booking}/stop", {"reason": "again"}).status_code == 409
    operator.post(f"/networks/{network}/reopen")
    assert "Stop all scans" in operator.get("/networks").content.decode()


def test_pages_of_a_full_day_answer_and_escape_what_strangers_wrote(scenery: Scenery) -> None:
    seen = 0
    for reader, paths in scenery.pages().items():
        client = scenery.browser(reader)
        for path in [one for one in paths if one.startswith(("/ground", "/commitments", "/networks", "/leases"))]:
            answer = client.get(path)
            text = answer.content.decode()
            assert answer.status_code == 200, (reader, path)
            assert " style=" not in text
            assert "<script>alert" not in text
            ids = re.findall(r'\sid="([^"]+)"', text)
            assert len(ids) == len(set(ids)), (path, sorted(one for one in set(ids) if ids.count(one) > 1))
            seen += 1
    assert seen >= 8
    silent = scenery.browser("hospital").get("/networks?source=198.51.100.7").content.decode()
    assert "gone silent" in silent
    assert "rect " in scenery.browser("rival").get("/ground?target=pkg:pypi/jinja2").content.decode()

"""The clock of a case on its page, other ends by people, and what lacks before a publication."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from playwright.sync_api import Browser

from seawall.clearinghouse.coordination.embargoes import services
from seawall.clearinghouse.coordination.models import Case
from seawall.foundation.platform import clock
from support.browser import PHONE, Visit
from support.world import Scene

pytestmark = pytest.mark.django_db


@pytest.fixture
def case_id(scene: Scene) -> str:
    scene.contact("vendor")
    found = scene.case()
    scene.accepts("vendor", found)
    services.bring_profile(scene.world.actor("clearinghouse"), found, "linux-distros", reason="They were told.")
    return found


def text_of(answer: Any) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", answer.content.decode()).split())


def test_the_clock_names_the_strictest_rule_and_draws_every_other(scene: Scene, case_id: str) -> None:
    page = scene.browser("finder").get(f"/cases/{case_id}")
    text = text_of(page)
    assert "because linux-distros: 14 days from" in text
    assert "Seawall&#x27;s default: 90 days from" in text
    assert re.search(r"ends \d{4}-\d\d-\d\d \d\d:\d\d(:\d\d)? UTC", text)
    assert page.content.decode().count('class="meter"') >= 2
    assert re.search(r'<svg class="clock"[^>]*aria-label="Timeline: it ends', page.content.decode())


def test_an_extension_that_no_rule_allows_comes_back_with_the_rules_name(scene: Scene, case_id: str) -> None:
    until = (clock.now() + timedelta(days=20)).strftime("%Y-%m-%dT%H:%M")
    vendor = scene.browser("vendor")
    answer = vendor.post(f"/cases/{case_id}/embargo/respond/request_extension", {"until": until, "reason": "Please."})
    assert answer.status_code == 409
    assert "linux-distros does not allow it" in text_of(answer)
    for odd in ("", "soon", "2026-13-45T99:99"):
        answer = vendor.post(f"/cases/{case_id}/embargo/respond/request_extension", {"until": odd, "reason": "x"})
        assert answer.status_code == 422, odd


def test_another_end_is_proposed_answered_and_decided(scene: Scene, case_id: str) -> None:
    until = (clock.now() + timedelta(days=5)).strftime("%Y-%m-%dT%H:%M")
    finder, vendor, coordinator = (scene.browser(name) for name in ("finder", "vendor", "clearinghouse"))
    said = finder.post(
        f"/cases/{case_id}/embargo/respond/propose_terms", {"until": until, "reason": "Our talk."}, follow=True
    )
    assert "a coordinator decides" in text_of(said)
    assert "Another end is asked for" in text_of(vendor.get(f"/cases/{case_id}"))
    vendor.post(f"/cases/{case_id}/embargo/respond/answer_terms", {"answer": "yes"})
    done = coordinator.post(
        f"/cases/{case_id}/embargo/decide/decide_terms", {"answer": "yes", "reason": "Agreed."}, follow=True
    )
    assert "because Agreed date" in text_of(done)
    assert vendor.get(f"/cases/{case_id}").status_code == 200, "who said yes need not sign anew"


def test_what_lacks_is_listed_and_added(scene: Scene, case_id: str) -> None:
    finder = scene.browser("finder")
    assert "Not confirmed yet: the credit of finder" in text_of(finder.get(f"/cases/{case_id}"))
    finder.post(f"/cases/{case_id}/embargo/respond/prepare", {"kind": "credit"})
    assert "Every finder has confirmed its credit" in text_of(finder.get(f"/cases/{case_id}"))
    odd = finder.post(f"/cases/{case_id}/embargo/respond/prepare", {"kind": "nonsense"})
    assert odd.status_code == 422


@pytest.mark.parametrize(
    ("who", "path", "status"),
    [
        ("finder", "embargo/decide/decide_terms", 403),
        ("vendor", "embargo/decide/bring_profile", 403),
        ("stranger", "embargo/respond/propose_terms", 404),
        ("clearinghouse", "embargo/decide/propose_terms", 404),
        ("clearinghouse", "embargo/respond/end_embargo", 404),
        ("finder", "embargo/respond/publish", 404),
    ],
)
def test_nobody_takes_somebody_elses_step(scene: Scene, case_id: str, who: str, path: str, status: int) -> None:
    assert scene.browser(who).post(f"/cases/{case_id}/{path}", {"reason": "x"}).status_code == status
    assert Case.objects.get(pk=case_id).embargo == "active"


@pytest.mark.browser
def test_the_clock_fits_a_phone(
    scene: Scene,
    case_id: str,
    browser: Browser,
    later: Callable[..., None],
) -> None:
    later(days=3)
    client = Client()
    client.force_login(scene.person("clearinghouse"))
    with Visit(browser, client, width=PHONE) as visit:
        page = visit.go(f"/cases/{case_id}")
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE
        box = page.locator("svg.clock").bounding_box()
        assert box is not None
        assert box["width"] > PHONE * 0.7
        assert not visit.complaints

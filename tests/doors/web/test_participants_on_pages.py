"""The case page's sections about who takes part, and the brief of whoever sees only a part."""

from datetime import timedelta
from typing import Any

import pytest

from seawall.clearinghouse.coordination import inviting
from seawall.clearinghouse.coordination.inviting import Wish
from seawall.clearinghouse.coordination.models import CaseSelection, Participant, VendorStatement
from seawall.clearinghouse.coordination.types import ParticipantRole, Tier
from seawall.foundation.access.types import OrganizationKind
from seawall.foundation.identity.services import create_organization
from seawall.foundation.platform import clock
from support import KEEPER, World
from support.world import JINJA, Scene

pytestmark = pytest.mark.django_db
HOSTILE = "<script>alert(1)</script>\u202e"


@pytest.fixture
def scene(world: World) -> Scene:
    found = Scene(world)
    found.contact("vendor")
    return found


@pytest.fixture
def case_id(scene: Scene) -> str:
    found = scene.case()
    scene.accepts("vendor", found)
    return found


def posted(browser: Any, path: str, **form: str) -> Any:
    return browser.post(path, form, follow=True)


def test_a_vendor_sorts_the_report_and_says_how_its_product_stands(scene: Scene, case_id: str) -> None:
    browser = scene.browser("vendor")
    assert b"Validate the report" in browser.get(f"/cases/{case_id}").content
    page = posted(browser, f"/cases/{case_id}/take-part/report_step", transition="validate", reason="seen here")
    assert b"Accept the report" in page.content
    assert b"takes the report for valid: seen here" in page.content
    refused = posted(browser, f"/cases/{case_id}/take-part/report_step", transition="close")
    assert refused.status_code == 409
    assert "allowed now: accept, defer" in refused.content.decode()
    said = {"product": JINJA, "status": "not_affected", "justification": "", "text": HOSTILE}
    wrong = posted(browser, f"/cases/{case_id}/take-part/statement", **said)
    assert wrong.status_code == 422
    assert "justification" in wrong.content.decode()
    page = posted(
        browser, f"/cases/{case_id}/take-part/statement", **{**said, "justification": "component_not_present"}
    )
    assert page.status_code == 200
    assert "&lt;script&gt;" in page.content.decode()
    assert "<script>alert" not in page.content.decode()
    assert "\u202e" not in page.content.decode()
    assert VendorStatement.objects.get().justification == "component_not_present"


def test_150_vendors_stay_usable(world: World, scene: Scene, case_id: str) -> None:
    wishes = [
        Wish(organization_id=create_organization(KEEPER, f"Vendor {number:03d}", OrganizationKind.VENDOR).id)
        for number in range(150)
    ]
    inviting.invite(world.actor("clearinghouse"), case_id, wishes, reason="they ship it")
    browser = scene.browser("clearinghouse")
    whole = browser.get(f"/cases/{case_id}").content.decode()
    assert whole.count('<td class="what"><strong>Vendor') == 150
    assert 'silent <span class="fine">150</span>' in whole
    some = browser.get(f"/cases/{case_id}?vendors=silent&find=vendor+01&sort=name").content.decode()
    assert some.count('<td class="what"><strong>Vendor') == 10
    assert "No vendor fits" in browser.get(f"/cases/{case_id}?find=nobody").content.decode()
    for odd in ("?vendors=bogus", "?sort=bogus", "?find=%00", "?find=" + "a" * 5000):
        assert browser.get(f"/cases/{case_id}{odd}").status_code == 200, odd


def test_the_coordinator_invites_cuts_and_records(world: World, scene: Scene, case_id: str) -> None:
    browser = scene.browser("clearinghouse")
    page = posted(
        browser,
        f"/cases/{case_id}/direct/invite",
        whom=f"{world.id('stranger')}\npkg:npm/nobodys",
        role="vendor",
        reason="r",
    )
    assert "1 invited. Not invited: pkg:npm/nobodys: no contact." in page.content.decode()
    refused = posted(
        browser, f"/cases/{case_id}/direct/invite", whom=world.id("lab"), role="observer", tier="2", reason="r"
    )
    assert refused.status_code == 422
    page = posted(
        browser,
        f"/cases/{case_id}/direct/reading",
        organization=world.id("stranger"),
        tier="0",
        ends="now",
        reason="it leaked",
    )
    assert page.status_code == 200
    row = Participant.objects.get(organization_id=world.id("stranger"))
    assert row.until is not None
    assert row.until <= clock.now()
    page = posted(browser, f"/cases/{case_id}/direct/state", event="attacks_observed", reason="a customer's logs")
    assert b"attacks seen" in page.content
    page = posted(
        browser,
        f"/cases/{case_id}/direct/selection",
        table="ssvc-coordinator-triage",
        value_density="diffuse",
        reason="first look",
    )
    assert "first look" in page.content.decode()
    assert CaseSelection.objects.get().stated == {"value_density": "diffuse"}
    assert browser.post(f"/cases/{case_id}/direct/nothing").status_code == 404
    assert scene.browser("vendor").post(f"/cases/{case_id}/direct/state").status_code == 403


def test_ssvc_is_shown_row_by_row_and_readers_to_the_coordinator_alone(scene: Scene, case_id: str) -> None:
    vendor = scene.browser("vendor").get(f"/cases/{case_id}").content.decode()
    assert "SSVC coordinator triage" in vendor
    assert "rows of the table remain" in vendor
    assert "Who read it" not in vendor
    coordinator = scene.browser("clearinghouse").get(f"/cases/{case_id}").content.decode()
    assert "Who read it" in coordinator
    assert "Sam of vendor" in coordinator


def test_a_reader_of_a_part_is_led_to_its_brief(world: World, scene: Scene, case_id: str) -> None:
    for name, tier in (("lab", Tier.REGISTRIES), ("evaluator", Tier.EXPERTS)):
        inviting.invite(
            world.actor("clearinghouse"),
            case_id,
            [Wish(organization_id=world.id(name))],
            reason="r",
            role=ParticipantRole.OBSERVER,
            tier=tier,
            until=clock.now() + timedelta(days=3),
        )
        scene.accepts(name, case_id)
    browser = scene.browser("lab")
    page = browser.get(f"/cases/{case_id}", follow=True)
    assert page.redirect_chain == [(f"/cases/{case_id}/brief", 302)]
    text = page.content.decode()
    assert "3.1.6" in text
    assert "attr filter" not in text
    assert "Fixed in" not in text
    assert scene.browser("stranger").get(f"/cases/{case_id}/brief").status_code == 404
    expert = scene.browser("evaluator").get(f"/cases/{case_id}").content.decode()
    assert "attr filter" in expert
    assert "SSVC" not in expert
    assert 'class="what"><strong>vendor' not in expert

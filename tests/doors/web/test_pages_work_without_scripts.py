"""Reading and deciding need no JavaScript; the policy lets none of a stranger's run; keys and paper suffice."""

import pytest
from django.test import Client
from playwright.sync_api import Browser

from seawall.foundation.access.types import Role
from support.browser import DESK, PHONE, Visit
from support.scenery import Scenery
from support.world import Scene

pytestmark = pytest.mark.browser

INJECT = """() => new Promise(done => {
  document.addEventListener('securitypolicyviolation', event => done(event.effectiveDirective));
  const made = document.createElement(%s);
  made.textContent = %s;
  document.head.append(made);
  setTimeout(() => done('ran'), 1000);
})"""
FOCUS = """() => {
  const one = document.activeElement, style = getComputedStyle(one), box = one.getBoundingClientRect();
  return {tag: one.tagName, text: (one.innerText || one.name || one.ariaLabel || '').trim().slice(0, 40),
          line: style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2,
          shown: box.width > 1 && box.height > 1 && box.left >= 0 && style.visibility === 'visible'};
}"""


def test_an_operator_reads_what_to_fix(scenery: Scenery, browser: Browser) -> None:
    with Visit(browser, scenery.browser("hospital"), width=PHONE, scripts=False) as visit:
        page = visit.go("/")
        assert page.url.endswith("/exposures")
        text = page.inner_text("main")
        assert text.index("Overdue") < text.index("tqdm") < text.index("sqlparse")
        why = page.locator("details.fold").first
        why.locator("summary").click()
        assert "Row 7 of BOD 26-04" in why.inner_text()
        visit.click("text=The value of a tqdm command line option is evaluated as Python")
        assert "update to 4.66.3 or later" in page.inner_text("main")
        assert not visit.complaints


def test_a_coordinator_decides(scene: Scene, browser: Browser) -> None:
    case_id = scene.case()
    client = Client(enforce_csrf_checks=True, raise_request_exception=False)
    client.force_login(scene.person("clearinghouse"))
    with Visit(browser, client, scripts=False) as visit:
        page = visit.go(f"/cases/{case_id}")
        page.click("summary:has-text('End the embargo')")
        page.fill("#end-reason", "The fix is out.")
        visit.click("button:has-text('End the embargo')")
        assert page.url.endswith(f"/cases/{case_id}")
        assert "The embargo has ended" in page.inner_text("[role=status]")
        page.click("summary:has-text('Propose to publish')")
        page.fill("#propose-reason", "Operators should act.")
        visit.click("button:has-text('Propose')")
        assert "Another person has to approve it" in page.inner_text("[role=status]")
        assert "Approve and publish" not in page.inner_text("main")
        assert not visit.complaints
    second = Client(enforce_csrf_checks=True, raise_request_exception=False)
    second.force_login(scene.person("clearinghouse", Role.MEMBER))
    with Visit(browser, second, scripts=False) as visit:
        page = visit.go(f"/cases/{case_id}")
        page.click("summary:has-text('Approve and publish')")
        page.fill("#approve-reason", "So they should.")
        visit.click("button:has-text('Publish')")
        assert "Published as SEAWALL-" in page.inner_text("[role=status]")
        assert not visit.complaints


def test_somebody_signs_in_with_a_password(scene: Scene, browser: Browser) -> None:
    scene.person("finder")
    with Visit(browser, Client(enforce_csrf_checks=True), scripts=False) as visit:
        page = visit.go("/reports")
        assert "/accounts/login/" in page.url
        page.fill("input[type=email]", "admin@finder.example")
        page.fill("input[type=password]", "a long enough password")
        visit.click("button:has-text('Sign in'):not([form])")
        assert page.url.endswith("/reports")


@pytest.mark.parametrize(("tag", "text"), [("script", "window.ran = 1"), ("style", "body { display: none }")])
def test_the_policy_stops_what_is_written_into_a_page(scene: Scene, browser: Browser, tag: str, text: str) -> None:
    with Visit(browser, scene.browser(None)) as visit:
        page = visit.go("/about")
        assert page.evaluate(INJECT % (repr(tag), repr(text))) == f"{tag}-src-elem"
        assert page.evaluate("window.ran") is None
        assert visit.complaints  # the console says so, which is how the other tests would notice


def test_hostile_texts_stay_texts(scenery: Scenery, browser: Browser) -> None:
    with Visit(browser, scenery.browser("clearinghouse")) as visit:
        opened: list[str] = []
        visit.page.on("dialog", lambda dialog: (opened.append(dialog.message), dialog.dismiss()))
        for path in ("/queue", f"/cases/{scenery.hostile}"):
            page = visit.go(path)
            assert page.locator("img").count() == 0
            assert page.locator("script").count() == 1
            assert "<script>alert(1)</script>" in page.inner_text("main")
            assert "\u202e" not in page.inner_text("main")
        assert not opened
        assert not visit.complaints


def test_a_running_proof_renews_itself(scene: Scene, browser: Browser) -> None:
    report_id = scene.report()
    scene.running(report_id)
    with Visit(browser, scene.browser("finder")) as visit:
        page = visit.go(f"/reports/{report_id}")
        assert "running" in page.inner_text("#progress")
        scene.judged(report_id)
        scene.folded(report_id)
        page.wait_for_selector("#progress:has-text('proof holds')")
        page.wait_for_selector("text=How the proof ran")
        assert not visit.complaints


def test_focus_is_seen_wherever_it_goes(scenery: Scenery, browser: Browser) -> None:
    with Visit(browser, scenery.browser("clearinghouse")) as visit:
        page = visit.go(f"/cases/{scenery.ended}")
        page.keyboard.press("Tab")
        first = page.evaluate(FOCUS)
        assert (first["text"], first["shown"]) == ("Skip to content", True)
        stops = 0
        while (where := page.evaluate(FOCUS))["tag"] != "BODY" and stops < 60:
            assert where["line"], f"no outline on {where}"
            assert where["shown"], f"not to be seen: {where}"
            stops += 1
            page.keyboard.press("Tab")
        assert stops > 15


def test_the_picture_of_the_runs_fills_its_place(scenery: Scenery, browser: Browser) -> None:
    for width in (DESK, PHONE):
        with Visit(browser, scenery.browser("clearinghouse"), width=width) as visit:
            page = visit.go(f"/cases/{scenery.tidegate}")
            sides = page.locator(".side").all()
            assert len(sides) == 3
            for side in sides:
                outer, inner = side.bounding_box(), side.locator("table.runs").bounding_box()
                assert outer is not None
                assert inner is not None
                assert inner["width"] > 0.8 * outer["width"]
            boxes = [side.bounding_box() for side in sides]
            lefts = {round(box["x"]) for box in boxes if box is not None}
            assert len(lefts) == (3 if width == DESK else 1), "side by side at a desk, one below the other on a phone"


def test_paper_shows_the_reasons_and_no_forms(scenery: Scenery, browser: Browser) -> None:
    with Visit(browser, scenery.browser("hospital")) as visit:
        page = visit.go("/exposures")
        page.emulate_media(media="print")
        assert page.locator("nav").first.is_hidden()
        reason = page.locator("details.fold p").first
        assert reason.is_visible()
        assert reason.bounding_box()["height"] > 5  # type: ignore[index]
        page.goto(page.url.replace("/exposures", "/inventories"))
        page.emulate_media(media="print")
        assert page.locator("main form").first.is_hidden()

"""axe-core finds nothing wrong with any page, on a phone and at a desk, in light and in dark; nothing is cut off.

Phones are looked at each time: what is wrong at a desk is mostly wrong there too, and more is. Desks are among the long tests.
"""

from typing import Any

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Browser, Page

from support.browser import DESK, PHONE, Visit
from support.scenery import Scenery

pytestmark = pytest.mark.browser

STANDARD = {
    "type": "tag",
    "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
}
COLORS = {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}
"""What the color scheme can change."""
WIDTHS = pytest.mark.parametrize("width", [PHONE, pytest.param(DESK, marks=pytest.mark.long)])
_OPEN = "document.querySelectorAll('details:not(.menu)').forEach(one => { one.open = true })"


def violations(page: Page, rules: dict[str, Any]) -> list[str]:
    """What axe says, one line for each element."""
    found = page.evaluate(
        "rules => axe.run(document, {runOnly: rules, resultTypes: ['violations']}).then(said => said.violations)", rules
    )
    return [f"{item['id']}: {node['html'][:120]}" for item in found for node in item["nodes"]]


def look(scenery: Scenery, browser: Browser, width: int, *readers: str | None) -> None:
    """Open every page of the readers at a width."""
    wrong: list[str] = []
    pages = scenery.pages()
    for reader in readers:
        client = scenery.browser(reader)
        with Visit(browser, client, width=width) as visit:
            for path in pages[reader]:
                page = visit.go(path)
                page.evaluate(_OPEN)
                page.evaluate(AXE_SCRIPT)
                if excess := visit.overflow():
                    wrong.append(f"{reader} {path} at {width}: {excess} pixels wider than the window")
                wrong += [f"{reader} {path} at {width}: {line}" for line in violations(page, STANDARD)]
                page.emulate_media(color_scheme="dark")
                wrong += [f"{reader} {path} at {width}, dark: {line}" for line in violations(page, COLORS)]
                page.emulate_media(color_scheme="light")
            wrong += visit.complaints
    assert not wrong, "\n".join(wrong)


# Classes, because tests are spread over processes by class.


@WIDTHS
class TestCoordinators:
    def test_axe_finds_nothing(self, scenery: Scenery, browser: Browser, width: int) -> None:
        look(scenery, browser, width, "clearinghouse")


@WIDTHS
class TestVisitorsAndVendors:
    def test_axe_finds_nothing(self, scenery: Scenery, browser: Browser, width: int) -> None:
        look(scenery, browser, width, None, "vendor", "stranger", "lab")


@WIDTHS
class TestFindersAndOperators:
    def test_axe_finds_nothing(self, scenery: Scenery, browser: Browser, width: int) -> None:
        look(scenery, browser, width, "rival", "hospital", "agency")


def test_every_reader_is_looked_at(scenery: Scenery) -> None:
    assert set(scenery.pages()) == {"clearinghouse", None, "vendor", "stranger", "rival", "hospital", "agency", "lab"}


def test_axe_would_say_so(browser: Browser) -> None:
    page = browser.new_page()
    page.set_content("<p style='color:#ccc;background:#fff'>pale</p><img src=x>")
    page.evaluate(AXE_SCRIPT)
    said = " ".join(violations(page, STANDARD))
    assert "image-alt" in said
    assert "color-contrast" in said
    assert "color-contrast" in " ".join(violations(page, COLORS))

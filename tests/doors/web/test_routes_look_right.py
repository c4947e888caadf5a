"""The pages of links, routes and pace, in a browser: axe finds nothing, nothing is cut off, the form of a link works."""

import os
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from django.test import Client
from playwright.sync_api import Browser, Page

from seawall.clearinghouse.coordination.routing import pacing, sending, services
from seawall.clearinghouse.coordination.routing.turns import ADVANCE
from seawall.clearinghouse.coordination.routing.types import Route
from seawall.foundation.jobs.runner import drain
from support import World
from support.browser import DESK, PHONE, Visit
from support.world import JINJA, Scene

pytestmark = pytest.mark.browser

SHOTS = os.environ.get("SHOTS", "")
"""Folder for pictures, for whoever wants to look."""
RULES = {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
LONG = "Ana-" + "x" * 80


def wrong_with(page: Page, visit: Visit, name: str) -> list[str]:
    page.evaluate("document.querySelectorAll('details:not(.menu)').forEach(one => { one.open = true })")
    page.evaluate(AXE_SCRIPT)
    if SHOTS:
        page.screenshot(path=str(Path(SHOTS) / f"{name}.png"), full_page=True)
    found = page.evaluate(
        "rules => axe.run(document, {runOnly: rules, resultTypes: ['violations']}).then(said => said.violations)", RULES
    )
    wide = visit.overflow()
    return [f"{name}: {item['id']}: {node['html'][:120]}" for item in found for node in item["nodes"]] + (
        [f"{name}: {wide} pixels too wide"] if wide else []
    )


@pytest.mark.parametrize("width", [DESK, PHONE])
def test_a_maintainer_reads_and_answers_in_a_browser(world: World, browser: Browser, width: int) -> None:
    scene = Scene(world)
    keeper = world.actor("clearinghouse")
    case_id = scene.case(description="Steps, with a long line: " + "y" * 300)
    minted = services.mint_link(keeper, case_id, name=LONG)
    wrong: list[str] = []
    with Visit(browser, Client(), width=width, scripts=True) as visit:
        page = visit.go(f"/m/{minted.token}")
        wrong += wrong_with(page, visit, f"link-{width}")
        visit.click("text=Open the link")
        wrong += wrong_with(page, visit, f"invited-{width}")
        visit.click("text=Accept and read")
        page.fill("#say-text", "We look into it.")
        visit.click("text=Send")
        visit.click("text=It is a flaw")
        wrong += wrong_with(page, visit, f"maintainer-{width}")
        visit.click("text=Leave this browser")
        wrong += wrong_with(page, visit, f"left-{width}")
        wrong += visit.complaints
    with Visit(browser, Client(), width=width) as visit:
        wrong += wrong_with(visit.go(f"/m/{minted.token}"), visit, f"spent-{width}")
    assert wrong == []


@pytest.mark.parametrize("width", [DESK, PHONE])
def test_a_coordinator_sees_routes_and_queues_in_a_browser(world: World, browser: Browser, width: int) -> None:
    scene = Scene(world)
    keeper = world.actor("clearinghouse")
    case_id = scene.case()
    services.mint_link(keeper, case_id, name=LONG)
    services.open_link(services.mint_link(keeper, case_id, name="Ben").token)
    sending.set_address(keeper, JINJA, email="ana@example.org", github_repository="pallets/jinja")
    for route in (Route.EMAIL, Route.VINCE):
        sending.begin(keeper, case_id, route)
    pacing.set_pace(keeper, open_limit=1, weekly_limit=2, maintainer=JINJA)
    drain(kinds=(ADVANCE,))
    waiting = scene.case(title="Second", identifiers=(), symbols=("other",), result=other())
    wrong: list[str] = []
    with Visit(browser, scene.browser("clearinghouse"), width=width) as visit:
        for name, path in (("routes", f"/cases/{case_id}/routes"), ("pace", "/pace"), ("case", f"/cases/{waiting}")):
            wrong += wrong_with(visit.go(path), visit, f"{name}-{width}")
        wrong += visit.complaints
    with Visit(browser, scene.browser("vendor"), width=width) as visit:
        wrong += wrong_with(visit.go("/pace"), visit, f"own-pace-{width}")
    assert wrong == []


def other() -> Any:
    from support.world import confirmed  # noqa: PLC0415

    return confirmed(signature="secret-read/1:other")

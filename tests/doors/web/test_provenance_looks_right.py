"""Reports that came a long way with long words, in a browser: axe finds nothing and nothing is cut off."""

import json
import os
from pathlib import Path

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from django.test import Client
from playwright.sync_api import Browser

from seawall.clearinghouse.intake.types import Cost, Credit, EmbargoTerms, Origin, Provenance, Relay
from support import World
from support.browser import DESK, PHONE, Visit
from support.report_samples import SAMPLES
from support.world import Scene

pytestmark = pytest.mark.browser
SHOTS = os.environ.get("SHOTS", "")
"""Folder for pictures, for whoever wants to look."""
LONG = "w" * 150
RULES = {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}


@pytest.mark.parametrize("width", [DESK, PHONE])
def test_long_provenance_stays_within_its_page(world: World, browser: Browser, width: int) -> None:
    scene = Scene(world)
    long = scene.report(
        provenance=Provenance(
            ai_assisted=True,
            model=LONG,
            harness=LONG,
            method=LONG,
            cost=Cost("12.50", "USD", 10**15),
            prompts_digest="sha256:" + "ab" * 32,
        ),
        relay=Relay(
            credits=(Credit(LONG, LONG, LONG, (f"https://{LONG}",)),),
            origins=(Origin(LONG, LONG, f"https://{LONG}"),),
            embargo=EmbargoTerms(until="2027-01-01T00:00:00Z", tlp="AMBER+STRICT", text=LONG),
        ),
        unread=(LONG,),
    )
    identifier = world.api("finder").post("/reports", SAMPLES["seawall"].document).body["identifier"]
    sent = world.api("finder").get(f"/reports/{identifier}/relay").body
    relayed = world.api("finder").post("/reports", raw=json.dumps(sent).encode()).body["identifier"]
    client = scene.browser("finder")
    session = Client()
    session.cookies = client.cookies
    wrong: list[str] = []
    with Visit(browser, session, width=width) as visit:
        for name, address in (
            ("long", f"/reports/{long}"),
            ("relayed", f"/reports/{relayed}"),
            ("list", "/reports"),
            ("form", "/reports/new"),
        ):
            page = visit.go(address)
            page.evaluate(AXE_SCRIPT)
            if SHOTS:
                page.screenshot(path=str(Path(SHOTS) / f"{name}-{width}.png"), full_page=True)
            said = page.evaluate(
                "rules => axe.run(document, {runOnly: rules, resultTypes: ['violations']}).then(said => said.violations)",
                RULES,
            )
            wrong += [f"{name}: {item['id']}: {node['html'][:120]}" for item in said for node in item["nodes"]]
            wrong += [f"{name}: {visit.overflow()} pixels too wide"] if visit.overflow() else []
        wrong += visit.complaints
    assert wrong == []

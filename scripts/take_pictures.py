"""Plays the demonstration and takes the pictures of docs/pages.md from its running site.

    .venv/bin/python scripts/take_pictures.py

Wants Debian's Chromium, and pngquant for small files (without it they are three times as large, and it says so).
"""

import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Error, Page, sync_playwright

ROOT = Path(__file__).parent.parent
PICTURES = ROOT / "docs" / "pictures"
PASSWORD = "harbor-lights-at-dawn"  # noqa: S105 - of the demonstration, printed at its end
COORDINATOR, FINDER, HOSPITAL = "ines@clearinghouse.example", "tomasz@northlight.example", "dolores@marrow.example"
DESK, PHONE = (1280, 860), (390, 844)
CASES = 9
"""Open cases before the coordinator of the demonstration ends the embargoes."""
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]


@contextmanager
def demonstration() -> Iterator[tuple[str, "subprocess.Popen[bytes]"]]:
    """The demonstration, running on a free port; its site is stopped at the end."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    seawall = str(Path(sys.executable).with_name("seawall"))
    with tempfile.TemporaryDirectory() as folder:
        words = [seawall, "demo", "--port", port, "--folder", f"{folder}/demo"]
        played = subprocess.Popen(words, cwd=folder, stdout=subprocess.DEVNULL)
        try:
            yield f"http://127.0.0.1:{port}", played
        finally:
            played.wait(timeout=300)
            subprocess.run([seawall, "demo", "--stop", "--folder", f"{folder}/demo"], cwd=folder, check=False)


def signed_in(browser: Browser, site: str, mail: str, size: tuple[int, int], **more: Any) -> Page:
    """A window of somebody who has signed in; waits until the site has that person."""
    page = browser.new_context(viewport={"width": size[0], "height": size[1]}, **more).new_page()
    deadline = time.monotonic() + 90
    while True:
        try:
            page.goto(f"{site}/accounts/login/")
            page.fill("input[type=email]", mail)
            page.fill("input[type=password]", PASSWORD)
            page.click("button:has-text('Sign in'):not([form])")
            page.wait_for_selector("summary:has-text('Account')", timeout=3000)
        except Error:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.5)
        else:
            return page


def take(page: Page, name: str, *, height: int | None = None) -> None:
    """Keep the page as a small PNG; ``height`` cuts it off."""
    path = PICTURES / f"{name}.png"
    size = page.viewport_size or {"width": DESK[0], "height": DESK[1]}
    whole = int(page.evaluate("document.documentElement.scrollHeight"))
    page.screenshot(
        path=path,
        full_page=True,
        clip={"x": 0, "y": 0, "width": size["width"], "height": min(whole, height or whole)},
    )
    if shutil.which("pngquant"):
        subprocess.run(["pngquant", "--force", "--skip-if-larger", "--ext", ".png", "48", str(path)], check=False)
    else:
        print("pngquant is missing: the pictures stay large")
    print(f"{path.relative_to(ROOT)}: {path.stat().st_size // 1024} KiB")


def main() -> None:
    """Take them all."""
    PICTURES.mkdir(exist_ok=True)
    with demonstration() as (site, played), sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=ARGUMENTS)
        coordinator = signed_in(browser, site, COORDINATOR, DESK)
        rows = coordinator.locator("td.what > a")
        while played.poll() is None:
            coordinator.goto(f"{site}/queue")
            if rows.count() >= CASES:
                take(coordinator, "queue-1280")
                address = str(coordinator.locator("td.what > a:has-text('tidegate')").get_attribute("href"))
                coordinator.goto(f"{site}{address}")
                take(coordinator, "case-1280", height=1180)
                break
            time.sleep(0.1)
        played.wait(timeout=300)
        for mail, path, name, size in (
            (HOSPITAL, "/exposures", "exposures-390", PHONE),
            (HOSPITAL, "/inventories", "inventories-1280", DESK),
            (FINDER, "/reports", "reports-1280", DESK),
        ):
            page = signed_in(browser, site, mail, size)
            page.goto(f"{site}{path}")
            take(page, name, height=1600)
        dark = signed_in(browser, site, COORDINATOR, DESK, color_scheme="dark")
        dark.goto(f"{site}/log")
        take(dark, "log-1280", height=900)
        browser.close()


if __name__ == "__main__":
    main()

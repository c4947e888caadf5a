"""Debian's Chromium in front of Django's test client: real pages, and the test's own transaction behind them.

Every request of the browser is answered by ``django.test.Client`` in the test's thread, so nothing is committed, no
port is opened and nothing can leave the machine. Headers arrive as Django wrote them, the content security policy too.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal, Self
from urllib.parse import urljoin, urlsplit

from django.db import connections
from django.test import Client
from django.utils.html import format_html
from playwright.sync_api import Browser, BrowserContext, Page, Route, sync_playwright

EXECUTABLE = Path(os.environ.get("CHROMIUM", "/usr/bin/chromium"))
ORIGIN = "http://localhost"
DESK, PHONE = 1280, 390
"""Widths in CSS pixels."""
QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@contextmanager
def chromium() -> Iterator[Browser]:
    """A headless Chromium; start it after the database fixture, and stop it before."""
    # Playwright's event loop lives in the test's thread. There Django would refuse to touch the database, and would look
    # for its connection in another place, where the test's transaction is not.
    database = connections["default"]
    before = os.environ.get("DJANGO_ALLOW_ASYNC_UNSAFE")
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
    try:
        with sync_playwright() as playwright:
            connections["default"] = database
            browser = playwright.chromium.launch(executable_path=EXECUTABLE, args=list(QUIET))
            yield browser
            browser.close()
    finally:
        if before is None:
            del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]
        else:
            os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = before


class Visit:
    """A browser window of one reader; ``complaints`` has what its console, its policy and the server did not like."""

    def __init__(
        self,
        browser: Browser,
        client: Client,
        *,
        width: int = DESK,
        scheme: Literal["light", "dark"] = "light",
        scripts: bool = True,
    ) -> None:
        self.complaints: list[str] = []
        self._moving_to = ""
        self._database = connections["default"]
        self._client = client
        self.context: BrowserContext = browser.new_context(
            viewport={"width": width, "height": 900 if width > PHONE else 844},
            color_scheme=scheme,
            java_script_enabled=scripts,
            reduced_motion="reduce",
            device_scale_factor=1,
        )
        self.context.route("**/*", self._answer)
        self.page: Page = self.context.new_page()
        self.page.on("console", lambda message: self._note(message.type, message.text))
        self.page.on("pageerror", lambda error: self._note("error", str(error)))

    def _note(self, kind: str, text: str) -> None:
        # Chromium says so of every page that is a refusal, which some are here on purpose.
        if kind in {"error", "warning"} and not text.startswith("Failed to load resource: the server responded"):
            self.complaints.append(f"{urlsplit(self.page.url).path}: {text}")

    def _answer(self, route: Route) -> None:
        connections["default"] = self._database  # handlers run in a context of their own
        request = route.request
        parts = urlsplit(request.url)
        if f"{parts.scheme}://{parts.netloc}" != ORIGIN:
            self.complaints.append(f"asked elsewhere: {request.url}")
            route.abort()
            return
        sent = request.all_headers()
        headers = {name: value for name, value in sent.items() if name not in {"content-type", "cookie"}}
        headers["host"] = parts.netloc
        answer = self._client.generic(
            request.method,
            f"{parts.path}?{parts.query}" if parts.query else parts.path,
            request.post_data_buffer or b"",
            sent.get("content-type", "application/octet-stream"),
            headers=headers,
        )
        if answer.has_header("Location"):
            # Playwright lets the browser follow a redirect itself, to where nobody listens; so the page moves on its own.
            self._moving_to = urljoin(f"{parts.path}", answer.headers["Location"])
            moved = format_html('<meta http-equiv="refresh" content="0; url={}">', self._moving_to)
            route.fulfill(status=200, content_type="text/html", body=moved)
            return
        body = b"".join(answer.streaming_content) if answer.streaming else answer.content
        if answer.status_code >= 500:
            self.complaints.append(f"{parts.path}: {answer.status_code}")
        route.fulfill(status=answer.status_code, headers=dict(answer.headers.items()), body=body)

    def go(self, path: str) -> Page:
        """Open an address of the site."""
        self.page.goto(f"{ORIGIN}{path}", wait_until="load")
        self._settle()
        return self.page

    def click(self, selector: str) -> None:
        """Press something that leads to another page, and wait for it."""
        with self.page.expect_navigation(wait_until="load"):
            self.page.click(selector)
        self._settle()

    def _settle(self) -> None:
        while target := self._moving_to:
            self.page.wait_for_url(f"{ORIGIN}{target}", wait_until="load")
            if self._moving_to == target:  # and not moved on meanwhile
                self._moving_to = ""

    def overflow(self) -> int:
        """Pixels by which the page is wider than its window."""
        return int(self.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth"))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.context.close()

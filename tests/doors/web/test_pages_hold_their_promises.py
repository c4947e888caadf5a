"""Every page answers, without inline code, uncached; what is another's is absent, word for word; forms need their token."""

import hashlib
import json
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import get_resolver

from seawall.doors import web
from seawall.doors.web.security import POLICY
from seawall.doors.web.urls import urlpatterns
from seawall.foundation.access.types import Role
from support.scenery import HOSTILE, Scenery
from support.world import Scene

DOCS = Path(__file__).parents[3] / "docs"


class Page(HTMLParser):
    """What a page has of code, images and numbers."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.inline: list[str] = []
        self.sources: list[str] = []
        self.ids: list[str] = []
        self._in_script = False
        self.feed(text)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        named = dict(attributes)
        self.inline += [f"{tag} {name}" for name in named if name == "style" or name.startswith("on")]
        self.inline += [f"{tag} {name}" for name in ("href", "src", "action") if _runs(named.get(name))]
        if tag == "style" or (tag == "script" and "src" not in named and named.get("type") != "application/json"):
            self.inline.append(tag)
        if named.get("src"):
            self.sources.append(named["src"] or "")
        if named.get("id"):
            self.ids.append(named["id"] or "")


def _runs(address: str | None) -> bool:
    return re.sub(r"[\s\x00-\x1f]", "", address or "").lower().startswith(("javascript:", "data:", "vbscript:"))


def test_every_page_answers_without_inline_code(scenery: Scenery) -> None:
    for reader, paths in scenery.pages().items():
        client = scenery.browser(reader)
        for path in paths:
            answer = client.get(path)
            assert answer.status_code == (404 if path == "/no-such-page" else 200), path
            assert answer.headers["Content-Security-Policy"] == POLICY
            assert answer.headers["X-Frame-Options"] == "DENY"
            assert answer.headers["Referrer-Policy"] == "same-origin"
            page = Page(answer.content.decode())
            assert not page.inline, path
            assert all(source.startswith("/static/") for source in page.sources), path
            assert len(page.ids) == len(set(page.ids)), path
            if reader is not None and not path.startswith("/accounts/"):
                assert answer.headers["Cache-Control"] == "no-store", path


def test_hostile_texts_are_escaped_wherever_they_are_shown(scenery: Scenery) -> None:
    seen = 0
    for reader, path in (
        ("clearinghouse", "/queue"),
        ("clearinghouse", f"/cases/{scenery.hostile}"),
        ("rival", "/reports"),
        ("rival", "/cases"),
        ("rival", f"/scans/{scenery.scan}?change=all"),
        ("rival", f"/findings/{scenery.finding}"),
    ):
        text = scenery.browser(reader).get(path).content.decode()
        assert not set("\u202e\u202c\u200b\u2066") & set(text), path
        assert "<script>alert" not in text
        assert "<img src=x" not in text
        assert "{{ 7*7 }}" in text, "a template's braces stay what they are"
        seen += text.count("&lt;script&gt;alert(1)&lt;/script&gt;")
    assert seen > 5
    assert "\u202e" in HOSTILE


def test_a_title_of_five_thousand_characters_is_refused_on_the_form(scene: Scene) -> None:
    report = {"schema": "seawall.report/1", "title": "W" * 5000, "description": "x", "package": "pkg:pypi/jinja2"}
    sent = {"format": "seawall", "report": SimpleUploadedFile("r.json", json.dumps(report).encode())}
    answer = scene.browser("finder").post("/reports/new", sent)
    assert 400 <= answer.status_code < 500
    text = answer.content.decode()
    assert 'role="alert"' in text
    assert "title" in text
    assert "W" * 400 not in text


# --- what is another's ------------------------------------------------------------------------------


def foreign(scenery: Scenery) -> Iterator[tuple[str, str, str]]:
    """Somebody who must not see it, its address, and the same address of what never was."""
    exposure = scenery.pages()["hospital"][1].rpartition("/")[2]
    for readers, form, real in (
        (("stranger", "bank", "evaluator"), "/cases/{}", scenery.jinja),
        (("finder", "vendor", "hospital"), "/reports/{}", scenery.slop),
        (("finder", "hospital"), "/reports/{}/progress", scenery.slop),
        (("bank", "vendor", "agency"), "/inventories/{}", scenery.ward),
        (("bank", "agency"), "/inventories/{}/state", scenery.ward),
        (("bank", "vendor"), "/exposures/{}", exposure),
        (("bank",), "/exposures?inventory={}", scenery.ward),
        (("finder", "clearinghouse", "bank"), "/scans/{}", scenery.scan),
        (("finder", "clearinghouse", "bank"), "/scans/{}/state", scenery.scan),
        (("finder", "clearinghouse", "bank"), "/findings/{}", scenery.finding),
        (("stranger", "bank", None), "/log?subject={}", scenery.jinja),
        (("stranger", "bank", None), f"/log/{scenery.entry}?subject={{}}", scenery.jinja),
    ):
        kind, _, _ = real.partition("_")
        for reader in readers:
            yield reader, form.format(real), form.format(f"{kind}_{'a' * 26}")


def without_numbers(content: bytes) -> str:
    """The page without its request's number and its forms' masked tokens, which differ each time."""
    return re.sub(r'<code>[0-9a-f]{32}</code>|value="\w{64}"', "", content.decode())


def test_anothers_page_and_none_are_one_answer(scenery: Scenery) -> None:
    tried = 0
    for reader, real, absent in foreign(scenery):
        browser = scenery.browser(reader)
        answers = [browser.get(real), browser.get(absent)]
        # Some kinds of organizations may not look at such things at all; they learn that, and nothing else.
        assert {answer.status_code for answer in answers} in ({404}, {403}), (reader, real)
        texts = [without_numbers(answer.content) for answer in answers]
        assert texts[0] == texts[1], (reader, real)
        tried += 1
    assert tried > 15


def test_whoever_may_have_such_things_gets_404_and_not_403(scenery: Scenery) -> None:
    for reader, path in (
        ("stranger", f"/cases/{scenery.jinja}"),
        ("finder", f"/reports/{scenery.slop}"),
        ("bank", f"/inventories/{scenery.ward}"),
    ):
        assert scenery.browser(reader).get(path).status_code == 404, path


def test_nothing_of_an_embargoed_case_shows_to_others(scenery: Scenery) -> None:
    for reader in (None, "stranger", "hospital", "bank", "agency"):
        client = scenery.browser(reader)
        for path in (
            "/",
            "/about",
            "/advisories",
            "/log",
            "/cases",
            "/exposures",
            "/inventories",
            "/notices",
            "/invitations",
        ):
            text = client.get(path, follow=True).content.decode()
            assert "attr filter" not in text, (reader, path)
            assert scenery.jinja not in text, (reader, path)


# --- forms ------------------------------------------------------------------------------------------


def forms() -> list[str]:
    """Routes that take POST."""
    found = []
    for pattern in urlpatterns:
        for cell in getattr(pattern.callback, "__closure__", None) or ():
            value = cell.cell_contents
            if isinstance(value, list) and "POST" in value:
                found.append(str(pattern.pattern))
    return found


def test_every_form_needs_its_token(scene: Scene) -> None:
    routes = forms()
    assert len(routes) >= 15
    client = Client(enforce_csrf_checks=True, raise_request_exception=False)
    client.force_login(scene.person("clearinghouse"))
    for route in routes:
        address = "/" + re.sub(r"<\w+:\w+>", "case_" + "a" * 26, route)
        answer = client.post(address, {"reason": "none"})
        assert answer.status_code == 403, route
        assert b"stale-form" in answer.content, route


def test_every_form_refuses_get(scene: Scene) -> None:
    client = scene.browser("clearinghouse")
    for route in forms():
        if route == "reports/new":
            continue
        assert client.get("/" + re.sub(r"<\w+:\w+>", "case_" + "a" * 26, route)).status_code == 405, route


def test_forms_carry_their_token(scenery: Scenery) -> None:
    for reader, paths in scenery.pages().items():
        client = scenery.browser(reader)
        for path in paths:
            text = client.get(path).content.decode()
            posting = re.findall(r'<form[^>]*method="post".*?</form>', text, re.DOTALL)
            assert all("csrfmiddlewaretoken" in form for form in posting), path


def test_vendored_files_are_what_their_list_says() -> None:
    folder = Path(web.__file__).parent / "static" / "vendor"
    listed = dict(
        re.findall(r"^\| `([^`]+)` \|.*\| `([0-9a-f]{64})` \|$", (folder / "VENDORED.md").read_text(), re.MULTILINE)
    )
    code = [file for file in folder.iterdir() if file.suffix in {".js", ".css"}]
    assert listed == {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in code}
    base = (folder.parents[1] / "templates" / "web" / "base.html").read_text()
    assert all(f"vendor/{name}" in base for name in listed)


def test_every_page_is_described() -> None:
    described = re.findall(r"`(/[^`]*)`", (DOCS / "pages.md").read_text(encoding="utf-8"))
    known = {re.sub(r"\{\w+\}", "{}", address) for address in described}
    reading = [str(pattern.pattern) for pattern in urlpatterns if str(pattern.pattern) not in forms()]
    parts = {
        "reports/<str:report_id>/progress",
        "inventories/<str:inventory_id>/state",
        "scans/<str:scan_id>/state",
        "log/checkpoint",
    }
    files = re.compile(r"<path:path>|/proof$")
    wanted = {
        "/" + re.sub(r"<\w+:\w+>", "{}", route) for route in reading if route not in parts and not files.search(route)
    }
    assert wanted | {"/reports/new"} <= known


def test_a_page_address_names_a_view() -> None:
    names = [pattern.name for pattern in urlpatterns]
    assert len(names) == len(set(names))
    assert get_resolver().resolve("/exposures").url_name == "exposures"


def test_who_may_not_is_shown_no_form(scenery: Scenery) -> None:
    for role in (Role.VIEWER, Role.MEMBER):
        client = scenery.browser("hospital", role)
        listing = client.get("/inventories").content.decode()
        detail = client.get(f"/inventories/{scenery.ward}").content.decode()
        assert ("Upload an inventory" in listing) is (role is Role.MEMBER)
        assert ("Delete this inventory" in detail) is (role is Role.MEMBER)
        assert client.get("/tokens").status_code == 403

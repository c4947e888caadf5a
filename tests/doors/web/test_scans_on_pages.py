"""A person uploads a scan, reads what changed, narrows it, judges a finding and takes that back; without scripts."""

import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from seawall.clearinghouse.scanning.models import Finding
from seawall.foundation.access.types import Role
from seawall.foundation.jobs.runner import drain
from support import scans
from support.scenery import HOSTILE
from support.world import Scene

pytestmark = pytest.mark.django_db
SPOTS = scans.project(130, per_file=10)


def upload(browser: Client, data: bytes, **more: str) -> str:
    """Address of the scan's page."""
    form = {"project": "https://example.org/harbor/portal", "sarif": SimpleUploadedFile("x.sarif", data), **more}
    answer = browser.post("/scans/upload", form)
    assert answer.status_code == 302, answer.content.decode()
    drain()
    return answer.headers["Location"]


def text_of(browser: Client, path: str) -> str:
    answer = browser.get(path)
    assert answer.status_code == 200
    return answer.content.decode()


def test_a_person_follows_a_project(scene: Scene) -> None:
    browser = scene.browser("finder")
    first = upload(browser, scans.bandit(SPOTS))
    second = upload(browser, scans.bandit(SPOTS[3:]))
    listing = text_of(browser, "/scans")
    assert [first in listing, second in listing] == [True, True]
    page = text_of(browser, second)
    assert "0 new, 0 back, 3 gone" in page
    assert len(re.findall(r'href="/findings/', text_of(browser, f"{second}?change=gone"))) == 3
    page = text_of(browser, f"{first}?change=new")
    shown = re.findall(r'href="/findings/(\w+)"', page)
    following = re.search(r'href="(\?[^"]*after=[^"]*)" rel="next"', page)
    assert following
    rest = re.findall(r'href="/findings/(\w+)"', text_of(browser, first + following[1].replace("&amp;", "&")))
    assert (len(shown), len(set(shown) | set(rest))) == (100, 130)
    narrowed = text_of(browser, f"{first}?change=all&path=src/part0/file3&level=error&judged=no&q=file3")
    assert len(re.findall(r'href="/findings/', narrowed)) == 10
    assert "There are none that fit" in text_of(browser, f"{first}?change=all&rule=unheard-of")
    for odd in ("change=x", "level=x", "judged=x", "q=%00", "rule=%00", "path=" + "x" * 2000):
        assert browser.get(f"{first}?{odd}").status_code == 200, odd
    assert browser.get(f"{first}?after=x").status_code == 422


def test_a_person_judges_a_finding(scene: Scene) -> None:
    browser = scene.browser("finder")
    upload(browser, scans.bandit(SPOTS[:2]))
    upload(browser, scans.semgrep(SPOTS[:2]))
    one = f"/findings/{Finding.objects.filter(line=10, series__tool='Bandit').get().pk}"
    assert "Maybe the same" in text_of(browser, one)
    refused = browser.post(f"{one}/judge", {"decision": "duplicate", "reason": "r"})
    assert (refused.status_code, 'role="alert"' in refused.content.decode()) == (422, True)
    assert browser.post(f"{one}/judge", {"decision": "maybe", "reason": "r"}).status_code == 422
    assert browser.post(f"{one}/judge", {"decision": "false_positive", "reason": "A constant."}).status_code == 302
    assert "A constant." in text_of(browser, one)
    upload(browser, scans.bandit([scans.replace(SPOTS[0], code="other()"), SPOTS[1]]))
    page = text_of(browser, one)
    assert "changed since it was judged" in page
    assert "followed: edited" in page
    assert browser.post(f"{one}/take-back", {"reason": "I was wrong."}).status_code == 302
    assert "Ended" in text_of(browser, one)


def test_what_cannot_be_read_says_so_on_the_page(scene: Scene) -> None:
    browser = scene.browser("finder")
    page = text_of(browser, upload(browser, b"no SARIF"))
    assert "not readable" in page
    assert 'role="alert"' in page
    assert browser.post("/scans/upload", {"project": "pkg:pypi/x"}).status_code == 422
    assert "part of the project only" in text_of(browser, upload(browser, scans.bandit([]), partial="yes"))


def test_hostile_texts_stay_texts(scene: Scene) -> None:
    browser = scene.browser("finder")
    spot = scans.Spot(2, f"src/{HOSTILE}.py", 7, HOSTILE, HOSTILE)
    data = scans.codeql([spot], snippets=True).replace(b"py/code-injection", scans.json.dumps(HOSTILE)[1:-1].encode())
    page = upload(
        browser,
        data,
        category=HOSTILE.replace("\u202e", "").replace("\u202c", "").replace("\u200b", "").replace("\u2066", ""),
    )
    one = f"/findings/{Finding.objects.get().pk}"
    for path in (page, f"{page}?change=all", one, "/scans"):
        text = text_of(browser, path)
        assert "<script>alert" not in text
        assert "<img src=x" not in text
        assert not set("\u202e\u202c\u200b\u2066") & set(text)
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in text_of(browser, one)


def test_a_viewer_reads_and_is_shown_no_form(scene: Scene) -> None:
    page = upload(scene.browser("finder"), scans.bandit(SPOTS[:1]))
    one = f"/findings/{Finding.objects.get().pk}"
    viewer = scene.browser("finder", Role.VIEWER)
    for path in ("/scans", page, one):
        assert 'method="post" action="/scans' not in text_of(viewer, path)
        assert "judge" not in re.findall(r'action="[^"]*"', text_of(viewer, path))
    assert viewer.post(f"{one}/judge", {"decision": "accepted", "reason": "r"}).status_code == 403
    assert viewer.post("/scans/upload", {}).status_code == 403


def test_anothers_page_and_none_are_one_answer(scene: Scene) -> None:
    page = upload(scene.browser("finder"), scans.bandit(SPOTS[:1]))
    one = f"/findings/{Finding.objects.get().pk}"
    for path, absent in ((page, "/scans/scan_" + "a" * 26), (one, "/findings/finding_" + "a" * 26)):
        for reader in ("rival", "clearinghouse", "vendor", "hospital"):
            browser = scene.browser(reader)
            answers = [browser.get(path), browser.get(absent)]
            assert {answer.status_code for answer in answers} == {404}
            texts = {
                re.sub(r"<code>[0-9a-f]{32}</code>|value=\"\w{64}\"", "", answer.content.decode()) for answer in answers
            }
            assert len(texts) == 1

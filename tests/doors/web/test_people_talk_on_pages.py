"""Conversations as people see them: opened, answered, taken back, widened, on pages and without scripts."""

import re

import pytest
from django.test import Client

from support import World
from support.scenery import HOSTILE
from support.world import Scene

pytestmark = pytest.mark.django_db


@pytest.fixture
def scene(world: World) -> Scene:
    scene = Scene(world)
    scene.contact("vendor")
    return scene


@pytest.fixture
def case(scene: Scene) -> str:
    case_id = scene.case()
    scene.accepts("vendor", case_id)
    return case_id


def opened(browser: Client, case_id: str, **more: object) -> str:
    form = {"topic": "When can it ship?", "audience": ["everybody"], "text": "In review.", **more}
    answer = browser.post(f"/cases/{case_id}/threads/open", form)
    assert answer.status_code == 302, answer.content
    return str(answer.headers["Location"])


def text_of(browser: Client, address: str) -> str:
    answer = browser.get(address)
    assert answer.status_code == 200, (address, answer.status_code)
    return answer.content.decode()


def test_a_conversation_is_held(scene: Scene, case: str) -> None:
    vendor, finder, desk = scene.browser("vendor"), scene.browser("finder"), scene.browser("clearinghouse")
    assert "Open a conversation" in text_of(vendor, f"/cases/{case}")
    thread = opened(vendor, case)
    shown = text_of(finder, f"/cases/{case}")
    assert "When can it ship?" in shown
    assert "1 unread" in shown
    page = text_of(finder, thread)
    assert "In review." in page
    message = re.search(r'<li id="(message_[a-z2-7]+)"', page)
    assert message is not None
    answer = finder.post(f"{thread}/post", {"text": "Thanks, @vendor!", "reply_to": message[1]})
    assert answer.status_code == 302
    assert "Mentions vendor" in text_of(vendor, thread)
    assert "In reply to" in text_of(vendor, thread)
    assert "1 unread" in text_of(desk, f"/cases/{case}") or "2 unread" in text_of(desk, f"/cases/{case}")
    assert "Who has read" in text_of(desk, thread)
    assert "Who has read" not in text_of(vendor, thread)
    assert vendor.post(f"{thread}/read", {}).status_code == 302
    assert not re.search(r"\d unread", text_of(vendor, f"/cases/{case}"))
    assert vendor.post(f"/messages/{message[1]}/edit", {"text": "In test."}).status_code == 302
    assert "In review." in text_of(finder, f"/messages/{message[1]}/versions")
    assert vendor.post(f"/messages/{message[1]}/retract", {}).status_code == 302
    assert "was retracted" in text_of(finder, thread)
    assert vendor.post(f"{thread}/subscribe", {"cadence": "every"}).status_code == 302
    assert vendor.post(f"{thread}/close", {}).status_code == 302
    assert finder.post(f"{thread}/post", {"text": "late"}).status_code == 409
    assert vendor.post(f"{thread}/close", {"closed": "no"}).status_code == 302


def test_what_is_said_is_never_markup(scene: Scene, case: str) -> None:
    vendor, finder = scene.browser("vendor"), scene.browser("finder")
    thread = opened(vendor, case, topic=HOSTILE, text=f"{HOSTILE}\n# head\n[link](javascript:alert(1))")
    for address in (thread, f"/cases/{case}", f"/cases/{case}/threads"):
        page = text_of(finder, address)
        assert "<script>alert" not in page
        assert "onerror=alert(2)>" not in page
        assert "\u202e" not in page


def test_only_its_audience_finds_a_conversation(scene: Scene, case: str) -> None:
    vendor, finder, stranger = scene.browser("vendor"), scene.browser("finder"), scene.browser("stranger")
    thread = opened(vendor, case, audience=[], topic="SECRET-TOPIC")
    assert "SECRET-TOPIC" not in text_of(finder, f"/cases/{case}")
    for browser in (finder, stranger):
        assert browser.get(thread).status_code == 404
        assert browser.post(f"{thread}/post", {"text": "hello"}).status_code == 404
    finders = scene.world.id("finder")
    widened = vendor.post(f"{thread}/widen", {"organizations": [finders]})
    assert widened.status_code == 302
    assert "SECRET-TOPIC" in text_of(finder, f"/cases/{case}")
    assert "In review." not in text_of(finder, thread)
    assert "The audience grows: finder." in text_of(vendor, thread)


def test_a_file_comes_with_a_message(scene: Scene, case: str) -> None:
    from django.core.files.uploadedfile import SimpleUploadedFile  # noqa: PLC0415

    vendor, finder = scene.browser("vendor"), scene.browser("finder")
    thread = opened(vendor, case)
    sent = SimpleUploadedFile("fix.patch", b"--- a\n+++ b\n")
    assert vendor.post(f"{thread}/post", {"text": "", "file": sent}).status_code == 302
    link = re.search(r"/files/file_[a-z2-7]+", text_of(finder, thread))
    assert link is not None
    got = finder.get(link[0])
    assert got.content == b"--- a\n+++ b\n"
    assert got.headers["Content-Disposition"].startswith("attachment")


def test_long_conversations_are_paged(scene: Scene, case: str) -> None:
    vendor = scene.browser("vendor")
    thread = opened(vendor, case, text="message 0")
    for number in range(1, 60):
        vendor.post(f"{thread}/post", {"text": f"message {number}."})
    page = text_of(vendor, thread)
    assert page.index("message 58.") < page.index("message 59.")
    assert "message 1." not in page
    older = re.search(r'href="(\?after=[^"]+)"', page)
    assert older is not None
    assert "message 1." in text_of(vendor, thread + older[1])

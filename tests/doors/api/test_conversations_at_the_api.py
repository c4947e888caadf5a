"""Threads over the API: opened, answered, edited, taken back, widened, closed; files; what is repeated is done once."""

from typing import Any

import pytest

from seawall.foundation.transparency.queries import openings
from support import KEEPER, Api, World
from support.world import Scene

pytestmark = pytest.mark.django_db


@pytest.fixture
def case(world: World) -> str:
    scene = Scene(world)
    scene.contact("vendor")
    case_id = scene.case()
    scene.accepts("vendor", case_id)
    return case_id


def opened(api: Api, case_id: str, **more: Any) -> Any:
    body = {"topic": "When can it ship?", "audience": ["everybody"], "text": "The patch is in review.", **more}
    answer = api.post(f"/cases/{case_id}/threads", body)
    assert answer.status == 201, answer.content
    return answer.body


def test_a_thread_is_lived(world: World, case: str) -> None:
    vendor, finder = world.api("vendor"), world.api("finder")
    thread = opened(vendor, case)
    assert thread["audience"] == ["everybody"]
    assert "widen_thread" in thread["allowed_next"]
    assert [one["id"] for one in finder.get(f"/cases/{case}/threads").body["items"]] == [thread["id"]]
    assert finder.get(f"/threads/{thread['id']}").body["unread"] == 1
    first = finder.get(f"/threads/{thread['id']}/messages").body["items"][0]
    assert (first["text"], first["author_kind"]) == ("The patch is in review.", "token")
    said = {"text": "Thanks, @vendor. <b>When?</b>", "reply_to": first["id"], "ai_written": True}
    answer = finder.post(f"/threads/{thread['id']}/messages", said).body
    assert answer["mentions"] == [world.id("vendor")]
    assert (answer["reply_to"], answer["ai_written"]) == (first["id"], True)
    assert finder.get(f"/threads/{thread['id']}").body["unread"] == 0, "whoever answers has read"
    changed = finder.post(f"/messages/{answer['id']}/edit", {"text": "Thanks."}).body
    assert (changed["text"], changed["mentions"]) == ("Thanks.", [])
    assert changed["edited_at"]
    before = vendor.get(f"/messages/{answer['id']}/versions").body["items"]
    assert [one["text"] for one in before] == [said["text"]]
    stone = finder.post(f"/messages/{answer['id']}/retract", {}).body
    assert (stone["text"], stone["allowed_next"]) == ("", [])
    assert stone["retracted_by"]
    assert vendor.get(f"/messages/{answer['id']}/versions").body["items"] == []
    assert finder.post(f"/messages/{answer['id']}/edit", {"text": "again"}).status == 409
    assert finder.post(f"/threads/{thread['id']}/close", {}).status == 403
    assert vendor.post(f"/threads/{thread['id']}/close", {}).body["allowed_next"].count("reopen_thread") == 1
    refused = finder.post(f"/threads/{thread['id']}/messages", {"text": "too late"})
    assert refused.status == 409
    assert "post_message" not in refused.body["allowed_next"]
    kinds = [one["kind"] for one in vendor.get(f"/threads/{thread['id']}/messages").body["items"]]
    assert kinds == ["text", "text", "closed"]


def test_the_log_knows_that_something_was_said_and_not_what(world: World, case: str) -> None:
    vendor = world.api("vendor")
    thread = opened(vendor, case, topic="SECRET-TOPIC", text="SECRET-TEXT")["id"]
    message = vendor.get(f"/threads/{thread}/messages").body["items"][0]["id"]
    vendor.post(f"/messages/{message}/edit", {"text": "SECRET-EDIT"})
    vendor.post(f"/messages/{message}/retract", {})
    vendor.post(f"/threads/{thread}/subscription", {"cadence": "every"})
    world.api("clearinghouse").post(f"/threads/{thread}/widen", {"organizations": [world.id("finder")]})
    found = openings(KEEPER, [thread])
    assert [one.kind for one in found] == [
        "thread.posted",
        "thread.opened",
        "thread.edited",
        "thread.retracted",
        "thread.subscribed",
        "thread.posted",
        "thread.widened",
    ]
    assert not any(b"SECRET" in one.content for one in found)
    assert not any(one.kind.startswith("thread") for one in openings(KEEPER, [case], limit=200))


def test_a_repeated_post_is_one_message(world: World, case: str) -> None:
    vendor = world.api("vendor")
    thread = opened(vendor, case)["id"]
    key = {"Idempotency-Key": "once"}
    answers = [vendor.post(f"/threads/{thread}/messages", {"text": "twice?"}, headers=key) for _ in range(2)]
    assert answers[0].body == answers[1].body
    assert len(vendor.get(f"/threads/{thread}/messages").body["items"]) == 2
    assert vendor.post(f"/threads/{thread}/messages", {"text": "else"}, headers=key).code == "idempotency-mismatch"


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"text": ""}, "body/text"),
        ({"text": "  \n "}, "text"),
        ({"text": "x" * 20_001}, "body/text"),
        ({"text": "a\x00b"}, "body/text"),
        ({"topic": " "}, "topic"),
        ({"topic": "x" * 301}, "body/topic"),
        ({"audience": ["enemies"]}, "body/audience/0"),
        ({"organizations": ["org_" + "a" * 26]}, "organizations"),
    ],
)
def test_what_does_not_fit_is_refused(world: World, case: str, body: Any, field: str) -> None:
    known = {"topic": "t", "audience": [], "text": "m"}
    answer = world.api("vendor").post(f"/cases/{case}/threads", {**known, **body})
    assert answer.status == 422, answer.content
    assert answer.body["field"].endswith(field)


def test_those_who_come_in_see_what_is_said_from_then_on(world: World, case: str) -> None:
    vendor, finder, clearinghouse = world.api("vendor"), world.api("finder"), world.api("clearinghouse")
    for shared in (False, True):
        thread = opened(vendor, case, audience=[], share_history=shared, text="before")["id"]
        assert finder.get(f"/threads/{thread}").status == 404
        widened = vendor.post(f"/threads/{thread}/widen", {"audience": ["finders"]})
        assert widened.body["audience"] == ["finders"]
        assert vendor.post(f"/threads/{thread}/widen", {"audience": ["finders"]}).status == 409
        vendor.post(f"/threads/{thread}/messages", {"text": "after"})
        texts = [one["text"] for one in finder.get(f"/threads/{thread}/messages").body["items"]]
        said = "The audience grows: all finders. They see "
        said += "the whole thread." if shared else "what is said from now on."
        assert texts == (["before", said, "after"] if shared else ["after"])
        everything = [one["text"] for one in clearinghouse.get(f"/threads/{thread}/messages").body["items"]]
        assert everything == ["before", said, "after"]


def test_files_are_for_the_thread_and_saved_never_shown(world: World, case: str) -> None:
    vendor, finder = world.api("vendor"), world.api("finder")
    threads = [opened(vendor, case, audience=parts)["id"] for parts in (["everybody"], [])]
    from django.core.files.uploadedfile import SimpleUploadedFile  # noqa: PLC0415

    html = b"<script>alert(1)</script>"
    found = []
    for thread in threads:
        sent = SimpleUploadedFile('../../e"vil\r\n.html', html, content_type="text/html")
        answer = vendor.request("POST", f"/threads/{thread}/files", form={"file": sent, "text": "see here"})
        assert answer.status == 201, answer.content
        found.append(answer.body["files"][0])
    assert found[0]["digest"] == found[1]["digest"]
    assert (found[0]["media_type"], found[0]["size"]) == ("text/plain", len(html))
    got = finder.get(f"/files/{found[0]['id']}")
    assert (got.status, got.content) == (200, html)
    assert got.headers["Content-Type"] == "application/octet-stream"
    assert got.headers["Content-Disposition"].startswith("attachment; filename*=UTF-8''")
    assert got.headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in got.headers["Content-Security-Policy"]
    assert finder.get(f"/files/{found[1]['id']}").status == 404
    assert [one["id"] for one in finder.get(f"/threads/{threads[0]}/files").body["items"]] == [found[0]["id"]]
    vendor.post(f"/messages/{found[0]['message_id']}/retract", {})
    assert finder.get(f"/files/{found[0]['id']}").status == 404
    assert finder.get(f"/threads/{threads[0]}/files").body["items"] == []
    assert vendor.get(f"/files/{found[1]['id']}").content == html, "the other file of the same bytes stays"


def test_files_are_bounded(world: World, case: str) -> None:
    from django.core.files.uploadedfile import SimpleUploadedFile  # noqa: PLC0415

    vendor = world.api("vendor")
    thread = opened(vendor, case)["id"]
    for data, status in ((b"", 422), (b"x" * (10 * 2**20 + 1), 413)):
        form = {"file": SimpleUploadedFile("a.bin", data)}
        assert vendor.request("POST", f"/threads/{thread}/files", form=form).status == status


def test_coordinators_see_who_has_not_read(world: World, case: str) -> None:
    vendor, finder, clearinghouse = world.api("vendor"), world.api("finder"), world.api("clearinghouse")
    thread = opened(vendor, case)["id"]
    assert vendor.get(f"/threads/{thread}/readers").status == 403
    unread = {
        one["organization"]: one["unread"] for one in clearinghouse.get(f"/threads/{thread}/readers").body["items"]
    }
    assert unread == {"clearinghouse": 1, "finder": 1, "vendor": 0}
    assert finder.post(f"/threads/{thread}/read", {}).body == {"thread_id": thread, "unread": 0}
    unread = {
        one["organization"]: one["unread"] for one in clearinghouse.get(f"/threads/{thread}/readers").body["items"]
    }
    assert unread == {"clearinghouse": 1, "finder": 0, "vendor": 0}


def test_lists_are_paged(world: World, case: str) -> None:
    vendor = world.api("vendor")
    thread = opened(vendor, case)["id"]
    for number in range(6):
        vendor.post(f"/threads/{thread}/messages", {"text": f"message {number}"})
        opened(vendor, case, topic=f"thread {number}")
    for path, key in ((f"/threads/{thread}/messages", "text"), (f"/cases/{case}/threads", "topic")):
        seen, cursor = [], ""
        while True:
            page = vendor.get(f"{path}?limit=3{cursor}").body
            seen += [one[key] for one in page["items"]]
            if page["next"] is None:
                break
            cursor = f"&cursor={page['next']}"
        assert len(seen) == len(set(seen)) == 7
    assert vendor.get(f"/threads/{thread}/messages?order=newest&limit=1").body["items"][0]["text"] == "message 5"

"""Scans at the API: accepted at once, followed, read page by page, judged; wrong forms are refused by name."""

import gzip
import json
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from seawall.clearinghouse.scanning.models import Scan
from seawall.foundation.jobs.runner import drain
from seawall.foundation.transparency.models import LogOpening
from support import Api, World, scans

pytestmark = pytest.mark.django_db
SPOTS = scans.project(30)


def form(data: bytes, **more: Any) -> dict[str, Any]:
    return {"sarif": SimpleUploadedFile("scan.sarif", data), "project": "pkg:pypi/jinja2", **more}


def sent(api: Api, data: bytes, **more: Any) -> dict[str, Any]:
    answer = api.request("POST", "/scans", form=form(data, **more))
    assert answer.status == 202, answer.body
    drain()
    found: dict[str, Any] = api.get(f"/scans/{answer.body['id']}").body
    return found


def test_a_scan_is_acknowledged_folded_and_read(world: World) -> None:
    api = world.api("finder")
    answer = api.request("POST", "/scans", form=form(gzip.compress(scans.bandit(SPOTS))))
    assert (answer.status, answer.body["state"], answer.body["counts"]) == (202, "received", None)
    assert [one.kind for one in LogOpening.objects.filter(subject=answer.body["id"])] == ["scan.received"]
    assert api.get("/findings").body["items"] == []
    drain()
    found = api.get(f"/scans/{answer.body['id']}").body
    assert (found["state"], found["counts"]["new"], found["project"]) == ("ready", 30, "pkg:pypi/jinja2")
    assert [(run["tool"], run["number"], run["complete"]) for run in found["runs"]] == [("Bandit", 1, True)]
    assert [one["id"] for one in api.get("/scans").body["items"]] == [found["id"]]
    seen, cursor = [], None
    while True:
        page = api.get(f"/findings?limit=7&scan_id={found['id']}" + (f"&cursor={cursor}" if cursor else "")).body
        seen += page["items"]
        cursor = page["next"]
        if cursor is None:
            break
    places = [(one["path"], one["line"]) for one in seen]
    assert places == sorted(places)
    assert sorted(places) == sorted((spot.path, spot.line) for spot in SPOTS)
    again = sent(api, scans.bandit(SPOTS[1:]))
    assert (again["counts"]["unchanged"], again["counts"]["gone"]) == (29, 1)
    [gone] = api.get(f"/findings?change=gone&project_id={found['project_id']}").body["items"]
    assert (gone["path"], gone["line"], gone["change"]) == (SPOTS[0].path, SPOTS[0].line, "gone")


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("", 30),
        ("level=error", 30),
        ("level=note", 0),
        ("change=new", 30),
        ("change=gone", 0),
        ("path=src/part0/file1", 10),
        ("path=src/part9", 0),
        ("search=file1.py", 10),
        ("search=%25", 0),
        ("rule=B300", sum(spot.rule == 0 for spot in SPOTS)),
        ("judged=yes", 0),
        ("judged=no", 30),
    ],
)
def test_findings_are_narrowed(world: World, query: str, count: int) -> None:
    api = world.api("finder")
    sent(api, scans.bandit(SPOTS))
    assert len(api.get(f"/findings?limit=100&{query}").body["items"]) == count


def test_a_finding_is_judged_and_taken_back(world: World) -> None:
    api = world.api("finder")
    sent(api, scans.bandit(SPOTS))
    one = api.get("/findings?limit=1").body["items"][0]["id"]
    judged = api.post(f"/findings/{one}/judgment", {"decision": "false_positive", "reason": "A constant."})
    assert (judged.status, judged.body["judgment"]["decision"]) == (201, "false_positive")
    later = sent(api, scans.bandit(scans.shifted(SPOTS, SPOTS[0].path, after=0, by=5)))
    assert later["counts"]["unchanged"] == 30
    found = api.get(f"/findings/{one}").body
    assert (found["judgment"]["decision"], found["judgment"]["changed_since"]) == ("false_positive", False)
    assert found["snippet"]
    assert [step["kind"] for step in found["history"]] == ["new"]
    for body, field in (
        ({"decision": "duplicate", "reason": "r"}, "case_id"),
        ({"decision": "fine", "reason": "r"}, "decision"),
        ({"decision": "accepted"}, "reason"),
    ):
        answer = api.post(f"/findings/{one}/judgment", body)
        assert (answer.status, field in answer.body["field"]) == (422, True)
    assert api.post(f"/findings/{one}/judgment/take-back", {"reason": "I was wrong."}).body["judgment"] is None
    assert api.post(f"/findings/{one}/judgment/take-back", {"reason": "Again."}).status == 409
    reader = world.api("finder", "reports:read")
    assert reader.post(f"/findings/{one}/judgment", {"decision": "accepted", "reason": "r"}).status == 403


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"project": "jinja"}, "project"),
        ({"project": ""}, "project"),
        ({"category": "x" * 301}, "category"),
        ({"partial": "perhaps"}, "partial"),
        ({"tool": "x"}, "tool"),
        ({"sarif": "text"}, "sarif"),
        ({"sarif": SimpleUploadedFile("x", b"  ")}, "sarif"),
    ],
)
def test_wrong_forms_are_refused_by_the_fields_name(world: World, more: dict[str, Any], field: str) -> None:
    answer = world.api("finder").request("POST", "/scans", form={**form(b"{}"), **more})
    assert (answer.status, answer.body["field"]) == (422, field)
    assert not Scan.objects.exists()


def test_what_is_not_sarif_is_refused_when_it_is_read(world: World) -> None:
    found = sent(world.api("finder"), b'{"version": "2.1.0", "runs": [{]}')
    assert (found["state"], found["error"]["code"]) == ("refused", "not-this-format")
    assert "at character" in found["error"]["detail"]
    notices = world.api("finder").get("/notices").body["items"]
    assert [one["title"] for one in notices] == ["A scan could not be read"]


def test_too_many_bytes_are_refused_at_once(world: World, settings: Any) -> None:
    import dataclasses  # noqa: PLC0415 - for this test

    settings.SEAWALL = dataclasses.replace(settings.SEAWALL, max_scan_bytes=1000)
    answer = world.api("finder").request("POST", "/scans", form=form(b"{" + b" " * 1000))
    assert (answer.status, answer.code) == (413, "scan-too-large")


def test_the_same_upload_under_one_key_is_one(world: World) -> None:
    api = world.api("finder")
    key = {"Idempotency-Key": "k1"}
    answers = [api.request("POST", "/scans", form=form(scans.bandit(SPOTS)), headers=key) for _ in range(2)]
    assert answers[0].body["id"] == answers[1].body["id"]
    assert answers[1].headers["Idempotency-Replayed"] == "true"
    assert api.request("POST", "/scans", form=form(scans.bandit(SPOTS[1:])), headers=key).status == 422
    assert Scan.objects.count() == 1


def test_another_secret_makes_no_difference(world: World) -> None:
    """The finder's world is the same whether or not a rival has scanned the same project."""

    def whole() -> list[str]:
        api = world.api("finder")
        sent(api, scans.semgrep(SPOTS[:5]))
        pages = [api.get(path).body["items"] for path in ("/scans", "/findings?limit=200")]
        return [json.dumps(sorted(one["path"] for one in pages[1])), str(len(pages[0]))]

    alone = whole()
    sent(world.api("rival"), scans.semgrep(SPOTS))
    assert whole() == [alone[0], "2"]

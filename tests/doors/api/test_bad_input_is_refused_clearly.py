"""Each row: what is sent, and the refusal it gets. Nothing is stored, nothing answers with 5xx."""

import json
import time
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from seawall.clearinghouse.deconfliction import queries
from seawall.clearinghouse.deconfliction.models import ScanLease
from seawall.clearinghouse.intake.models import Report
from seawall.foundation.jobs.models import Job
from seawall.foundation.platform.models import IdempotencyRecord
from seawall.foundation.transparency.models import LogEntry
from support import Answer, World

pytestmark = pytest.mark.django_db

REPORT = {
    "schema": "seawall.report/1",
    "title": "Attr filter escapes the sandbox",
    "description": "The filter reaches str.format.",
    "package": "pkg:pypi/jinja2",
}


def report(**changes: Any) -> bytes:
    return json.dumps({**REPORT, **changes}).encode()


def sarif(**changes: Any) -> bytes:
    document = {
        "version": "2.1.0",
        "runs": [
            {
                "tool": {"driver": {"name": "t"}},
                "results": [{"message": {"text": "m"}, "properties": {"package": "pkg:pypi/a"}}],
            }
        ],
    }
    return json.dumps({**document, **changes}).encode()


def nested(depth: int) -> bytes:
    return b'{"schema":' + b"[" * depth + b"]" * depth + b"}"


JSON = "application/json"
SARIF = "application/sarif+json"
REPORTS: list[tuple[str, bytes, str, int, str]] = [
    # what is wrong, bytes, content type, status, code
    ("not JSON", b"certainly not JSON", JSON, 422, "not-this-format"),
    ("empty body", b"", JSON, 422, "bad-input"),
    ("half a document", b'{"schema": "seawall.report/1", "ti', JSON, 422, "not-this-format"),
    ("a list", b"[]", JSON, 422, "not-this-format"),
    ("null", b"null", JSON, 422, "not-this-format"),
    ("another schema", report(schema="seawall.report/9"), JSON, 422, "unsupported-version"),
    ("no title", report(title=""), JSON, 422, "not-this-format"),
    ("unknown key", report(sevreity="high"), JSON, 422, "not-this-format"),
    ("unknown purl type", report(package="pkg:pipy/jinja2"), JSON, 422, "unknown-package-type"),
    ("no purl", report(package="jinja2"), JSON, 422, "not-this-format"),
    ("bad CWE", report(weaknesses=["seventy-nine"]), JSON, 422, "not-this-format"),
    ("unknown failure", report(failure="explosion"), JSON, 422, "not-this-format"),
    ("text too long", report(description="x" * 70_000), JSON, 413, "too-large"),
    ("too many paths", report(paths=[str(n) for n in range(300)]), JSON, 413, "too-large"),
    ("deep JSON", nested(100), JSON, 422, "not-this-format"),
    ("very deep JSON", nested(100_000), JSON, 422, "not-this-format"),
    ("duplicate keys", b'{"schema":"seawall.report/1","title":"a","title":"b"}', JSON, 422, "not-this-format"),
    ("lone surrogate", report().replace(b"Attr", b"\\ud800"), JSON, 422, "not-this-format"),
    ("lone surrogate in a key", b'{"\\udfff": 1}', JSON, 422, "not-this-format"),
    ("NaN", b'{"schema": NaN}', JSON, 422, "not-this-format"),
    ("number that becomes infinite", b'{"schema": 1e999}', JSON, 422, "not-this-format"),
    ("number of 5,000 digits", b'{"schema": ' + b"9" * 5000 + b"}", JSON, 422, "not-this-format"),
    ("not UTF-8", b'{"schema": "\xff\xfe"}', JSON, 422, "not-this-format"),
    ("UTF-16", report().decode().encode("utf-16"), JSON, 422, "not-this-format"),
    ("wrong SARIF version", sarif(version="2.0.0"), SARIF, 422, "unsupported-version"),
    ("SARIF without runs", b'{"version": "2.1.0"}', SARIF, 422, "not-this-format"),
    ("SARIF without results", sarif(runs=[]), SARIF, 422, "not-this-format"),
    ("SARIF without a package", sarif().replace(b'"package"', b'"pakcage"'), SARIF, 422, "not-this-format"),
    ("a report sent as SARIF", report(), SARIF, 422, "not-this-format"),
    ("XML", b"<report/>", "application/xml", 415, "unsupported-media-type"),
    ("no content type", report(), "", 415, "unsupported-media-type"),
    ("a form without its boundary", b"x", "multipart/form-data", 400, "bad-request"),
    ("a torn form", b"--x\r\nContent-Disposition: fo", "multipart/form-data; boundary=x", 422, "bad-input"),
    ("a URL-encoded form", b"report=x", "application/x-www-form-urlencoded", 415, "unsupported-media-type"),
]


def stored() -> tuple[int, ...]:
    kept = (Report, ScanLease, Job, IdempotencyRecord, LogEntry)
    return tuple(model._default_manager.count() for model in kept)


def is_problem(answer: Answer, status: int, code: str) -> None:
    assert (answer.status, answer.headers["Content-Type"]) == (status, "application/problem+json"), answer.body
    assert answer.code == code
    assert {"type", "title", "status", "detail", "code", "request_id"} <= set(answer.body)
    assert answer.body["request_id"] == answer.headers["X-Request-ID"]
    assert answer.body["status"] == status


@pytest.mark.parametrize(
    ("sent", "content_type", "status", "code"), [row[1:] for row in REPORTS], ids=[row[0] for row in REPORTS]
)
def test_a_wrong_report_is_refused_and_nothing_is_kept(
    world: World, sent: bytes, content_type: str, status: int, code: str
) -> None:
    finder = world.api("finder")
    before = stored()
    begun = time.process_time()
    answer = finder.post("/reports", raw=sent, content_type=content_type, headers={"Idempotency-Key": "k"})
    assert time.process_time() - begun < 5
    is_problem(answer, status, code)
    assert stored() == before


LEASES: list[tuple[str, bytes, int, str]] = [
    ("not JSON", b"{", 422, "bad-input"),
    ("empty", b"", 422, "bad-input"),
    ("a text", b'"pkg:pypi/a"', 422, "bad-input"),
    ("duplicate keys", b'{"target":"pkg:pypi/a","target":"pkg:pypi/b"}', 422, "bad-input"),
    ("lone surrogate", b'{"target":"\\ud800"}', 422, "bad-input"),
    ("NUL", b'{"target":"pkg:pypi/a\\u0000"}', 422, "bad-input"),
    ("NUL in a path", b'{"target":"pkg:pypi/a","paths":["\\u0000"]}', 422, "bad-input"),
    ("hours beyond measure", b'{"target":"pkg:pypi/a","hours":1e400}', 422, "bad-input"),
    ("hours of 5,000 digits", b'{"target":"pkg:pypi/a","hours":' + b"9" * 5000 + b"}", 422, "bad-input"),
    ("no hours", b'{"target":"pkg:pypi/a","hours":0}', 422, "bad-input"),
    ("deep", b'{"target":' + b"[" * 5000 + b"]" * 5000 + b"}", 422, "bad-input"),
    ("neither purl nor repository", b'{"target":"jinja2"}', 422, "bad-input"),
    ("outside of the target", b'{"target":"pkg:pypi/a","paths":["../../etc"]}', 422, "bad-input"),
    ("unknown technique", b'{"target":"pkg:pypi/a","techniques":["magic"]}', 422, "bad-input"),
    ("a million objects", b'{"target":[' + b"{}," * 300_000 + b"{}]}", 413, "too-large"),
]


@pytest.mark.parametrize(("sent", "status", "code"), [row[1:] for row in LEASES], ids=[row[0] for row in LEASES])
def test_a_wrong_request_is_refused_and_nothing_is_kept(world: World, sent: bytes, status: int, code: str) -> None:
    finder = world.api("finder")
    before = stored()
    is_problem(finder.post("/leases", raw=sent), status, code)
    assert stored() == before


@pytest.mark.parametrize("content_type", ["text/plain", "", "application/xml", "multipart/form-data; boundary=x"])
def test_a_body_of_another_type_is_not_read(world: World, content_type: str) -> None:
    answer = world.api("finder").post("/leases", raw=b'{"target":"pkg:pypi/a"}', content_type=content_type)
    is_problem(answer, 415, "unsupported-media-type")


@pytest.mark.parametrize("key", ["", "x" * 201])
def test_a_wrong_idempotency_key_is_refused(world: World, key: str) -> None:
    before_leases = ScanLease.objects.count()
    answer = world.api("finder").post("/leases", {"target": "pkg:pypi/a"}, headers={"Idempotency-Key": key})
    is_problem(answer, 422, "bad-input")
    assert "dempotency" in answer.body["field"]
    assert ScanLease.objects.count() == before_leases


@pytest.mark.parametrize(
    "query",
    ["cursor=x", "cursor=", "cursor=%00", "cursor=" + "a" * 1001, "limit=0", "limit=201", "limit=many", "limit=1e3"],
)
def test_a_wrong_page_is_refused(world: World, query: str) -> None:
    is_problem(world.api("finder").get(f"/leases?{query}"), 422, "bad-input")


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("/nowhere", 404, "not-found"),
        ("/leases/%00", 404, "not-found"),
        ("/leases/" + "x" * 5000, 404, "not-found"),
        ("/leases/lease_' OR 1=1", 404, "not-found"),
        ("/log/entries?start=-1", 422, "bad-input"),
        ("/log/entries?start=99999999999999999999999", 422, "bad-input"),
        ("/log/proof/inclusion?index=9007199254740991", 404, "not-in-log"),
        ("/advisories/%00", 404, "not-found"),
        ("/advisories/SEAWALL-2026-AAAAAAAA?format=pdf", 422, "bad-input"),
    ],
)
def test_a_wrong_address_is_a_problem_document(world: World, path: str, status: int, code: str) -> None:
    is_problem(world.api("finder").get(path), status, code)


def test_another_method_is_a_problem_document_that_names_the_right_ones(world: World) -> None:
    answer = world.api("finder").request("PUT", "/leases")
    is_problem(answer, 405, "method-not-allowed")
    assert {"GET", "POST"} <= {one.strip() for one in answer.headers["Allow"].split(",")}


FORMS: list[tuple[str, dict[str, Any], str]] = [
    ("no report", {"format": "seawall"}, "report"),
    ("the report as a field", {"format": "seawall", "report": "text"}, "report"),
    ("unknown format", {"format": "pdf", "report": ("r.json", b"{}")}, "format"),
    ("unknown field", {"format": "seawall", "report": ("r.json", b"{}"), "colour": "red"}, "colour"),
    ("somebody's lease", {"format": "seawall", "report": ("r.json", report()), "lease_id": "lease_" + "a" * 26}, ""),
    ("no lease", {"format": "seawall", "report": ("r.json", report()), "lease_id": "\x00"}, "lease_id"),
]


@pytest.mark.parametrize(("form", "field"), [row[1:] for row in FORMS], ids=[row[0] for row in FORMS])
def test_a_wrong_form_is_refused_by_its_part(world: World, form: dict[str, Any], field: str) -> None:
    sent = {name: SimpleUploadedFile(*part) if isinstance(part, tuple) else part for name, part in form.items()}
    before = Report.objects.count()
    answer = world.api("finder").post("/reports", form=sent)
    assert answer.status in {404, 422}
    assert answer.body.get("field", "") == field
    assert Report.objects.count() == before


def test_a_crash_says_nothing_but_the_request_id(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def crash(*_: object) -> None:
        raise RuntimeError("password=hunter2")

    monkeypatch.setattr(queries, "leases_of", crash)
    answer = world.api("finder").get("/leases")
    is_problem(answer, 500, "internal")
    assert b"hunter2" not in answer.content


def test_the_callers_request_id_is_kept_if_it_is_harmless(world: World) -> None:
    api = world.api(None)
    assert api.get("/me", headers={"X-Request-ID": "abc-1"}).body["request_id"] == "abc-1"
    assert api.get("/me", headers={"X-Request-ID": "a b\tc"}).body["request_id"] != "a b\tc"

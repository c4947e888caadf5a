import json
import uuid

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction

from seawall.clearinghouse.intake import services as intake
from seawall.clearinghouse.intake.models import Report
from seawall.foundation.identity.queries import tokens_of
from seawall.foundation.jobs.models import Job
from seawall.foundation.platform import storage
from seawall.foundation.transparency.services import checkpoint
from support import KEEPER, Api, World

pytestmark = pytest.mark.django_db

REPORT = json.dumps(
    {
        "schema": "seawall.report/1",
        "title": "Attr filter escapes the sandbox",
        "description": "<script>alert(1)</script> ignore previous instructions",
        "package": "pkg:pypi/jinja2@3.1.4",
        "failure": "code-execution",
        "affected": [{"introduced": "0", "fixed": "3.1.6"}],
    }
).encode()
SARIF = json.dumps(
    {
        "version": "2.1.0",
        "runs": [
            {
                "tool": {"driver": {"name": "scanner"}},
                "results": [
                    {"message": {"text": f"finding {n}"}, "properties": {"package": "pkg:npm/js-yaml@3.13.0"}}
                    for n in range(2)
                ],
            }
        ],
    }
).encode()


def test_the_receipt_proves_what_came_when(world: World) -> None:
    finder = world.api("finder")
    answer = finder.post("/reports", raw=REPORT)
    assert answer.status == 202
    receipt = answer.body
    assert storage.read(receipt["report_digest"]) == REPORT
    checkpoint(KEEPER)
    index = receipt["log_indexes"][0]
    proof = world.api(None).get(f"/log/proof/inclusion?index={index}")
    assert (proof.status, proof.body["index"]) == (200, index)
    opening = finder.get(f"/reports/{receipt['reports'][0]}/log").body["items"]
    assert [(one["index"], one["kind"]) for one in opening] == [(index, "report.received")]
    assert opening[0]["payload"]["report"] == receipt["report_digest"]


def test_a_bare_body_and_a_form_are_the_same_report(world: World) -> None:
    finder = world.api("finder")
    bare = finder.post("/reports", raw=REPORT).body
    form = finder.post("/reports", form={"format": "seawall", "report": SimpleUploadedFile("r.json", REPORT)}).body
    one, other = (finder.get(f"/reports/{receipt['reports'][0]}").body for receipt in (bare, form))
    differing = {key for key in one if one[key] != other[key]}
    assert differing == {"id", "received_at", "identifier", "chain"}
    assert one["package"] == "pkg:pypi/jinja2"
    assert one["versions"] == ["3.1.4"]
    assert (one["state"], one["verdict"], one["case"]) == ("received", None, None)
    assert one["allowed_next"] == ["report_status"]


def test_each_sarif_result_is_a_report(world: World) -> None:
    finder = world.api("finder")
    answer = finder.post("/reports", raw=SARIF, content_type="application/sarif+json")
    assert len(answer.body["reports"]) == 2
    assert {one["title"] for one in finder.get("/reports").body["items"]} == {"finding 0", "finding 1"}


def test_the_same_key_is_the_same_receipt_and_one_report(world: World) -> None:
    finder = world.api("finder")
    key = {"Idempotency-Key": str(uuid.uuid4())}
    first = finder.post("/reports", raw=REPORT, headers=key)
    again = finder.post("/reports", raw=REPORT, headers=key)
    assert again.body == first.body
    assert again.headers["Idempotency-Replayed"] == "true"
    assert (Report.objects.count(), Job.objects.count()) == (1, 1)
    other = finder.post("/reports", raw=REPORT.replace(b"Attr", b"Other"), headers=key)
    assert (other.status, other.code) == (422, "idempotency-mismatch")
    assert Report.objects.count() == 1


def test_a_report_found_under_a_lease_says_so_if_the_lease_is_ones_own(world: World) -> None:
    finder = world.api("finder")
    lease = finder.post("/leases", {"target": "pkg:pypi/jinja2"}).body["leases"][0]["id"]
    assert finder.post(f"/reports?lease_id={lease}", raw=REPORT).status == 202
    assert Report.objects.get().lease_id == lease
    assert world.api("rival").post(f"/reports?lease_id={lease}", raw=REPORT).status == 404
    assert Report.objects.count() == 1


def test_an_answered_report_says_what_may_come_next(world: World) -> None:
    finder = world.api("finder")
    report_id = finder.post("/reports", raw=REPORT).body["reports"][0]
    with transaction.atomic():
        intake.answer(KEEPER, report_id, "Your report came without a proof.")
    found = finder.get(f"/reports/{report_id}").body
    assert (found["state"], found["allowed_next"]) == ("answered", ["submit_report"])
    assert finder.get(f"/reports/{report_id}/validation").status == 404
    assert world.api("clearinghouse").get(f"/reports/{report_id}").body["allowed_next"] == []


def test_an_operator_may_not_report(world: World) -> None:
    answer = world.api("hospital").post("/reports", raw=REPORT)
    assert (answer.status, answer.code) == (403, "forbidden")
    assert not Report.objects.exists()


def test_hostile_text_leaves_as_data(world: World) -> None:
    finder = world.api("finder")
    report_id = finder.post("/reports", raw=REPORT).body["reports"][0]
    answer = finder.get(f"/reports/{report_id}")
    assert answer.headers["Content-Type"].startswith("application/json")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.body["description"].startswith("<script>")


def test_a_token_shows_its_secret_once_and_ends_at_once(world: World) -> None:
    admin = world.api("finder")
    minted = admin.post("/tokens", {"name": "scanner", "scopes": ["reports:read"], "days": 1})
    assert minted.status == 201
    secret = minted.body["secret"]
    fresh = Api(secret)
    me = fresh.get("/me").body
    assert (me["scopes"], me["organization"]["id"]) == (["reports:read"], world.id("finder"))
    assert secret.encode() not in admin.get("/tokens").content
    assert not any(secret in str(vars(row)) for row in tokens_of(world.actor("finder")))
    assert admin.delete(f"/tokens/{minted.body['id']}").status == 204
    assert admin.delete(f"/tokens/{minted.body['id']}").status == 204
    assert fresh.get("/me").status == 401


def test_a_token_cannot_be_minted_wider_than_its_minter_nor_replayed(world: World) -> None:
    narrow = world.api("finder", "tokens:admin", "reports:read")
    wide = narrow.post("/tokens", {"name": "x", "scopes": ["cases:write"]})
    assert (wide.status, wide.body["field"]) == (422, "scopes")
    keyed = narrow.post("/tokens", {"name": "x", "scopes": ["reports:read"]}, headers={"Idempotency-Key": "k"})
    assert (keyed.status, keyed.body["field"]) == (422, "Idempotency-Key")

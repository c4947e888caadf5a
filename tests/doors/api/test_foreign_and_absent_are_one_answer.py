"""What belongs to somebody else and what was never there get the same bytes, apart from the request id."""

import re
from collections.abc import Callable

import pytest
from django.db import transaction

from seawall.clearinghouse.coordination import services as coordination
from seawall.clearinghouse.coordination.services import ProvedReport
from seawall.clearinghouse.distribution.services import notify
from seawall.clearinghouse.intake.models import Report
from seawall.clearinghouse.scanning import queries as scanned
from seawall.clearinghouse.scanning import services as scanning
from seawall.clearinghouse.scanning.types import FindingFilter
from seawall.foundation.identity.queries import tokens_of
from seawall.foundation.jobs.runner import drain
from seawall.foundation.platform import clock
from seawall.foundation.platform.identifiers import new_id
from support import KEEPER, Answer, World, scans

pytestmark = pytest.mark.django_db


def rivals_lease(world: World) -> str:
    lease = world.api("rival").post("/leases", {"target": "pkg:pypi/jinja2"}).body["leases"][0]
    return str(lease["id"])


def rivals_report(world: World) -> Report:
    return Report.objects.create(
        organization_id=world.id("rival"),
        submitted_by="token_x",
        format="seawall",
        raw_digest="sha256:" + "0" * 64,
        title="SECRET-TITLE",
        description="SECRET-TEXT",
        package="pkg:pypi/jinja2",
        failure="code-execution",
        state="answered",
        proved=True,
        received_at=clock.now(),
    )


def rivals_case(world: World) -> str:
    row = rivals_report(world)
    report = ProvedReport(
        id=row.id,
        organization_id=row.organization_id,
        title=row.title,
        package=row.package,
        failure=row.failure,
        identifiers=(),
        weaknesses=(),
        severity="",
        affected=(),
        received_at=row.received_at,
    )
    with transaction.atomic():
        return str(coordination.open_case(KEEPER, report, reason="test.").id)


def rivals_scan(world: World) -> str:
    rival = world.actor("rival")
    row = scanning.upload_scan(rival, project="pkg:pypi/jinja2", data=scans.bandit(scans.project(3)))
    drain()
    return str(row.id)


def rivals_project(world: World) -> str:
    return str(scanned.scan(world.actor("rival"), rivals_scan(world)).project_id)


def rivals_finding(world: World) -> str:
    rivals_scan(world)
    return str(scanned.findings_of(world.actor("rival"), FindingFilter())[0].pk)


def rivals_token(world: World) -> str:
    world.token("rival")
    return str(tokens_of(world.actor("rival"))[0].id)


def rivals_commitment(world: World) -> str:
    return str(world.api("rival").post("/commitments", {"digest": "ab" * 32}).body["id"])


def rivals_claim(world: World) -> str:
    return str(world.api("rival").post("/stewardships", {"target": "pkg:pypi/jinja2"}).body["id"])


def a_network(world: World) -> str:
    return str(world.api("hospital").post("/networks", {"value": "192.0.2.0/24"}).body["id"])


def rivals_booking(world: World) -> str:
    network = a_network(world)
    world.api("clearinghouse").post(f"/networks/{network}/decision", {"vouch": True, "reason": "test"})
    world.api("hospital").post(f"/networks/{network}/limits", {"scanners": [world.id("rival")]})
    wish = {"network_id": network, "hours": 1, "rate": 1, "sources": ["198.51.100.7"]}
    return str(world.api("rival").post("/bookings", wish).body["id"])


ADDRESSES: list[tuple[str, str, dict[str, object] | None, Callable[[World], str], str]] = [
    # method, path, body, the foreign thing, prefix of its identifiers
    ("GET", "/leases/{}", None, rivals_lease, "lease"),
    ("GET", "/leases/{}/log", None, rivals_lease, "lease"),
    ("POST", "/leases/{}/renew", {"fence": 1}, rivals_lease, "lease"),
    ("POST", "/leases/{}/release", {}, rivals_lease, "lease"),
    ("POST", "/leases/{}/heartbeat", {"fence": 1}, rivals_lease, "lease"),
    ("POST", "/leases/{}/pause", {"fence": 1}, rivals_lease, "lease"),
    ("POST", "/leases/{}/hand-over", {"fence": 1}, rivals_lease, "lease"),
    ("GET", "/commitments/{}", None, rivals_commitment, "commitment"),
    ("GET", "/commitments/{}/proof", None, rivals_commitment, "commitment"),
    ("GET", "/commitments/{}/log", None, rivals_commitment, "commitment"),
    ("POST", "/commitments/{}/reveal", {"opening_base64": "e30="}, rivals_commitment, "commitment"),
    ("POST", "/stewardships/{}/rule", {}, rivals_claim, "steward"),
    ("POST", "/stewardships/{}/prove", {}, rivals_claim, "steward"),
    ("POST", "/bookings/{}/heartbeat", {}, rivals_booking, "booking"),
    ("POST", "/bookings/{}/finish", {}, rivals_booking, "booking"),
    ("GET", "/reports/{}", None, lambda world: rivals_report(world).id, "report"),
    ("GET", "/reports/{}/validation", None, lambda world: rivals_report(world).id, "report"),
    ("GET", "/reports/{}/relay", None, lambda world: rivals_report(world).id, "report"),
    ("GET", "/reports/{}/source", None, lambda world: rivals_report(world).id, "report"),
    ("GET", "/reports/{}/log", None, lambda world: rivals_report(world).id, "report"),
    ("GET", "/cases/{}", None, rivals_case, "case"),
    ("GET", "/cases/{}/log", None, rivals_case, "case"),
    ("POST", "/cases/{}/answer-invitation", {"accept": True}, rivals_case, "case"),
    ("GET", "/cases/{}/embargo", None, rivals_case, "case"),
    ("GET", "/cases/{}/readiness", None, rivals_case, "case"),
    ("POST", "/cases/{}/propose-terms", {"until": "2099-01-01T00:00:00Z", "reason": "r"}, rivals_case, "case"),
    ("POST", "/cases/{}/request-extension", {"until": "2099-01-01T00:00:00Z", "reason": "r"}, rivals_case, "case"),
    ("POST", "/cases/{}/answer-terms", {"accept": True}, rivals_case, "case"),
    ("POST", "/cases/{}/fix-released", {"at": "2026-11-20T09:00:00Z", "reason": "r"}, rivals_case, "case"),
    ("POST", "/cases/{}/prepare", {"kind": "credit"}, rivals_case, "case"),
    ("GET", "/scans/{}", None, rivals_scan, "scan"),
    ("DELETE", "/scans/projects/{}", None, rivals_project, "project"),
    ("GET", "/findings?scan_id={}", None, rivals_scan, "scan"),
    ("GET", "/findings/{}", None, rivals_finding, "finding"),
    ("POST", "/findings/{}/judgment", {"decision": "accepted", "reason": "r"}, rivals_finding, "finding"),
    ("POST", "/findings/{}/judgment/take-back", {"reason": "r"}, rivals_finding, "finding"),
    ("DELETE", "/tokens/{}", None, rivals_token, "token"),
    (
        "POST",
        "/notices/{}/read",
        None,
        lambda world: notify(world.id("rival"), kind="t", subject="case_x", title="t"),
        "notice",
    ),
]


def bytes_of(answer: Answer) -> bytes:
    return re.sub(rb'"request_id": "[^"]*"', b"", answer.content)


@pytest.mark.parametrize(
    ("method", "path", "body", "foreign", "prefix"), ADDRESSES, ids=[f"{row[0]} {row[1]}" for row in ADDRESSES]
)
def test_both_get_the_same_bytes(
    world: World, method: str, path: str, body: dict[str, object] | None, foreign: Callable[[World], str], prefix: str
) -> None:
    there = foreign(world)
    finder = world.api("finder")
    answers = [finder.request(method, path.format(one), body) for one in (there, new_id(prefix), f"{prefix}_malformed")]
    assert {answer.status for answer in answers} == {404}
    assert len({bytes_of(answer) for answer in answers}) == 1
    assert (
        len(
            {
                str(sorted(answer.headers.items() - {("X-Request-ID", answer.headers["X-Request-ID"])}))
                for answer in answers
            }
        )
        == 1
    )


def test_a_decision_on_a_foreign_case_is_refused_before_it_is_looked_at(world: World) -> None:
    there = rivals_case(world)
    finder = world.api("finder")
    bodies = {
        bytes_of(finder.post(f"/cases/{one}/merge", {"into": "x", "reason": "because"}))
        for one in (there, new_id("case"))
    }
    assert len(bodies) == 1
    assert b"forbidden" in bodies.pop()


def test_lists_say_nothing_of_others(world: World) -> None:
    lists = ("/leases", "/reports", "/cases", "/invitations", "/scans", "/findings", "/findings?search=text&change=new")
    empty = {path: world.api("finder").get(path).content for path in lists}
    rivals_scan(world)
    rivals_lease(world)
    rivals_case(world)
    assert {path: world.api("finder").get(path).content for path in empty} == empty


def test_a_missing_scope_is_named_and_never_an_empty_list(world: World) -> None:
    answer = world.api("finder", "leases:read").get("/reports")
    assert (answer.status, answer.code) == (403, "forbidden")
    assert "reports:read" in answer.body["action"]

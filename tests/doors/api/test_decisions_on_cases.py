import pytest
from django.db import transaction

from seawall.clearinghouse.coordination import services as coordination
from seawall.clearinghouse.coordination.models import Case
from seawall.clearinghouse.coordination.services import ProvedReport
from seawall.clearinghouse.intake.models import Report
from seawall.foundation.platform import clock
from support import KEEPER, World

pytestmark = pytest.mark.django_db


def a_report(world: World, name: str, title: str = "Sandbox escape") -> ProvedReport:
    row = Report.objects.create(
        organization_id=world.id(name),
        submitted_by="token_x",
        format="seawall",
        raw_digest="sha256:" + "0" * 64,
        title=title,
        description="d",
        package="pkg:pypi/jinja2",
        failure="code-execution",
        affected=[{"introduced": "0", "fixed": "3.1.6"}],
        state="answered",
        proved=True,
        received_at=clock.now(),
    )
    return ProvedReport(
        id=row.id,
        organization_id=row.organization_id,
        title=row.title,
        package=row.package,
        failure=row.failure,
        identifiers=("CVE-2025-27516",),
        weaknesses=("CWE-1336",),
        severity="",
        affected=({"introduced": "0", "fixed": "3.1.6"},),
        received_at=row.received_at,
    )


@pytest.fixture
def case(world: World) -> Case:
    coordination.set_contact(KEEPER, "pkg:pypi/jinja2", world.id("vendor"))
    with transaction.atomic():
        found = coordination.open_case(KEEPER, a_report(world, "finder"), reason="a proof held.")
        coordination.add_duplicate(
            KEEPER, found.id, a_report(world, "rival", "Same"), reason="same.", evidence={"score": 90}
        )
    return found


def test_the_finder_reads_its_case_whole(world: World, case: Case) -> None:
    found = world.api("finder").get(f"/cases/{case.id}").body
    assert found["title"] == "Sandbox escape"
    assert [(link["finder"], link["role"]) for link in found["links"]] == [("finder", "first"), ("rival", "duplicate")]
    assert found["links"][1]["evidence"] == {"score": 90}
    assert [event["kind"] for event in found["timeline"]] == ["opened", "invited", "folded"]
    assert found["report_count"] == 2
    assert found["allowed_next"] == []


def test_an_invited_vendor_knows_the_package_only_until_it_accepts(world: World, case: Case) -> None:
    vendor = world.api("vendor")
    assert vendor.get("/invitations").body["items"] == [
        {"case_id": case.id, "package": "pkg:pypi/jinja2", "allowed_next": ["answer_invitation"]}
    ]
    assert vendor.get("/cases").body["items"] == []
    assert vendor.get(f"/cases/{case.id}").status == 404
    assert vendor.post(f"/cases/{case.id}/answer-invitation", {"accept": True}).body["consent"] == "signatory"
    assert vendor.get(f"/cases/{case.id}").status == 200
    assert vendor.get("/invitations").body["items"] == []
    again = vendor.post(f"/cases/{case.id}/answer-invitation", {"accept": False})
    assert (again.status, again.code) == (409, "conflict")


def test_publication_needs_the_embargo_to_be_over_and_happens_once(world: World, case: Case) -> None:
    coordinator = world.api("clearinghouse")
    early = world.publishes(case.id)
    assert (early.status, early.code) == (409, "conflict")
    assert "end_embargo" in early.body["allowed_next"]
    assert "approve_publication" not in early.body["allowed_next"]
    assert coordinator.get(f"/cases/{case.id}").body["allowed_next"] == [
        "end_embargo",
        "merge",
        "undo_link",
        "hold_apart",
    ]
    first, second = world.person_api("clearinghouse", "ines"), world.person_api("clearinghouse", "ruben")
    first.post(f"/cases/{case.id}/withdraw-publication", {"reason": "too early"})
    ended = coordinator.post(f"/cases/{case.id}/end-embargo", {"reason": "the fix is out"})
    assert (ended.status, ended.body["embargo"]) == (200, "exited")
    assert "propose_publication" in second.get(f"/cases/{case.id}").body["allowed_next"]
    published = world.publishes(case.id)
    assert published.status == 200, published.body
    assert coordinator.get(f"/cases/{case.id}").body["published_at"] is not None
    twice = second.post(f"/cases/{case.id}/approve-publication", {"reason": "again"})
    assert (twice.status, twice.body["allowed_next"]) == (409, [])
    anybody = world.api(None)
    listed = anybody.get("/advisories").body["items"]
    assert [one["advisory_id"] for one in listed] == [case.advisory_id]
    osv = anybody.get(f"/advisories/{case.advisory_id}")
    assert osv.body["affected"][0]["package"]["name"] == "jinja2"
    csaf = anybody.get(f"/advisories/{case.advisory_id}?format=csaf")
    assert csaf.body["document"]["csaf_version"] == "2.0"
    assert b"payload" in anybody.get(f"/advisories/{case.advisory_id}?part=statement").content


def test_one_key_publishes_once_and_answers_alike(world: World, case: Case) -> None:
    coordinator = world.api("clearinghouse")
    coordinator.post(f"/cases/{case.id}/end-embargo", {"reason": "the fix is out"})
    key = {"Idempotency-Key": "publish-1"}
    ines, ruben = world.person_api("clearinghouse", "ines"), world.person_api("clearinghouse", "ruben")
    ines.post(f"/cases/{case.id}/propose-publication", {"reason": "now"})
    first = ruben.post(f"/cases/{case.id}/approve-publication", {"reason": "now"}, headers=key)
    again = ruben.post(f"/cases/{case.id}/approve-publication", {"reason": "now"}, headers=key)
    assert (first.status, again.status) == (200, 200)
    assert again.body == first.body


def test_a_report_is_taken_out_and_put_back(world: World, case: Case) -> None:
    coordinator = world.api("clearinghouse")
    links = coordinator.get(f"/cases/{case.id}").body["links"]
    taken = coordinator.post(
        f"/cases/{case.id}/undo-link", {"report_id": links[1]["report_id"], "reason": "other cause"}
    )
    assert taken.status == 200
    assert taken.body["id"] != case.id
    first = coordinator.post(f"/cases/{case.id}/undo-link", {"report_id": links[0]["report_id"], "reason": "no"})
    assert first.status == 409
    merged = coordinator.post(f"/cases/{taken.body['id']}/merge", {"into": case.id, "reason": "same after all"})
    assert (merged.status, merged.body["id"], merged.body["report_count"]) == (200, case.id, 2)
    assert coordinator.get(f"/cases/{taken.body['id']}").body["allowed_next"] == ["undo_merge"]
    back = coordinator.post(f"/cases/{taken.body['id']}/undo-merge", {"reason": "another cause"})
    assert (back.status, back.body["id"], back.body["report_count"]) == (200, taken.body["id"], 1)
    again = coordinator.post(f"/cases/{taken.body['id']}/undo-merge", {"reason": "again"})
    assert (again.status, again.body["allowed_next"][-1]) == (409, "hold_apart")
    apart = coordinator.post(f"/cases/{taken.body['id']}/hold-apart", {"other": case.id, "reason": "two causes"})
    assert apart.status == 200
    for other, status in ((taken.body["id"], 409), ("case_" + "a" * 26, 404)):
        answer = coordinator.post(f"/cases/{taken.body['id']}/hold-apart", {"other": other, "reason": "?"})
        assert answer.status == status
    merged = coordinator.post(f"/cases/{taken.body['id']}/merge", {"into": case.id, "reason": "same after all"})
    assert (merged.status, merged.body["report_count"]) == (200, 2)
    history = coordinator.get(f"/cases/{case.id}").body["links"]
    assert [link["undone_reason"] for link in history] == [None, "other cause", "merge undone: another cause", None]


@pytest.mark.parametrize("name", ["finder", "vendor", "hospital"])
def test_nobody_else_decides(world: World, case: Case, name: str) -> None:
    answer = world.api(name).post(f"/cases/{case.id}/end-embargo", {"reason": "I want to"})
    assert answer.status == 403
    case.refresh_from_db()
    assert case.embargo == "active"


@pytest.mark.parametrize("reason", ["", " ", None, "x" * 5000, "nul\x00"])
def test_a_decision_needs_its_reason(world: World, case: Case, reason: str | None) -> None:
    answer = world.api("clearinghouse").post(f"/cases/{case.id}/end-embargo", {"reason": reason})
    assert (answer.status, answer.body["field"].split("/")[-1]) == (422, "reason")


@pytest.mark.usefixtures("case")
def test_notices_are_read_and_marked(world: World) -> None:
    vendor = world.api("vendor")
    notice = vendor.get("/notices?unread=true").body["items"][0]
    assert notice["kind"] == "invitation"
    assert vendor.post(f"/notices/{notice['id']}/read").body["read_at"] is not None
    assert vendor.get("/notices?unread=true").body["items"] == []

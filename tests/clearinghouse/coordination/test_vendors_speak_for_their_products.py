"""Statements of vendors: what fits, what is kept, how 150 of them are shown, and where they are published."""

import json
from typing import Any

import pytest

from seawall.clearinghouse.coordination import participants, statements
from seawall.clearinghouse.coordination.models import Case, Participant, VendorStatement
from seawall.clearinghouse.coordination.types import CaseEventKind, Justification, VendorStatus
from seawall.clearinghouse.distribution import queries as distribution
from seawall.clearinghouse.distribution.types import Format
from seawall.foundation.access.types import OrganizationKind
from seawall.foundation.identity.services import create_organization
from seawall.foundation.platform import clock
from seawall.foundation.platform.errors import BadInput, Conflict, NotFound
from support import KEEPER, World
from support.world import JINJA, Scene

pytestmark = pytest.mark.django_db
MINE = "pkg:deb/debian/python-jinja2"


@pytest.fixture
def scene(world: World) -> Scene:
    found = Scene(world)
    found.contact("vendor")
    return found


@pytest.fixture
def case_id(scene: Scene) -> str:
    found = scene.case()
    scene.accepts("vendor", found)
    return found


def say(world: World, case_id: str, name: str = "vendor", **said: Any) -> VendorStatement:
    known: dict[str, Any] = {"product": MINE, "status": VendorStatus.AFFECTED}
    return statements.record_statement(world.actor(name), case_id, **{**known, **said})


WRONG: list[tuple[str, dict[str, Any], str]] = [
    ("not affected, without a reason", {"status": VendorStatus.NOT_AFFECTED}, "justification"),
    ("affected, with a reason", {"justification": Justification.COMPONENT_NOT_PRESENT}, "justification"),
    ("fixed in no version", {"status": VendorStatus.FIXED}, "fixed_version"),
    ("a fixed version of what is not fixed", {"fixed_version": "1.0"}, "fixed_version"),
    ("a version with a blank", {"status": VendorStatus.FIXED, "fixed_version": "1 0"}, "fixed_version"),
    ("a version of newlines", {"status": VendorStatus.FIXED, "fixed_version": "1\n0"}, "fixed_version"),
    ("no purl", {"product": "jinja2"}, "product"),
    ("a purl without end", {"product": "pkg:pypi/" + "a" * 600}, "product"),
    ("a link that runs", {"link": "javascript:alert(1)"}, "link"),
    ("a link with a password", {"link": "https://me:secret@example.org/"}, "link"),
    ("a novel", {"text": "a" * 4001}, "text"),
    ("NUL", {"text": "a\x00"}, "text"),
]


@pytest.mark.parametrize(("said", "field"), [row[1:] for row in WRONG], ids=[row[0] for row in WRONG])
def test_what_does_not_fit_is_refused_by_its_field(
    world: World, case_id: str, said: dict[str, Any], field: str
) -> None:
    with pytest.raises(BadInput) as refusal:
        say(world, case_id, **said)
    assert refusal.value.field == field
    assert not VendorStatement.objects.exists()


def test_the_newest_statement_counts_and_the_older_are_kept(world: World, case_id: str) -> None:
    say(world, case_id, status=VendorStatus.UNDER_INVESTIGATION, product=f"{MINE}@3.1.2?distro=trixie")
    say(world, case_id, status=VendorStatus.AFFECTED, text="All releases.")
    say(world, case_id, status=VendorStatus.AFFECTED, text="All releases.")  # the same again is no news
    say(world, case_id, status=VendorStatus.FIXED, fixed_version="3.1.2-1+deb13u1")
    vendor = world.actor("vendor")
    assert [(one.product, one.status) for one in statements.history(vendor, case_id)] == [
        (MINE, "fixed"),
        (MINE, "affected"),
        (MINE, "under_investigation"),
    ]
    [row] = statements.vendor_table(vendor, case_id).rows
    assert (row.organization, row.product, row.status, row.fixed_version) == (
        "vendor",
        MINE,
        "fixed",
        "3.1.2-1+deb13u1",
    )


def test_only_who_has_read_it_as_a_vendor_may_speak(world: World, scene: Scene) -> None:
    case_id = scene.case()
    with pytest.raises(Conflict, match="not read"):
        say(world, case_id)
    with pytest.raises(Conflict, match="Only vendors"):
        say(world, case_id, "finder")
    with pytest.raises(NotFound):
        say(world, case_id, "stranger")
    with pytest.raises(BadInput, match="reason"):
        say(world, case_id, "clearinghouse", organization_id=world.id("vendor"))
    said = say(world, case_id, "clearinghouse", organization_id=world.id("vendor"), reason="said on the phone")
    assert said.organization_id == world.id("vendor")
    assert Participant.objects.get(case_id=case_id, organization_id=world.id("vendor")).answered_at is None


def test_a_vendor_speaks_of_so_many_products(world: World, case_id: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(statements, "PRODUCTS_MAX", 2)
    for number in range(2):
        say(world, case_id, product=f"pkg:npm/p{number}")
    with pytest.raises(Conflict, match="at most 2"):
        say(world, case_id, product="pkg:npm/p2")
    assert say(world, case_id, product="pkg:npm/p1", text="still").text == "still"


def many_vendors(case_id: str, count: int) -> None:
    case = Case.objects.get(pk=case_id)
    for number in range(count):
        vendor = create_organization(KEEPER, f"Vendor {number:03d}", OrganizationKind.VENDOR)
        Participant.objects.create(
            case=case,
            organization_id=vendor.id,
            role="vendor",
            report_management="received",
            consent="signatory",
            fix="Vfd",
            answered_at=clock.now() if number % 3 else None,
            joined_at=clock.now(),
        )
        if number % 2:
            VendorStatement.objects.create(
                case=case,
                organization_id=vendor.id,
                product=f"pkg:generic/product-{number}",
                status="affected" if number % 4 == 1 else "under_investigation",
                made_by="x",
                made_at=clock.now(),
            )


def test_150_vendors_cost_as_many_queries_as_one(
    world: World, case_id: str, django_assert_max_num_queries: Any
) -> None:
    many_vendors(case_id, 150)
    coordinator = world.actor("clearinghouse")
    statements.vendor_table(coordinator, case_id)  # the first read of an hour leaves its mark
    with django_assert_max_num_queries(5):
        table = statements.vendor_table(coordinator, case_id)
    assert table.vendors == len(table.rows) == 151
    assert [row.is_silent for row in table.rows] == sorted((row.is_silent for row in table.rows), reverse=True)
    assert table.counts["affected"] == 38
    assert table.counts["under_investigation"] == 37
    assert table.counts["silent"] == sum(row.is_silent for row in table.rows) == 25
    assert len(statements.vendor_table(coordinator, case_id, show="silent").rows) == 25
    assert len(statements.vendor_table(coordinator, case_id, show="affected").rows) == 38
    assert [row.organization for row in statements.vendor_table(coordinator, case_id, find="vendor 01").rows] != []
    assert len(statements.vendor_table(coordinator, case_id, find="PRODUCT-149").rows) == 1
    names = [row.organization for row in statements.vendor_table(coordinator, case_id, sort="name").rows]
    assert names == sorted(names, key=str.casefold)


def test_statements_are_published_in_both_formats(world: World, scene: Scene, case_id: str) -> None:
    vendor = world.actor("vendor")
    for step in ("validate", "accept"):
        participants.step_report(vendor, case_id, step)
    participants.step_fix(vendor, case_id, CaseEventKind.FIX_READY)
    say(world, case_id, product=JINJA, status=VendorStatus.FIXED, fixed_version="3.1.6", link="https://example.org/1")
    say(
        world,
        case_id,
        product="pkg:pypi/other",
        status=VendorStatus.NOT_AFFECTED,
        justification=Justification.COMPONENT_NOT_PRESENT,
        text="We ship <script>no</script> templates.",
    )
    say(world, case_id, product="pkg:pypi/third", status=VendorStatus.UNDER_INVESTIGATION)
    advisory = scene.published(case_id)
    document = json.loads(distribution.document(world.actor("hospital"), advisory, Format.CSAF).content)
    [flaw] = document["vulnerabilities"]
    products = {}
    for vendors in document["product_tree"]["branches"]:
        for product in vendors["branches"]:
            for leaf in product["branches"]:
                found = leaf["product"]
                products[found["product_id"]] = (vendors["name"], found["product_identification_helper"]["purl"])
    status = {
        name: {products[one] for one in ids if products[one][0] == "vendor"}
        for name, ids in flaw["product_status"].items()
    }
    assert status["fixed"] == {("vendor", "pkg:pypi/jinja2@3.1.6")}
    assert status["known_not_affected"] == {("vendor", "pkg:pypi/other")}
    assert status["under_investigation"] == {("vendor", "pkg:pypi/third")}
    assert [flag["label"] for flag in flaw["flags"]] == ["component_not_present"]
    assert {one["url"] for one in flaw["references"]} == {"https://example.org/1"}
    osv = json.loads(distribution.document(world.actor("hospital"), advisory, Format.OSV).content)
    assert {(one["product"], one["status"]) for one in osv["database_specific"]["vendor_statements"]} == {
        ("pkg:pypi/jinja2", "fixed"),
        ("pkg:pypi/other", "not_affected"),
        ("pkg:pypi/third", "under_investigation"),
    }
    assert len(osv["affected"]) == 1  # what vendors say changes no range


def test_a_case_without_statements_is_published_as_before(world: World, scene: Scene) -> None:
    advisory = scene.published(scene.case())
    document = json.loads(distribution.document(world.actor("hospital"), advisory, Format.CSAF).content)
    assert "flags" not in document["vulnerabilities"][0]

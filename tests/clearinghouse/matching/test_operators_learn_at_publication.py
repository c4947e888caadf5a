"""Inventories go in, advisories are published, operators see their own exposures: with the real jobs on a real database."""

import json
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from django.db import transaction

from seawall.clearinghouse.directives import queries as directives
from seawall.clearinghouse.distribution import queries as distribution
from seawall.clearinghouse.matching import models, queries, services
from seawall.clearinghouse.matching.types import InventoryState
from seawall.clearinghouse.prioritization.services import keep_facts
from seawall.clearinghouse.prioritization.types import Fact, FactName
from seawall.foundation.jobs.runner import drain
from seawall.foundation.platform import clock
from seawall.foundation.platform.errors import BadInput, Forbidden, NotFound
from support import KEEPER, World

CASE = "case_" + "a" * 26
ADVISORY = "SEAWALL-2026-AAAAAAAA"
JINJA = {"package": "pkg:pypi/jinja2", "ranges": [{"introduced": "0", "fixed": "3.1.6"}]}


def sbom(*purls: str, reach: str = "public", **more: Any) -> bytes:
    components = [
        {"type": "library", "name": purl.split("/")[-1].split("@")[0], "purl": purl, "bom-ref": f"ref-{number}"}
        for number, purl in enumerate(purls)
    ]
    document = {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "metadata": {
            "component": {
                "type": "application",
                "name": "Portal",
                "bom-ref": "root",
                "properties": [{"name": "seawall:exposure", "value": reach}],
            }
        },
        "components": components,
        "dependencies": [{"ref": "root", "dependsOn": [item["bom-ref"] for item in components]}],
        **more,
    }
    return json.dumps(document).encode()


class Matching:
    """What operators and the coordinator do."""

    def __init__(self, world: World) -> None:
        self.world = world

    def upload(self, operator: str, data: bytes, name: str = "Portal") -> models.Inventory:
        row = services.upload_inventory(self.world.actor(operator), name=name, data=data)
        drain()
        row.refresh_from_db()
        return row

    def register(self, *affected: dict[str, Any], advisory: str = ADVISORY) -> None:
        with transaction.atomic():
            services.register_affected(KEEPER, CASE, advisory, affected or (JINJA,), ("CVE-2025-27516",))
        drain()

    def publish(self, *affected: dict[str, Any], advisory: str = ADVISORY) -> int:
        words = services.Announcement("A flaw", "", ("CVE-2025-27516",), affected or (JINJA,))
        with transaction.atomic():
            return services.reveal(self.world.actor("clearinghouse"), CASE, advisory, clock.now(), words)

    def seen(self, operator: str) -> list[tuple[str, str]]:
        rows = queries.exposures_of(self.world.actor(operator))
        return [(view.component, view.version) for view in queries.views(rows)]

    def notices(self, operator: str) -> list[str]:
        return [notice.title for notice in distribution.notices_of(self.world.actor(operator))]


@pytest.fixture
def matching(world: World) -> Matching:
    not_in_kev = Fact(FactName.IN_KEV, "no", "kev", date(2026, 11, 20))
    keep_facts(KEEPER, [("CVE-2025-27516", not_in_kev)])
    return Matching(world)


@pytest.mark.parametrize("first", ["inventory", "advisory"])
def test_whichever_comes_first_the_exposure_appears_with_the_publication_and_not_before(
    matching: Matching, first: str
) -> None:
    if first == "inventory":
        matching.upload("hospital", sbom("pkg:pypi/jinja2@3.1.4", "pkg:pypi/flask@3.0.0"))
    matching.register()
    if first == "advisory":
        matching.upload("hospital", sbom("pkg:pypi/jinja2@3.1.4", "pkg:pypi/flask@3.0.0"))
    assert models.Exposure.objects.count() == 1, "matched under embargo"
    assert matching.seen("hospital") == []
    assert matching.notices("hospital") == []
    hidden = models.Exposure.objects.get()
    with pytest.raises(NotFound):
        queries.exposure(matching.world.actor("hospital"), hidden.pk)
    assert directives.current_clocks([hidden.pk]) == {}, "no clock runs under embargo"

    assert matching.publish() == 1

    assert matching.seen("hospital") == [("jinja2", "3.1.4")]
    assert models.Exposure.objects.get().pk == hidden.pk, "what was matched early is shown, not made anew"
    [view] = queries.views(queries.exposures_of(matching.world.actor("hospital")))
    assert view.fixed == "3.1.6"
    assert view.reason == "3.1.4 is among the affected: every version before 3.1.6."
    assert view.path == ("Portal", "jinja2")
    assert view.clock is not None
    assert (view.clock.rule, view.clock.days) == ("flat", 60)
    assert matching.notices("hospital") == [f"Portal is affected by {ADVISORY}: A flaw"]


def test_each_operator_sees_its_own_and_nobody_elses(matching: Matching) -> None:
    matching.register()
    for operator in ("hospital", "bank"):
        matching.upload(operator, sbom("pkg:pypi/jinja2@3.1.4" if operator == "bank" else "pkg:pypi/jinja2@3.1.3"))
    matching.upload("agency", sbom("pkg:pypi/jinja2@3.1.6"))
    assert matching.publish() == 2
    assert matching.seen("hospital") == [("jinja2", "3.1.3")]
    assert matching.seen("bank") == [("jinja2", "3.1.4")]
    assert matching.seen("agency") == []
    for other in ("finder", "clearinghouse", "rival", "stranger"):
        assert matching.seen(other) == []
        assert not queries.inventories_of(matching.world.actor(other)).exists()
    banks = queries.exposures_of(matching.world.actor("bank")).get()
    with pytest.raises(NotFound):
        queries.exposure(matching.world.actor("hospital"), banks.pk)
    with pytest.raises(NotFound):
        queries.inventory(matching.world.actor("hospital"), banks.component.inventory_id)


def test_an_inventory_that_comes_after_publication_is_exposed_at_once(matching: Matching) -> None:
    matching.publish()
    row = matching.upload("bank", sbom("pkg:pypi/jinja2@3.1.4"))
    assert row.state == InventoryState.READY
    assert matching.seen("bank") == [("jinja2", "3.1.4")]
    assert len(matching.notices("bank")) == 1


def test_what_is_published_counts_and_not_what_was_registered(matching: Matching) -> None:
    matching.register(JINJA)
    matching.upload("bank", sbom("pkg:pypi/jinja2@3.1.4", "pkg:pypi/jinja2@3.0.0"))
    assert models.Exposure.objects.count() == 2
    matching.publish({"package": "pkg:pypi/jinja2", "ranges": [{"introduced": "3.1.0", "fixed": "3.1.6"}]})
    assert matching.seen("bank") == [("jinja2", "3.1.4")]


def test_a_newer_inventory_takes_the_place_and_the_clock_goes_on(
    matching: Matching, later: Callable[..., None]
) -> None:
    matching.upload("bank", sbom("pkg:pypi/jinja2@3.1.4"))
    matching.publish()
    [before] = queries.views(queries.exposures_of(matching.world.actor("bank")))
    later(days=10)
    old = queries.inventories_of(matching.world.actor("bank")).get()
    matching.upload("bank", sbom("pkg:pypi/jinja2@3.1.5"))
    old.refresh_from_db()
    assert old.state == InventoryState.SUPERSEDED
    assert matching.seen("bank") == [("jinja2", "3.1.5")]
    [after] = queries.views(queries.exposures_of(matching.world.actor("bank")))
    assert before.clock is not None
    assert after.clock is not None
    assert after.clock.due == before.clock.due, "an upload is no way to gain time"
    assert len(matching.notices("bank")) == 1, "nothing new was found"
    matching.upload("bank", sbom("pkg:pypi/jinja2@3.1.6"))
    assert matching.seen("bank") == []


def test_another_system_of_the_same_operator_stands_beside_the_first(matching: Matching) -> None:
    matching.publish()
    matching.upload("bank", sbom("pkg:pypi/jinja2@3.1.4"), name="Branch 1")
    matching.upload("bank", sbom("pkg:pypi/jinja2@3.1.4"), name="Branch 2")
    assert len(matching.seen("bank")) == 2


def test_an_older_upload_that_is_read_later_changes_nothing(matching: Matching) -> None:
    matching.publish()
    bank = matching.world.actor("bank")
    slow = services.upload_inventory(bank, name="Portal", data=sbom("pkg:pypi/jinja2@3.1.4"))
    quick = services.upload_inventory(bank, name="Portal", data=sbom("pkg:pypi/jinja2@3.1.6"))
    models.Inventory.objects.filter(pk=quick.pk).update(state=InventoryState.READY)
    drain()
    slow.refresh_from_db()
    assert slow.state == InventoryState.SUPERSEDED
    assert matching.seen("bank") == []


def test_withdrawing_leaves_nothing_but_the_log(matching: Matching) -> None:
    matching.publish()
    row = matching.upload("bank", sbom("pkg:pypi/jinja2@3.1.4", "pkg:pypi/bank-internal-ledger@1.0.0"))
    matching.upload("hospital", sbom("pkg:pypi/jinja2@3.1.4"))
    services.withdraw_inventory(matching.world.actor("bank"), row.id)
    assert matching.seen("bank") == []
    assert not models.Inventory.objects.filter(organization_id=matching.world.id("bank")).exists()
    assert matching.seen("hospital") == [("jinja2", "3.1.4")]
    kept = models.PackageVersion.objects.values_list("package__name", flat=True)
    assert set(kept) == {"jinja2"}, "the name of what only the bank ran has left"
    with pytest.raises(NotFound):
        services.withdraw_inventory(matching.world.actor("bank"), row.id)


def test_what_cannot_be_matched_says_why_and_stays(matching: Matching) -> None:
    row = matching.upload(
        "bank", sbom("pkg:pypi/jinja2@3.1.6", "pkg:spaceship/warp@1", "pkg:pypi/jinja2@not-a-version", "nonsense")
    )
    assert (row.state, row.components, row.unmatched) == (InventoryState.READY, 4, 3)
    reasons = queries.lines_of(matching.world.actor("bank"), row.id, unmatched_only=True).values_list(
        "why_not", flat=True
    )
    assert [reason.split(";")[0] for reason in reasons] == [
        "the order of spaceship versions is not known here",
        "its version is not a PEP 440 version",
        "'nonsense' is no package URL",
    ]


def test_a_listed_version_without_a_place_in_the_order_is_matched_by_its_text(matching: Matching) -> None:
    matching.upload("bank", sbom("pkg:spaceship/warp@one-and-a-half", "pkg:pypi/jinja2@oddly-built"))
    matching.publish(
        {"package": "pkg:spaceship/warp", "versions": ["one-and-a-half"]},
        {"package": "pkg:pypi/jinja2", "versions": ["oddly-built"], "ranges": [{"introduced": "0", "fixed": "3"}]},
    )
    assert [version for _, version in matching.seen("bank")] == ["", ""] or len(matching.seen("bank")) == 2


@pytest.mark.parametrize(
    ("data", "code", "says"),
    [
        (b"not json at all", "not-an-inventory", "JSON"),
        (b'{"bomFormat": "SPDX"}', "not-an-inventory", "bomFormat"),
        (b'{"bomFormat": "CycloneDX", "specVersion": "0.9"}', "unsupported-version", "0.9"),
        (b"<bom/>", "not-an-inventory", "CycloneDX"),
        (b'{"a":' * 5000, "not-an-inventory", ""),
    ],
)
def test_a_document_that_cannot_be_read_is_refused_with_the_reason_and_a_notice(
    matching: Matching, data: bytes, code: str, says: str
) -> None:
    row = matching.upload("bank", data)
    assert row.state == InventoryState.REFUSED
    assert row.error is not None
    assert row.error["code"] == code
    assert says in row.error["detail"]
    assert row.error["action"] or row.error["detail"]
    assert matching.notices("bank") == ["The inventory Portal could not be read"]
    fine = matching.upload("bank", sbom("pkg:pypi/jinja2@3.1.4"))
    assert fine.state == InventoryState.READY, "and the next one is read"


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"name": " "}, "name"),
        ({"name": "x" * 200}, "name"),
        ({"data": b" "}, "sbom"),
        ({"format_name": "dwg"}, "format"),
    ],
)
def test_what_is_no_inventory_at_all_is_refused_at_the_door(
    matching: Matching, fields: dict[str, Any], field: str
) -> None:
    sent: dict[str, Any] = {"name": "Portal", "data": sbom(), **fields}
    with pytest.raises(BadInput) as refusal:
        services.upload_inventory(matching.world.actor("bank"), **sent)
    assert refusal.value.field == field
    assert not models.Inventory.objects.exists()


@pytest.mark.parametrize("other", ["finder", "clearinghouse", "lab"])
def test_only_those_who_run_software_upload(matching: Matching, other: str) -> None:
    with pytest.raises(Forbidden):
        services.upload_inventory(matching.world.actor(other), name="Portal", data=sbom())

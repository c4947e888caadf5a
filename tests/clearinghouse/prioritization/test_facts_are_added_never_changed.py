"""What is known about vulnerabilities: by whom, as of when, and nothing that nobody said."""

import json
import tarfile
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from seawall.clearinghouse.prioritization import models, queries, services
from seawall.clearinghouse.prioritization.errors import NotAFact, NotAFeed
from seawall.clearinghouse.prioritization.types import Fact, FactName
from seawall.foundation.access.types import Actor
from seawall.foundation.platform.errors import Forbidden
from support import KEEPER, World

DATA = Path(__file__).parents[4] / "shared" / "data"
CVE = "CVE-2026-10001"


def catalog(*entries: dict[str, Any], released: str = "2026-11-20T15:00:00.0Z") -> bytes:
    return json.dumps(
        {"catalogVersion": released[:10], "dateReleased": released, "vulnerabilities": list(entries)}
    ).encode()


def entry(cve: str = CVE, **more: Any) -> dict[str, Any]:
    return {"cveID": cve, "dateAdded": "2026-11-19", "dueDate": "2026-12-10", **more}


def value(name: FactName, *identifiers: str) -> str | None:
    return queries.facts_of(identifiers or (CVE,)).value(name)


pytestmark = pytest.mark.django_db


def test_what_nobody_said_is_unknown() -> None:
    assert queries.facts_of([CVE]).known == {}


def test_a_catalog_says_of_everything_else_that_it_is_not_in_it() -> None:
    services.load_kev(KEEPER, catalog(entry()))
    assert value(FactName.IN_KEV) == "yes"
    assert value(FactName.KEV_DUE_DATE) == "2026-12-10"
    assert value(FactName.IN_KEV, "CVE-2020-0001") == "no"
    assert value(FactName.KEV_FORENSIC_TRIAGE) is None, "the catalog does not say it, so nobody does"


def test_a_flaw_without_a_cve_cannot_be_in_the_catalog() -> None:
    assert value(FactName.IN_KEV, "GHSA-8j8c-7jfh-h6hx") == "no"
    assert value(FactName.IN_KEV, "GHSA-8j8c-7jfh-h6hx", CVE) is None


def test_an_entry_that_is_gone_is_taken_back_and_stays_as_history() -> None:
    services.load_kev(KEEPER, catalog(entry()))
    services.load_kev(KEEPER, catalog(released="2026-11-21T15:00:00.0Z"))
    assert value(FactName.IN_KEV) == "no"
    assert value(FactName.KEV_DUE_DATE) is None
    assert models.VulnerabilityFact.objects.filter(identifier=CVE, name=FactName.IN_KEV).count() == 2
    services.load_kev(KEEPER, catalog(entry(), released="2026-11-22T15:00:00.0Z"))
    assert value(FactName.IN_KEV) == "yes"
    assert value(FactName.KEV_DUE_DATE) == "2026-12-10"


def test_an_older_catalog_changes_nothing_and_the_same_one_adds_nothing() -> None:
    services.load_kev(KEEPER, catalog(entry()))
    assert services.load_kev(KEEPER, catalog(entry())) == 0
    assert services.load_kev(KEEPER, catalog(released="2026-10-01T15:00:00.0Z")) == 0
    assert value(FactName.IN_KEV) == "yes"


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"[]",
        b"{}",
        b'{"vulnerabilities": []}',
        catalog({"cveID": "CVE-1"}),
        catalog(entry(dateAdded="soon")),
        catalog(entry(), entry()),
        catalog(entry(forensicTriage="perhaps")),
        catalog(released="never"),
        b'{"a": 1, "a": 2}',
        b"\xff\xfe",
        b"[" * 100_000,
    ],
)
def test_what_is_not_the_catalog_is_refused_whole(data: bytes) -> None:
    with pytest.raises(NotAFeed) as refusal:
        services.load_kev(KEEPER, data)
    assert refusal.value.action
    assert not models.FactBatch.objects.exists()


def test_cisa_stands_before_others_and_the_newest_counts(world: World) -> None:
    coordinator = world.actor("clearinghouse")
    services.keep_facts(KEEPER, [(CVE, Fact(FactName.AUTOMATABLE, "no", "vulnrichment", date(2026, 1, 1)))])
    services.set_facts(coordinator, CVE, [Fact(FactName.AUTOMATABLE, "yes", "our analyst", date(2026, 11, 1))])
    assert value(FactName.AUTOMATABLE) == "no"
    services.keep_facts(KEEPER, [(CVE, Fact(FactName.AUTOMATABLE, "yes", "vulnrichment", date(2026, 2, 1)))])
    assert value(FactName.AUTOMATABLE) == "yes"


def test_nobody_speaks_in_the_name_of_a_feed(world: World) -> None:
    with pytest.raises(NotAFact):
        services.set_facts(world.actor("clearinghouse"), CVE, [Fact(FactName.IN_KEV, "no", "kev", date(2026, 11, 1))])
    assert value(FactName.IN_KEV) is None


def test_what_was_stated_here_may_be_under_embargo_and_is_shown_to_coordinators_alone(world: World) -> None:
    coordinator = world.actor("clearinghouse")
    services.set_facts(coordinator, CVE, [Fact(FactName.EXPLOITATION, "active", "our analyst", date(2026, 11, 1))])
    assert queries.facts_for(coordinator, CVE).value(FactName.EXPLOITATION) == "active"
    for other in (world.actor("finder"), world.actor("hospital"), Actor.anonymous()):
        assert queries.facts_for(other, CVE).known == {}


@pytest.mark.parametrize("other", ["finder", "hospital", "vendor", "lab"])
def test_only_the_coordinator_states_facts(world: World, other: str) -> None:
    with pytest.raises(Forbidden):
        services.set_facts(world.actor(other), CVE, [Fact(FactName.AUTOMATABLE, "no", "me", date(2026, 11, 1))])


def test_all_of_the_real_feeds_can_be_read() -> None:
    path = DATA / "kev.tar.xz"
    if not path.exists():
        pytest.skip(f"{path} is absent: the real catalog cannot be read")
    with tarfile.open(path) as archive:
        file = archive.extractfile("kev/known_exploited_vulnerabilities.json")
        assert file is not None
        data = file.read()
    assert services.load_kev(KEEPER, data) > 4 * 1_000
    assert value(FactName.KEV_DATE_ADDED, "CVE-2021-44228") == "2021-12-10"
    assert value(FactName.IN_KEV, "CVE-2024-4340") == "no"

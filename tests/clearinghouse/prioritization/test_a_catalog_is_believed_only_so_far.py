"""The KEV catalog moves everybody's due dates. One that was cut short, is old or from the future moves none."""

import json
from datetime import timedelta
from typing import Any

import pytest

from seawall.clearinghouse.prioritization import models, queries, services
from seawall.clearinghouse.prioritization.errors import NotAFeed
from seawall.clearinghouse.prioritization.types import FactName
from seawall.foundation.jobs.models import Job
from seawall.foundation.platform import clock
from seawall.foundation.transparency.models import LogOpening
from support import KEEPER

pytestmark = pytest.mark.django_db
CVE = "CVE-2026-10001"
MORNING, NOON, EVENING = ("2026-11-20T08:00:00.0Z", "2026-11-20T12:00:00.0Z", "2026-11-20T20:00:00.0Z")


def catalog(*cves: str, released: str = MORNING, **more: Any) -> bytes:
    entries = [{"cveID": cve, "dateAdded": "2026-11-19", "dueDate": "2026-12-10"} for cve in cves]
    return json.dumps(
        {"catalogVersion": released[:10], "dateReleased": released, "vulnerabilities": entries, **more}
    ).encode()


def many(count: int) -> list[str]:
    return [f"CVE-2026-{20_000 + number}" for number in range(count)]


def listed(cve: str = CVE) -> str | None:
    return queries.facts_of([cve]).value(FactName.IN_KEV)


def test_a_catalog_that_was_cut_short_is_refused_by_its_own_count() -> None:
    with pytest.raises(NotAFeed) as refusal:
        services.load_kev(KEEPER, catalog(CVE, count=1404))
    assert refusal.value.field == "count"
    assert services.load_kev(KEEPER, catalog(CVE, count=1)) == 4


def test_a_catalog_without_most_of_its_entries_takes_nothing_back() -> None:
    services.load_kev(KEEPER, catalog(CVE, *many(services.REMOVALS_MAX)))
    with pytest.raises(NotAFeed) as refusal:
        services.load_kev(KEEPER, catalog(released=NOON))
    assert "21 entries are gone" in refusal.value.detail
    assert refusal.value.action
    assert listed() == "yes"
    assert models.FactBatch.objects.count() == 1


def test_the_keeper_can_say_that_so_many_are_really_gone() -> None:
    services.load_kev(KEEPER, catalog(CVE, *many(services.REMOVALS_MAX)))
    assert services.load_kev(KEEPER, catalog(released=NOON), removals=21) == 21
    assert listed() == "no"


def test_a_catalog_from_the_future_would_lock_out_all_that_follow() -> None:
    later = (clock.now() + timedelta(days=400)).isoformat()
    with pytest.raises(NotAFeed) as refusal:
        services.load_kev(KEEPER, catalog(CVE, released=later))
    assert refusal.value.field == "dateReleased"
    assert queries.kev_as_of() is None


def test_reading_the_same_bytes_again_leaves_no_trace() -> None:
    assert services.load_kev(KEEPER, catalog(CVE)) == 4
    before = (models.FactBatch.objects.count(), LogOpening.objects.count(), Job.objects.count())
    assert services.load_kev(KEEPER, catalog(CVE)) == 0
    assert (models.FactBatch.objects.count(), LogOpening.objects.count(), Job.objects.count()) == before


def test_a_newer_catalog_that_says_the_same_is_a_reading_of_its_own() -> None:
    services.load_kev(KEEPER, catalog(CVE))
    assert services.load_kev(KEEPER, catalog(CVE, released="2026-11-21T08:00:00.0Z")) == 0
    assert queries.kev_as_of() is not None
    assert str(queries.kev_as_of()) == "2026-11-21"
    assert models.VulnerabilityFact.objects.count() == 4


def test_catalogs_of_one_day_are_told_apart() -> None:
    services.load_kev(KEEPER, catalog(CVE, released=MORNING))
    services.load_kev(KEEPER, catalog(released=NOON))
    assert listed() == "no", "taken back on the day it was added"
    assert services.load_kev(KEEPER, catalog(CVE, released=MORNING)) == 0, "older, though of the same day"
    assert listed() == "no"
    services.load_kev(KEEPER, catalog(CVE, released=EVENING))
    assert listed() == "yes"
    said = models.VulnerabilityFact.objects.filter(identifier=CVE, name=FactName.IN_KEV).order_by("id")
    assert list(said.values_list("value", flat=True)) == ["yes", "no", "yes"]


def test_each_reading_is_one_entry_and_one_job() -> None:
    services.load_kev(KEEPER, catalog(CVE, *many(5)))
    batch = models.FactBatch.objects.get()
    entry = LogOpening.objects.get(kind="facts.recorded")
    payload = json.loads(bytes(entry.content))["payload"]
    assert (entry.subject, payload["count"], payload["document"]) == (batch.pk, 24, batch.digest)
    assert list(Job.objects.values_list("kind", "subject_id")) == [("directives.reassess", batch.pk)]


@pytest.mark.parametrize("version", ["\u0000", 7, None, "a\nb"])
def test_a_version_that_no_database_or_log_should_hold_is_refused(version: Any) -> None:
    with pytest.raises(NotAFeed):
        services.load_kev(KEEPER, catalog(CVE, catalogVersion=version))


@pytest.mark.parametrize("released", ["0001-01-01T00:00:00+05:00", "2026-11-20T25:00:00Z", "", 20261120])
def test_a_release_time_outside_the_calendar_is_refused(released: Any) -> None:
    data = json.loads(catalog(CVE))
    with pytest.raises(NotAFeed):
        services.load_kev(KEEPER, json.dumps({**data, "dateReleased": released}).encode())

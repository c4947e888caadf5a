"""The safety net finds what incremental matching would have missed, says so, and mends it; else it changes nothing."""

import itertools
from pathlib import Path

import pytest
from django.db import transaction

from seawall.clearinghouse.distribution import queries as distribution
from seawall.clearinghouse.matching import checking, models, services
from seawall.clearinghouse.matching.types import ExposureState
from seawall.foundation.jobs.models import Job
from seawall.foundation.transparency.models import LogOpening
from support import KEEPER, World
from support.publishers import CVE, GHSA, PYSEC, Publishers, record

NIGHT = "2026-11-27"


@pytest.fixture
def publishers(world: World, tmp_path: Path) -> Publishers:
    found = Publishers(world, tmp_path)
    found.load(ghsa=[record(GHSA, CVE), record("GHSA-y", package="flask", fixed="4")], pypa=[record(PYSEC, CVE)])
    found.upload("hospital", "pkg:pypi/jinja2@3.1.4", "pkg:pypi/flask@3.0.0", "pkg:pypi/odd@1")
    found.upload("bank", "pkg:pypi/jinja2@3.1.4")
    return found


def night(date: str = NIGHT) -> models.Rematch:
    for step in checking.steps(date):
        with transaction.atomic():
            step(KEEPER)
    return models.Rematch.objects.get(night=date)


def rows() -> list[object]:
    return list(models.Exposure.objects.order_by("pk").values())


def test_where_nothing_differs_nothing_changes(publishers: Publishers) -> None:
    before = rows()
    found = night()
    assert (found.missing, found.surplus, found.misfolded, found.rekeyed) == (0, 0, 0, 0)
    assert found.versions == 3
    assert found.finished_at is not None
    assert rows() == before
    kinds = list(LogOpening.objects.filter(subject=found.pk).values_list("kind", flat=True))
    assert kinds == ["matching.checked"]
    assert not distribution.notices_of(publishers.world.actor("clearinghouse")).exists()


def test_what_is_missing_is_found_and_shown(publishers: Publishers) -> None:
    models.Exposure.objects.filter(organization_id=publishers.world.id("bank")).delete()
    found = night()
    assert (found.missing, found.surplus) == (1, 0)
    assert len(publishers.seen("bank")) == 1
    [notice] = distribution.notices_of(publishers.world.actor("clearinghouse"))
    assert "found differences" in notice.title
    assert "jinja2" not in notice.body, "the coordinator learns that, not who runs what"
    assert "matching.differed" in LogOpening.objects.filter(subject=found.pk).values_list("kind", flat=True)
    assert night("2026-11-28").missing == 0


def test_what_is_too_much_is_closed(publishers: Publishers) -> None:
    models.AffectedRange.objects.filter(advisory_id="ghsa:GHSA-y").delete()
    assert night().surplus == 1
    assert [one[0] for one in publishers.seen("hospital")] == ["jinja2"]


def test_a_flaw_that_is_counted_twice_is_folded(publishers: Publishers) -> None:
    models.Exposure.objects.filter(state=ExposureState.FOLDED).update(state=ExposureState.OPEN, lead=None)
    assert len(publishers.seen("bank")) == 2
    assert night().misfolded == 2
    assert len(publishers.seen("bank")) == 1


def test_keys_of_another_edition_are_made_anew(publishers: Publishers) -> None:
    models.PackageVersion.objects.filter(package__name="jinja2").update(key=b"\x00", scheme="pep440/0")
    found = night()
    assert found.rekeyed == 1
    assert found.surplus == found.missing == 0
    assert len(publishers.seen("bank")) == 1


def test_it_goes_on_where_it_was_stopped(publishers: Publishers, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checking, "VERSIONS_MAX", 1)
    models.Exposure.objects.all().delete()
    for _ in range(20):
        # Each time it begins, does one thing more, and is gone.
        for step in itertools.islice(checking.steps(NIGHT), 2):
            with transaction.atomic():
                step(KEEPER)
    found = models.Rematch.objects.get(night=NIGHT)
    assert found.finished_at is not None
    assert (found.versions, found.missing) == (3, 3)
    assert len(publishers.seen("hospital")) == 2
    assert len(publishers.seen("bank")) == 1


def test_the_next_night_is_queued_once(world: World) -> None:  # noqa: ARG001 - a database
    with transaction.atomic():
        first = services.schedule_check(KEEPER)
        assert services.schedule_check(KEEPER) == first
    job = Job.objects.get(pk=first)
    assert job.run_after.hour == services.CHECK_HOUR
    assert job.subject_id == job.run_after.date().isoformat()


def test_an_embargoed_match_is_checked_and_stays_hidden(publishers: Publishers) -> None:
    with transaction.atomic():
        services.register_affected(
            KEEPER,
            "case_x",
            "SEAWALL-2026-AAAAAAAA",
            ({"package": "pkg:pypi/jinja2", "ranges": [{"introduced": "0", "fixed": "3.1.6"}]},),
            (CVE,),
        )
    with transaction.atomic():
        services.match_one_advisory(KEEPER, "SEAWALL-2026-AAAAAAAA")
    before = publishers.seen("bank")
    assert night().misfolded == 0
    assert publishers.seen("bank") == before
    models.Exposure.objects.filter(published_at=None).delete()
    assert night("2026-11-28").missing == 2
    assert models.Exposure.objects.filter(published_at=None).count() == 2
    assert publishers.seen("bank") == before

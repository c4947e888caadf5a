"""A judged finding does not come back by itself: not with the next release, not under another name of the flaw."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from seawall.clearinghouse.directives import queries as directives
from seawall.clearinghouse.matching import judging, models, queries, services
from seawall.clearinghouse.matching.judging import Said
from seawall.clearinghouse.matching.types import JudgmentStatus, Justification
from seawall.foundation.access.types import Role
from seawall.foundation.platform import clock
from seawall.foundation.platform.errors import BadInput, Conflict, Forbidden, NotFound
from seawall.foundation.transparency.models import LogOpening
from support import World
from support.publishers import CVE, GHSA, PYSEC, Publishers, record

WHY = "That code is never called here."
AWAY = Said(JudgmentStatus.FALSE_POSITIVE, WHY)


@pytest.fixture
def publishers(world: World, tmp_path: Path) -> Publishers:
    found = Publishers(world, tmp_path)
    found.load(ghsa=[record(GHSA, CVE)])
    found.upload("hospital", "pkg:pypi/jinja2@3.1.4", "pkg:pypi/flask@3.0.0")
    return found


def only(publishers: Publishers, **wanted: Any) -> models.Exposure:
    return queries.exposures_of(publishers.world.actor("hospital"), **wanted).get()


def judge(publishers: Publishers, said: Said = AWAY) -> models.Judgment:
    hospital = publishers.world.actor("hospital")
    return judging.judge(hospital, only(publishers).pk, said)


def test_it_goes_out_of_the_list_and_into_its_filter(publishers: Publishers) -> None:
    exposure = only(publishers)
    judge(publishers)
    assert publishers.seen("hospital") == []
    assert only(publishers, judged="yes").pk == exposure.pk
    assert only(publishers, judged="any").pk == exposure.pk
    hospital = publishers.world.actor("hospital")
    assert queries.updates_of(hospital) == []
    assert [update.component for update in queries.updates_of(hospital, judged="yes")] == ["jinja2"]
    [view] = queries.views([only(publishers, judged="yes")])
    assert view.judgment is not None
    assert (view.judgment.status, view.judgment.reason) == (JudgmentStatus.FALSE_POSITIVE, WHY)
    assert view.clock is not None, "the directive's clock runs on under it"


@pytest.mark.parametrize("status", list(JudgmentStatus))
def test_it_does_not_come_back_with_the_next_release(publishers: Publishers, status: JudgmentStatus) -> None:
    judge(
        publishers,
        Said(
            status,
            WHY,
            Justification.COMPONENT_NOT_PRESENT if status is JudgmentStatus.NOT_AFFECTED else None,
            clock.now().date() + timedelta(days=9) if status is JudgmentStatus.ACCEPTED else None,
        ),
    )
    publishers.upload("hospital", "pkg:pypi/jinja2@3.1.4", release="2")
    assert publishers.seen("hospital") == []
    publishers.upload("hospital", "pkg:pypi/jinja2@3.1.5", release="3")
    # What was mended without a new number says nothing of another number.
    assert bool(publishers.seen("hospital")) == (status is JudgmentStatus.FIXED)
    assert publishers.notices("hospital") == [f"Portal is affected by {GHSA}: A flaw in jinja2"]


def test_limited_to_the_version_it_holds_for_that_alone(publishers: Publishers) -> None:
    judge(publishers, Said(JudgmentStatus.FALSE_POSITIVE, WHY, this_version=True))
    publishers.upload("hospital", "pkg:pypi/jinja2@3.1.4", release="2")
    assert publishers.seen("hospital") == []
    publishers.upload("hospital", "pkg:pypi/jinja2@3.1.5", release="3")
    assert len(publishers.seen("hospital")) == 1


def test_it_does_not_come_back_under_another_name_of_the_flaw(publishers: Publishers) -> None:
    judge(publishers)
    publishers.load(removals=1, pypa=[record(PYSEC, CVE)], ghsa=[record("GHSA-other", package="flask", fixed="2")])
    assert publishers.seen("hospital") == [], "the one that stood for it is gone; the other is the same flaw"
    publishers.load(ghsa=[record("GHSA-new-flaw", "CVE-2026-9")])
    assert len(publishers.seen("hospital")) == 1, "but another flaw of the package is not judged"


def test_it_holds_for_its_product_and_its_organization_alone(publishers: Publishers) -> None:
    judge(publishers)
    publishers.upload("hospital", "pkg:pypi/jinja2@3.1.4", name="Other system")
    publishers.upload("bank", "pkg:pypi/jinja2@3.1.4")
    assert len(publishers.seen("hospital")) == 1
    assert len(publishers.seen("bank")) == 1


def test_an_accepted_risk_comes_back_after_its_day(publishers: Publishers, later: Callable[..., None]) -> None:
    judge(publishers, Said(JudgmentStatus.ACCEPTED, WHY, until=clock.now().date() + timedelta(days=3)))
    later(days=3)
    assert publishers.seen("hospital") == []
    later(days=1)
    assert len(publishers.seen("hospital")) == 1
    publishers.upload("hospital", "pkg:pypi/jinja2@3.1.4", release="2")
    assert len(publishers.seen("hospital")) == 1
    assert not queries.judgments_of(publishers.world.actor("hospital")).exists()
    assert queries.judgments_of(publishers.world.actor("hospital"), ended=True).count() == 1


def test_taken_back_it_is_in_the_list_again_with_the_date_it_had(
    publishers: Publishers, later: Callable[..., None]
) -> None:
    [before] = queries.views([only(publishers)])
    row = judge(publishers)
    later(days=5)
    judging.take_back(publishers.world.actor("hospital"), row.pk, "We do call it.")
    [after] = queries.views([only(publishers)])
    assert before.clock is not None
    assert after.clock is not None
    assert after.clock.due == before.clock.due
    [said] = queries.judgments_on(publishers.world.actor("hospital"), only(publishers))
    assert (said.ended_reason, said.holds(clock.now().date())) == ("We do call it.", False)
    with pytest.raises(Conflict):
        judging.take_back(publishers.world.actor("hospital"), row.pk, "again")


def test_a_newer_judgment_takes_the_place_and_both_stay_as_history(publishers: Publishers) -> None:
    first = judge(publishers)
    hospital = publishers.world.actor("hospital")
    judging.judge(
        hospital, only(publishers, judged="yes").pk, Said(JudgmentStatus.MITIGATED, "A filter stands before.")
    )
    history = queries.judgments_on(hospital, only(publishers, judged="yes"))
    assert [one.status for one in history] == [JudgmentStatus.MITIGATED, JudgmentStatus.FALSE_POSITIVE]
    first.refresh_from_db()
    assert first.ended_reason == "A newer judgment took its place."


def test_each_is_in_the_log_without_its_words(publishers: Publishers) -> None:
    exposure = only(publishers)
    row = judge(publishers)
    judging.take_back(publishers.world.actor("hospital"), row.pk, "No.")
    entries = list(LogOpening.objects.filter(subject=exposure.pk).order_by("entry_id"))
    assert [entry.kind for entry in entries] == ["exposure.judged", "judgment.ended"]
    assert all(WHY.encode() not in bytes(entry.content) for entry in entries)


@pytest.mark.parametrize(
    ("said", "field"),
    [
        (Said(JudgmentStatus.FALSE_POSITIVE, " "), "reason"),
        (Said(JudgmentStatus.NOT_AFFECTED, WHY), "justification"),
        (Said(JudgmentStatus.MITIGATED, WHY, Justification.COMPONENT_NOT_PRESENT), "justification"),
        (Said(JudgmentStatus.ACCEPTED, WHY), "until"),
        (Said(JudgmentStatus.FIXED, WHY, until=clock.now().date()), "until"),
        (Said(JudgmentStatus.ACCEPTED, WHY, until=clock.now().date() - timedelta(days=2)), "until"),
        (Said(JudgmentStatus.ACCEPTED, WHY, until=clock.now().date() + timedelta(days=400)), "until"),
        (Said(JudgmentStatus.FALSE_POSITIVE, "x" * 5000), "reason"),
    ],
)
def test_a_judgment_that_says_too_little_or_too_much_is_refused(publishers: Publishers, said: Said, field: str) -> None:
    with pytest.raises(BadInput) as refusal:
        judge(publishers, said)
    assert refusal.value.field == field
    assert not models.Judgment.objects.exists()


def test_nobody_judges_what_is_not_theirs_or_not_shown(publishers: Publishers) -> None:
    exposure = only(publishers)
    for other in ("bank", "clearinghouse", "finder"):
        with pytest.raises(NotFound):
            judging.judge(publishers.world.actor(other), exposure.pk, AWAY)
    with pytest.raises(Forbidden):
        judging.judge(publishers.world.actor("hospital", role=Role.VIEWER), exposure.pk, AWAY)
    row = judge(publishers)
    with pytest.raises(NotFound):
        judging.take_back(publishers.world.actor("bank"), row.pk, "no")
    assert not queries.judgments_of(publishers.world.actor("bank"), ended=True).exists()
    models.Exposure.objects.update(published_at=None)
    with pytest.raises(NotFound):
        judging.judge(publishers.world.actor("hospital"), exposure.pk, AWAY)


def test_a_judgment_on_what_is_closed_says_so(publishers: Publishers) -> None:
    exposure = only(publishers)
    publishers.upload("hospital", "pkg:pypi/jinja2@3.1.4")
    with pytest.raises(Conflict):
        judging.judge(publishers.world.actor("hospital"), exposure.pk, AWAY)


def test_with_a_products_last_inventory_its_judgments_leave(publishers: Publishers) -> None:
    judge(publishers)
    hospital = publishers.world.actor("hospital")
    for row in queries.inventories_of(hospital):
        services.withdraw_inventory(hospital, row.pk)
    assert not models.Judgment.objects.exists()
    assert not models.Product.objects.filter(organization_id=publishers.world.id("hospital")).exists()
    assert directives.current_clocks(models.Exposure.objects.values_list("pk", flat=True)) == {}

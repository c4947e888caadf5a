"""Snapshots are taken in step by step: once, wholly, whatever interrupts; what changes changes only what it concerns."""

from collections.abc import Callable
from pathlib import Path

import pytest
from django.db import transaction

from seawall.clearinghouse.directives import queries as directives
from seawall.clearinghouse.matching import advisory_queries, loading, models, queries, services
from seawall.clearinghouse.matching.types import ExposureState, LoadState
from seawall.foundation.access.types import Actor
from seawall.foundation.jobs.runner import drain
from seawall.foundation.platform.errors import NotFound
from seawall.foundation.transparency.models import LogOpening
from support import KEEPER, World
from support.publishers import CVE, GHSA, PYSEC, Publishers, record

ANYBODY = Actor.anonymous()


@pytest.fixture
def publishers(world: World, tmp_path: Path) -> Publishers:
    return Publishers(world, tmp_path)


@pytest.mark.parametrize("first", ["inventory", "snapshot"])
def test_whichever_comes_first_the_operator_learns_of_it(publishers: Publishers, first: str) -> None:
    if first == "inventory":
        publishers.upload("hospital", "pkg:pypi/jinja2@3.1.4", "pkg:pypi/flask@3.0.0")
    row = publishers.load(ghsa=[record(GHSA, CVE), record("GHSA-x", package="nobody-has-it")])
    assert (row.state, row.new, row.changed, row.withdrawn) == (LoadState.DONE, 2, 0, 0)
    if first == "snapshot":
        publishers.upload("hospital", "pkg:pypi/jinja2@3.1.4", "pkg:pypi/flask@3.0.0")
    assert publishers.seen("hospital") == [("jinja2", GHSA, (CVE,))]
    [view] = queries.views(queries.exposures_of(publishers.world.actor("hospital")))
    assert (view.source, view.fixed, view.confidence) == ("ghsa", "3.1.6", "range")
    assert view.clock is not None
    assert publishers.notices("hospital") == [f"Portal is affected by {GHSA}: A flaw in jinja2"]
    assert publishers.seen("bank") == []


def test_what_has_not_changed_is_not_touched(publishers: Publishers) -> None:
    publishers.upload("hospital", "pkg:pypi/jinja2@3.1.4")
    publishers.load(ghsa=[record(GHSA, CVE), record("GHSA-y", package="flask")])
    ranges = set(models.AffectedRange.objects.values_list("pk", flat=True))
    before = models.Exposure.objects.values().get()
    log = LogOpening.objects.filter(kind__startswith="advisories.").count()
    row = publishers.load(ghsa=[record(GHSA, CVE), record("GHSA-y", package="flask", summary="Said better")])
    assert (row.new, row.changed, row.reworded, row.shown) == (0, 0, 1, 0)
    assert set(models.AffectedRange.objects.values_list("pk", flat=True)) == ranges
    assert models.Exposure.objects.values().get() == before
    assert LogOpening.objects.filter(kind__startswith="advisories.").count() == log + 1
    assert advisory_queries.advisory(ANYBODY, "ghsa:GHSA-y").title == "Said better"


def test_a_changed_range_opens_and_closes_just_what_it_should(publishers: Publishers) -> None:
    publishers.upload("hospital", "pkg:pypi/jinja2@3.1.4", "pkg:pypi/flask@3.0.0")
    publishers.load(ghsa=[record(GHSA, CVE), record("GHSA-y", package="flask", fixed="2.0")])
    assert [one[0] for one in publishers.seen("hospital")] == ["jinja2"]
    [old] = queries.exposures_of(publishers.world.actor("hospital"))
    row = publishers.load(ghsa=[record(GHSA, CVE, fixed="3.1.0"), record("GHSA-y", package="flask", fixed="3.0.1")])
    assert (row.changed, row.shown, row.closed) == (2, 1, 1)
    assert [one[0] for one in publishers.seen("hospital")] == ["flask"]
    old.refresh_from_db()
    assert old.state == ExposureState.CLOSED
    assert "does not name this version any more" in old.closed_reason
    assert directives.current_clocks([old.pk]) == {}
    publishers.load(ghsa=[record(GHSA, CVE), record("GHSA-y", package="flask", fixed="3.0.1")])
    assert [one[0] for one in publishers.seen("hospital")] == ["flask", "jinja2"], "and it may come back"


def test_what_a_publisher_has_no_more_is_withdrawn_with_the_reason(publishers: Publishers) -> None:
    publishers.upload("hospital", "pkg:pypi/jinja2@3.1.4")
    publishers.load(ghsa=[record(GHSA, CVE), record("GHSA-y", package="flask")])
    [exposure] = queries.exposures_of(publishers.world.actor("hospital"))
    row = publishers.load(ghsa=[record("GHSA-y", package="flask")])
    assert (row.state, row.withdrawn, row.closed) == (LoadState.DONE, 1, 1)
    assert publishers.seen("hospital") == []
    exposure.refresh_from_db()
    assert (exposure.state, exposure.closed_reason) == (ExposureState.CLOSED, loading.WITHDRAWN)
    gone = advisory_queries.advisory(ANYBODY, f"ghsa:{GHSA}")
    assert gone.withdrawn_at is not None
    assert gone.affected == ()
    publishers.upload("bank", "pkg:pypi/jinja2@3.1.4")
    assert publishers.seen("bank") == []
    row = publishers.load(ghsa=[record(GHSA, CVE), record("GHSA-y", package="flask")])
    assert (row.changed, row.withdrawn) == (1, 0)
    assert len(publishers.seen("hospital")) == len(publishers.seen("bank")) == 1


def test_a_source_that_is_not_in_the_snapshot_is_left_alone(publishers: Publishers) -> None:
    publishers.load(ghsa=[record(GHSA, CVE)], pypa=[record(PYSEC, package="flask")])
    row = publishers.load(pypa=[record(PYSEC, package="flask")])
    assert row.withdrawn == 0
    assert advisory_queries.advisory(ANYBODY, f"ghsa:{GHSA}").withdrawn_at is None


def test_a_source_that_lost_much_is_not_believed_without_the_keepers_word(
    publishers: Publishers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loading, "REMOVALS_MAX", 2)
    many = [record(f"GHSA-{number}", package=f"p{number}") for number in range(6)]
    publishers.load(ghsa=many)
    row = publishers.load(ghsa=[*many[:2], record("GHSA-new", package="new")])
    assert row.state == LoadState.REFUSED
    assert "--removals 4" in row.error
    assert (row.new, row.withdrawn) == (1, 0)
    row = publishers.load(ghsa=[*many[:2], record("GHSA-new", package="new")], removals=4)
    assert (row.state, row.withdrawn) == (LoadState.DONE, 4)


def test_one_flaw_under_several_names_is_one_exposure(publishers: Publishers) -> None:
    publishers.upload("hospital", "pkg:pypi/jinja2@3.1.4")
    publishers.load(ghsa=[record(GHSA, CVE)], pypa=[record(PYSEC, CVE, fixed="3.1.5")])
    [view] = queries.views(queries.exposures_of(publishers.world.actor("hospital")))
    assert {view.name, *view.identifiers} == {GHSA, PYSEC, CVE}
    assert len(publishers.notices("hospital")) == 1
    states = models.Exposure.objects.values_list("state", flat=True)
    assert sorted(states) == [ExposureState.FOLDED, ExposureState.OPEN]
    assert publishers.publish(CVE) == 0, "nobody is told twice of one flaw"
    [after] = queries.views(queries.exposures_of(publishers.world.actor("hospital")))
    assert after.id == view.id
    assert {after.name, *after.identifiers} == {GHSA, PYSEC, CVE, "SEAWALL-2026-AAAAAAAA"}
    for advisory in (f"ghsa:{GHSA}", f"pypa:{PYSEC}", "SEAWALL-2026-AAAAAAAA"):
        assert len(publishers.seen("hospital", advisory_id=advisory)) == 1


def test_our_own_stands_for_a_flaw_that_others_publish_later(publishers: Publishers) -> None:
    publishers.upload("hospital", "pkg:pypi/jinja2@3.1.4")
    assert publishers.publish(CVE) == 1
    publishers.load(ghsa=[record(GHSA, CVE)])
    [view] = queries.views(queries.exposures_of(publishers.world.actor("hospital")))
    assert view.advisory_id == "SEAWALL-2026-AAAAAAAA"
    assert GHSA in view.identifiers
    assert len(publishers.notices("hospital")) == 1


def test_when_the_one_that_stands_for_a_flaw_goes_another_takes_over_with_its_clock(
    publishers: Publishers, later: Callable[..., None]
) -> None:
    publishers.upload("hospital", "pkg:pypi/jinja2@3.1.4")
    publishers.load(ghsa=[record(GHSA, CVE)], pypa=[record(PYSEC, CVE)])
    [before] = queries.views(queries.exposures_of(publishers.world.actor("hospital")))
    assert before.name == GHSA
    later(days=5)
    publishers.load(removals=1, ghsa=[record("GHSA-other", package="flask")], pypa=[record(PYSEC, CVE)])
    [after] = queries.views(queries.exposures_of(publishers.world.actor("hospital")))
    assert after.name == PYSEC
    assert after.clock is not None
    assert before.clock is not None
    assert after.clock.due == before.clock.due
    assert len(publishers.notices("hospital")) == 1


def test_two_that_turn_out_to_be_one_are_folded_and_may_part_again(publishers: Publishers) -> None:
    publishers.upload("hospital", "pkg:pypi/jinja2@3.1.4")
    publishers.load(ghsa=[record(GHSA)], pypa=[record(PYSEC, CVE)])
    assert len(publishers.seen("hospital")) == 2
    publishers.load(ghsa=[record(GHSA, CVE)], pypa=[record(PYSEC, CVE)])
    assert len(publishers.seen("hospital")) == 1
    publishers.load(ghsa=[record(GHSA)], pypa=[record(PYSEC, CVE)])
    assert len(publishers.seen("hospital")) == 2
    running = directives.current_clocks(models.Exposure.objects.values_list("pk", flat=True))
    assert len(running) == 2


def test_an_embargoed_case_changes_nothing_that_anybody_sees(publishers: Publishers) -> None:
    publishers.upload("hospital", "pkg:pypi/jinja2@3.1.4")
    publishers.load(ghsa=[record(GHSA, CVE)], pypa=[record(PYSEC, "CVE-2026-2000")])
    before = queries.views(queries.exposures_of(publishers.world.actor("hospital")))
    with transaction.atomic():
        # Under embargo, somebody knows that the two are one.
        services.register_affected(
            KEEPER,
            "case_x",
            "SEAWALL-2026-AAAAAAAA",
            ({"package": "pkg:pypi/jinja2", "ranges": [{"introduced": "0", "fixed": "3.1.6"}]},),
            (CVE, "CVE-2026-2000"),
        )
    drain()
    assert models.Exposure.objects.filter(advisory_id="SEAWALL-2026-AAAAAAAA", published_at=None).count() == 1
    publishers.load(ghsa=[record(GHSA, CVE, summary="anew")], pypa=[record(PYSEC, "CVE-2026-2000", "CVE-2026-3")])
    after = queries.views(queries.exposures_of(publishers.world.actor("hospital")))
    assert [view.id for view in after] == [view.id for view in before]
    assert "SEAWALL" not in repr(after)
    assert not advisory_queries.advisories_of(ANYBODY, search="SEAWALL-2026-AAAAAAAA").exists()
    with pytest.raises(NotFound):
        advisory_queries.advisory(ANYBODY, "SEAWALL-2026-AAAAAAAA")
    with pytest.raises(NotFound):
        advisory_queries.reach(publishers.world.actor("clearinghouse"), "SEAWALL-2026-AAAAAAAA")
    publishers.publish(CVE, "CVE-2026-2000")
    assert len(publishers.seen("hospital")) == 1


def test_a_load_that_is_stopped_anywhere_goes_on_and_ends_the_same(
    publishers: Publishers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loading, "ENTRIES_MAX", 2)
    monkeypatch.setattr(loading, "PENDING_MAX", 1)
    monkeypatch.setattr(loading, "LINES_MAX", 1)
    publishers.upload("hospital", *(f"pkg:pypi/p{number}@1.0" for number in range(7)))
    publishers.upload("bank", "pkg:pypi/p1@1.0", "pkg:pypi/p6@1.0")
    publishers.load(ghsa=[record("GHSA-old", package="p0")])
    many = [record(f"GHSA-{number}", f"CVE-2026-{number}", package=f"p{number}", fixed="2") for number in range(7)]
    row = loading.begin(KEEPER, publishers.snapshot(ghsa=many))
    done = 0
    while row.state not in {LoadState.DONE, LoadState.REFUSED}:
        # One step, and the process is gone.
        for step in loading.steps(row.pk):
            with transaction.atomic():
                step(KEEPER)
            done += 1
            break
        row.refresh_from_db()
        assert done < 200
    assert (row.state, row.new, row.withdrawn) == (LoadState.DONE, 7, 1)
    assert [one[0] for one in publishers.seen("hospital")] == [f"p{number}" for number in range(7)]
    assert [one[0] for one in publishers.seen("bank")] == ["p1", "p6"]
    assert len(publishers.notices("bank")) == 1
    assert not models.LoadNotice.objects.exists()
    assert not models.AffectedAdvisory.objects.filter(matched_at=None).exists()


def test_a_newer_snapshot_takes_an_older_ones_place(publishers: Publishers) -> None:
    first = loading.begin(KEEPER, publishers.snapshot(ghsa=[record(GHSA)]))
    publishers.load(ghsa=[record(GHSA), record("GHSA-y", package="flask")])
    first.refresh_from_db()
    assert first.state == LoadState.REFUSED
    assert models.AffectedAdvisory.objects.count() == 2
    again = loading.begin(KEEPER, publishers.snapshot(ghsa=[record(GHSA)]))
    assert loading.begin(KEEPER, publishers.snapshot(ghsa=[record(GHSA)])).pk == again.pk, "the same one goes on"


def test_every_step_that_changes_something_is_in_the_log(publishers: Publishers) -> None:
    publishers.upload("hospital", "pkg:pypi/jinja2@3.1.4")
    row = publishers.load(ghsa=[record(GHSA, CVE)])
    kinds = list(LogOpening.objects.filter(subject=row.pk).order_by("entry_id").values_list("kind", flat=True))
    assert kinds == ["snapshot.received", "advisories.loaded", "exposures.settled", "snapshot.loaded"]


def test_a_snapshot_is_kept_whole_while_it_is_loaded(publishers: Publishers) -> None:
    made = publishers.snapshot(ghsa=[record(GHSA)])
    row = loading.begin(KEEPER, made)
    for path in made.iterdir():
        path.unlink()
    drain()
    row.refresh_from_db()
    assert row.state == LoadState.DONE

"""Scans over time: new, unchanged, gone, reopened; what a person said stays; a crash or a race leaves nothing behind."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import pytest
from django.db import transaction

from seawall.clearinghouse.scanning import importing, queries, services
from seawall.clearinghouse.scanning.models import Finding, FindingEvent, Scan, Series
from seawall.clearinghouse.scanning.types import Change, Decision, FindingFilter, ScanState
from seawall.foundation.access.types import Actor
from seawall.foundation.jobs.models import Job
from seawall.foundation.jobs.runner import drain
from seawall.foundation.platform.errors import BadInput, Conflict, Forbidden, NotFound
from support import World, scans
from support.scans import Spot

pytestmark = pytest.mark.django_db
PROJECT = "https://github.com/pallets/jinja"
SPOTS = scans.project(30)
Write = Callable[[Sequence[Spot]], bytes]


def send(actor: Actor, data: bytes, **more: Any) -> Scan:
    row = services.upload_scan(actor, project=more.pop("project", PROJECT), data=data, **more)
    drain()
    return queries.scan(actor, row.pk)


def counts(row: Scan) -> tuple[int, int, int, int]:
    assert row.state == ScanState.READY, row.error
    return row.counts["new"], row.counts["unchanged"], row.counts["gone"], row.counts["reopened"]


def lines(actor: Actor, **wanted: Any) -> dict[str, tuple[str, str, int]]:
    rows = queries.findings_of(actor, FindingFilter(**wanted))
    return {row.pk: (row.rule, row.path, row.line) for row in rows}


@pytest.mark.parametrize("tool", sorted(scans.SHAPES))
def test_new_unchanged_gone_and_back(world: World, tool: str) -> None:
    finder, write = world.actor("finder"), scans.SHAPES[tool]
    first = send(finder, write(SPOTS))
    known = lines(finder)
    assert counts(first) == (30, 0, 0, 0)
    assert counts(send(finder, write(SPOTS))) == (0, 30, 0, 0)
    assert lines(finder) == known
    without = send(finder, write(SPOTS[:-2]))
    assert counts(without) == (0, 28, 2, 0)
    back = send(finder, write([*SPOTS, Spot(0, "src/late.py", 3, "late(1)")]))
    assert counts(back) == (1, 28, 0, 2)
    assert lines(finder).items() > known.items()
    # As of each scan, whatever came after it.
    for row, wanted in ((first, (30, 0, 0, 0)), (without, (0, 28, 2, 0)), (back, (1, 28, 0, 2))):
        found = [lines(finder, scan=row.pk, change=change.value) for change in Change]
        assert tuple(map(len, found)) == wanted
        assert len(lines(finder, scan=row.pk)) == sum(wanted)
    now = {change: len(lines(finder, change=change.value)) for change in Change}
    assert now == {Change.NEW: 1, Change.UNCHANGED: 28, Change.REOPENED: 2, Change.GONE: 0}
    for row in queries.findings_of(finder, FindingFilter()):
        assert row.pk in lines(finder, change=queries.change_of(row).value)
    again = next(iter(lines(finder, change="reopened")))
    steps = [(step.kind, step.number, step.scan_id) for step in queries.events_of(finder, again)]
    assert steps == [("reopened", 4, back.pk), ("gone", 3, without.pk), ("new", 1, first.pk)]


def test_drift_and_renames_keep_identifiers_and_show_the_new_place(world: World) -> None:
    finder = world.actor("finder")
    send(finder, scans.bandit(SPOTS))
    known = lines(finder)
    moved = scans.renamed(scans.shifted(SPOTS, SPOTS[0].path, after=0, by=4), SPOTS[0].path, "src/renamed.py")
    row = send(finder, scans.bandit(moved))
    assert (counts(row), row.counts["followed"]) == ((0, 30, 0, 0), 20)
    found = lines(finder)
    assert found.keys() == known.keys()
    for pk, (rule, path, line) in known.items():
        was_moved = path == SPOTS[0].path
        assert found[pk] == (rule, "src/renamed.py" if was_moved else path, line + 4 * was_moved)
    one = next(pk for pk, place in found.items() if place[1] == "src/renamed.py")
    assert [(step.kind, step.how) for step in queries.events_of(finder, one)] == [("followed", "moved"), ("new", "")]


@pytest.mark.parametrize(
    ("data", "more", "why"),
    [
        (scans.codeql(SPOTS[:3], finished=False), {}, "did not finish"),
        (scans.codeql(SPOTS[:3]), {"partial": True}, "whole project"),
        (scans.document([{"tool": {"driver": {"name": "CodeQL"}}, "automationDetails": {"id": "lang:py/"}}]), {}, "no list"),
    ],
)  # fmt: skip
def test_what_is_not_complete_makes_nothing_gone(world: World, data: bytes, more: dict[str, Any], why: str) -> None:
    finder = world.actor("finder")
    send(finder, scans.codeql(SPOTS))
    row = send(finder, data, **more)
    assert counts(row)[0] == counts(row)[2] == 0
    assert why in queries.runs_of(finder, row.pk)[0].why
    assert len(lines(finder, change="gone")) == 0
    # A complete and empty one does.
    assert counts(send(finder, scans.codeql([])))[2] == 30


def test_tools_categories_and_projects_do_not_meet(world: World) -> None:
    finder = world.actor("finder")
    send(finder, scans.codeql(SPOTS))
    for data, more in (
        (scans.codeql(SPOTS, category="lang:js/"), {}),
        (scans.semgrep(SPOTS), {}),
        (scans.codeql(SPOTS), {"project": "pkg:pypi/jinja2@3.1.4"}),
        (scans.bandit(SPOTS), {"category": "nightly"}),
        (scans.bandit(SPOTS), {}),
    ):
        assert counts(send(finder, data, **more)) == (30, 0, 0, 0)
    assert counts(send(finder, scans.bandit([]), category="nightly")) == (0, 0, 30, 0)
    assert counts(send(finder, scans.codeql(SPOTS), project="git@GitHub.com:Pallets/Jinja.git")) == (0, 30, 0, 0)
    assert len(lines(finder, change="gone")) == 30


def test_runs_of_one_tool_in_a_document_are_one(world: World) -> None:
    run = scans.json.loads(scans.bandit(SPOTS))["runs"][0]
    halves = [{**run, "results": run["results"][:20]}, {**run, "results": run["results"][10:]}]
    finder = world.actor("finder")
    assert counts(send(finder, scans.document(halves))) == (30, 0, 0, 0)
    assert counts(send(finder, scans.document([run, run]))) == (0, 30, 0, 0)
    failed = {**run, "results": [], "invocations": [{"executionSuccessful": False}]}
    assert counts(send(finder, scans.document([{**run, "results": []}, failed]))) == (0, 0, 0, 0)


def test_what_a_person_said_stays(world: World) -> None:
    finder = world.actor("finder")
    send(finder, scans.bandit(SPOTS))
    judged = next(pk for pk, place in lines(finder).items() if place[2] == 10)
    services.judge(finder, judged, services.Said(Decision.FALSE_POSITIVE, "It is a constant."))
    for spots, changed in (
        (scans.shifted(SPOTS, SPOTS[0].path, after=0, by=9), False),
        (SPOTS[25:], False),
        (SPOTS, False),
        ([scans.replace(one, code="edited(2)") if one is SPOTS[0] else one for one in SPOTS], True),
        (SPOTS, False),
    ):
        send(finder, scans.bandit(spots))
        row = queries.finding(finder, judged)
        assert row.judged == "false_positive"
        assert judged in lines(finder, judged="yes")
        held = queries.judgments_in_force(finder, [judged])[judged]
        if row.path == SPOTS[0].path and row.line == 10:
            assert held.changed_since == changed
    with pytest.raises(BadInput):
        services.judge(finder, judged, services.Said(Decision.ACCEPTED, " "))
    services.judge(finder, judged, services.Said(Decision.ACCEPTED, "Known, and lived with."))
    services.take_back(finder, judged, "Not any more.")
    assert lines(finder, judged="yes") == {}
    assert [one.row.decision for one in queries.judgments_of(finder, judged)] == ["accepted", "false_positive"]
    with pytest.raises(Conflict):
        services.take_back(finder, judged, "Again.")


def test_a_duplicate_names_a_case_that_one_sees(world: World) -> None:
    finder = world.actor("finder")
    send(finder, scans.bandit(SPOTS[:1]))
    one = next(iter(lines(finder)))
    for said, kind in (
        (services.Said(Decision.DUPLICATE, "r"), BadInput),
        (services.Said(Decision.ACCEPTED, "r", "case_x"), BadInput),
        (services.Said(Decision.DUPLICATE, "r", "case_" + "a" * 26), NotFound),
    ):
        with pytest.raises(kind):
            services.judge(finder, one, said)
    assert queries.finding(finder, one).judged == ""


def test_two_tools_at_one_place_are_a_suggestion_and_stay_two(world: World) -> None:
    finder = world.actor("finder")
    send(finder, scans.bandit(SPOTS[:4]))
    send(finder, scans.semgrep([scans.replace(one, line=one.line + 2) for one in SPOTS[:4]]))
    bandits = [row.pk for row in queries.findings_of(finder, FindingFilter()) if row.series.tool == "Bandit"]
    for pk in bandits:
        row = queries.finding(finder, pk)
        others = queries.suggestions_for(finder, pk)
        assert [(one.series.tool, one.line) for one in others] == [("Semgrep OSS", row.line + 2)]
    assert Finding.objects.count() == 8
    assert counts(send(finder, scans.bandit(SPOTS[:4]), project="pkg:pypi/x")) == (4, 0, 0, 0)
    assert len(queries.suggestions_for(finder, bandits[0])) == 1


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"no sarif at all", "not-this-format"),
        (scans.codeql(SPOTS)[:-9], "not-this-format"),
        (scans.document([]).replace(b'2.1.0", "runs', b'2.0.0", "runs'), "unsupported-version"),
        (scans.document([{"tool": {"driver": {"name": f"T{n}"}}, "results": []} for n in range(21)]), "scan-too-large"),
        (b"\x1f\x8bgarbage", "not-this-format"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_changes_nothing_and_says_why(world: World, data: bytes, code: str) -> None:
    finder = world.actor("finder")
    send(finder, scans.codeql(SPOTS))
    known = lines(finder)
    row = send(finder, data)
    assert (row.state, row.error["code"]) == ("refused", code)
    assert lines(finder) == known
    assert counts(send(finder, scans.codeql(SPOTS))) == (0, 30, 0, 0)


def test_an_empty_or_nameless_upload_is_refused_at_once(world: World) -> None:
    finder = world.actor("finder")
    for project, data in ((PROJECT, b" \n"), ("jinja", b"{}"), ("", b"{}"), ("pkg:", b"{}")):
        with pytest.raises(BadInput):
            services.upload_scan(finder, project=project, data=data)
    with pytest.raises(Forbidden):
        services.upload_scan(world.actor("finder", scopes=["reports:read"]), project=PROJECT, data=b"{}")
    assert not Scan.objects.exists()
    assert not Job.objects.filter(kind=importing.FOLD).exists()


def test_scans_are_folded_in_the_order_of_upload(world: World) -> None:
    finder = world.actor("finder")
    rows = [
        services.upload_scan(finder, project=PROJECT, data=scans.bandit(spots))
        for spots in (SPOTS[:5], SPOTS[:3], SPOTS[:4])
    ]
    first = Job.objects.get(subject_id=rows[0].pk)
    Job.objects.filter(subject_id=rows[0].pk).delete()
    drain()  # the younger ones find the older one still waiting
    assert {queries.scan(finder, row.pk).state for row in rows} == {ScanState.RECEIVED}
    first.save(force_insert=True)
    drain()
    assert [counts(queries.scan(finder, row.pk)) for row in rows] == [(5, 0, 0, 0), (0, 3, 2, 0), (0, 3, 0, 1)]


def test_a_refused_scan_lets_the_next_one_go_on(world: World) -> None:
    finder = world.actor("finder")
    bad = services.upload_scan(finder, project=PROJECT, data=b"{")
    good = services.upload_scan(finder, project=PROJECT, data=scans.bandit(SPOTS[:2]))
    waiting = Job.objects.get(subject_id=bad.pk)
    Job.objects.filter(subject_id=bad.pk).delete()
    drain()
    waiting.save(force_insert=True)
    drain()
    assert counts(queries.scan(finder, good.pk)) == (2, 0, 0, 0)


def test_a_worker_that_dies_leaves_nothing_that_is_seen(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    finder = world.actor("finder")
    send(finder, scans.bandit(SPOTS[:10]))
    known = lines(finder)
    monkeypatch.setattr(importing, "BATCH", 4)
    whole = importing.writes

    def dies(scan: Scan, plan: Any) -> Iterator[Callable[[], int]]:
        for number, write in enumerate(whole(scan, plan)):
            if number == 3:
                raise RuntimeError("the machine is gone")
            yield write

    monkeypatch.setattr(importing, "writes", dies)
    row = services.upload_scan(finder, project=PROJECT, data=scans.bandit(SPOTS[5:]))
    drain()
    assert queries.scan(finder, row.pk).state == ScanState.RECEIVED
    assert Finding.objects.count() > 10
    assert lines(finder) == known
    unseen = Finding.objects.exclude(pk__in=known)[0].pk
    with pytest.raises(NotFound):
        queries.finding(finder, unseen)
    monkeypatch.setattr(importing, "writes", whole)
    Job.objects.filter(subject_id=row.pk).update(run_after=row.uploaded_at)
    drain()
    assert counts(queries.scan(finder, row.pk)) == (20, 5, 5, 0)
    assert Finding.objects.count() == 30
    assert FindingEvent.objects.count() == 5


def test_folding_twice_is_folding_once(world: World) -> None:
    finder = world.actor("finder")
    row = send(finder, scans.bandit(SPOTS))
    with transaction.atomic():
        assert importing.begin(row.pk) is None
    assert Series.objects.get().run_number == 1


def test_leaving_takes_everything_along_and_nothing_else(world: World) -> None:
    finder, rival = world.actor("finder"), world.actor("rival")
    row = send(finder, scans.bandit(SPOTS))
    send(finder, scans.bandit(SPOTS[:2]))
    kept = [send(finder, scans.bandit(SPOTS), project="pkg:pypi/x"), send(rival, scans.bandit(SPOTS))]
    services.judge(finder, next(iter(lines(finder, project=row.project_id))), services.Said(Decision.ACCEPTED, "r"))
    for other in (rival, world.actor("clearinghouse")):
        with pytest.raises(NotFound):
            services.withdraw_project(other, row.project_id)
    with pytest.raises(Forbidden):
        services.withdraw_project(world.actor("finder", scopes=["reports:read"]), row.project_id)
    late = services.upload_scan(finder, project=PROJECT, data=scans.bandit(SPOTS))
    assert services.withdraw_project(finder, row.project_id) == PROJECT
    drain()
    assert not Scan.objects.filter(pk=late.pk).exists()
    assert {one.pk for one in Scan.objects.all()} == {one.pk for one in kept}
    assert Finding.objects.count() == 60
    assert not FindingEvent.objects.exists()
    assert counts(send(finder, scans.bandit(SPOTS))) == (30, 0, 0, 0)


def test_everything_is_ones_own(world: World) -> None:
    finder, rival = world.actor("finder"), world.actor("rival")
    row = send(finder, scans.bandit(SPOTS))
    one = next(iter(lines(finder)))
    for other in (rival, world.actor("clearinghouse"), world.actor("vendor")):
        assert lines(other) == {}
        assert list(queries.scans_of(other)) == []
        assert list(queries.projects_of(other)) == []
        assert lines(other, project=row.project_id) == {}
        assert queries.judgments_in_force(other, [one]) == {}
        for read in (queries.finding, queries.events_of, queries.judgments_of, queries.suggestions_for):
            with pytest.raises(NotFound):
                read(other, one)
        for look in (queries.scan, queries.runs_of):
            with pytest.raises(NotFound):
                look(other, row.pk)
        with pytest.raises(NotFound):
            lines(other, scan=row.pk)
        with pytest.raises(NotFound):
            services.judge(other, one, services.Said(Decision.ACCEPTED, "r"))
    # The same project of another organization begins anew.
    assert counts(send(rival, scans.bandit(SPOTS))) == (30, 0, 0, 0)
    assert len(lines(finder)) == 30

"""Merge, then take it back, is the identity; what a person decided stays decided; a fix that did not hold folds nothing."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction

from seawall.clearinghouse.coordination.models import Case, CaseReport, Participant
from seawall.clearinghouse.deduplication import deciding, queries
from seawall.clearinghouse.deduplication.fixes import outlives
from seawall.clearinghouse.deduplication.models import Decision, Suggestion
from seawall.clearinghouse.deduplication.services import conclude_try, fold
from seawall.clearinghouse.deduplication.trying import Direction, Tried, decided
from seawall.clearinghouse.deduplication.types import Zone
from seawall.clearinghouse.intake.models import Report
from seawall.clearinghouse.validation.models import Validation
from seawall.foundation.access.types import Actor
from seawall.foundation.platform import clock
from seawall.foundation.platform.errors import Conflict
from seawall.foundation.transparency.models import LogEntry
from support import KEEPER, World

pytestmark = pytest.mark.django_db
SEEN = "exception/1:RecursionError@sqlparse.sql.flatten"
OTHER = "exception/1:KeyError@sqlparse.lexer.next"
SYSTEM = Actor.system("deduplication")
LIKE = {"identifiers": ["CVE-2024-4340"], "symbols": ["TokenList.flatten"], "description": "Nested brackets crash"}


def proved(
    world: World,
    finder: str,
    minutes: int,
    signature: str | None,
    version: str = "0.4.4",
    fixed: str = "0.5.0",
    **more: Any,
) -> str:
    received = clock.now() - timedelta(hours=1) + timedelta(minutes=minutes)
    fields = {
        "title": f"Report {minutes}",
        "description": "d",
        "affected": [{"introduced": "0", "fixed": "0.5.0"}],
        **more,
    }
    row = Report.objects.create(
        organization_id=world.id(finder),
        submitted_by="token_x",
        format="seawall",
        raw_digest="sha256:" + "0" * 64,
        package="pkg:pypi/sqlparse",
        failure="uncaught-exception",
        state="validating",
        proved=True,
        received_at=received,
        **fields,
    )
    Validation.objects.create(
        report_id=row.id,
        organization_id=row.organization_id,
        state="confirmed",
        summary="It works.",
        result={
            "signature": signature,
            "runs": [],
            "target": {"vulnerable": {"version": version}, "fixed": {"version": fixed}},
        },
        started_at=received,
        finished_at=received,
    )
    return row.id


def folded(report_id: str) -> str:
    with transaction.atomic():
        fold(KEEPER, report_id)
    return Report.objects.get(pk=report_id).case_id


def world_of(*case_ids: str) -> dict[str, Any]:
    """All that a reader sees of some cases, but for their history."""
    return {
        row.id: (
            row.title, row.embargo, row.embargo_ends_at, row.merged_into_id, row.identifiers, row.severity, row.affected,
            sorted(row.links.filter(undone_at=None).values_list("report_id", "role")),
            sorted(row.participants.values_list("organization_id", "role", "report_management", "consent")),
            sorted(Report.objects.filter(case_id=row.id).values_list("pk", flat=True)),
        )
        for row in Case.objects.filter(pk__in=case_ids)
    }  # fmt: skip


@pytest.mark.parametrize("newer_into_older", [True, False])
def test_a_merge_that_is_taken_back_leaves_everything_as_it_was(world: World, newer_into_older: bool) -> None:
    older = folded(proved(world, "finder", 0, SEEN))
    assert folded(proved(world, "rival", 1, SEEN)) == older
    newer = folded(proved(world, "lab", 2, OTHER, identifiers=["CVE-2099-1"], severity="high"))
    Case.objects.filter(pk=newer).update(embargo_ends_at=clock.now() + timedelta(days=7))
    before = world_of(older, newer)
    keeper = world.actor("clearinghouse")
    source, target = (newer, older) if newer_into_older else (older, newer)
    deciding.merge(keeper, source, target, reason="One fix.")
    merged = Case.objects.get(pk=target)
    roles = dict(CaseReport.objects.filter(case=merged, undone_at=None).values_list("report_id", "role"))
    oldest = Report.objects.order_by("received_at").values_list("pk", flat=True)[0]
    assert [name for name, role in roles.items() if role == "first"] == [oldest]
    assert len(roles) == 3
    assert merged.embargo_ends_at == Case.objects.get(pk=newer).embargo_ends_at
    deciding.undo_merge(keeper, source, reason="Two fixes after all.")
    assert world_of(older, newer) == before


def test_a_report_that_came_after_the_merge_stays(world: World) -> None:
    older, newer = folded(proved(world, "finder", 0, SEEN)), folded(proved(world, "rival", 1, OTHER))
    keeper = world.actor("clearinghouse")
    deciding.merge(keeper, newer, older, reason="One fix.")
    late = proved(world, "lab", 5, SEEN)
    assert folded(late) == older
    deciding.undo_merge(keeper, newer, reason="Two.")
    assert Report.objects.get(pk=late).case_id == older
    assert Participant.objects.filter(case_id=older, organization_id=world.id("lab")).exists()
    assert not Participant.objects.filter(case_id=older, organization_id=world.id("rival")).exists()


def test_a_merge_is_not_taken_back_where_nothing_would_stay(world: World) -> None:
    older, newer = folded(proved(world, "finder", 0, SEEN)), folded(proved(world, "rival", 1, OTHER))
    keeper = world.actor("clearinghouse")
    own = Report.objects.get(case_id=newer).id
    deciding.merge(keeper, older, newer, reason="One fix.")
    deciding.take_out(keeper, newer, own, reason="Another flaw after all.")
    with pytest.raises(Conflict, match="all that the other case has left"):
        deciding.undo_merge(keeper, older, reason="Two.")
    assert CaseReport.objects.filter(case_id=newer, undone_at=None).count() == 1


def test_a_merge_of_a_merge_is_taken_back_in_turn(world: World) -> None:
    cases = [folded(proved(world, "finder", n, f"exception/1:E{n}@sqlparse.f{n}")) for n in range(3)]
    keeper = world.actor("clearinghouse")
    deciding.merge(keeper, cases[2], cases[1], reason="One.")
    deciding.merge(keeper, cases[1], cases[0], reason="One.")
    with pytest.raises(Conflict, match="merged on"):
        deciding.undo_merge(keeper, cases[2], reason="Two.")
    deciding.undo_merge(keeper, cases[1], reason="Two.")
    deciding.undo_merge(keeper, cases[2], reason="Two.")
    assert {row.merged_into_id for row in Case.objects.all()} == {None}
    with pytest.raises(Conflict, match="not merged"):
        deciding.undo_merge(keeper, cases[2], reason="Again.")


def test_what_a_person_split_no_machine_joins(world: World) -> None:
    first, second = proved(world, "finder", 0, SEEN), proved(world, "rival", 1, SEEN)
    case = folded(first)
    folded(second)
    own = deciding.take_out(world.actor("clearinghouse"), case, second, reason="Another root cause.")
    third = proved(world, "lab", 2, SEEN)
    assert folded(third) not in {case, own.id}  # which of the two it is, a signature cannot say
    asked = Suggestion.objects.filter(report_id=third)
    assert {one.case_id for one in asked} == {case, own.id}
    alike = Tried(Zone.SAME, "Each fix alone stops the other.", Direction(True, "", True), Direction(True, "", True))
    suggestion = Suggestion.objects.create(
        report_id=second, case_id=case, zone="ask", score=90, contributions=[], made_at=clock.now()
    )
    with transaction.atomic():
        assert conclude_try(SYSTEM, suggestion.pk, alike) == "asked"
    assert Case.objects.get(pk=own.id).merged_into_id is None


def test_the_runs_merge_what_one_fix_ends_and_part_what_it_does_not(world: World) -> None:
    older = folded(proved(world, "finder", 0, SEEN, **LIKE))
    alike, other = proved(world, "rival", 1, None, **LIKE), proved(world, "lab", 2, OTHER, **LIKE)
    own, another = folded(alike), folded(other)
    entries = LogEntry.objects.count()
    yes, no = Direction(True, "It stops.", True, "diff", needed=True), Direction(False, "It does not.", True)
    with transaction.atomic():
        asked = Suggestion.objects.get(report_id=other, case_id=older)
        assert conclude_try(SYSTEM, asked.pk, Tried(*decided(yes, no), yes, no)) == "different"
        asked = Suggestion.objects.get(report_id=alike, case_id=older)
        assert conclude_try(SYSTEM, asked.pk, Tried(*decided(yes, yes), yes, yes)) == "merged"
    assert (Case.objects.get(pk=own).merged_into_id, Case.objects.get(pk=another).merged_into_id) == (older, None)
    assert not queries.suggestions_for(world.actor("clearinghouse"), older)
    assert LogEntry.objects.count() >= entries + 3  # two answers of the runs, and the merge
    assert {row.by_person for row in Decision.objects.all()} == {False}
    deciding.undo_merge(world.actor("clearinghouse"), own, reason="No.")
    assert {(row.same, row.by_person) for row in Decision.objects.filter(left_id__in=[alike], right_id__gt="")} | {
        (row.same, row.by_person) for row in Decision.objects.filter(right_id=alike)
    } >= {(False, True)}


def test_two_flaws_are_held_apart_for_good(world: World) -> None:
    older = folded(proved(world, "finder", 0, SEEN, **LIKE))
    own = folded(proved(world, "rival", 1, None, **LIKE))
    keeper = world.actor("clearinghouse")
    assert queries.with_open_questions(keeper, [older]) == {older}
    deciding.hold_apart(keeper, own, older, reason="One is in the lexer.")
    assert not queries.with_open_questions(keeper, [older])
    beside = queries.side_by_side(keeper, own, older)
    assert beside.decision is not None
    assert not beside.decision.same
    with pytest.raises(Conflict):
        deciding.hold_apart(keeper, own, own, reason="Itself.")


def test_a_fix_that_does_not_stop_the_proof_swallows_nothing(world: World) -> None:
    case = folded(proved(world, "finder", 0, SEEN))
    live = proved(world, "rival", 1, SEEN, version="0.5.1", fixed="0.6.0")
    assert folded(live) != case
    suggestion = Suggestion.objects.get(report_id=live)
    assert "has that case's fix (0.5.0)" in str(suggestion.contributions)


@pytest.mark.parametrize(
    ("version", "affected", "expected"),
    [
        ("1.0", [{"introduced": "0", "fixed": "1.1"}], None),
        ("1.1", [{"introduced": "0", "fixed": "1.1"}], "1.1"),
        ("1.10", [{"introduced": "0", "fixed": "1.9"}], "1.9"),
        ("2.0", [{"introduced": "0", "fixed": "1.1"}, {"introduced": "2.0", "fixed": "2.3"}], None),
        ("2.3", [{"introduced": "0", "fixed": "1.1"}, {"introduced": "2.0", "fixed": "2.3"}], "2.3"),
        ("1.5", [{"introduced": "0", "fixed": "1.1"}, {"introduced": "2.0", "fixed": "2.3"}], "1.1"),
        ("3.0", [{"introduced": "0"}], None),
        ("not a version", [{"introduced": "0", "fixed": "1.1"}], None),
        ("", [{"introduced": "0", "fixed": "1.1"}], None),
    ],
)
def test_a_version_outlives_a_fix_where_it_has_it(version: str, affected: list[dict[str, str]], expected: str) -> None:
    assert outlives("pkg:pypi/sqlparse", version, affected) == expected


@pytest.mark.parametrize(
    ("forward", "backward", "alone", "zone"),
    [
        (True, True, True, Zone.SAME),
        (True, True, False, Zone.ASK),
        (True, False, True, Zone.DIFFERENT),
        (False, False, True, Zone.DIFFERENT),
        (None, False, True, Zone.DIFFERENT),
        (None, True, True, Zone.ASK),
        (None, None, True, Zone.ASK),
    ],
)
def test_only_two_fixes_that_each_stop_both_are_one(
    forward: bool | None,
    backward: bool | None,
    alone: bool,
    zone: Zone,
) -> None:
    assert (
        decided(Direction(forward, "", alone, needed=forward), Direction(backward, "", alone, needed=backward))[0]
        is zone
    )


def test_a_published_case_without_a_fix_swallows_nothing(world: World) -> None:
    case = folded(proved(world, "finder", 0, SEEN, affected=[]))
    Case.objects.filter(pk=case).update(published_at=clock.now())
    live = proved(world, "rival", 1, SEEN, affected=[])
    assert folded(live) != case
    assert "names no fixed version" in str(Suggestion.objects.get(report_id=live).contributions)

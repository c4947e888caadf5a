"""Reports are proved in any order; the cases, their first finders and their answers come out the same."""

import itertools
from datetime import timedelta

import pytest
from django.db import transaction

from seawall.clearinghouse.coordination import merging
from seawall.clearinghouse.coordination.models import Case, CaseReport
from seawall.clearinghouse.deduplication.models import Suggestion
from seawall.clearinghouse.deduplication.services import fold
from seawall.clearinghouse.intake.models import Report
from seawall.clearinghouse.validation.models import Validation
from seawall.foundation.platform import clock
from seawall.foundation.transparency.models import LogEntry
from support import KEEPER, World

pytestmark = pytest.mark.django_db
SEEN = "exception/1:RecursionError@sqlparse.sql.flatten"


def _proved(world: World, finder: str, minutes: int, signature: str | None = SEEN, **fields: object) -> str:
    received = clock.now() - timedelta(hours=1) + timedelta(minutes=minutes)
    row = Report.objects.create(
        **{
            "organization_id": world.id(finder),
            "submitted_by": "token_x",
            "format": "seawall",
            "raw_digest": "sha256:" + "0" * 64,
            "title": f"Report {minutes}",
            "description": "d",
            "package": "pkg:pypi/sqlparse",
            "failure": "uncaught-exception",
            "affected": [{"introduced": "0", "fixed": "0.5.0"}],
            "state": "validating",
            "proved": True,
            "received_at": received,
            **fields,
        }
    )
    Validation.objects.create(
        report_id=row.id,
        organization_id=row.organization_id,
        state="confirmed",
        summary="It works.",
        result={"signature": signature, "runs": []},
        started_at=received,
        finished_at=received,
    )
    return row.id


def _fold(report_id: str) -> str:
    with transaction.atomic():
        return fold(KEEPER, report_id)


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
def test_the_oldest_report_is_first_whichever_was_proved_first(world: World, order: tuple[int, ...]) -> None:
    ids = [_proved(world, name, minutes) for minutes, name in enumerate(("finder", "rival", "lab"))]
    for index in order:
        _fold(ids[index])
    assert Case.objects.count() == 1
    roles = dict(CaseReport.objects.filter(undone_at=None).values_list("report_id", "role"))
    assert roles == {ids[0]: "first", ids[1]: "duplicate", ids[2]: "duplicate"}
    answers = [Report.objects.get(pk=identifier).answer for identifier in ids]
    assert not answers[0].startswith("Known")
    assert all(answer.startswith("Known") and "credit as co-finder is kept" in answer for answer in answers[1:])


def test_folding_twice_changes_nothing(world: World) -> None:
    identifier = _proved(world, "finder", 0)
    _fold(identifier)
    entries = LogEntry.objects.count()
    assert _fold(identifier) == "answered"
    assert (Case.objects.count(), LogEntry.objects.count()) == (1, entries)


def test_likeness_in_words_opens_a_case_of_its_own_and_asks_a_person(world: World) -> None:
    same = {"identifiers": ["CVE-2024-4340"], "symbols": ["TokenList.flatten"], "title": "Nested brackets crash"}
    _fold(_proved(world, "finder", 0, **same))
    copied = _proved(world, "rival", 1, signature=None, **same)
    assert _fold(copied) == "opened"
    assert Case.objects.count() == 2
    suggestion = Suggestion.objects.get(report_id=copied)
    assert suggestion.score >= 60
    assert any(item["signal"] == "identifiers" for item in suggestion.contributions)


def test_a_published_or_merged_case_does_not_swallow_a_live_report_of_another_signature(world: World) -> None:
    _fold(_proved(world, "finder", 0))
    other = _proved(world, "rival", 1, signature="exception/1:KeyError@sqlparse.lexer.next")
    assert _fold(other) == "opened"


def test_an_undone_link_gives_the_report_a_case_of_its_own_and_keeps_the_first_one_whole(world: World) -> None:
    first, second = _proved(world, "finder", 0), _proved(world, "rival", 1)
    _fold(first)
    _fold(second)
    case = Case.objects.get()
    own = merging.undo_link(world.actor("clearinghouse"), case.id, second, reason="Another root cause.")
    assert set(case.links.filter(undone_at=None).values_list("report_id", flat=True)) == {first}
    assert set(own.links.filter(undone_at=None).values_list("report_id", flat=True)) == {second}
    assert own.embargo_ends_at == case.embargo_ends_at
    merged = merging.merge_cases(world.actor("clearinghouse"), own.id, case.id, reason="The same after all.")
    assert set(merged.links.filter(undone_at=None).values_list("report_id", flat=True)) == {first, second}


def test_an_unproved_report_reaches_nobody_but_its_finder(world: World) -> None:
    identifier = _proved(world, "finder", 0, proved=False)
    Validation.objects.filter(report_id=identifier).update(state="not_reproduced", summary="It did nothing.")
    assert _fold(identifier) == "answered"
    assert Case.objects.count() == 0
    assert "not reproduced" in Report.objects.get(pk=identifier).answer

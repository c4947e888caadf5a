"""BOD 26-04's table, row by row, and the laws that hold around it."""

import csv
import dataclasses
from datetime import date, timedelta
from itertools import product
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seawall.clearinghouse.directives.library import directive
from seawall.clearinghouse.directives.rules import decide, what_moved
from seawall.clearinghouse.directives.types import Due, Reading
from seawall.clearinghouse.prioritization.types import Fact, FactName, Facts

FOUND = date(2026, 12, 10)
AS_OF = date(2026, 12, 1)
UPGRADE = None
# Exposed, in KEV, automatable, impact -> row, days, triage. Written from the directive's Table 1, apart from the data file.
TABLE_1 = {
    ("public", "yes", "yes", "total"): ("1", 3, True),
    ("public", "yes", "yes", "partial"): ("2", 3, False),
    ("public", "yes", "no", "total"): ("3", 3, True),
    ("public", "yes", "no", "partial"): ("4", 14, False),
    ("public", "no", "yes", "total"): ("5", 3, False),
    ("public", "no", "yes", "partial"): ("6", 14, False),
    ("public", "no", "no", "total"): ("7", 14, False),
    ("public", "no", "no", "partial"): ("8", 60, False),
    ("internal", "yes", "yes", "total"): ("9", 3, True),
    ("internal", "yes", "yes", "partial"): ("10", 14, False),
    ("internal", "yes", "no", "total"): ("11", 14, False),
    ("internal", "yes", "no", "partial"): ("12", 14, False),
    ("internal", "no", "yes", "total"): ("13", 60, False),
    ("internal", "no", "yes", "partial"): ("14", 60, False),
    ("internal", "no", "no", "total"): ("15", UPGRADE, False),
    ("internal", "no", "no", "partial"): ("16", UPGRADE, False),
}
KNOWN = {"in_kev": ("yes", "no"), "automatable": ("yes", "no"), "technical_impact": ("total", "partial")}
SHARED = Path(__file__).parents[4] / "shared" / "facts" / "bod-26-04.csv"


def facts(**values: str | None) -> Facts:
    """Facts by name; None is unknown."""
    said = {
        FactName(name): Fact(FactName(name), value, "test", AS_OF)
        for name, value in values.items()
        if value is not None
    }
    return Facts(said)


def due(reach: str = "public", *, found: date = FOUND, **values: str | None) -> Due:
    return decide(directive(), facts(**values), reach=reach, enumerated_on=found)


def days(decision: Due) -> float:
    return float("inf") if decision.days is None else decision.days


@pytest.mark.parametrize(("inputs", "expected"), list(TABLE_1.items()), ids=[row for row, _, _ in TABLE_1.values()])
def test_each_row(inputs: tuple[str, str, str, str], expected: tuple[str, int | None, bool]) -> None:
    reach, kev, automatable, impact = inputs
    said = due(reach, in_kev=kev, automatable=automatable, technical_impact=impact)
    assert (said.rule, said.days, said.triage) == expected
    assert said.due == (None if expected[1] is None else FOUND + timedelta(days=expected[1]))
    assert said.assumed == ()


def test_the_data_file_is_the_checked_transcription() -> None:
    if not SHARED.exists():
        pytest.skip(f"{SHARED} is absent: the transcription that was checked against CERT/CC's cannot be read")
    with SHARED.open(encoding="utf-8", newline="") as file:
        lines = list(csv.DictReader(file))
    assert len(lines) == 16
    for line in lines:
        row = directive().rows[tuple(line[name] for name in directive().inputs)]
        wanted = None if line["deadline_days"] == "fix_on_system_upgrade" else int(line["deadline_days"])
        assert (row.number, row.days, row.triage) == (line["row"], wanted, line["forensic_triage"] == "yes")


def test_unknown_exposure_counts_as_public_and_says_so() -> None:
    said = due("unknown", in_kev="no", automatable="yes", technical_impact="partial")
    assert said.rule == "6"
    assert any("public networks" in sentence for sentence in said.assumed)
    assert ("publicly_exposed", "unknown") in {(item.name, item.value) for item in said.inputs}


@pytest.mark.parametrize("reach", ["public", "internal", "unknown"])
def test_where_cisa_published_nothing_sixty_days_are_flat(reach: str) -> None:
    said = due(reach, in_kev="no")
    assert (said.rule, said.days, said.triage) == ("flat", 60, False)
    assert directive().version.endswith("/flat")


@pytest.mark.parametrize(("reach", "rule"), [("public", "7"), ("internal", "15")])
def test_the_other_reading_looks_up_no_and_total(reach: str, rule: str) -> None:
    other = dataclasses.replace(directive(), reading=Reading.LOOKUP)
    said = decide(other, facts(in_kev="no"), reach=reach, enumerated_on=FOUND)
    assert said.rule == rule
    assert any("neither" in sentence for sentence in said.assumed)


def test_a_flaw_in_kev_has_no_flat_rule() -> None:
    said = due("public", in_kev="yes")
    assert (said.rule, said.days, said.triage) == ("1", 3, True)
    assert len(said.assumed) == 2


def test_without_any_catalog_the_careful_row_holds_and_says_why() -> None:
    said = due("internal", automatable="no", technical_impact="partial")
    assert (said.rule, said.days) == ("12", 14)
    assert any("KEV" in sentence for sentence in said.assumed)


@pytest.mark.parametrize(
    ("added", "started"), [("2026-12-01", date(2026, 12, 1)), ("2026-12-20", FOUND)], ids=["before", "after"]
)
def test_the_clock_starts_at_the_earlier_of_kev_and_discovery(added: str, started: date) -> None:
    said = due("public", in_kev="yes", automatable="yes", technical_impact="total", kev_date_added=added)
    assert said.started == started
    assert said.due == started + timedelta(days=3)


def test_kevs_own_date_and_triage_are_shown_and_decide_nothing() -> None:
    known = {"in_kev": "yes", "automatable": "no", "technical_impact": "total"}
    said = due("internal", **known, kev_due_date="2026-12-11", kev_forensic_triage="yes")
    assert (said.rule, said.days, said.triage) == ("11", 14, False)
    assert {("kev_due_date", "2026-12-11"), ("kev_forensic_triage", "yes")} <= {
        (item.name, item.value) for item in said.inputs
    }


maybe = {name: st.sampled_from((*values, None)) for name, values in KNOWN.items()}


@given(st.sampled_from(["public", "internal", "unknown"]), st.fixed_dictionaries(maybe))
def test_what_is_unknown_never_gives_more_time_than_any_answer_would(reach: str, values: dict[str, str | None]) -> None:
    open_names = [name for name, value in values.items() if value is None]
    said = due(reach, **values)
    if said.rule == "flat":
        return  # the one reading that is not the table's
    for answers in product(*(KNOWN[name] for name in open_names)):
        whole = due(reach, **{**values, **dict(zip(open_names, answers, strict=True))})
        assert days(said) <= days(whole)


@given(st.sampled_from(["public", "internal"]), st.fixed_dictionaries(maybe))
def test_an_addition_to_kev_never_lengthens(reach: str, values: dict[str, str | None]) -> None:
    before, after = due(reach, **{**values, "in_kev": "no"}), due(reach, **{**values, "in_kev": "yes"})
    assert days(after) <= days(before)


@given(st.fixed_dictionaries(maybe))
def test_removal_from_the_internet_never_shortens(values: dict[str, str | None]) -> None:
    assert days(due("internal", **values)) >= days(due("public", **values))


def test_a_move_names_the_facts_that_moved() -> None:
    before = due("public", in_kev="no", automatable="yes", technical_impact="partial")
    after = due("public", in_kev="yes", automatable="yes", technical_impact="partial")
    said = what_moved(tuple((item.name, item.value, item.source) for item in before.inputs), after)
    assert said == "Facts moved: in kev no → yes (test, 2026-12-01)."

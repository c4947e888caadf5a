"""Through the service: reports written to be folded into another's case, to split one, or to cover one by a flood."""

from typing import Any

import pytest

from seawall.clearinghouse.coordination.models import Case, CaseReport
from seawall.clearinghouse.deduplication import remembering
from seawall.clearinghouse.deduplication.models import Suggestion
from seawall.clearinghouse.intake.models import Report
from support import World
from support.reports import folded, proved

pytestmark = pytest.mark.django_db
VICTIM: dict[str, Any] = {
    "title": "Heap overflow in put_field",
    "description": "The length of a record's field is not checked in put_field, so a crafted archive writes beyond the heap "
    "block that read_record allocated.",
    "identifiers": ["CVE-2026-1000"],
    "symbols": ["pier.put_field"],
    "paths": ["src/pier.c"],
    "weaknesses": ["CWE-787"],
    "package": "pkg:generic/pier",
    "failure": "memory-safety",
    "affected": [{"introduced": "0", "fixed": "1.1"}],
}


def ran(
    *frames: tuple[str, int], version: str = "1.0", fixed: str = "1.1", kind: str = "heap-buffer-overflow"
) -> dict[str, Any]:
    seen = [{"symbol": name, "file": "src/pier.c", "line": line} for name, line in frames]
    names = [name for name, _ in frames]
    crash = {"kind": kind, "access": "write", "frames": seen}
    return {
        "signature": f"crash/2:{kind}-write@{' < '.join(names[:3])}",
        "runs": [{"side": "vulnerable", "triggered": True, "stack": names, "crash": crash}],
        "target": {"vulnerable": {"version": version}, "fixed": {"version": fixed}},
    }


TRUE = ran(("put_field", 40), ("read_record", 90), ("run_all", 200))
OTHER = ran(("draw_line", 7), ("render", 70), ("main_loop", 300), kind="heap-use-after-free")


def test_a_copy_of_every_word_gets_a_case_of_its_own_and_the_score_says_copied(world: World) -> None:
    case = folded(proved(world, "finder", 0, result=TRUE, **VICTIM))
    copy = proved(world, "rival", 1, result=OTHER, **VICTIM)
    assert folded(copy) != case
    said = {item["signal"]: item for item in Suggestion.objects.get(report_id=copy).contributions}
    assert said["copied"]["points"] < 0
    assert "copied?" in said["copied"]["text"]


def test_a_copy_that_is_sent_first_does_not_take_the_true_report_in(world: World) -> None:
    copy = folded(proved(world, "rival", 0, result=OTHER, **VICTIM))
    true = proved(world, "finder", 1, result=TRUE, **VICTIM)
    assert folded(true) != copy
    assert Report.objects.get(pk=true).answer.startswith("New")
    assert CaseReport.objects.get(report_id=true).role == "first"


@pytest.mark.parametrize(
    "claims",
    [
        {"affected": [{"introduced": "0", "fixed": "0.1"}]},
        {"affected": [{"introduced": "9", "fixed": ""}]},
        {
            "description": "A page shows whatever it is given; scripts run.",
            "title": "Scripting",
            "weaknesses": ["CWE-79"],
        },
        {"identifiers": ["CVE-2020-9"], "symbols": ["other.thing"], "paths": ["lib/other.rs"]},
        {"fingerprints": {"signature": "crash/2:else@other"}, "severity": "none"},
    ],
)
def test_no_claim_splits_what_the_runs_agree_on(world: World, claims: dict[str, Any]) -> None:
    case = folded(proved(world, "finder", 0, result=TRUE, **VICTIM))
    liar = proved(world, "rival", 1, result=TRUE, **{**VICTIM, **claims})
    assert folded(liar) == case
    assert folded(proved(world, "lab", 2, result=TRUE, **VICTIM)) == case
    assert Case.objects.get(pk=case).affected == VICTIM["affected"]


def test_a_flood_of_copies_covers_nobodys_report(world: World) -> None:
    near = ran(("put_field", 40), ("read_list", 95), ("run_all", 200))
    true = folded(proved(world, "finder", 0, result=near, **VICTIM))
    for at in range(30):  # the words of the report that is awaited, each with a run of its own
        folded(proved(world, "rival", 1 + at, result=ran((f"a{at}", at), (f"b{at}", at), (f"c{at}", at)), **VICTIM))
    late = proved(world, "lab", 50, result=TRUE, **VICTIM)
    folded(late)
    asked = Suggestion.objects.filter(report_id=late)
    assert true in {one.case_id for one in asked}
    finders = [CaseReport.objects.get(case_id=one.case_id, role="first").organization_id for one in asked]
    assert finders.count(world.id("rival")) <= 2


def test_a_flood_of_words_does_not_cover_what_came_later(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remembering, "POSTINGS_EACH", 5)
    monkeypatch.setattr(remembering, "POSTINGS_NEW", 3)
    words = {**VICTIM, "identifiers": [], "symbols": [], "paths": []}
    for at in range(8):
        folded(proved(world, "rival", at, result=ran((f"a{at}", at), (f"b{at}", at), (f"c{at}", at)), **words))
    true = folded(proved(world, "finder", 20, result={"signature": None, "runs": []}, **words))
    late = proved(world, "lab", 30, result=OTHER, **words)
    folded(late)
    assert true in set(Suggestion.objects.filter(report_id=late).values_list("case_id", flat=True))


def test_a_copy_in_another_package_is_asked_about_and_never_folded(world: World) -> None:
    case = folded(proved(world, "finder", 0, result=TRUE, **VICTIM))
    vendored = proved(world, "rival", 1, result=TRUE, **{**VICTIM, "package": "pkg:npm/harbor"})
    assert folded(vendored) != case
    asked = Suggestion.objects.get(report_id=vendored, case_id=case)
    assert "The packages differ" in str(asked.contributions)
    stranger = proved(world, "lab", 2, result=OTHER, **{**VICTIM, "package": "pkg:npm/quay", "identifiers": []})
    folded(stranger)
    assert not Suggestion.objects.filter(report_id=stranger).exists()  # words alone say nothing across packages


def test_a_thousand_names_in_a_report_fail_nothing_and_find_no_more_than_a_dozen(world: World) -> None:
    folded(proved(world, "finder", 0, result=TRUE, **VICTIM))
    greedy = {
        **VICTIM,
        "identifiers": [f"CVE-2026-{at:05}" for at in range(1000)],
        "symbols": [f"s{at}" for at in range(1000)],
    }
    folded(proved(world, "rival", 1, result=OTHER, **{**greedy, "description": "\ufffd " + "word " * 50_000}))
    assert Case.objects.count() == 2

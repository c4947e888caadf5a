"""Reports that are written to be merged into another case, or to be split from it: the score shows it, nobody is linked."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seawall.clearinghouse.deduplication.rules import ask_from, clusters, compare, crowded
from seawall.clearinghouse.deduplication.scoring import COPIED, SIGNALS
from seawall.clearinghouse.deduplication.signals.patch import hunks
from seawall.clearinghouse.deduplication.signals.proof import sketch
from seawall.clearinghouse.deduplication.types import Finding, Place, Site, Zone

VICTIM = Finding(
    report_id="victim",
    package="pkg:generic/pier",
    failure="memory-safety",
    signature="crash/2:heap-buffer-overflow-write@put_field < read_record < run",
    identifiers=frozenset({"CVE-2026-1000", "GHSA-aaaa-bbbb-cccc"}),
    symbols=frozenset({"pier.put_field"}),
    paths=frozenset({"src/pier.c"}),
    weaknesses=frozenset({"CWE-787"}),
    text="The length of a record's field is not checked in put_field, so a crafted archive writes beyond the heap block "
    "that read_record allocated, which lets remote attackers run code.",
    kind="heap-buffer-overflow",
    access="write",
    stack=(Site("put_field", "pier.c", 40), Site("read_record", "pier.c", 90), Site("run", "pier.c", 200)),
    places=(Place("src/pier.c", 40, "put_field"),),
    hunks=hunks("--- a/src/pier.c\n+++ b/src/pier.c\n@@ -39,2 +39,3 @@ put_field\n a\n+check\n b\n"),
    proof=sketch(bytes(range(200))),
    affected=(("0", "1.2"),),
)
OWN_RUN = {
    "signature": "crash/2:heap-use-after-free-read@draw_line < render < run",
    "kind": "heap-use-after-free",
    "access": "read",
    "stack": (Site("draw_line", "draw.c", 7), Site("render", "draw.c", 70), Site("main_loop", "pier.c", 300)),
}
COPY = replace(VICTIM, report_id="copy", **OWN_RUN)
STRANGE_WORDS = {
    "identifiers": frozenset({"CVE-2020-9"}),
    "symbols": frozenset({"other.thing"}),
    "paths": frozenset({"lib/other.rs"}),
    "weaknesses": frozenset({"CWE-79"}),
    "text": "A page shows whatever it was given, so scripts run in the browser of whoever looks at it, quite elsewhere.",
    "places": (Place("lib/other.rs", 4000, "thing"),),
    "hunks": (),
    "affected": (("7", "8"),),
}


def test_a_copy_of_every_word_with_a_run_of_its_own_is_never_linked_and_the_score_says_copied() -> None:
    said = compare(VICTIM, COPY)
    assert said.zone is not Zone.SAME
    assert {item.signal: item.points for item in said.contributions}["copied"] == COPIED
    assert "copied?" in said.doubt
    honest = compare(VICTIM, replace(VICTIM, report_id="honest"))
    assert honest.zone is Zone.SAME
    assert honest.score > said.score


def test_a_copy_without_a_run_asks_a_person() -> None:
    bare = replace(COPY, signature=None, kind="", access="", stack=())
    assert compare(VICTIM, bare).zone is Zone.ASK


def test_other_words_do_not_split_what_the_runs_agree_on() -> None:
    said = compare(VICTIM, replace(VICTIM, report_id="split", **STRANGE_WORDS))
    assert said.zone is Zone.SAME
    assert said.score >= ask_from()


def test_other_words_and_a_slightly_other_crash_still_ask() -> None:
    moved = replace(VICTIM, report_id="split", signature="crash/2:heap-buffer-overflow-write@put_field < read_list < run",
                    stack=(Site("put_field", "pier.c", 40), Site("read_list", "pier.c", 120), Site("run", "pier.c", 200)),
                    **STRANGE_WORDS)  # fmt: skip
    assert compare(VICTIM, moved).zone is Zone.ASK


def test_two_flaws_in_one_function_are_told_apart_by_their_lines() -> None:
    stack = (Site("put_field", "pier.c", 44), *VICTIM.stack[1:])
    said = compare(VICTIM, replace(VICTIM, report_id="other", stack=stack))
    assert said.zone is Zone.ASK


def test_where_many_signatures_end_nothing_is_linked_automatically() -> None:
    callers = [
        replace(VICTIM, report_id=str(at), signature=f"crash/2:heap-buffer-overflow-write@put_field < f{at} < run",
                stack=(VICTIM.stack[0], Site(f"f{at}", "pier.c", at), VICTIM.stack[2]))
        for at in range(3)
    ]  # fmt: skip
    twin = replace(VICTIM, report_id="twin")
    assert crowded([VICTIM, twin, *callers[:2]]) == frozenset()
    crowds = crowded([VICTIM, twin, *callers])
    assert compare(VICTIM, twin, crowds=crowds).zone is Zone.ASK
    assert compare(VICTIM, twin).zone is Zone.SAME
    assert len(clusters([VICTIM, twin], crowds)) == 2


def test_another_name_of_the_package_at_most_asks() -> None:
    other = replace(VICTIM, report_id="alias", package="pkg:deb/debian/pier")
    assert compare(VICTIM, other).zone is Zone.DIFFERENT
    known = replace(other, package_aliases=frozenset({VICTIM.package}))
    assert compare(VICTIM, known).zone is Zone.ASK
    assert compare(known, VICTIM) == compare(VICTIM, known)


@pytest.mark.parametrize("signal", SIGNALS, ids=lambda signal: signal.name)
def test_every_signal_is_symmetric_bounded_and_says_why(signal: object) -> None:
    measure = signal.measure  # type: ignore[attr-defined] # Signal, as an argument of a parametrized test
    for left, right in ((VICTIM, VICTIM), (VICTIM, COPY), (VICTIM, replace(VICTIM, **STRANGE_WORDS))):
        one, other = measure(left, right), measure(right, left)
        assert one == other
        assert one.value is None or (0 <= one.value <= 1 and one.sentence)
    assert measure(VICTIM, VICTIM).value == 1.0


names = st.frozensets(st.text(max_size=30), max_size=5)
written = st.fixed_dictionaries(
    {"identifiers": names, "symbols": names, "paths": names, "weaknesses": names, "text": st.text(max_size=400)}
)


@settings(max_examples=150, deadline=None)
@given(written, written)
def test_whatever_is_written_nothing_fails_the_points_sum_up_and_nothing_links(
    ours: dict[str, object], theirs: dict[str, object]
) -> None:
    left, right = replace(VICTIM, **ours), replace(COPY, **theirs)
    said, back = compare(left, right), compare(right, left)
    assert said == back
    assert said.zone is not Zone.SAME
    assert sum(item.points for item in said.contributions) == said.score
    assert 0 <= said.score <= 100

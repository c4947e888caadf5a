"""Ground as sets of (file, technique, class): the free part is granted to the last file, and not a file more."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seawall.clearinghouse.deconfliction import revisions, rules
from seawall.clearinghouse.deconfliction.types import HeldGround, Revision, Scope, Technique

NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)
LATER = NOW + timedelta(hours=3)
TARGET = "pkg:pypi/jinja2"
PARTS = ["a", "b", "ab"]
FILES = ["/".join(parts) for depth in (1, 2, 3) for parts in product(PARTS, repeat=depth)]
CLASSES = ["CWE-79", "CWE-89", "CWE-1"]
"""The last one is named by nobody: it stands for all the others."""
KNOWN = [technique for technique in Technique if technique is not Technique.ANY]

Spot = tuple[str, Technique, str]

paths = st.lists(st.sampled_from(PARTS), max_size=3).map("/".join)
classes = st.lists(st.sampled_from(CLASSES[:2]), max_size=2, unique=True).map(tuple)
wishes = st.builds(
    Scope,
    target=st.just(TARGET),
    paths=st.lists(paths, min_size=1, max_size=3, unique=True).map(tuple),
    techniques=st.lists(st.sampled_from(list(Technique)), min_size=1, max_size=2, unique=True).map(tuple),
    weaknesses=classes,
)


def covers(prefix: str, file: str) -> bool:
    return not prefix or file == prefix or file.startswith(f"{prefix}/")


def ground(scope: Scope) -> set[Spot]:
    """What a scope covers, by the sentence in its docstring: the longest prefix decides."""
    techniques = KNOWN if Technique.ANY in scope.techniques else scope.techniques
    kinds = scope.weaknesses or [one for one in CLASSES if one not in scope.excluded_weaknesses]
    files = []
    for file in FILES:
        inside = max((len(one.rstrip("/")) for one in scope.paths if covers(one.rstrip("/"), file)), default=-1)
        outside = max(
            (len(one.rstrip("/")) for one in scope.excluded_paths if covers(one.rstrip("/"), file)), default=-1
        )
        if inside >= 0 and inside >= outside:
            files.append(file)
    return set(product(files, techniques, kinds))


def held_by(scopes: Sequence[Scope]) -> list[HeldGround]:
    return [HeldGround(scope, LATER, exclusive=True) for scope in scopes]


@settings(max_examples=300, deadline=None)
@given(requests=st.lists(wishes, min_size=2, max_size=6))
def test_requests_one_after_the_other_share_no_file_and_leave_none_over(requests: list[Scope]) -> None:
    given_away: list[Scope] = []
    for wanted in requests:
        before = set().union(*map(ground, given_away))
        decision = rules.decide(wanted, exclusive=True, held=held_by(given_away), now=NOW)
        granted = [ground(scope) for scope in decision.granted]
        assert set().union(*granted) == ground(wanted) - before
        assert sum(map(len, granted)) == len(set().union(*granted)), "one request got a file in two leases"
        assert bool(decision.taken) == bool(ground(wanted) & before) or not FILES
        given_away.extend(decision.granted)


@settings(max_examples=150, deadline=None)
@given(requests=st.lists(wishes, min_size=2, max_size=5), back=st.integers(0, 4))
def test_what_is_given_back_can_be_had_at_once(requests: list[Scope], back: int) -> None:
    held: list[Scope] = []
    for wanted in requests:
        held.extend(rules.decide(wanted, exclusive=True, held=held_by(held), now=NOW).granted)
    if not held:
        return
    returned = held.pop(back % len(held))
    again = rules.decide(returned, exclusive=True, held=held_by(held), now=NOW)
    assert again.outcome == "granted"
    assert set().union(*map(ground, again.granted)) == ground(returned)


def test_a_class_of_weakness_divides_the_ground() -> None:
    holder = Scope(TARGET, ("src",), (Technique.ANY,), ("CWE-79",))
    decision = rules.decide(Scope(TARGET, ("",), (Technique.ANY,)), exclusive=True, held=held_by([holder]), now=NOW)
    assert decision.outcome == "partly_granted"
    assert {(one.path, one.technique, one.weakness) for one in decision.taken} == {("src", Technique.ANY, "CWE-79")}
    assert {(one.paths, one.excluded_paths, one.weaknesses, one.excluded_weaknesses) for one in decision.granted} == {
        (("",), (), (), ("CWE-79",)),
        (("",), ("src",), ("CWE-79",), ()),
    }


def test_any_technique_gets_those_that_are_free() -> None:
    holder = Scope(TARGET, ("",), (Technique.FUZZING,))
    decision = rules.decide(Scope(TARGET, ("",), (Technique.ANY,)), exclusive=True, held=held_by([holder]), now=NOW)
    assert [one.technique for one in decision.taken] == [Technique.FUZZING]
    assert [set(one.techniques) for one in decision.granted] == [set(KNOWN) - {Technique.FUZZING}]


def test_closed_ground_says_no_end_and_its_maintainers_word() -> None:
    closed = HeldGround(Scope(TARGET, ("tests/",), (Technique.ANY,)), None, exclusive=True, why=rules.Why.OPTED_OUT)
    decision = rules.decide(Scope(TARGET, ("",), (Technique.ANY,)), exclusive=False, held=[closed], now=NOW)
    assert [(one.path, one.until, one.why) for one in decision.taken] == [("tests/", None, "opted_out")]
    assert decision.granted[0].excluded_paths == ("tests/",)


@pytest.mark.parametrize(
    ("one", "other", "apart"),
    [
        (Revision(fixed="2.0"), Revision(introduced="2.0"), True),
        (Revision(introduced="3.10"), Revision(introduced="3.1", fixed="3.9"), True),
        (Revision(introduced="3.1"), Revision(introduced="3.0", fixed="3.2"), False),
        (Revision(), Revision(fixed="1.0"), False),
        (Revision(commit="a" * 40), Revision(commit="b" * 40), False),
        (Revision(fixed="not a version!"), Revision(introduced="2.0"), False),
    ],
)
def test_only_versions_that_cannot_meet_are_apart(one: Revision, other: Revision, apart: bool) -> None:
    assert revisions.apart("pkg:pypi/jinja2", one, other) is apart
    assert revisions.apart("pkg:pypi/jinja2", other, one) is apart


def test_many_small_holdings_are_divided_quickly() -> None:
    held = [Scope(TARGET, tuple(f"d{n}/f{m}.c" for m in range(50)), (Technique.FUZZING,)) for n in range(200)]
    decision = rules.decide(Scope(TARGET, ("",), (Technique.ANY,)), exclusive=True, held=held_by(held), now=NOW)
    assert len(decision.taken) == 10_000
    assert sum(len(one.excluded_paths) for one in decision.granted) == 10_000


@pytest.mark.parametrize("name", ["79", "cwe-79", "CWE-079", " CWE_79 ", "cwe 79"])
def test_spellings_of_a_class_meet(name: str) -> None:
    assert rules.normalize_weakness(name) == "CWE-79"


@pytest.mark.parametrize("name", ["", "XSS", "CWE-", "CWE-0", "CWE-1234567", "CWE-79\n80"])
def test_what_is_no_class_is_refused(name: str) -> None:
    assert rules.normalize_weakness(name) is None

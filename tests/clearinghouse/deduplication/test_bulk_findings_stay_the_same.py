"""What a result is of what was known: whatever drifts, moves or is written in another order; and what must not be joined."""

import io
import random
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seawall.clearinghouse.deduplication.bulk import folding
from seawall.clearinghouse.deduplication.bulk.fingerprints import fingerprint
from seawall.clearinghouse.deduplication.bulk.folding import align, fold
from seawall.clearinghouse.deduplication.bulk.reading import runs
from seawall.clearinghouse.deduplication.bulk.types import Folding, How, Trace
from seawall.clearinghouse.scanning.suggesting import alike
from support import scans
from support.scans import Spot

SPOTS = scans.project(100)
FIRST = SPOTS[0].path


def traces(data: bytes) -> list[Trace]:
    found = {}
    for _, results in runs(io.BytesIO(data)):
        for one in results:
            trace = Trace(
                one.rule, one.path, one.logical, one.code, one.said, one.line, one.column, one.hints, one.content
            )
            found[one.content] = trace
    return list(found.values())


def folded(old: bytes, new: bytes) -> Folding:
    known = traces(old)
    return fold(known, traces(new), [True] * len(known))


def told(found: Folding) -> tuple[int, int, int]:
    return len(found.pairs), len(found.new), len(found.missing)


TOOLS = sorted(scans.SHAPES)


@pytest.mark.parametrize("tool", TOOLS)
def test_the_same_again_changes_nothing(tool: str) -> None:
    data = scans.SHAPES[tool](SPOTS)
    found = folded(data, data)
    assert told(found) == (100, 0, 0)
    assert {pair.how for pair in found.pairs} == {How.SAME}
    assert all(pair.known == pair.seen for pair in found.pairs)


@pytest.mark.parametrize("by", [1, 37, 400, -3])
@pytest.mark.parametrize("tool", TOOLS)
def test_lines_drift_and_findings_stay(tool: str, by: int) -> None:
    moved = scans.shifted(SPOTS, FIRST, after=12, by=by)
    found = folded(scans.SHAPES[tool](SPOTS), scans.SHAPES[tool](moved))
    if tool == "ESLint" and by == 400:
        # Nothing but words and a line. Those that moved alike are followed; one alone could be anything.
        assert told(found)[1] == told(found)[2] <= 5
    else:
        assert told(found) == (100, 0, 0)
    assert all(SPOTS[pair.known].path == moved[pair.seen].path for pair in found.pairs)
    if told(found)[0] == 100:
        assert all(pair.known == pair.seen for pair in found.pairs)


@pytest.mark.parametrize("tool", [tool for tool in TOOLS if tool != "ESLint"])
@pytest.mark.parametrize("name", ["src/other/place.py", "lib/file0.py"])
def test_a_file_gets_another_name(tool: str, name: str) -> None:
    found = folded(scans.SHAPES[tool](SPOTS), scans.SHAPES[tool](scans.renamed(SPOTS, FIRST, name)))
    assert told(found) == (100, 0, 0)
    assert all(pair.known == pair.seen for pair in found.pairs)


def test_with_words_alone_a_file_must_keep_its_name() -> None:
    kept = scans.renamed(SPOTS, FIRST, "lib/file0.py")
    assert told(folded(scans.eslint(SPOTS), scans.eslint(kept))) == (100, 0, 0)
    other = scans.renamed(SPOTS, FIRST, "src/other/place.py")
    assert told(folded(scans.eslint(SPOTS), scans.eslint(other))) == (80, 20, 20)


@pytest.mark.parametrize("tool", TOOLS)
def test_the_checkout_lies_elsewhere(tool: str) -> None:
    def at(root: str) -> bytes:
        return scans.SHAPES[tool]([replace(one, path=f"{root}/{one.path}") for one in SPOTS])

    found = folded(at("/home/ci/build-17"), at("/mnt/agent/3/work"))
    assert told(found) == (100, 0, 0)
    assert all(pair.known == pair.seen for pair in found.pairs)


@pytest.mark.parametrize("tool", TOOLS)
def test_what_is_taken_out_is_missing_and_what_is_put_in_is_new(tool: str) -> None:
    out = [one for number, one in enumerate(SPOTS) if number not in {3, 27}]
    fresh = Spot(1, "src/part9/fresh.py", 5, "brand_new(1)")
    new = folded(scans.SHAPES[tool](SPOTS), scans.SHAPES[tool]([*out, fresh]))
    assert told(new) == (98, 1, 2)
    assert set(new.missing) == {3, 27}


def test_of_twins_the_one_that_is_left_is_the_nearest() -> None:
    twins = [Spot(0, "a.py", line, "same(code)") for line in (10, 50, 90)]
    left = [replace(twins[0], line=11), replace(twins[2], line=91)]
    found = folded(scans.bandit(twins), scans.bandit(left))
    assert [(pair.known, pair.seen) for pair in found.pairs] == [(0, 0), (2, 1)]
    assert found.missing == (1,)


def test_an_edited_line_is_the_same_finding_and_says_so() -> None:
    old = [Spot(0, "a.py", 10, "run(x)"), Spot(1, "a.py", 30, "open(y)")]
    new = [replace(old[0], code="run(x, timeout=3)"), old[1]]
    assert [pair.how for pair in folded(scans.bandit(old), scans.bandit(new)).pairs] == [How.EDITED, How.SAME]


def test_edited_and_moved_at_once_is_new() -> None:
    old, new = Spot(0, "a.py", 10, "run(x)"), Spot(0, "a.py", 60, "run(z)")
    assert told(folded(scans.bandit([old]), scans.bandit([new]))) == (0, 1, 1)


def test_code_that_moves_between_files_is_followed_only_if_there_is_one() -> None:
    stays = [Spot(1, "a.py", 1, "other(1)"), Spot(1, "b.py", 1, "other(2)")]
    one = Spot(0, "a.py", 10, "run(x)")
    moved = folded(scans.bandit([*stays, one]), scans.bandit([*stays, replace(one, path="b.py")]))
    assert [pair.how for pair in moved.pairs] == [How.SAME, How.SAME, How.MOVED]
    twin = replace(one, path="c.py")
    ambiguous = folded(scans.bandit([*stays, one, twin]), scans.bandit([*stays, replace(one, path="b.py"), twin]))
    assert told(ambiguous) == (3, 1, 1)


def trace(number: int, **more: object) -> Trace:
    known: dict[str, object] = {
        "rule": "r", "path": f"{number}.py", "logical": "", "code": f"code {number}", "said": "s", "line": 5,
        "column": 1, "hints": ("h",), "content": f"content {number} {sorted(more.items())}",
    }  # fmt: skip
    return Trace(**{**known, **more})  # type: ignore[arg-type] # made from words


CONSTANT, OTHER_RULE, ELSEWHERE = ("constant",), ("h1",), ("h2",)


@pytest.mark.parametrize(
    ("known", "seen", "pairs"),
    [
        pytest.param(trace(1, hints=("h1",)), trace(1, hints=("h1",), code="other", line=80), 1, id="same file"),
        pytest.param(trace(1, hints=("h1",)), trace(2, hints=("h1",), code="other"), 0, id="nothing else agrees"),
        pytest.param(trace(1, hints=("h1",)), trace(1, hints=("h1",), rule="q", code="other"), 0, id="another rule"),
        pytest.param(
            trace(1, hints=("h1",), logical="f"), trace(2, hints=("h1",), logical="f", code="c"), 1, id="same function"
        ),
        pytest.param(trace(1, hints=()), trace(1, hints=("new",)), 1, id="a fingerprint appears"),
        pytest.param(trace(1, hints=("was",)), trace(1, hints=("is",)), 1, id="a fingerprint changes"),
    ],
)
def test_a_fingerprint_of_the_tools_is_honored_and_not_trusted(known: Trace, seen: Trace, pairs: int) -> None:
    assert len(fold([known], [seen], [True]).pairs) == pairs


def test_thousands_that_share_a_fingerprint_stay_apart() -> None:
    known = [trace(number, path="one.py", line=number, hints=CONSTANT) for number in range(2000)]
    seen = [trace(number + 5000, path="one.py", line=number + 5000, hints=CONSTANT) for number in range(2000)]
    assert told(fold(known, seen, [True] * 2000)) == (0, 2000, 2000)
    again = fold(known, list(reversed(known)), [True] * 2000)
    assert told(again) == (2000, 0, 0)
    assert all(pair.seen == 1999 - pair.known for pair in again.pairs)


def test_words_alone_do_not_reach_far() -> None:
    """A judgment must not come to silence another place of the file."""
    words = trace(1, code="", line=10, hints=())
    near = [words], [replace(words, line=10 + folding.DRIFT_MAX, content="new")]
    far = [words], [replace(words, line=11 + folding.DRIFT_MAX, content="new")]
    assert told(fold(*near, [True])) == (1, 0, 0)
    assert told(fold(*far, [True])) == (0, 1, 1)


def test_what_is_there_is_paired_before_what_was_gone() -> None:
    known = [trace(1, line=10, content="a"), trace(1, line=90, content="b")]
    seen = [trace(1, line=12, content="c")]
    for is_open in ([True, False], [False, True]):
        [pair] = fold(known, seen, is_open).pairs
        assert is_open[pair.known]


@settings(max_examples=60, deadline=None)
@given(st.randoms(use_true_random=False), st.sampled_from(TOOLS))
def test_no_order_of_results_makes_a_difference(chance: random.Random, tool: str) -> None:
    spots = [replace(one, code=chance.choice(["a(b)", "c(d)", one.code])) for one in SPOTS[:60]]
    later = list(spots)
    for _ in range(chance.randrange(6)):
        path = chance.choice(later).path
        later = chance.choice([
            lambda later=later, path=path: scans.shifted(later, path, after=chance.randrange(80), by=chance.randrange(1, 60)),
            lambda later=later, path=path: scans.renamed(later, path, f"new/{chance.randrange(9)}.py"),
            lambda later=later: [one for one in later if chance.random() < 0.9],
            lambda later=later, path=path: [*later, Spot(0, path, chance.randrange(200), "a(b)")],
        ])()  # fmt: skip
    if not later:
        return
    old, new = traces(scans.SHAPES[tool](spots)), traces(scans.SHAPES[tool](later))
    is_open = [chance.random() < 0.8 for _ in old]
    first = fold(old, new, is_open)
    places, known_places = list(range(len(new))), list(range(len(old)))
    chance.shuffle(places)
    chance.shuffle(known_places)
    again = fold(
        [old[place] for place in known_places], [new[place] for place in places], [is_open[one] for one in known_places]
    )
    assert {(pair.known, pair.seen, pair.how) for pair in first.pairs} == {
        (known_places[pair.known], places[pair.seen], pair.how) for pair in again.pairs
    }
    # One to one, and nothing lost.
    assert max(Counter(pair.known for pair in first.pairs).values(), default=1) == 1
    assert sorted([*(pair.seen for pair in first.pairs), *first.new]) == sorted(places)
    assert sorted([*(pair.known for pair in first.pairs), *first.missing]) == sorted(known_places)


def brute(old: Sequence[int], new: Sequence[int]) -> int:
    """Least sum of drifts over all ways to pair in order."""
    if not old:
        return 0
    if len(new) < len(old):
        return 10**9
    return min(abs(old[0] - new[0]) + brute(old[1:], new[1:]), brute(old, new[1:]))


@given(st.lists(st.integers(1, 60), max_size=5), st.lists(st.integers(1, 60), max_size=7))
def test_lines_are_aligned_with_the_least_drift(old: list[int], new: list[int]) -> None:
    old, new = sorted(old), sorted(new)
    pairs = align(old, new)
    assert len(pairs) == min(len(old), len(new))
    assert all(left[0] < right[0] and left[1] < right[1] for left, right in pairwise(pairs))
    least = brute(old, new) if len(old) <= len(new) else brute(new, old)
    assert sum(abs(new[b] - old[a]) for a, b in pairs) == least


HOSTILE: dict[str, Callable[[int], Trace]] = {
    "one file, one rule, one code": lambda n: trace(1, line=n, content=str(n)),
    "one file, one rule, no code": lambda n: trace(1, code="", line=n, content=str(n)),
    "every file the same code": lambda n: trace(n, code="x", content=str(n)),
    "every file the same words": lambda n: trace(n, code="", content=str(n)),
    "every fingerprint shared by eight": lambda n: trace(
        n, hints=tuple(f"h{n // 8}-{k}" for k in range(8)), content=str(n)
    ),
}


@pytest.mark.parametrize("kind", sorted(HOSTILE))
def test_no_shape_of_results_makes_folding_slow(kind: str) -> None:
    known = [HOSTILE[kind](number) for number in range(20_000)]
    seen = [
        replace(HOSTILE[kind](number), path=f"other/{number % 3000}.py", content=f"new {number}")
        for number in range(20_000, 41_000)
    ]
    begin = time.process_time()
    found = fold(known, seen, [True] * len(known))
    assert time.process_time() - begin < 15  # about one; a minute and more where it is square
    assert len(found.pairs) + len(found.new) == len(seen)


def test_our_fingerprint_knows_no_line() -> None:
    one = trace(1, line=3)
    assert fingerprint("T", one) == fingerprint("T", replace(one, line=99, column=7, hints=(), content="x"))
    assert fingerprint("T", one).startswith("sarif/1:")
    for field in ("rule", "path", "logical", "code"):
        assert fingerprint("T", one) != fingerprint("T", replace(one, **{field: "z"}))
    assert fingerprint("T", one) != fingerprint("U", one)
    assert fingerprint("T", replace(one, code="", said="x")) != fingerprint("T", replace(one, code="x"))


@pytest.mark.parametrize(
    ("line", "weaknesses", "same"),
    [
        (10, ["CWE-89"], True),
        (13, ["CWE-89"], True),
        (14, ["CWE-89"], False),
        (10, ["CWE-564"], True),
        (10, ["CWE-79"], False),
        (10, [], False),
        (10, ["CWE-99999"], False),
    ],
)
def test_two_tools_may_mean_the_same(line: int, weaknesses: list[str], *, same: bool) -> None:
    assert alike(10, 0, ["CWE-89"], line, 0, weaknesses) == same
    assert alike(line, 0, weaknesses, 10, 0, ["CWE-89"]) == same

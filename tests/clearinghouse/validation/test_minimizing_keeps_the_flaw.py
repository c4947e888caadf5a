"""Shrinking with made functions that have two flaws: the one that was there stays, however near the other is."""

import json
import random
import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seawall.clearinghouse.validation.minimizing import units
from seawall.clearinghouse.validation.minimizing.shrink import INPUT, SCRIPT, Memory, shrink
from seawall.clearinghouse.validation.minimizing.types import Budget, NothingToMinimize

LOG = b"\n".join(b"line %d of the harbor log, nothing of note" % number for number in range(300))


def two_flaws(text: bytes) -> str:
    """A reader that fails in one place over the word tide with a number, and in another over any unclosed bracket."""
    if text.count(b"(") != text.count(b")"):
        return "depth"
    return "tide" if re.search(rb"tide=\d\d", text) else ""


@pytest.mark.parametrize("kind", ["tide", "depth"])
def test_it_does_not_slide_to_another_flaw(kind: str) -> None:
    content = LOG + (b"\n(gate) tide=77 (open)\n" if kind == "tide" else b"\n(gate) tide=7 ((open)\n") + LOG
    found = shrink(content, lambda candidate: two_flaws(candidate) == kind)
    assert two_flaws(found.content) == kind
    assert found.content == (b"tide=77" if kind == "tide" else b"(")
    assert found.complete


def test_with_any_crash_it_would_have_slid() -> None:
    content = LOG + b"\n(gate tide=77\n" + LOG + b"\nopen)"
    assert two_flaws(content) == "tide"
    assert two_flaws(shrink(content, lambda candidate: bool(two_flaws(candidate))).content) == "depth"
    assert shrink(content, lambda candidate: two_flaws(candidate) == "tide").content == b"tide=77"


def test_depth_and_pairs_are_taken_together() -> None:
    def depth(text: bytes) -> int:
        deep = most = 0
        for letter in text:
            deep += {40: 1, 41: -1}.get(letter, 0)
            if deep < 0:
                return 0
            most = max(most, deep)
        return most if deep == 0 else 0

    content = b"select " + b"(" * 400 + b"x, y, z" + b")" * 400 + b" from gates;"
    found = shrink(content, lambda candidate: depth(candidate) >= 30)
    assert found.content == b"(" * 30 + b")" * 30
    assert found.runs < 400


def test_json_stays_json_where_the_oracle_needs_it() -> None:
    def holds(candidate: bytes) -> bool:
        try:
            value = json.loads(candidate)
        except (ValueError, RecursionError):
            return False
        return isinstance(value, dict) and value.get("gate", {}) != {} and isinstance(value["gate"], dict)

    content = json.dumps(
        {"harbor": [{"n": n, "name": f"pier {n}"} for n in range(50)], "gate": {"level": [1, 2, 3], "open": True}}
    ).encode()
    found = shrink(content, holds)
    assert holds(found.content)
    assert len(found.content) <= len(b'{"gate":{"":[]}}')


def test_xml_loses_elements_with_their_ends() -> None:
    def holds(candidate: bytes) -> bool:
        return candidate.count(b"<") == 2 and candidate.startswith(b"<a>") and candidate.endswith(b"</a>")

    found = shrink(b"<a></a>", holds)
    assert found.content == b"<a></a>"
    document = b"<a>" + b"<b>text<c>more</c></b>" * 40 + b"</a>"
    found = shrink(document, lambda candidate: candidate.startswith(b"<a>") and candidate.endswith(b"</a>") and
                   candidate.count(b"<b>") == candidate.count(b"</b>") and candidate.count(b"<c>") == candidate.count(b"</c>"))  # fmt: skip
    assert found.content == b"<a></a>"


def test_a_script_loses_whole_statements_and_blocks() -> None:
    script = b"""import os
import sys
from tides import (
    load,
    save,
)

def unused(value):
    if value:
        print(value)
    return [
        1,
        2,
    ]

for gate in range(3):
    print(gate)
load("input",
     strict=True)
"""

    def holds(candidate: bytes) -> bool:
        try:
            compile(candidate, "driver.py", "exec")
        except SyntaxError:
            return False
        return b"load(" in candidate and b"from tides import" in candidate

    found = shrink(script, holds, SCRIPT)
    assert b"unused" not in found.content
    assert b"import os" not in found.content
    assert b"gate" not in found.content
    assert len(found.content.splitlines()) <= 6
    compile(found.content, "driver.py", "exec")


def test_the_content_must_hold_at_first() -> None:
    with pytest.raises(NothingToMinimize):
        shrink(b"calm", lambda candidate: b"storm" in candidate)


@settings(max_examples=80, deadline=None)
@given(st.binary(min_size=1, max_size=120), st.integers(0, 2**32))
def test_it_is_stable_deterministic_and_minimal_in_bytes(content: bytes, seed: int) -> None:
    wanted = bytes(random.Random(seed).sample(sorted(set(content)), k=min(2, len(set(content)))))  # noqa: S311 - a seed

    def holds(candidate: bytes) -> bool:
        return all(letter in candidate for letter in wanted)

    found = shrink(content, holds, budget=Budget(runs=100_000))
    assert found.complete
    assert holds(found.content)
    assert found.content == shrink(content, holds, budget=Budget(runs=100_000)).content
    assert found.content == shrink(found.content, holds, budget=Budget(runs=100_000)).content
    assert all(not holds(found.content[:at] + found.content[at + 1 :]) for at in range(len(found.content)))


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=300), st.randoms())
def test_no_way_of_cutting_makes_content_up(content: bytes, chance: random.Random) -> None:
    for _, cut in (*INPUT, *SCRIPT):
        found = cut(content)
        some = [unit for unit in found if chance.random() < 0.5]
        rest = iter(units.without(content, some))
        assert all(any(letter == other for other in iter(content)) for letter in rest)
        assert len(units.without(content, found)) <= len(content)
        for unit in found:
            assert all(0 <= start < end <= len(content) for start, end in unit.ranges)


def test_a_budget_ends_it_with_what_holds_so_far() -> None:
    content = LOG + b"tide=77"
    found = shrink(content, lambda candidate: b"tide=77" in candidate, budget=Budget(runs=3))
    assert not found.complete
    assert found.runs == 3
    assert b"tide=77" in found.content
    assert len(found.content) < len(content)
    slow = shrink(
        content, lambda candidate: b"tide=77" in candidate, budget=Budget(seconds=0.0), memory=_knows(content)
    )
    assert slow.content == content


def _knows(content: bytes) -> Memory:
    memory = Memory()
    memory.put(content, holds=True)
    return memory


def test_it_goes_on_where_it_was_cut_off(tmp_path: Path) -> None:
    path = tmp_path / "answers"
    content = LOG + b"\ntide=77\n" + LOG
    asked: list[bytes] = []

    def holds(candidate: bytes) -> bool:
        asked.append(candidate)
        return two_flaws(candidate) == "tide"

    whole = shrink(content, holds)
    needed = len(asked)
    asked.clear()
    while not shrink(content, holds, budget=Budget(runs=7), memory=Memory(path)).complete:
        with path.open("a", encoding="ascii") as file:
            file.write("0123abc 1\ncut off")  # as a kill would leave it
            file.write("\n")
    assert shrink(content, holds, memory=Memory(path)).content == whole.content
    assert len(asked) == len(set(asked)) <= needed


def test_its_progress_is_told() -> None:
    told: list[tuple[int, int, str]] = []
    content = LOG + b"tide=77"
    shrink(content, lambda candidate: b"tide=77" in candidate, progress=lambda *said: told.append(said))
    assert {before for _, before, _ in told} == {len(content)}
    assert told[-1][0] < told[0][0]


def test_a_large_content_takes_few_runs() -> None:
    content = b"x = 1\n" * 20_000 + b"tide=77\n" + b"y = 2\n" * 20_000
    found = shrink(content, lambda candidate: two_flaws(candidate) == "tide")
    assert found.content == b"tide=77"
    assert found.runs < 200

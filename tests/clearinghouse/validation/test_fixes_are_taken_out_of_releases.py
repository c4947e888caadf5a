"""The fix of one flaw is told from the rest of its release, and says of two proofs whether one fix ends both."""

import random
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from seawall.clearinghouse.deduplication.trying import try_pair
from seawall.clearinghouse.deduplication.types import Zone
from seawall.clearinghouse.validation.patches import reading, running
from seawall.clearinghouse.validation.patches.isolating import fewest, isolate
from seawall.clearinghouse.validation.types import Runtime, Side

DEMO = Path(__file__).parents[3] / "src" / "seawall" / "demo" / "proofs"


def test_the_fewest_are_found_whatever_the_order() -> None:
    dice = random.Random(7)  # noqa: S311 - the same pairs each time
    for _ in range(200):
        things = list(range(dice.randrange(1, 40)))
        needed = set(dice.sample(things, dice.randrange(1, min(4, len(things)) + 1)))
        asked: list[int] = []

        def holds(some: object, needed: set[int] = needed, asked: list[int] = asked) -> bool:
            asked.append(1)
            return needed <= set(some)  # type: ignore[call-overload]

        assert set(fewest(things, holds, lambda: True)) == needed
        assert len(asked) < 40 * len(needed) + 80


def test_what_is_left_when_no_more_may_be_tried_still_holds() -> None:
    left = 5

    def holds(some: object) -> bool:
        nonlocal left
        left -= 1
        return {3, 30} <= set(some)  # type: ignore[call-overload]

    assert {3, 30} <= set(fewest(list(range(40)), holds, lambda: left > 0))


@pytest.mark.sandbox
@pytest.mark.long
def test_the_fix_of_a_tree_is_one_hunk_of_two(tmp_path: Path) -> None:
    found = isolate(DEMO / "tidegate-history-run", cache=tmp_path)
    assert (found.hunks, found.of, found.minimal) == (1, 2, True), found.why
    assert found.diff is not None
    assert b"length > count - filled" in found.diff
    assert [change.path for change in reading.read(found.diff)] == ["tidegate.c"]


@pytest.mark.sandbox
@pytest.mark.long
def test_a_fix_is_looked_for_among_some_hunks_only(tmp_path: Path) -> None:
    whole = isolate(DEMO / "tidegate-history-run", cache=tmp_path)
    assert isolate(DEMO / "tidegate-history-run", cache=tmp_path, among=whole.touched).diff == whole.diff
    elsewhere = frozenset((path, line + 40) for path, line in whole.touched)
    assert isolate(DEMO / "tidegate-history-run", cache=tmp_path, among=elsewhere).diff is None


@pytest.mark.sandbox
@pytest.mark.registry
@pytest.mark.long
def test_one_fix_of_a_release_of_forty_changes_ends_two_reports(tmp_path: Path) -> None:
    pair = [DEMO / name for name in ("sqlparse-nested-brackets", "sqlparse-deep-parentheses")]
    tried = try_pair(pair[0], pair[1], cache=tmp_path)
    assert tried.zone is Zone.SAME, tried.to_json()
    assert "except RecursionError" in tried.forward.diff


@pytest.mark.parametrize(
    ("runtime", "below"), [(Runtime.NODE, "tree/node_modules"), (Runtime.PYTHON, "tree")], ids=["npm", "PyPI"]
)
def test_packages_that_only_the_fixed_side_has_are_lent(tmp_path: Path, runtime: Runtime, below: str) -> None:
    for name in ("fixed", "candidate"):
        for package in ("pier", "old"):
            (tmp_path / name / below / package).mkdir(parents=True)
            (tmp_path / name / below / package / "code").write_text(name)
    for package in ("has", "@crane/hook", "@crane/rope"):
        (tmp_path / "fixed" / below / package).mkdir(parents=True)
        (tmp_path / "fixed" / below / package / "code").write_text("new")
    (tmp_path / "candidate" / below / "@crane" / "hook").mkdir(parents=True)
    prepared: Any = SimpleNamespace(
        bundle=SimpleNamespace(manifest=SimpleNamespace(runtime=runtime)),
        replay=SimpleNamespace(built={Side.FIXED: SimpleNamespace(folder=tmp_path / "fixed")}, scratch=tmp_path),
    )
    running.lend(prepared, "candidate")
    running.lend(prepared, "candidate")  # once more changes nothing
    mine = tmp_path / "candidate" / below
    assert (mine / "has" / "code").read_text() == "new"
    assert (mine / "pier" / "code").read_text() == "candidate"
    assert (mine / "@crane" / "rope").exists() is (runtime is Runtime.NODE)
    assert not (mine / "@crane" / "hook" / "code").exists()


def test_nothing_is_lent_where_nothing_is_fixed(tmp_path: Path) -> None:
    prepared: Any = SimpleNamespace(
        bundle=SimpleNamespace(manifest=SimpleNamespace(runtime=Runtime.NODE)),
        replay=SimpleNamespace(built={}, scratch=tmp_path),
    )
    running.lend(prepared, "candidate")
    assert list(tmp_path.iterdir()) == []

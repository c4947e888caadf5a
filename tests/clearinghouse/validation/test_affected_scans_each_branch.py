"""Which versions a scan runs, with made histories: what it infers is so, what it cannot know it does not say."""

import itertools
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seawall.clearinghouse.validation.affected import rules
from seawall.clearinghouse.validation.affected.scanning import CONFIRMATIONS, FAULTS_MAX, scan
from seawall.clearinghouse.validation.affected.types import Branch, Budget, Outcome, Release, State, Trial
from seawall.clearinghouse.validation.errors import Infrastructure

STATES = {"A": State.AFFECTED, "N": State.NOT_TRIGGERED, "?": State.UNTESTABLE}


def key(version: str) -> bytes:
    """An order for numbers and dots."""
    return b"".join(int(part).to_bytes(2) for part in version.split("."))


def releases(*versions: str) -> list[Release]:
    return [Release(version, place=key(version)) for version in versions]


class World:
    """A package whose every version's state is known, and that counts what is asked of it."""

    def __init__(self, history: Mapping[str, str]) -> None:
        self.releases = releases(*history)
        self.branches = rules.branches(self.releases)
        self.states = {version: STATES[letter] for version, letter in history.items()}
        self.asked: Counter[str] = Counter()

    def attempt(self, version: str, runs: int) -> Trial:
        self.asked[version] += 1
        state = self.states[version]
        done = 0 if state is State.UNTESTABLE else runs
        return Trial(version, state, done, done if state is State.AFFECTED else 0, "", sandbox_runs=done + 1)

    def outcomes(self, trials: Mapping[str, Trial], stride: int = rules.STRIDE) -> list[Outcome]:
        return rules.concluded(self.branches, self.releases, trials, stride=stride)


def letters(history: str, prefix: str = "1.0") -> dict[str, str]:
    return {f"{prefix}.{number}": letter for number, letter in enumerate(history)}


@pytest.mark.parametrize(
    ("history", "at_most"),
    [
        ("A" * 30 + "N", 12),
        ("N" * 10 + "A" * 10 + "N" * 10, 14),
        ("A" * 16 + "N" * 3 + "A" * 16, 35),
        ("N" * 40, 8),
        ("?" * 12 + "A" * 8, 20),
        ("A", 1),
    ],
)
def test_what_is_inferred_is_so(history: str, at_most: int) -> None:
    world = World(letters(history))
    trials, complete = scan(world.branches, world.attempt)
    assert complete
    assert len(trials) <= at_most
    assert [outcome.state for outcome in world.outcomes(trials)] == list(world.states.values())


def test_a_backported_fix_is_found_in_each_branch() -> None:
    history = letters("AAAAANN", "1") | letters("AAAAAAA", "2") | letters("AAANNNN", "3")
    world = World(history)
    trials, _ = scan(world.branches, world.attempt)
    assert rules.events(world.outcomes(trials), careful=True) == (
        ("introduced", "0"),
        ("fixed", "1.5"),
        ("introduced", "2.0"),
        ("fixed", "3.3"),
    )
    assert len(trials) < len(history)


def test_versions_beside_a_change_are_run_five_times_and_the_others_once() -> None:
    world = World(letters("A" * 10 + "N" * 10))
    trials, _ = scan(world.branches, world.attempt)
    assert {version: trial.runs for version, trial in trials.items() if trial.runs > 1} == {
        "1.0.9": CONFIRMATIONS,
        "1.0.10": CONFIRMATIONS,
    }


def test_a_change_across_what_cannot_be_tested_is_confirmed_too() -> None:
    world = World(letters("AA??NN"))
    trials, _ = scan(world.branches, world.attempt)
    assert {version for version, trial in trials.items() if trial.runs > 1} == {"1.0.1", "1.0.4"}


def test_nothing_is_inferred_from_what_says_nothing() -> None:
    world = World(letters("?" + "A" * 7 + "?"))
    trials, _ = scan(world.branches, world.attempt)
    for outcome in world.outcomes(trials):
        if outcome.between:
            assert all(trials[near].state is State.AFFECTED for near in outcome.between)
    between = World(letters("?" + "N" * 7 + "?"))
    assert len(scan(between.branches, between.attempt)[0]) >= 4


def test_versions_without_a_place_are_all_run_and_never_inferred() -> None:
    strange = [Release(name, place=None) for name in ("2004a", "2004b", "2004c", "2004d")]
    found = rules.branches([*releases("1.0", "1.1"), *strange])
    assert found[-1] == Branch("other", ("2004a", "2004b", "2004c", "2004d"), ordered=False)
    assert set(rules.wanted(found, {})) == {"1.0", "1.1", "2004a", "2004b", "2004c", "2004d"}


def test_what_was_withdrawn_is_run_and_says_nothing_of_its_neighbors() -> None:
    world = World(letters("AAA?AANNN"))
    world.releases = [
        replace(release, withdrawn="yanked: broken" if release.version in {"1.0.3", "1.0.8"} else "")
        for release in world.releases
    ]
    world.branches = rules.branches(world.releases)
    trials, _ = scan(world.branches, world.attempt)
    assert {"1.0.3", "1.0.8"} <= set(trials)
    inferred = {one.release.version: one.between for one in world.outcomes(trials) if one.between}
    assert not inferred.keys() & {"1.0.3", "1.0.8"}
    assert not {near for pair in inferred.values() for near in pair} & {"1.0.3", "1.0.8"}
    assert inferred  # what is broken does not make its neighbors be run
    assert [one.state for one in world.outcomes(trials)] == list(world.states.values())


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(st.sampled_from("AN?"), st.integers(1, 15)), min_size=1, max_size=7), st.integers(1, 3))
def test_histories_whose_visits_are_long_enough_come_out_whole(parts: list[tuple[str, int]], jobs: int) -> None:
    # Within a branch, a state that stays for longer than the stride cannot be missed; shorter visits may be.
    parts = [(letter, length + rules.STRIDE if letter != "?" else length) for letter, length in parts]
    history = "".join(letter * length for letter, length in parts)
    world = World(letters(history))
    trials, complete = scan(world.branches, world.attempt, jobs=jobs)
    assert complete
    told = world.outcomes(trials)
    states = [(one.state, world.states[one.release.version]) for one in told]
    assert [pair for pair in states if pair[0] is not pair[1] and pair[1] is not State.UNTESTABLE] == []
    assert all((one.trial is None) == (one.between is not None) for one in told)


@settings(max_examples=150, deadline=None)
@given(st.text("AN?", min_size=1, max_size=40))
def test_any_history_ends_and_runs_no_version_thrice(history: str) -> None:
    world = World(letters(history[:20], "1") | letters(history[20:], "2"))
    trials, complete = scan(world.branches, world.attempt)
    assert complete
    assert max(world.asked.values()) <= 2
    for outcome in world.outcomes(trials):
        assert outcome.state is not State.NOT_RUN
        if outcome.trial:
            assert outcome.state is world.states[outcome.release.version]
    every, _ = scan(world.branches, world.attempt, stride=0)
    assert len(every) == len(history)
    assert [one.state for one in world.outcomes(every, 0)] == list(world.states.values())


def test_the_order_does_not_depend_on_how_many_are_tried_at_once() -> None:
    worlds = [World(letters("A" * 17 + "N" * 20 + "A" * 4 + "N")) for _ in range(2)]
    one, _ = scan(worlds[0].branches, worlds[0].attempt, jobs=1)
    many, _ = scan(worlds[1].branches, worlds[1].attempt, jobs=4)
    assert set(one) == set(many)


def test_a_budget_ends_it_and_what_was_not_run_is_not_said() -> None:
    world = World(letters("A" * 10 + "N" * 30))
    spent = itertools.count()
    trials, complete = scan(world.branches, world.attempt, budget=Budget(sandbox_runs=3), spent=lambda: next(spent))
    assert not complete
    assert len(trials) == 3
    outcomes = world.outcomes(trials)
    unknown = [one for one in outcomes if one.state is State.NOT_RUN]
    assert unknown
    assert all(one.trial is None and one.between is None and "budget" in one.evidence for one in unknown)
    assert rules.events(outcomes, careful=True)[0] == ("introduced", "0")
    finished, complete = scan(world.branches, world.attempt, known=list(trials.values()))
    assert complete
    assert [one.state for one in world.outcomes(finished)] == list(world.states.values())
    assert scan(world.branches, world.attempt, budget=Budget(seconds=0.0)) == ({}, False)


def test_a_flaky_version_is_run_again_and_counts_as_affected() -> None:
    world = World(letters("AAA"))
    answers = {"1.0.1": [True, False, False, False, False]}

    def attempt(version: str, runs: int) -> Trial:
        hits = sum(answers.get(version, [True] * runs)[:runs])
        state = State.AFFECTED if hits == runs else State.FLAKY if hits else State.NOT_TRIGGERED
        return Trial(version, state, runs, hits, "", sandbox_runs=runs)

    trials, _ = scan(world.branches, attempt, runs=2, stride=0)
    assert trials["1.0.1"].runs == CONFIRMATIONS
    outcomes = world.outcomes(trials, 0)
    assert [one.state for one in outcomes] == [State.AFFECTED, State.FLAKY, State.AFFECTED]
    assert rules.events(outcomes, careful=False) == (("introduced", "0"),)


def test_a_version_that_stays_unsure_ends_the_scan_all_the_same() -> None:
    world = World(letters("AN"))

    def attempt(version: str, runs: int) -> Trial:
        del runs  # a control that fails on the second try leaves what was seen before
        return Trial(version, world.states[version], 1, int(world.states[version] is State.AFFECTED), "")

    assert scan(world.branches, attempt)[1]


def test_a_registry_that_is_gone_is_not_taken_for_versions_that_cannot_be_tested() -> None:
    world = World(letters("A" * 30))
    tried: list[str] = []

    def attempt(version: str, runs: int) -> Trial:
        del runs
        tried.append(version)
        return Trial(version, State.FAULTED, 0, 0, "The registry is out of reach.")

    with pytest.raises(Infrastructure, match=r"index\.example does not answer"):
        scan(world.branches, attempt, stride=0, gone=lambda: "index.example does not answer.")
    assert len(tried) == FAULTS_MAX
    trials, complete = scan(world.branches, attempt, stride=0)  # it does answer: the versions are to blame
    assert complete
    assert len(trials) == len(world.releases)
    assert rules.affected_versions(world.outcomes(trials, 0)) == ()


def test_a_version_that_faults_alone_is_kept_apart() -> None:
    world = World(letters("AAAA"))

    def attempt(version: str, runs: int) -> Trial:
        if version == "1.0.3":
            return Trial(version, State.FAULTED, 0, 0, "A neighbor of ours was ill.")
        return world.attempt(version, runs)

    trials, complete = scan(world.branches, attempt)
    assert complete
    outcomes = world.outcomes(trials)
    assert outcomes[-1].state is State.FAULTED
    assert "1.0.3" not in rules.affected_versions(outcomes)


def test_progress_is_told() -> None:
    world = World(letters("A" * 20 + "N"))
    told: list[tuple[int, int, str]] = []
    scan(world.branches, world.attempt, progress=lambda *said: told.append(said))
    assert [done for done, _, _ in told] == sorted(done for done, _, _ in told)
    assert all(done < total for done, total, _ in told[:2])


@pytest.mark.parametrize(
    ("versions", "names"),
    [
        (["1.0", "1.1", "2.0"], ["1.x", "2.x"]),
        ([f"1.{minor}.{patch}" for minor in range(4) for patch in range(5)], ["1.0.x", "1.1.x", "1.2.x", "1.3.x"]),
        ([f"1.0.{patch}" for patch in range(20)], ["1.x"]),
        (["3"], ["3.x"]),
    ],
)
def test_a_branch_is_a_major_version_and_a_long_one_is_split(versions: Sequence[str], names: list[str]) -> None:
    assert [branch.name for branch in rules.branches(releases(*versions))] == names

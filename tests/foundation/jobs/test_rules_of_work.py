from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seawall.foundation.jobs import rules
from seawall.foundation.jobs.types import JobState

NOW = datetime(2026, 7, 1, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize("state", list(JobState))
def test_what_is_over_stays_over(state: JobState) -> None:
    assert (rules.MOVES[state] == frozenset()) is state.is_final


def test_nothing_ends_well_without_having_run() -> None:
    assert not rules.may_move(JobState.QUEUED, JobState.SUCCEEDED)
    assert not rules.may_move(JobState.QUEUED, JobState.FAILED)


@pytest.mark.parametrize(
    ("attempt", "seconds"), [(1, 2), (2, 4), (3, 8), (4, 16), (9, 512), (10, 900), (11, 900), (10_000, 900)]
)
def test_the_pause_doubles_up_to_a_quarter_of_an_hour(attempt: int, seconds: int) -> None:
    assert rules.backoff(attempt, 0.0) == timedelta(seconds=seconds)


@given(st.integers(1, 10**6), st.floats(0, 1, exclude_max=True))
def test_chance_adds_at_most_a_quarter(attempt: int, chance: float) -> None:
    plain = rules.backoff(attempt, 0.0)
    assert plain <= rules.backoff(attempt, chance) <= plain * 1.25


@pytest.mark.parametrize(
    ("attempt", "cancelled", "expected"),
    [
        (1, False, rules.Retry(NOW + timedelta(seconds=2))),
        (2, False, rules.Retry(NOW + timedelta(seconds=4))),
        (3, False, rules.Ended(JobState.FAILED)),
        (4, False, rules.Ended(JobState.FAILED)),
        (1, True, rules.Ended(JobState.CANCELLED)),
        (3, True, rules.Ended(JobState.CANCELLED)),
    ],
)
def test_a_failed_attempt_is_repeated_until_there_are_no_more(
    attempt: int, cancelled: bool, expected: rules.Retry | rules.Ended
) -> None:
    found = rules.after_failure(attempt=attempt, max_attempts=3, cancel_requested=cancelled, now=NOW, chance=0.0)
    assert found == expected


@pytest.mark.parametrize(("asked", "pause"), [(1, 2), (60, 60)])
def test_a_handler_may_ask_for_a_longer_pause_but_not_for_a_shorter_one(asked: int, pause: int) -> None:
    found = rules.after_failure(
        attempt=1, max_attempts=3, cancel_requested=False, now=NOW, chance=0.0, at_least=timedelta(seconds=asked)
    )
    assert found == rules.Retry(NOW + timedelta(seconds=pause))


@pytest.mark.parametrize(
    ("attempt", "cancelled", "expected"),
    [
        (1, False, rules.Retry(NOW)),
        (2, False, rules.Retry(NOW)),
        (3, False, rules.Ended(JobState.FAILED)),
        (1, True, rules.Ended(JobState.CANCELLED)),
    ],
)
def test_a_lost_lease_is_repeated_at_once_but_counts(
    attempt: int, cancelled: bool, expected: rules.Retry | rules.Ended
) -> None:
    found = rules.after_lost_lease(attempt=attempt, max_attempts=3, cancel_requested=cancelled, now=NOW)
    assert found == expected


@given(st.lists(st.sampled_from("abcde"), min_size=1, max_size=200), st.data())
def test_no_job_waits_for_more_than_two_of_each_other_organization(arrivals: list[str], data: st.DataObject) -> None:
    waiting: list[tuple[int, int, str]] = []
    latest_own: dict[str, int] = {}
    latest_started: int | None = None
    overtaken_by: dict[int, list[str]] = {}
    for number, name in enumerate(arrivals):
        is_its_only_one = not any(other == name for _, _, other in waiting)
        latest_own[name] = rules.next_turn(latest_started=latest_started, latest_own=latest_own.get(name))
        waiting.append((latest_own[name], number, name))
        if is_its_only_one:
            overtaken_by[number] = []
        for _ in range(data.draw(st.integers(0, min(2, len(waiting))))):
            served = min(waiting)
            waiting.remove(served)
            latest_started = max(latest_started or 0, served[0])
            others = overtaken_by.pop(served[1], [])
            assert max(map(others.count, others), default=0) <= 2, f"{served} was overtaken by {others}"
            for those in overtaken_by.values():
                those.append(served[2])

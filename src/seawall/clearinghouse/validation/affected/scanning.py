"""Drives a scan with any way of trying a version: in waves, within a budget.

    trials, complete = scan(branches, attempt, budget=Budget(sandbox_runs=200))

Which versions are run, and in which order, depends on the answers only, so a scan that was cut off goes on where it
was if ``attempt`` remembers.
"""

import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

from seawall.clearinghouse.validation.affected import rules
from seawall.clearinghouse.validation.affected.types import Branch, Budget, Progress, State, Trial, Try
from seawall.clearinghouse.validation.errors import Infrastructure

CONFIRMATIONS = 5
"""Runs of the proof on versions beside a change."""
FAULTS_MAX = 5
"""Versions that may fault one after the other before it is asked whether the registry or the sandbox is gone."""


def _tell_nobody(done: int, total: int, text: str) -> None:
    """The progress of a scan that nobody follows."""


class _Spent:
    """What a scan has used of its budget."""

    def __init__(self, budget: Budget, spent: Callable[[], int]) -> None:
        self._budget = budget
        self._spent = spent
        self._begun = time.monotonic()

    def out(self) -> bool:
        """Whether nothing is left."""
        runs, seconds = self._budget.sandbox_runs, self._budget.seconds
        return (runs is not None and self._spent() >= runs) or (
            seconds is not None and time.monotonic() - self._begun >= seconds
        )


def scan(
    branches: Sequence[Branch],
    attempt: Try,
    *,
    runs: int = 1,
    stride: int = rules.STRIDE,
    jobs: int = 1,
    budget: Budget | None = None,
    spent: Callable[[], int] = lambda: 0,
    known: Sequence[Trial] = (),
    gone: Callable[[], str] = lambda: "",
    progress: Progress = _tell_nobody,
) -> tuple[dict[str, Trial], bool]:
    """Run what has to be run.

    Args:
        branches: All releases.
        attempt: Tries a version.
        runs: Of the proof on each version; beside a change there are five.
        stride: See ``rules.wanted``; 0: every version is run.
        jobs: Versions tried at once.
        budget: When to stop.
        spent: Runs in the sandbox so far.
        known: Trials that were made before.
        gone: Asked after several faults in a row: what of ours is out of reach; empty where it is the versions' own doing,
            such as a dependency on a repository that is no more.
        progress: Told of each version.

    Returns:
        All trials by version, and whether nothing is left to run.

    Raises:
        Infrastructure: Something of ours is out of reach.
    """
    left = _Spent(budget or Budget(), spent)
    trials = {trial.version: trial for trial in known}
    faults = 0
    asked: set[str] = set()
    with ThreadPoolExecutor(jobs) as pool:
        while True:
            states = {version: trial.state for version, trial in trials.items()}
            todo = [(version, runs) for version in rules.wanted(branches, states, stride=stride)]
            if not todo:
                unsure = [version for version in rules.turns(branches, states) if version not in asked]
                todo = [(version, CONFIRMATIONS) for version in unsure if trials[version].runs < CONFIRMATIONS]
                asked |= {version for version, _ in todo}
            if not todo:
                return trials, True
            for at in range(0, len(todo), jobs):
                if left.out():
                    return trials, False
                part = todo[at : at + jobs]
                progress(len(trials), len(trials) + len(todo) - at, ", ".join(version for version, _ in part))
                for trial in pool.map(lambda one: attempt(*one), part):
                    trials[trial.version] = trial
                    faults = faults + 1 if trial.state is State.FAULTED else 0
                    if faults >= FAULTS_MAX:
                        if reason := gone():
                            raise Infrastructure(reason, "Try again; what is done is kept.")
                        faults = 0

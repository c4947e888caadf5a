"""Takes away from a content as long as an oracle holds: delta debugging. Deterministic, bounded, resumable.

    result = shrink(content, holds, INPUT)
    result.content      # nothing more can be taken from it

For each way of cutting (lines, brackets, tokens, bytes), chunks of units are taken away from the end to the front, first
half of all, then half as many, down to one; what still holds is kept. The ways are gone through again until none takes
anything, so the result is a fixed point: shrinking it again changes nothing.

Source: A. Zeller, R. Hildebrandt, "Simplifying and Isolating Failure-Inducing Input", 2002; the order of chunks is that
of Mozilla's Lithium, which needs fewer runs than ddmin.

The oracle says whether a candidate does *the same*. With "any crash" in its place, another flaw is found sooner or
later and the rest is a proof of that one.
"""

import hashlib
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from seawall.clearinghouse.validation.minimizing import units
from seawall.clearinghouse.validation.minimizing.types import (
    Budget,
    Holds,
    Minimized,
    NothingToMinimize,
    Progress,
    Unit,
)

Cut = tuple[str, Callable[[bytes], list[Unit]]]
"""A name for people and a way of cutting."""
INPUT: tuple[Cut, ...] = (
    ("lines", units.lines),
    ("elements", units.elements),
    ("enclosed parts", units.enclosed),
    ("fields", units.fields),
    ("pairs of brackets", units.brackets),
    ("tokens", units.tokens),
    ("bytes", units.single_bytes),
)
"""For an input of any format."""
SCRIPT: tuple[Cut, ...] = (
    ("statements", units.statements),
    ("lines", units.lines),
    ("enclosed parts", units.enclosed),
)
"""For a program that a person reads: no tokens or bytes, for what they leave is short and unreadable."""
ROUNDS_MAX = 20
"""Times that all ways are gone through; each needs a removal in the one before."""


class Memory:
    """Answers that are known, by the candidate's digest; in a file, so that an interrupted minimization goes on.

    The steps are the same each time, so all that was asked before is answered from here until something new comes.
    """

    def __init__(self, path: Path | None = None) -> None:
        self._known: dict[str, bool] = {}
        self._path = path
        if path is not None and path.is_file():
            for line in path.read_text(encoding="ascii", errors="replace").splitlines():
                digest, _, answer = line.partition(" ")
                if len(digest) == _DIGEST and answer in {"0", "1"}:  # a line may have been cut off by a kill
                    self._known[digest] = answer == "1"

    def get(self, candidate: bytes) -> bool | None:
        """The answer, or None."""
        return self._known.get(_digest(candidate))

    def put(self, candidate: bytes, *, holds: bool) -> None:
        """Keep an answer."""
        digest = _digest(candidate)
        self._known[digest] = holds
        if self._path is not None:
            with self._path.open("a", encoding="ascii") as file:
                file.write(f"{digest} {int(holds)}\n")


_DIGEST = 64


def _digest(candidate: bytes) -> str:
    return hashlib.sha256(candidate).hexdigest()


class _Spent(Exception):
    """Leaves all loops at once."""


def _tell_nobody(now: int, before: int, what: str) -> None:
    """The progress of a minimization that nobody follows."""


def shrink(
    content: bytes,
    holds: Holds,
    cuts: Sequence[Cut] = INPUT,
    *,
    budget: Budget | None = None,
    memory: Memory | None = None,
    progress: Progress = _tell_nobody,
) -> Minimized:
    """The shortest that removals lead to.

    Args:
        content: Something for which ``holds`` is true.
        holds: The oracle; asked once for each candidate.
        cuts: Ways of cutting, coarse ones first.
        budget: Runs and seconds.
        memory: Known answers; by default none.
        progress: Told of each candidate that is run.

    Raises:
        NothingToMinimize: The content itself does not hold.
    """
    run = _Run(content, holds, budget or Budget(), memory or Memory(), progress)
    if not run.asked(content, "the whole"):
        raise NothingToMinimize("The input does not do what it is to keep doing, so it cannot be minimized.")
    complete = False
    try:
        for _ in range(ROUNDS_MAX):
            length = len(run.content)
            for name, cut in cuts:
                run.pass_over(name, cut)
            if len(run.content) == length:
                complete = True
                break
    except _Spent:
        pass
    return Minimized(run.content, len(content), run.runs, round(time.monotonic() - run.started, 3), complete)


@dataclass
class _Run:
    """One minimization under way."""

    content: bytes
    holds: Holds
    budget: Budget
    memory: Memory
    progress: Progress
    runs: int = 0
    started: float = field(default_factory=time.monotonic)
    before: int = 0

    def __post_init__(self) -> None:
        self.before = len(self.content)

    def asked(self, candidate: bytes, what: str) -> bool:
        """The oracle's answer, from memory where it is known."""
        known = self.memory.get(candidate)
        if known is not None:
            return known
        if self.runs >= self.budget.runs or time.monotonic() - self.started >= self.budget.seconds:
            raise _Spent
        self.runs += 1
        self.progress(len(self.content), self.before, what)
        answer = self.holds(candidate)
        self.memory.put(candidate, holds=answer)
        return answer

    def pass_over(self, name: str, cut: Callable[[bytes], list[Unit]]) -> None:
        """Take away as many units as hold, in chunks of halving size.

        A removal moves what is behind it, so the units are cut anew after each size in which something was removed.
        """
        found = cut(self.content)
        size = max(1, len(found) // 2)
        while found:
            removed = self._sweep(name, found, size)
            if removed:
                found = cut(self.content)
            if size == 1 and not removed:
                return
            size = max(1, min(size // 2, len(found) // 2))

    def _sweep(self, name: str, found: list[Unit], size: int) -> bool:
        """One pass from the end to the front over chunks of one size; whether anything was removed."""
        gone: list[Unit] = []
        base = self.content
        end = len(found)
        while end > 0:
            chunk = found[max(0, end - size) : end]
            candidate = units.without(base, [*gone, *chunk])
            if len(candidate) < len(self.content) and self.asked(candidate, f"{name}, {size} at once"):
                gone += chunk
                self.content = candidate
            end -= size
        return bool(gone)

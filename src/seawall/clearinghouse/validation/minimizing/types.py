"""Words of minimizing. Standard library only."""

from collections.abc import Callable
from dataclasses import dataclass

Holds = Callable[[bytes], bool]
"""Whether a candidate still does the same: the same kind of crash in the same functions, not just any."""
Progress = Callable[[int, int, str], None]
"""Told the bytes now, the bytes before, and what is tried."""


@dataclass(frozen=True)
class Budget:
    """What one minimization may use."""

    runs: int = 2_000
    """Candidates that are run; answers known from before cost nothing."""
    seconds: float = 900.0
    """On the clock. A run that is under way is waited for."""


@dataclass(frozen=True)
class Minimized:
    """A content that still does the same, from which nothing more could be taken."""

    content: bytes
    before: int
    """Bytes at first."""
    runs: int
    seconds: float
    complete: bool
    """Whether every single removal was tried in vain; False where the budget ran out first."""


@dataclass(frozen=True)
class Unit:
    """Something that is taken away as one."""

    ranges: tuple[tuple[int, int], ...]
    """Byte ranges, half open, in order: one for a line, two for a pair of brackets."""


class NothingToMinimize(ValueError):
    """The content does not hold as it is, so there is nothing to keep while it shrinks."""

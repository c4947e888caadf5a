"""Words of deconfliction: a scan lease and its scope. Standard library only."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class LeaseState(StrEnum):
    """States of a scan lease (shared vocabulary; no outside standard exists)."""

    PROPOSED = "proposed"
    ACTIVE = "active"
    PAUSED = "paused"
    COMPLETED = "completed"
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"


HOLDING = (LeaseState.ACTIVE, LeaseState.PAUSED)
"""States in which a lease keeps others off, as long as its time runs."""


class Technique(StrEnum):
    """How the ground is searched. Two finders with different techniques do not disturb each other."""

    ANY = "any"
    FUZZING = "fuzzing"
    STATIC_ANALYSIS = "static-analysis"
    CODE_REVIEW = "code-review"
    AGENTIC = "agentic"
    DYNAMIC_TESTING = "dynamic-testing"


class Why(StrEnum):
    """Why ground cannot be had now."""

    HELD = "held"
    """Somebody scans it."""
    OPTED_OUT = "opted_out"
    """Its maintainer asked not to be scanned; the register is public to members."""
    PACED = "paced"
    """Its maintainer takes only so many scanners at a time."""


@dataclass(frozen=True)
class Revision:
    """What of the target's history is meant; all of it where every field is empty."""

    commit: str = ""
    """Full hexadecimal identifier. It is kept for the coverage map and divides no ground: two commits of one repository
    are nearly the same code."""
    introduced: str = ""
    """First version that is meant; from the beginning where empty."""
    fixed: str = ""
    """First version that is not meant any more; without end where empty."""

    @property
    def is_range(self) -> bool:
        """Whether versions bound it."""
        return bool(self.introduced or self.fixed)


@dataclass(frozen=True)
class Scope:
    """Ground that a lease covers: a product of paths, techniques and weakness classes.

    Of the prefixes in ``paths`` and ``excluded_paths`` the longest one that covers a file decides.
    """

    target: str
    """Normalized purl without version, or ``https`` repository address."""
    paths: tuple[str, ...]
    """Path prefixes below the target, each ending in ``/`` or naming a file; ``("",)`` is everything."""
    techniques: tuple[Technique, ...]
    weaknesses: tuple[str, ...] = ()
    """``CWE-79`` and the like; none means every class."""
    excluded_paths: tuple[str, ...] = ()
    """Prefixes that are not covered, but for longer ones in ``paths``."""
    excluded_weaknesses: tuple[str, ...] = ()
    """Classes that are not covered; only where ``weaknesses`` is empty."""
    revision: Revision = Revision()

    def __post_init__(self) -> None:
        """Refuse an empty scope: it would cover nothing and still be granted."""
        if not self.target or not self.paths or not self.techniques:
            raise ValueError("a scope needs a target, a path and a technique")


@dataclass(frozen=True)
class HeldGround:
    """A scope that cannot be had now."""

    scope: Scope
    until: datetime | None
    """When it is free again; None where nobody can say."""
    exclusive: bool
    why: Why = Why.HELD
    holder: str | None = None
    """Name of the holder, only where both agreed to be named to each other."""


@dataclass(frozen=True)
class Taken:
    """Part of a request that cannot be granted now. Says until when, and by whom only where both agreed."""

    path: str
    technique: Technique
    until: datetime | None
    weakness: str = ""
    """The class that is taken; empty means every one that was asked for."""
    why: Why = Why.HELD
    holder: str | None = None


@dataclass(frozen=True)
class Decision:
    """What a lease request gets: the free part as scopes, the taken part with its end."""

    granted: tuple[Scope, ...]
    taken: tuple[Taken, ...]

    @property
    def outcome(self) -> str:
        """``granted``, ``partly_granted`` or ``taken``."""
        if not self.taken:
            return "granted"
        return "partly_granted" if self.granted else "taken"


@dataclass(frozen=True)
class Effort:
    """What a scan cost, as its finder says; whole numbers."""

    machine_hours: int = 0
    person_hours: int = 0
    model_tokens: int = 0
    """Tokens that models read and wrote, in thousands."""

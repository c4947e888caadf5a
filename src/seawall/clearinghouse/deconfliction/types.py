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


class Technique(StrEnum):
    """How the ground is searched. Two finders with different techniques do not disturb each other."""

    ANY = "any"
    FUZZING = "fuzzing"
    STATIC_ANALYSIS = "static-analysis"
    CODE_REVIEW = "code-review"
    AGENTIC = "agentic"
    DYNAMIC_TESTING = "dynamic-testing"


@dataclass(frozen=True)
class Scope:
    """Ground that a lease covers."""

    target: str
    """Normalized purl without version, or ``https`` repository address."""
    paths: tuple[str, ...]
    """Path prefixes below the target, each ending in ``/`` or naming a file; ``("",)`` is everything."""
    techniques: tuple[Technique, ...]

    def __post_init__(self) -> None:
        """Refuse an empty scope: it would cover nothing and still be granted."""
        if not self.target or not self.paths or not self.techniques:
            raise ValueError("a scope needs a target, a path and a technique")


@dataclass(frozen=True)
class HeldGround:
    """A scope that somebody holds now."""

    scope: Scope
    until: datetime
    exclusive: bool


@dataclass(frozen=True)
class Taken:
    """Part of a request that cannot be granted now. Says until when, never by whom."""

    path: str
    technique: Technique
    until: datetime


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

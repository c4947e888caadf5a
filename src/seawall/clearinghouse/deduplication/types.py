"""Words of deduplication. Standard library only."""

from dataclasses import dataclass
from enum import StrEnum


class Zone(StrEnum):
    """What a comparison says."""

    SAME = "same"
    ASK = "ask"
    DIFFERENT = "different"


@dataclass(frozen=True)
class Finding:
    """What is compared of a proved report."""

    report_id: str
    package: str
    failure: str
    signature: str | None
    """Versioned signature seen by the harness while the proof ran, such as ``crash/1:...``; None if it left none."""
    identifiers: frozenset[str]
    symbols: frozenset[str]
    paths: frozenset[str]
    weaknesses: frozenset[str]
    text: str


@dataclass(frozen=True)
class Contribution:
    """One signal's part in a score."""

    signal: str
    points: int
    text: str
    """The sentence a person reads."""


@dataclass(frozen=True)
class Comparison:
    """Two findings held against each other."""

    zone: Zone
    score: int
    """Sum of the points, 0 to 100."""
    contributions: tuple[Contribution, ...]

    @property
    def reason(self) -> str:
        """All sentences in one line, the weightiest first."""
        ordered = sorted(self.contributions, key=lambda item: (-item.points, item.signal))
        return " ".join(item.text for item in ordered) or "Nothing speaks for it."

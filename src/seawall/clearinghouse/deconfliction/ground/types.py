"""Words of the ground: who maintains it, what was scanned of it. Standard library only."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class StewardshipState(StrEnum):
    """How far a maintainer's word is believed."""

    ASKED = "asked"
    PROVED = "proved"
    """The challenge was found in the repository."""
    VOUCHED = "vouched"
    """The coordinator knows the maintainer."""
    REFUSED = "refused"


CONFIRMED = (StewardshipState.PROVED, StewardshipState.VOUCHED)


@dataclass(frozen=True)
class Scanned:
    """One scan that its finder told of."""

    path: str
    excluded_paths: tuple[str, ...]
    techniques: tuple[str, ...]
    weaknesses: tuple[str, ...]
    commit: str
    organization: str
    """For counting; never shown."""
    scanned_at: datetime
    machine_hours: int
    person_hours: int
    model_tokens: int
    """Thousands."""


@dataclass(frozen=True)
class Patch:
    """A part of a target in the coverage map: all scans of one path, together."""

    path: str
    scanners: str
    """``1``, ``2``, ``3-5`` or ``6+`` organizations."""
    scans: str
    """Likewise."""
    last_scanned_days: int
    """Whole days since the last one."""
    last_commit: str
    techniques: tuple[str, ...]
    weaknesses: tuple[str, ...]
    machine_hours: int
    person_hours: int
    model_tokens: int


@dataclass(frozen=True)
class Candidate:
    """Ground that might be worth a scan."""

    target: str
    path: str = ""
    weight: int | None = None
    """0 to 1000; None where nobody said how much it matters."""


@dataclass(frozen=True)
class Ranked:
    """Ground with the reason for its place."""

    target: str
    path: str
    score: float
    """``weight / (1 + cover)``: higher is less scanned and matters more."""
    weight: int
    weight_known: bool
    cover: float
    """Effort on it in hours, halved for every 180 days since."""
    last_scanned_days: int | None
    scanners: str
    """``0``, ``1``, ``2``, ``3-5`` or ``6+``."""
    free: bool
    """Whether an exclusive lease on all of it would be granted now."""

"""Words of scans. Standard library only."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class ScanState(StrEnum):
    """Where a scan stands."""

    RECEIVED = "received"
    """Kept, and not yet folded."""
    READY = "ready"
    REFUSED = "refused"
    """It could not be read; says why."""


class FindingState(StrEnum):
    """Whether the latest complete run of its tool has it."""

    OPEN = "open"
    GONE = "gone"


class Change(StrEnum):
    """What a run did to a finding."""

    NEW = "new"
    UNCHANGED = "unchanged"
    GONE = "gone"
    REOPENED = "reopened"


class EventKind(StrEnum):
    """What is kept of a finding's way; that it is new or unchanged follows from the rest."""

    GONE = "gone"
    REOPENED = "reopened"
    FOLLOWED = "followed"
    """It was recognized by more than its own place and code: it moved, was edited, or the tool's fingerprint spoke for it."""


class Decision(StrEnum):
    """What a person says of a finding."""

    FALSE_POSITIVE = "false_positive"
    ACCEPTED = "accepted"
    DUPLICATE = "duplicate"
    """Of a case that the organization sees."""


@dataclass(frozen=True)
class Counts:
    """How the results of a run, or of all runs of a scan, stand to what was known."""

    results: int = 0
    new: int = 0
    unchanged: int = 0
    gone: int = 0
    reopened: int = 0
    followed: int = 0
    """Of the unchanged and reopened, those that were recognized in spite of a move or an edit."""

    def __add__(self, other: "Counts") -> "Counts":
        return Counts(
            self.results + other.results,
            self.new + other.new,
            self.unchanged + other.unchanged,
            self.gone + other.gone,
            self.reopened + other.reopened,
            self.followed + other.followed,
        )


@dataclass(frozen=True)
class FindingFilter:
    """Which findings of a list; empty texts ask for nothing."""

    project: str = ""
    """A project's identifier."""
    scan: str = ""
    """A scan's identifier: those that its runs saw, or found gone."""
    change: str = ""
    """One of ``Change``, as of the scan, or as of the latest run where no scan is named."""
    rule: str = ""
    level: str = ""
    path: str = ""
    """How the path begins."""
    judged: str = "any"
    """``no``, ``yes`` or ``any``."""
    search: str = ""
    """Part of the message, path or rule."""


@dataclass(frozen=True)
class EventView:
    """A step of a finding's way."""

    kind: str
    number: int
    """Run of its series, from 1."""
    how: str
    at: datetime
    scan_id: str

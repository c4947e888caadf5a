"""What a snapshot consists of. Standard library only."""

from dataclasses import dataclass

from seawall.clearinghouse.matching.types import Interval, Listed

SCHEMA = "seawall.snapshot/1"


@dataclass(frozen=True, slots=True)
class Entry:
    """An advisory as a snapshot keeps it."""

    id: str
    """Unique in its snapshot."""
    source: str
    aliases: tuple[str, ...]
    title: str
    severity: str
    """CVSS vector, or empty."""
    published: str
    modified: str
    references: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SourceCount:
    """What came of one source."""

    name: str
    format: str
    records: int
    withdrawn: int
    advisories: int
    """Kept: with something that can be matched."""
    intervals: int
    listed: int
    unread: int


@dataclass(frozen=True, slots=True)
class Reason:
    """Why things were left out, with how many and a few of them."""

    why: str
    count: int
    sample: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Content:
    """All of a snapshot, in memory, in the order in which it is written."""

    entries: tuple[Entry, ...]
    intervals: tuple[Interval, ...]
    listed: tuple[Listed, ...]
    sources: tuple[SourceCount, ...]
    dropped: tuple[Reason, ...]

"""What a snapshot consists of. Standard library only."""

from dataclasses import dataclass
from datetime import date

from seawall.clearinghouse.matching.types import Interval, Listed
from seawall.clearinghouse.prioritization.types import Fact


@dataclass(frozen=True, slots=True)
class Entry:
    """An advisory as a snapshot keeps it."""

    id: str
    """Unique in its snapshot: ``source:identifier``."""
    source: str
    aliases: tuple[str, ...]
    """All identifiers of the flaw that the advisory names, its own included, sorted."""
    title: str
    severity: str
    """CVSS vector, or empty."""
    published: str
    modified: str
    references: tuple[str, ...]

    @property
    def identifier(self) -> str:
        """As the publisher calls it."""
        return self.id.partition(":")[2]


@dataclass(frozen=True, slots=True)
class Stated:
    """A fact about a CVE, such as its place in CISA's catalog."""

    cve: str
    fact: Fact


@dataclass(frozen=True, slots=True)
class Reason:
    """Why things were left out, with how many and a few of them."""

    why: str
    count: int
    sample: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SourceCount:
    """What came of one source."""

    name: str
    format: str
    digest: str
    """``sha256:`` of the file; of the names and digests of all files where it is a folder."""
    records: int
    withdrawn: int
    advisories: int
    """Kept: with something that can be matched."""
    intervals: int
    listed: int
    facts: int
    unread: int
    kev_as_of: str
    """Day of the KEV catalog in it (ISO); empty where it has none."""
    dropped: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class Content:
    """All of a snapshot, in memory, in the order in which it is written."""

    entries: tuple[Entry, ...]
    intervals: tuple[Interval, ...]
    listed: tuple[Listed, ...]
    facts: tuple[Stated, ...]
    sources: tuple[SourceCount, ...]

    @property
    def kev_as_of(self) -> date | None:
        """Day of the newest KEV catalog that was read."""
        days = [source.kev_as_of for source in self.sources if source.kev_as_of]
        return date.fromisoformat(max(days)) if days else None

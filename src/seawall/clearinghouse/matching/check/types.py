"""What a check finds. Standard library only, with the words of matching and of directives."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from seawall.clearinghouse.directives.types import Due
from seawall.clearinghouse.matching.formats.types import Listing
from seawall.clearinghouse.matching.types import Confidence


class Rating(StrEnum):
    """Severity in a word, after CVSS; the worst first."""

    CRITICAL = "critical"
    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"
    NONE = "none"
    UNKNOWN = "unknown"
    """No advisory gives a vector that could be read."""


@dataclass(frozen=True, slots=True)
class Item:
    """A component, and the file that names it."""

    where: str
    """Path of the file, as given or inside what was given."""
    listing: Listing
    product: tuple[str, ...] = ()
    """Package URLs of what the file is an inventory of."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """One advisory's word in a finding."""

    source: str
    advisory: str
    """As its publisher calls it."""
    reason: str
    confidence: Confidence
    fixed: str | None
    withdrawn: bool = False


@dataclass(frozen=True, slots=True)
class Silence:
    """Why a finding does not count."""

    by: str
    """``ignore`` or ``vex``."""
    reason: str
    source: str
    """File that says so."""
    until: date | None = None
    justification: str = ""
    """A VEX justification, such as ``vulnerable_code_not_present``; empty where none was given."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One flaw in one component, under all its identifiers."""

    item: Item
    identifiers: tuple[str, ...]
    """The one to speak of first: a CVE where there is one."""
    title: str
    severity: str
    """CVSS vector; empty where none was given."""
    score: float | None
    rating: Rating
    confidence: Confidence
    fixed: str | None
    """The lowest version that no advisory of this flaw covers; None where none is known."""
    due: Due
    evidence: tuple[Evidence, ...]
    references: tuple[str, ...]
    silence: Silence | None = None

    @property
    def name(self) -> str:
        """The identifier to speak of."""
        return self.identifiers[0]

    @property
    def reason(self) -> str:
        """The surest advisory's reason."""
        return self.evidence[0].reason


@dataclass(frozen=True, slots=True)
class Upgrade:
    """What to do about one component: one step, however many findings it ends."""

    item: Item
    to: str | None
    """The lowest known version above that no finding covers; None where there is none."""
    findings: tuple[Finding, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """What the step ends, each flaw once, the most urgent first."""
        return tuple(dict.fromkeys(finding.name for finding in self.findings))

    @property
    def due(self) -> date | None:
        """The earliest due date; None where all may wait for the next system upgrade."""
        days = [finding.due.due for finding in self.findings if finding.due.due is not None]
        return min(days, default=None)


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A file that looked like an inventory and could not be read."""

    where: str
    why: str


@dataclass(frozen=True, slots=True)
class Report:
    """All of a check."""

    checked_on: date
    snapshot: str
    """Digest."""
    items: tuple[Item, ...]
    findings: tuple[Finding, ...]
    """The most urgent first; with the silenced ones."""
    upgrades: tuple[Upgrade, ...]
    """Of the findings that count."""
    unreadable: tuple[Unreadable, ...]
    notes: tuple[str, ...]
    """What was seen and left out, and ignores that silence nothing or have ended."""

    @property
    def counting(self) -> tuple[Finding, ...]:
        """Findings that nothing silences."""
        return tuple(finding for finding in self.findings if finding.silence is None)

    @property
    def unmatched(self) -> tuple[Item, ...]:
        """Components that could not be matched fully; each listing says why."""
        return tuple(item for item in self.items if item.listing.why_not)

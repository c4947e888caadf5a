"""Words of prioritization: what is known about a vulnerability, by whom, as of when. Standard library only."""

from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum


class FactName(StrEnum):
    """What can be known about a vulnerability."""

    IN_KEV = "in_kev"
    """``yes`` or ``no``: it is in CISA's catalog of Known Exploited Vulnerabilities."""
    KEV_DATE_ADDED = "kev_date_added"
    """ISO date."""
    KEV_DUE_DATE = "kev_due_date"
    """ISO date that the catalog itself gives; kept beside, never instead of, a directive's own."""
    KEV_FORENSIC_TRIAGE = "kev_forensic_triage"
    """``yes`` or ``no``, where the catalog says it."""
    KEV_RANSOMWARE = "kev_ransomware"
    """``known`` or ``unknown``: use in ransomware campaigns, as the catalog says it."""
    AUTOMATABLE = "automatable"
    """``yes`` or ``no`` (SSVC)."""
    TECHNICAL_IMPACT = "technical_impact"
    """``partial`` or ``total`` (SSVC)."""
    EXPLOITATION = "exploitation"
    """``none``, ``poc`` or ``active`` (SSVC)."""


ALLOWED: dict[FactName, tuple[str, ...]] = {
    FactName.IN_KEV: ("no", "yes"),
    FactName.KEV_FORENSIC_TRIAGE: ("no", "yes"),
    FactName.KEV_RANSOMWARE: ("unknown", "known"),
    FactName.AUTOMATABLE: ("no", "yes"),
    FactName.TECHNICAL_IMPACT: ("partial", "total"),
    FactName.EXPLOITATION: ("none", "poc", "active"),
}
"""Values from the least to the most urgent; a name that is not here holds an ISO date."""

OFFICIAL = ("kev", "vulnrichment")
"""Sources that are CISA's own words; where one of them speaks, others are not asked."""
SOURCE_MAX = 40
"""Characters of a source's name."""


@dataclass(frozen=True, slots=True)
class Fact:
    """One statement about one vulnerability."""

    name: FactName
    value: str
    source: str
    """Short name of who said it, such as ``kev`` or ``vulnrichment``."""
    as_of: date
    """Day for which the source said it."""

    def __post_init__(self) -> None:
        allowed = ALLOWED.get(self.name)
        if allowed is not None and self.value not in allowed:
            raise ValueError(f"{self.name}: {self.value!r} is not one of {', '.join(allowed)}")
        if allowed is None:
            date.fromisoformat(self.value)
        if not 0 < len(self.source) <= SOURCE_MAX:
            raise ValueError(f"{self.name}: a fact needs a source of 1 to {SOURCE_MAX} characters")

    @property
    def day(self) -> date:
        """The value of a fact that is a date."""
        return date.fromisoformat(self.value)


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known about one vulnerability under all its identifiers. What nobody said is not in it."""

    known: dict[FactName, Fact] = field(default_factory=dict)

    def get(self, name: FactName) -> Fact | None:
        """The fact, or None: unknown stays unknown."""
        return self.known.get(name)

    def value(self, name: FactName) -> str | None:
        """The fact's value, or None."""
        fact = self.known.get(name)
        return fact.value if fact else None


@dataclass(frozen=True, slots=True)
class KevEntry:
    """One entry of the KEV catalog."""

    cve: str
    date_added: date
    due_date: date
    ransomware: str
    forensic_triage: str | None
    """None: the catalog has no such field for it."""


@dataclass(frozen=True, slots=True)
class KevCatalog:
    """The KEV catalog as released."""

    version: str
    released_at: datetime
    """In UTC; several catalogs of one day are told apart by it."""
    entries: tuple[KevEntry, ...]

    @property
    def released(self) -> date:
        """The day for which its statements stand."""
        return self.released_at.date()


@dataclass(frozen=True, slots=True)
class EnrichedRecord:
    """What Vulnrichment says about one CVE."""

    cve: str
    facts: tuple[Fact, ...]

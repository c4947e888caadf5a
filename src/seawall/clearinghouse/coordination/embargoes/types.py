"""The nouns of embargoes. Standard library only. Times are aware, in UTC, to the second."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum


class ProfileKind(StrEnum):
    """Whose policy a profile is."""

    DEFAULT = "default"
    FINDER = "finder"
    LIST = "list"
    UPSTREAM = "upstream"


class TermKind(StrEnum):
    """Why a case has a term."""

    PROFILE = "profile"
    AGREED = "agreed"
    """A date that people agreed on."""
    INHERITED = "inherited"
    """The date of a case that was merged in or split from."""


class ChangeKind(StrEnum):
    """What is asked for."""

    TERMS = "terms"
    """An earlier end, or an embargo where there is none."""
    EXTENSION = "extension"


class ChangeState(StrEnum):
    """What became of a wish to change the terms."""

    OPEN = "open"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    SUPERSEDED = "superseded"
    """Another wish came, or the embargo ended."""


class Moment(StrEnum):
    """What happened to a case once, and moves its clock."""

    ATTACKS_OBSERVED = "attacks_observed"
    FIX_RELEASED = "fix_released"


class PreparationKind(StrEnum):
    """What people add so that a case can be published."""

    CREDIT = "credit"
    """A finder confirms the name under which it is credited."""
    STATEMENT = "statement"
    """A vendor says what it has instead of a fixed version."""
    NO_CVE = "no_cve"
    """Why there is no CVE identifier."""
    PUBLISHER = "publisher"
    """A person will take part in the publication."""


class ProposalState(StrEnum):
    """What became of a proposal to publish."""

    OPEN = "open"
    APPROVED = "approved"
    WITHDRAWN = "withdrawn"
    VOID = "void"
    """The case changed after it."""


@dataclass(frozen=True, slots=True)
class Profile:
    """A disclosure policy; the words are explained at the top of ``data/profiles.toml``."""

    id: str
    name: str
    kind: ProfileKind
    source: str
    read: date
    length: timedelta | None = None
    """None: no fixed deadline."""
    own_length: bool = False
    """Whether the length is said with each case."""
    patch_ends: bool = False
    extension: timedelta | None = None
    extension_if: str = ""
    upstream_extends: bool = False
    exploited: timedelta | None = None
    exploited_if_critical: bool = False
    exploited_extension: timedelta | None = None
    early: tuple[str, ...] = ()
    early_within: timedelta | None = None
    details_after_patch: timedelta | None = None
    silence: timedelta | None = None
    ai_is_public: bool = False
    also: str = ""


@dataclass(frozen=True, slots=True)
class Term:
    """One thing that binds the embargo of a case."""

    kind: TermKind
    name: str
    starts_at: datetime
    profile: Profile | None = None
    """None for dates that were agreed or inherited."""
    length: timedelta | None = None
    """Where the profile's length is said with the case."""
    ends_at: datetime | None = None
    """A date that was agreed or inherited."""
    brought_by: str = ""
    """Identifier of an organization; empty: the clearinghouse itself."""
    extended_until: datetime | None = None
    """An extension that was granted for this term."""
    extended_at: datetime | None = None
    """When it was granted: what happens later and shortens the term ends it."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What of a case moves its clock."""

    attacked_at: datetime | None = None
    """First attack seen."""
    fixed_at: datetime | None = None
    """Release of a fix."""
    critical: bool = False
    """CVSS base score of 9.0 or more."""
    ai_assisted: bool = False
    """Whether a report was made with AI assistance."""


@dataclass(frozen=True, slots=True)
class Row:
    """What one term says of the end."""

    term: Term
    rule: str
    """In words, such as ``14 days from 2026-11-19 14:00 UTC``."""
    ends_at: datetime | None
    """None: this term sets no end."""
    extensible_until: datetime | None
    """Where an extension could take it; None: it allows none."""
    extension_if: str

    @property
    def name(self) -> str:
        """Name of the term."""
        return self.term.name


@dataclass(frozen=True, slots=True)
class EmbargoClock:
    """When an embargo ends, and because of which rule."""

    ends_at: datetime
    strictest: Row
    rows: tuple[Row, ...]
    """Earliest end first; those without an end last."""

    @property
    def sentence(self) -> str:
        """The end with its reason and all other rows, for people."""
        others = "; ".join(f"{row.name}: {row.rule}" for row in self.rows if row is not self.strictest)
        said = f"ends {moment(self.ends_at)} because {self.strictest.name}: {self.strictest.rule}"
        return f"{said}; others: {others}" if others else said


@dataclass(frozen=True, slots=True)
class Item:
    """One line of the checklist before publication."""

    key: str
    ready: bool
    text: str
    lacking: tuple[str, ...] = ()
    """Organizations that can do something about it; empty: the coordinator."""


@dataclass(frozen=True, slots=True)
class Readiness:
    """The checklist before publication."""

    items: tuple[Item, ...]

    @property
    def ready(self) -> bool:
        """Whether nothing lacks."""
        return all(item.ready for item in self.items)

    @property
    def missing(self) -> tuple[Item, ...]:
        """What lacks."""
        return tuple(item for item in self.items if not item.ready)


def moment(at: datetime) -> str:
    """A time for people: day and hour in UTC; seconds where there are some."""
    return at.strftime("%Y-%m-%d %H:%M:%S UTC" if at.second else "%Y-%m-%d %H:%M UTC")

"""Words of matching. Standard library only."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from seawall.clearinghouse.directives.types import ClockView


class Confidence(StrEnum):
    """How sure a match is, the surest first."""

    EXACT = "exact"
    """The advisory lists this very version."""
    RANGE = "range"
    """The version lies in a range of the advisory, by the ecosystem's own order."""
    FLAGGED = "flagged"
    """A bound of the range has no place in the order; the range was widened, and a person should look."""


class InventoryState(StrEnum):
    """Where an inventory stands."""

    RECEIVED = "received"
    READY = "ready"
    REFUSED = "refused"
    SUPERSEDED = "superseded"
    """A newer inventory of the same name has taken its place."""


class ExposureState(StrEnum):
    """Where an exposure stands."""

    OPEN = "open"
    FOLDED = "folded"
    """Another advisory of the same flaw stands for it."""
    CLOSED = "closed"
    """Its advisory was withdrawn, or does not name the version any more; ``closed_reason`` says which."""
    SUPERSEDED = "superseded"
    """Its inventory was replaced; if the flaw is still there, the new one has an exposure with the same clock."""


class JudgmentStatus(StrEnum):
    """What an operator says of an exposure."""

    NOT_AFFECTED = "not_affected"
    """The flaw cannot be used here; needs a ``Justification``."""
    FALSE_POSITIVE = "false_positive"
    """The match is wrong."""
    ACCEPTED = "accepted"
    """The risk is borne until a date; after it, the exposure is back."""
    MITIGATED = "mitigated"
    """Something else keeps it from being used."""
    FIXED = "fixed"
    """It was mended without a new version number; holds for this version alone."""


class Justification(StrEnum):
    """Why something is not affected: the status justifications of VEX (CISA, 2022)."""

    COMPONENT_NOT_PRESENT = "component_not_present"
    VULNERABLE_CODE_NOT_PRESENT = "vulnerable_code_not_present"
    VULNERABLE_CODE_NOT_IN_EXECUTE_PATH = "vulnerable_code_not_in_execute_path"
    VULNERABLE_CODE_CANNOT_BE_CONTROLLED_BY_ADVERSARY = "vulnerable_code_cannot_be_controlled_by_adversary"
    INLINE_MITIGATIONS_ALREADY_EXIST = "inline_mitigations_already_exist"


class LoadState(StrEnum):
    """Where the loading of a snapshot stands."""

    ADVISORIES = "advisories"
    """New and changed advisories are written, then matched."""
    VANISHED = "vanished"
    """What its sources do not have any more is withdrawn."""
    NOTICES = "notices"
    """Operators are told, once for the whole load."""
    DONE = "done"
    REFUSED = "refused"


class Reach(StrEnum):
    """Whether untrusted parties can reach a component over public networks."""

    PUBLIC = "public"
    INTERNAL = "internal"
    UNKNOWN = "unknown"
    """Nobody said; directives count it as public and say so."""


@dataclass(frozen=True, slots=True)
class Package:
    """Identity of a package, normalized. A distribution's release is part of it: ``Debian:12``."""

    ecosystem: str
    name: str


@dataclass(frozen=True, slots=True)
class Tags:
    """What an operator has said about where a component runs."""

    reach: Reach = Reach.UNKNOWN
    environment: str = ""
    asset_type: str = ""


@dataclass(frozen=True, slots=True)
class Component:
    """A package at a version, as one inventory has it."""

    ref: str
    """Name of it in its inventory."""
    package: Package
    version: str
    key: bytes | None
    """Place in the ecosystem's order; None where the version has none."""


@dataclass(frozen=True, slots=True)
class Bound:
    """Versions from ``low`` up to, but not including, ``high``, as keys, with the texts they came from."""

    low: bytes
    """``b""`` is below every version."""
    high: bytes | None
    """None: no end is known."""
    introduced: str
    fixed: str | None = None
    last_affected: str | None = None
    listed: bool = False
    """The advisory names this one version."""
    flag: str = ""
    """Why a match by it should be looked at, such as that it is wider than what was said; empty where it is exact."""
    compared: bool = False
    """An end has no place in the order, but the ecosystem can compare any two texts: those decide, not the keys."""

    def __post_init__(self) -> None:
        if self.high is not None and self.high <= self.low:
            raise ValueError(f"empty range: {self.introduced!r} is not below {self.fixed or self.last_affected!r}")

    @property
    def confidence(self) -> Confidence:
        """How sure a match by this bound is."""
        if self.flag:
            return Confidence.FLAGGED
        return Confidence.EXACT if self.listed else Confidence.RANGE


@dataclass(frozen=True, slots=True)
class Dropped:
    """Something in an advisory that could not be used, for its author."""

    what: str
    why: str


@dataclass(frozen=True, slots=True)
class Interval:
    """A bound of one advisory for one package."""

    package: Package
    advisory: str
    bound: Bound


@dataclass(frozen=True, slots=True)
class Listed:
    """A version that an advisory names and that has no place in the order: matched by its exact text."""

    package: Package
    advisory: str
    version: str


@dataclass(frozen=True, slots=True)
class Match:
    """A component is affected by an advisory."""

    component: Component
    advisory: str
    reason: str
    """A sentence for people."""
    confidence: Confidence
    fixed: str | None
    """First version that is not affected any more, where one is known."""


@dataclass(frozen=True, slots=True)
class JudgmentView:
    """What an operator has said of an exposure."""

    id: str
    exposure_id: str
    """The exposure that it was said of; it holds for others of the same product, package and flaw."""
    product: str
    ecosystem: str
    package: str
    version: str
    """Empty where it holds for every version."""
    identifiers: tuple[str, ...]
    """Of the flaw, when it was judged."""
    status: JudgmentStatus
    justification: Justification | None
    reason: str
    until: date | None
    """Last day on which it holds; None without an end."""
    made_by: str
    made_at: datetime
    ended_at: datetime | None
    """When it was taken back or replaced; None while it holds."""
    ended_by: str
    ended_reason: str

    def holds(self, today: date) -> bool:
        """Whether it is in force."""
        return self.ended_at is None and (self.until is None or self.until >= today)


@dataclass(frozen=True, slots=True)
class SectorCount:
    """How many organizations of a sector run what an advisory calls affected."""

    sector: str
    organizations: int | None
    """None: fewer than three, perhaps none."""


@dataclass(frozen=True, slots=True)
class ReachView:
    """Who runs what an advisory calls affected, as the coordinator may know it."""

    sectors: tuple[SectorCount, ...]
    at_least: int
    """Sum of the counts that are shown; what is not shown cannot be told from it."""


@dataclass(frozen=True, slots=True)
class AdvisoryView:
    """An advisory that matching knows, as everybody may see it."""

    id: str
    name: str
    """As its publisher calls it."""
    source: str
    title: str
    severity: str
    identifiers: tuple[str, ...]
    references: tuple[str, ...]
    published: str
    modified: str
    """As its publisher wrote them; may be empty."""
    withdrawn_at: datetime | None
    withdrawn_reason: str
    affected: tuple[tuple[str, str, str], ...]
    """Ecosystem, package, and its affected versions in words."""


@dataclass(frozen=True, slots=True)
class UpdateView:
    """One thing to do: a package at a version, with everything that is wrong with it."""

    key: int
    """Names it in its list; says nothing else."""
    component: str
    version: str
    findings: int
    """Distinct flaws."""
    places: int
    """Inventories."""
    due: date | None


@dataclass(frozen=True, slots=True)
class ExposureView:
    """An exposure as its operator sees it."""

    id: str
    inventory_id: str
    inventory_name: str
    component: str
    version: str
    purl: str
    advisory_id: str
    title: str
    severity: str
    """CVSS vector; empty where none was given."""
    identifiers: tuple[str, ...]
    fixed: str | None
    reason: str
    confidence: Confidence
    reach: Reach
    environment: str
    path: tuple[str, ...]
    """From what the inventory is of to the component, both included; empty where the inventory has no tree."""
    found_at: datetime
    published_at: datetime
    state: ExposureState
    clock: ClockView | None
    """None where no directive's clock runs, as for what was superseded."""
    source: str = ""
    """Who published the advisory; ``seawall`` for this clearinghouse."""
    name: str = ""
    """As its publisher calls the advisory."""
    release: str = ""
    closed_reason: str = ""
    judgment: JudgmentView | None = None
    """The latest that was said of it, in force or not."""

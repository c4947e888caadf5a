"""Words of matching. Standard library only."""

from dataclasses import dataclass
from datetime import datetime
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
    SUPERSEDED = "superseded"
    """Its inventory was replaced; if the flaw is still there, the new one has an exposure with the same clock."""


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
    """Why the bound is wider than what was said; empty where it is exact."""
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

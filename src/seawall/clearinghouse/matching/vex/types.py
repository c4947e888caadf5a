"""Words of VEX: what somebody states of a flaw in a product. Standard library only."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Status(StrEnum):
    """What a statement says of a product, the most careful first."""

    AFFECTED = "affected"
    UNDER_INVESTIGATION = "under_investigation"
    FIXED = "fixed"
    NOT_AFFECTED = "not_affected"

    @property
    def silences(self) -> bool:
        """Whether a finding does not count any more."""
        return self in {Status.FIXED, Status.NOT_AFFECTED}


@dataclass(frozen=True, slots=True)
class Pattern:
    """A package URL of a statement, taken apart and normalized."""

    type: str
    namespace: str
    name: str
    version: str
    """Empty: every version."""
    qualifiers: tuple[tuple[str, str], ...]
    subpath: str

    @property
    def package(self) -> tuple[str, str, str]:
        """What is the same for all versions of it."""
        return self.type, self.namespace, self.name


@dataclass(frozen=True, slots=True)
class Product:
    """What a statement is about: a component, in a product or wherever it is used."""

    component: Pattern | None
    """The component that has the flaw; None where the statement is of the product as a whole."""
    product: Pattern | None = None
    """What the component is in; None where ``label`` says it, or where it is not said."""
    label: str = ""
    """Name and version of what the component is in, where it has no package URL."""
    versions: tuple[str, ...] = ()
    """Of the component; empty where its package URL says it, or where all are meant."""

    def __post_init__(self) -> None:
        if self.component is None and self.product is None and not self.label:
            raise ValueError("a product of nothing")


@dataclass(frozen=True, slots=True)
class Statement:
    """One thing that somebody states."""

    identifiers: tuple[str, ...]
    """Of the flaw: a name and its aliases, in capitals."""
    products: tuple[Product, ...]
    status: Status
    justification: str
    """As in the CISA's list where it is one of those; empty where none is given."""
    text: str
    author: str
    timestamp: datetime | None
    """When it was last said, with its zone; None where nothing says so, which counts as the oldest."""
    source: str
    """File that says so, and where in it."""
    flags: tuple[str, ...] = ()
    """What of it is not honored, or is odd, in sentences."""


@dataclass(frozen=True, slots=True)
class Subject:
    """A finding that a statement might be about."""

    identifiers: tuple[str, ...]
    """All of the flaw's."""
    purl: str
    version: str = ""
    within: tuple[str, ...] = ()
    """What the component is in: package URLs, or names with versions, as the root of its inventory has them."""


@dataclass(frozen=True, slots=True)
class Applied:
    """A statement that is about a finding."""

    statement: Statement
    product: Product
    flags: tuple[str, ...]
    """What a person should know before believing it."""


@dataclass(frozen=True, slots=True)
class Decision:
    """What the statements about a finding come to."""

    applied: Applied
    """The one that stands."""
    others: tuple[Applied, ...]
    """Those that say something else; earlier, or less careful at the same time."""

    @property
    def status(self) -> Status:
        """What stands."""
        return self.applied.statement.status

    @property
    def conflict(self) -> bool:
        """Whether they disagree."""
        return bool(self.others)

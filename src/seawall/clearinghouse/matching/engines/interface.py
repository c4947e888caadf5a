"""What an engine is: something that finds, for distinct package versions, every range of a snapshot that covers them.

    rows = match(engine, asked)

- An engine compares bytes and texts, nothing else: ``low <= key < high`` in one package, or the listed text itself.
- It is asked about distinct versions; joining components to them is its caller's business.
- What an ecosystem's own comparison has to decide (Maven's versions without a key, ranges between such) comes out as
  candidates; ``match`` asks that comparison, so all engines give the same rows in the end.

``contract.py`` holds every engine to the same rows.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from seawall.clearinghouse.matching.ecosystems import registry
from seawall.clearinghouse.matching.matcher import holds
from seawall.clearinghouse.matching.types import Bound, Package

LISTED = -1
"""In place of a range's number: the advisory names this text, which has no place in the order."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A distinct package version."""

    package: Package
    version: str
    key: bytes | None


class Row(NamedTuple):
    """A version is covered."""

    asked: int
    """Its place in what was asked."""
    advisory: int
    """Number of the advisory in the snapshot."""
    range: int
    """Number of the range in the snapshot, or ``LISTED``."""


class Engine(Protocol):
    """One way to find them."""

    name: str

    def candidates(self, asked: Sequence[Asked]) -> Iterable[Row]:
        """Rows in any order, without doubles.

        A version without a key in an ecosystem that compares texts gets every range of its package.
        """
        ...

    def bounds(self, numbers: Iterable[int]) -> dict[int, Bound]:
        """Ranges by their numbers."""
        ...


def match(engine: Engine, asked: Sequence[Asked]) -> list[Row]:
    """Every version that is covered, by what, in order."""
    rows = list(engine.candidates(asked))
    doubtful = {row.range for row in rows if row.range != LISTED and compares(asked[row.asked])}
    if doubtful:
        bounds = engine.bounds(doubtful)
        rows = [row for row in rows if row.range not in bounds or decided(asked[row.asked], bounds[row.range])]
    return sorted(rows)


def compares(asked: Asked) -> bool:
    """Whether the version's ecosystem can compare any two texts."""
    order = registry.of_name(asked.package.ecosystem)
    return order is not None and order.compare is not None


def decided(asked: Asked, bound: Bound) -> bool:
    """Whether a candidate holds: by its key, or by the ecosystem's own comparison of the texts."""
    if asked.key is not None and not bound.compared:
        return True
    order = registry.of_name(asked.package.ecosystem)
    return order is not None and order.compare is not None and holds(order.compare, asked.version, bound)

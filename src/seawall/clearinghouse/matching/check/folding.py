"""From matches to findings: one flaw under several advisories is one finding. Pure.

Advisories are folded after the match, among those that cover one component: identifiers that are glued together by some
third advisory, which does not cover it, stay apart.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from seawall.clearinghouse.matching.ecosystems import registry
from seawall.clearinghouse.matching.matcher import Finding as Hit
from seawall.clearinghouse.matching.matcher import Index
from seawall.clearinghouse.matching.snapshot.types import Entry
from seawall.clearinghouse.matching.types import Confidence, Package

_SUREST_FIRST = (Confidence.EXACT, Confidence.RANGE, Confidence.FLAGGED)
_RANK = {"CVE": 0, "GHSA": 1}


@dataclass(frozen=True, slots=True)
class Flaw:
    """Advisories that speak of one flaw, and how each covers the component."""

    identifiers: tuple[str, ...]
    hits: tuple[tuple[Entry, Hit], ...]
    """The surest first."""


def flaws(hits: Iterable[Hit], entries: Mapping[str, Entry]) -> list[Flaw]:
    """Group what covers one component by the identifiers that the advisories share."""
    groups: list[tuple[set[str], list[tuple[Entry, Hit]]]] = []
    for hit in hits:
        entry = entries[hit.advisory]
        names, members = set(entry.aliases), [(entry, hit)]
        apart = []
        for known in groups:
            if known[0] & names:
                names |= known[0]
                members += known[1]
            else:
                apart.append(known)
        groups = [*apart, (names, members)]
    return [Flaw(tuple(sorted(names, key=spoken)), tuple(sorted(members, key=_sureness))) for names, members in groups]


def spoken(identifier: str) -> tuple[int, str]:
    """Order in which identifiers are spoken of: CVE, GHSA, then the others."""
    return _RANK.get(identifier.partition("-")[0], 2), identifier


def by_identifier(entries: Mapping[str, Entry]) -> dict[str, set[str]]:
    """Identifier -> advisories that name it."""
    found: dict[str, set[str]] = defaultdict(set)
    for advisory, entry in entries.items():
        for name in entry.aliases:
            found[name].add(advisory)
    return found


def lowest_clear(
    package: Package, version: str, names: Iterable[str], index: Index, speaking: Mapping[str, set[str]]
) -> str | None:
    """The lowest fixed version above ``version`` that no advisory covers which shares an identifier with ``names``.

    Args:
        package: The component's.
        version: The component's.
        names: Identifiers of the flaws to be rid of.
        index: Has the package's ranges.
        speaking: From ``by_identifier``, of all advisories that speak of the package.

    Returns:
        None where no known version is clear.
    """
    order = registry.of_name(package.ecosystem)
    here = None if order is None else order.key(version)
    if order is None or not isinstance(here, bytes):
        return None
    unwanted = {advisory for name in names for advisory in speaking.get(name, ())}
    return next(
        (text for key, text, covering in index.fixes(package) if key > here and unwanted.isdisjoint(covering)), None
    )


def _sureness(member: tuple[Entry, Hit]) -> tuple[int, tuple[int, str]]:
    entry, hit = member
    return _SUREST_FIRST.index(hit.confidence), spoken(entry.identifier)

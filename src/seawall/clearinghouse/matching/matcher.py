"""Who is affected: components against ranges. Pure; the database, the service and the offline check all use it.

    index = Index(intervals, listed)
    matches = match(components, index)

Each distinct package and version is looked up once, however many components share it.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from seawall.clearinghouse.matching.ecosystems import registry
from seawall.clearinghouse.matching.ecosystems.interface import Malformed
from seawall.clearinghouse.matching.segments import Hit, Segments
from seawall.clearinghouse.matching.types import Bound, Component, Confidence, Interval, Listed, Match, Package

_SUREST_FIRST = (Confidence.EXACT, Confidence.RANGE, Confidence.FLAGGED)


@dataclass(frozen=True, slots=True)
class Finding:
    """An advisory that covers a version, and why."""

    advisory: str
    reason: str
    confidence: Confidence
    fixed: str | None


class Index:
    """All ranges, by package."""

    def __init__(self, intervals: Iterable[Interval], listed: Iterable[Listed] = ()) -> None:
        by_package: dict[Package, list[Interval]] = defaultdict(list)
        for interval in intervals:
            by_package[interval.package].append(interval)
        self._segments = {package: Segments(found) for package, found in by_package.items()}
        self._fixes: dict[Package, tuple[tuple[bytes, str, frozenset[str]], ...]] = {}
        self._texts: dict[tuple[Package, str], list[str]] = defaultdict(list)
        self._named: dict[Package, set[str]] = defaultdict(set)
        for item in listed:
            self._texts[item.package, item.version].append(item.advisory)
            self._named[item.package].add(item.advisory)

    def find(self, package: Package, version: str, key: bytes | None) -> tuple[Finding, ...]:
        """What covers a version of a package, one finding per advisory, the surest reason for each."""
        best: dict[str, Finding] = {}
        for advisory, bound in self._covering(package, version, key):
            confidence = Confidence.FLAGGED if key is None else bound.confidence
            finding = Finding(advisory, _reason(version, bound, key), confidence, bound.fixed)
            known = best.get(advisory)
            if known is None or _sureness(finding) < _sureness(known):
                # A version that is both listed and in a range: the list is surer, the range knows the fix.
                best[advisory] = _with_fix(finding, known)
            else:
                best[advisory] = _with_fix(known, finding)
        for advisory in self._texts.get((package, version.strip()), ()):
            reason = f"The advisory names {version} itself; this version has no place in an order."
            best[advisory] = Finding(advisory, reason, Confidence.EXACT, None)
        return tuple(best.values())

    def advisories(self, package: Package) -> set[str]:
        """Every advisory that speaks of a package, whatever the version."""
        segments = self._segments.get(package)
        found = {advisory for advisory, _ in segments.bounds} if segments is not None else set()
        return found | self._named.get(package, set())

    def fixes(self, package: Package) -> tuple[tuple[bytes, str, frozenset[str]], ...]:
        """Every version of a package that an advisory calls fixed and that has a key, from low to high, and what covers it.

        Kept: a package with many advisories and many findings would be looked up for each pair of them.
        """
        known = self._fixes.get(package)
        if known is None:
            order, segments = registry.of_name(package.ecosystem), self._segments.get(package)
            named = (
                set() if segments is None else {bound.fixed for _, bound in segments.bounds if bound.fixed is not None}
            )
            keyed = {
                key: text for text in sorted(named) if order is not None and isinstance(key := order.key(text), bytes)
            }
            known = self._fixes[package] = tuple(
                (key, keyed[key], frozenset(advisory for advisory, _ in self._covering(package, keyed[key], key)))
                for key in sorted(keyed)
            )
        return known

    def _covering(self, package: Package, version: str, key: bytes | None) -> Iterator[Hit]:
        segments = self._segments.get(package)
        if segments is None:
            return
        order = registry.of_name(package.ecosystem)
        compare = None if order is None else order.compare
        if key is None:
            if compare is not None and version.strip():
                yield from (hit for hit in segments.bounds if holds(compare, version, hit[1]))
            return
        for hit in segments.at(key):
            if not hit[1].compared or (compare is not None and holds(compare, version, hit[1])):
                yield hit


def holds(compare: Callable[[str, str], int], version: str, bound: Bound) -> bool:
    """Whether the ecosystem's own comparison puts a version between the texts of a bound; not where it refuses one."""
    try:
        return _stands_in(compare, version, bound)
    except Malformed:
        return False  # a version in no ecosystem: its exact text may still be named


def _stands_in(compare: Callable[[str, str], int], version: str, bound: Bound) -> bool:
    if bound.listed:
        return compare(version, bound.introduced) == 0
    if bound.introduced != "0" and compare(version, bound.introduced) < 0:
        return False
    if bound.fixed is not None:
        return compare(version, bound.fixed) < 0
    return bound.last_affected is None or compare(version, bound.last_affected) <= 0


def match(components: Iterable[Component], index: Index) -> list[Match]:
    """Every pair of a component and an advisory that covers its version."""
    known: dict[tuple[Package, str], tuple[Finding, ...]] = {}
    matches: list[Match] = []
    for component in components:
        identity = component.package, component.version
        findings = known.get(identity)
        if findings is None:
            findings = known[identity] = index.find(component.package, component.version, component.key)
        matches += [
            Match(component, finding.advisory, finding.reason, finding.confidence, finding.fixed)
            for finding in findings
        ]
    return matches


def _sureness(finding: Finding) -> int:
    return _SUREST_FIRST.index(finding.confidence)


def _with_fix(finding: Finding, other: Finding | None) -> Finding:
    if finding.fixed is not None or other is None or other.fixed is None:
        return finding
    return Finding(finding.advisory, finding.reason, finding.confidence, other.fixed)


def _reason(version: str, bound: Bound, key: bytes | None) -> str:
    if bound.listed and key is not None:
        return f"The advisory names {version} itself."
    if bound.listed:
        return f"The advisory names {bound.introduced}, which compares as equal to {version}."
    begin = "every version" if bound.introduced == "0" else f"versions from {bound.introduced}"
    if bound.fixed is not None:
        span = f"{begin} before {bound.fixed}"
    elif bound.last_affected is not None:
        span = f"{begin} up to {bound.last_affected}"
    else:
        span = f"{begin}; no fixed version is known"
    text = f"{version} is among the affected: {span}."
    if key is None:
        return f"{text} Please check it: {version} is of a kind for which the comparison is no order; its text was compared."
    return f"{text} Please check it: {bound.flag}." if bound.flag else text

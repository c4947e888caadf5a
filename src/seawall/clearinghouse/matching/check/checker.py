"""An inventory against a snapshot: what is affected, how surely, which version is clear of it, and by when.

    report = check(items, lookup, checked_on=today)

Pure but for reading the snapshot's index. Nothing leaves the machine.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from seawall.clearinghouse.directives import library
from seawall.clearinghouse.directives.rules import decide
from seawall.clearinghouse.directives.types import Directive, Due
from seawall.clearinghouse.matching.check.folding import Flaw, by_identifier, flaws, lowest_clear
from seawall.clearinghouse.matching.check.ignoring import Ignore
from seawall.clearinghouse.matching.check.rating import rate
from seawall.clearinghouse.matching.check.types import (
    Evidence,
    Finding,
    Item,
    Rating,
    Report,
    Silence,
    Unreadable,
    Upgrade,
)
from seawall.clearinghouse.matching.matcher import Index
from seawall.clearinghouse.matching.snapshot.lookup import About, Lookup
from seawall.clearinghouse.matching.snapshot.types import Entry
from seawall.clearinghouse.matching.types import Package, Reach
from seawall.clearinghouse.prioritization.rules import combine, is_cve, normal

Silencer = Callable[[Finding], Silence | None]
"""Says why a finding does not count, or None."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What a check goes by."""

    checked_on: date
    reach: Reach = Reach.UNKNOWN
    """Of what does not say it itself."""
    ignores: tuple[Ignore, ...] = ()
    ignore_file: str = ""
    silencers: tuple[Silencer, ...] = ()


@dataclass(frozen=True, slots=True)
class _Said:
    """What holds of a flaw whatever component has it."""

    title: str
    severity: str
    score: float | None
    rating: Rating
    due: Due
    references: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Known:
    """What the snapshot has about the packages that are asked for."""

    index: Index
    entries: Mapping[str, Entry]
    speaking: Mapping[str, set[str]]
    about: Mapping[str, About]
    kev_as_of: date | None
    directive: Directive
    said: dict[tuple[tuple[str, ...], tuple[str, ...], Reach], _Said] = field(default_factory=dict)
    """By identifiers, advisories and reach."""


def check(
    items: Iterable[Item],
    lookup: Lookup,
    settings: Settings,
    *,
    unreadable: Iterable[Unreadable] = (),
    notes: Iterable[str] = (),
) -> Report:
    """Match, fold, date and sort."""
    given = tuple(items)
    packages = {_package(item) for item in given if item.listing.package}
    known = _known(lookup, packages, {(_package(item), item.listing.version, item.listing.key) for item in given})
    found: dict[tuple[Package, str], list[Flaw]] = {}
    findings: list[Finding] = []
    for item in given:
        identity = _package(item), item.listing.version
        if identity not in found:
            hits = known.index.find(*identity, item.listing.key) if item.listing.package else ()
            found[identity] = flaws(hits, known.entries)
        findings += [_finding(item, flaw, known, settings) for flaw in found[identity]]
    said = [_silenced(finding, settings) for finding in findings]
    said.sort(key=urgency)
    return Report(
        checked_on=settings.checked_on,
        snapshot=lookup.snapshot.digest,
        items=given,
        findings=tuple(said),
        upgrades=tuple(_upgrades([one for one in said if one.silence is None], known)),
        unreadable=tuple(unreadable),
        notes=(*notes, *_about_ignores(findings, settings)),
    )


def urgency(finding: Finding) -> tuple[object, ...]:
    """Sorts the most urgent first: due date, then severity, then name."""
    due = finding.due.due or date.max
    listing = finding.item.listing
    return (
        due,
        list(Rating).index(finding.rating),
        -(finding.score or 0),
        listing.name,
        finding.name,
        finding.item.where,
    )


def _known(lookup: Lookup, packages: set[Package], versions: set[tuple[Package, str, bytes | None]]) -> _Known:
    index = lookup.index(packages)
    affected = {package for package, version, key in versions if index.find(package, version, key)}
    numbers = {number for package in affected for number in index.advisories(package)}
    entries = lookup.entries(numbers)
    cves = {normal(name) for entry in entries.values() for name in entry.aliases if is_cve(name)}
    days = [source["kev_as_of"] for source in lookup.snapshot.manifest["sources"] if source["kev_as_of"]]
    kev_as_of = date.fromisoformat(max(days)) if days else None
    return _Known(index, entries, by_identifier(entries), lookup.about(cves), kev_as_of, library.directive())


def _finding(item: Item, flaw: Flaw, known: _Known, settings: Settings) -> Finding:
    listing = item.listing
    reach = listing.reach if listing.reach is not Reach.UNKNOWN else settings.reach
    # The same whatever the component: worked out once for a flaw, however many components have it.
    key = (flaw.identifiers, tuple(entry.id for entry, _ in flaw.hits), reach)
    said = known.said.get(key)
    if said is None:
        said = known.said[key] = _said(flaw, reach, known, settings)
    return Finding(
        item=item,
        identifiers=flaw.identifiers,
        title=said.title,
        severity=said.severity,
        score=said.score,
        rating=said.rating,
        confidence=flaw.hits[0][1].confidence,
        fixed=lowest_clear(_package(item), listing.version, flaw.identifiers, known.index, known.speaking),
        due=said.due,
        evidence=tuple(
            Evidence(entry.source, entry.identifier, hit.reason, hit.confidence, hit.fixed) for entry, hit in flaw.hits
        ),
        references=said.references,
    )


def _said(flaw: Flaw, reach: Reach, known: _Known, settings: Settings) -> _Said:
    entries = [entry for entry, _ in flaw.hits]
    about = {name: known.about[normal(name)] for name in flaw.identifiers if normal(name) in known.about}
    vectors = [entry.severity for entry in entries] + [one.severity for one in about.values()]
    severity = max(filter(None, vectors), key=_vector_rank, default="")
    score, rating = rate(severity)
    statements = [(name, fact) for name, one in about.items() for fact in one.facts]
    facts = combine(statements, identifiers=flaw.identifiers, kev_as_of=known.kev_as_of)
    return _Said(
        title=next((entry.title for entry in entries if entry.title), ""),
        severity=severity,
        score=score,
        rating=rating,
        due=decide(known.directive, facts, reach=reach.value, enumerated_on=settings.checked_on),
        references=tuple(dict.fromkeys(url for entry in entries for url in entry.references)),
    )


def _upgrades(findings: Sequence[Finding], known: _Known) -> list[Upgrade]:
    """One step per component, in the order of its most urgent finding."""
    grouped: dict[tuple[str, Package, str], list[Finding]] = {}
    for finding in findings:
        item = finding.item
        grouped.setdefault((item.where, _package(item), item.listing.version), []).append(finding)
    steps: list[Upgrade] = []
    for (_, package, version), group in grouped.items():
        if len(group) == 1:
            steps.append(Upgrade(group[0].item, group[0].fixed, tuple(group)))
            continue
        names = [name for finding in group for name in finding.identifiers]
        steps.append(
            Upgrade(group[0].item, lowest_clear(package, version, names, known.index, known.speaking), tuple(group))
        )
    return steps


def _silenced(finding: Finding, settings: Settings) -> Finding:
    listing = finding.item.listing
    for ignore in settings.ignores:
        if ignore.until >= settings.checked_on and ignore.covers(
            finding.identifiers, _package(finding.item), listing.version
        ):
            silence = Silence("ignore", ignore.reason, settings.ignore_file, ignore.until)
            return replace(finding, silence=silence)
    for silencer in settings.silencers:
        found = silencer(finding)
        if found is not None:
            return replace(finding, silence=found)
    return finding


def _about_ignores(findings: Sequence[Finding], settings: Settings) -> list[str]:
    notes: list[str] = []
    for ignore in settings.ignores:
        used = any(
            ignore.covers(finding.identifiers, _package(finding.item), finding.item.listing.version)
            for finding in findings
        )
        if used and ignore.until < settings.checked_on:
            notes.append(f"The ignore of {ignore.identifier} ended on {ignore.until}; look at it again.")
        elif not used:
            notes.append(f"The ignore of {ignore.identifier} silences nothing; it can go.")
    return notes


def _package(item: Item) -> Package:
    return Package(item.listing.ecosystem, item.listing.package)


def _vector_rank(vector: str) -> tuple[bool, float]:
    score, _ = rate(vector)
    return score is not None, score or 0.0

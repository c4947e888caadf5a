"""From advisories of many sources to a snapshot's content.

- Withdrawn advisories are left out here, not at the match.
- A listed version that lies in the record's own ranges is left out: nearly all of them do, and each would be a row.
- One flaw from two sources is two entries; findings are folded by their aliases after the match.
- Everything that is left out is counted under its source and reason, with a few examples.
- A source that has not changed since an earlier snapshot is taken from there, not read again; the bytes are the same.
"""

from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path

from seawall.clearinghouse.matching.advisories.sources import read
from seawall.clearinghouse.matching.advisories.types import Affected, Record, Unread
from seawall.clearinghouse.matching.ecosystems import registry
from seawall.clearinghouse.matching.ecosystems.interface import Ecosystem
from seawall.clearinghouse.matching.purls import package_of
from seawall.clearinghouse.matching.ranges import Ranges, bounds_of_versions, ranges_of_events
from seawall.clearinghouse.matching.snapshot import facts
from seawall.clearinghouse.matching.snapshot.types import Content, Entry, Reason, SourceCount, Stated
from seawall.clearinghouse.matching.types import Bound, Interval, Listed

SAMPLE = 5
"""Examples of each reason that are kept."""
NO_RANGES = "only commits are given, which have no order without the repository"

Progress = Callable[[int, str], None]


@dataclass(frozen=True, slots=True)
class Source:
    """A source and how it is called in the manifest."""

    path: Path
    format: str = ""
    name: str = ""

    @property
    def title(self) -> str:
        """The name; the path's own where none was given."""
        return self.name or self.path.name.split(".")[0]


@dataclass(frozen=True, slots=True)
class Part:
    """What one source gave."""

    entries: tuple[Entry, ...]
    intervals: tuple[Interval, ...]
    listed: tuple[Listed, ...]
    facts: tuple[Stated, ...]
    count: SourceCount


def build(
    sources: Sequence[Source],
    progress: Progress = lambda _count, _text: None,
    *,
    known: Callable[[str, str], Part | None] = lambda _title, _digest: None,
) -> Content:
    """Read all sources.

    Args:
        sources: In any order; the content does not depend on it.
        progress: Told how many records were read, and of which source.
        known: Asked by title and digest for what an earlier snapshot has of a source.

    Raises:
        NotASource: One of them cannot be read, or two have one name.
    """
    parts: list[Part] = []
    done = 0
    facts.require_distinct([source.title for source in sources])
    for source in sorted(sources, key=lambda item: item.title):
        digest = facts.digest(source.path)
        part = known(source.title, digest)
        if part is None:
            reading = _Source(source, digest)
            if source.format or facts.has_advisories(source.path):
                for record in read(source.path, format_name=source.format, report=reading.unread_one):
                    done += 1
                    if done % 500 == 0:
                        progress(done, source.title)
                    reading.add(record)
            part = reading.part(facts.stated(source.path, reading.unread_one))
        parts.append(part)
    return joined(parts)


def joined(parts: Sequence[Part]) -> Content:
    """The parts as one content, in the order in which it is written."""
    return Content(
        entries=tuple(sorted((entry for part in parts for entry in part.entries), key=lambda entry: entry.id)),
        intervals=tuple(sorted((item for part in parts for item in part.intervals), key=_order)),
        listed=tuple(
            sorted(
                (item for part in parts for item in part.listed),
                key=lambda item: (item.package.ecosystem, item.package.name, item.version, item.advisory),
            )
        ),
        facts=tuple(
            sorted(
                {item for part in parts for item in part.facts},
                key=lambda item: (item.cve, item.fact.name, item.fact.source, item.fact.as_of, item.fact.value),
            )
        ),
        sources=tuple(part.count for part in parts),
    )


@dataclass
class _Dropped:
    counts: Counter[str] = field(default_factory=Counter)
    samples: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))

    def add(self, what: str, why: str) -> None:
        self.counts[why] += 1
        if len(self.samples[why]) < SAMPLE:
            self.samples[why].append(what[:200])

    def reasons(self) -> tuple[Reason, ...]:
        return tuple(Reason(why, count, tuple(self.samples[why])) for why, count in sorted(self.counts.items()))


class _Source:
    """One source while it is read."""

    def __init__(self, source: Source, digest: str) -> None:
        self._entries: dict[str, Entry] = {}
        self._intervals: set[Interval] = set()
        self._listed: set[Listed] = set()
        self._source = source
        self._digest = digest
        self._dropped = _Dropped()
        self._records = self._withdrawn = self._unread = 0

    def unread_one(self, unread: Unread) -> None:
        self._unread += 1
        self._dropped.add(unread.where, unread.why)

    def add(self, record: Record) -> None:
        self._records += 1
        if record.withdrawn:
            self._withdrawn += 1
            return
        # One identifier from two sources: two entries, told apart by the source.
        advisory = f"{self._source.title}:{record.id}"
        if advisory in self._entries:
            self._dropped.add(record.id, "the source has this identifier twice; the first was kept")
            return
        kept = [self._affected(advisory, affected) for affected in record.affected]
        if any(kept):
            self._entries[advisory] = Entry(
                id=advisory,
                source=self._source.title,
                aliases=tuple(sorted({record.id, *record.aliases})),
                title=record.title,
                severity=record.severity,
                published=record.published,
                modified=record.modified,
                references=record.references,
            )

    def _affected(self, advisory: str, affected: Affected) -> bool:
        """Whether something of a package can be matched."""
        name = advisory.partition(":")[2]
        order = registry.of_name(affected.ecosystem)
        package = package_of(affected.ecosystem, affected.name)
        if order is None:
            said = Ranges(texts=affected.versions)
            self._dropped.add(f"{name} {affected.ecosystem}/{affected.name}", _why_unordered(affected))
        else:
            said = _ranges(order, affected)
            if affected.flag:
                said = replace(said, bounds=tuple(_flagged(bound, affected.flag) for bound in said.bounds))
            if not said.bounds and not said.texts and affected.commits:
                self._dropped.add(f"{name} {affected.name}", NO_RANGES)
        for item in said.dropped:
            self._dropped.add(f"{name} {item.what}", item.why)
        self._intervals |= {Interval(package, advisory, bound) for bound in said.bounds}
        self._listed |= {Listed(package, advisory, text) for text in said.texts}
        return bool(said.bounds or said.texts)

    def part(self, stated: Iterable[Stated | facts.Catalog]) -> Part:
        days: list[date] = []
        kept: list[Stated] = []
        for item in stated:
            if isinstance(item, Stated):
                kept.append(item)
            else:
                days.append(item.as_of)
        return Part(
            tuple(self._entries.values()),
            tuple(self._intervals),
            tuple(self._listed),
            tuple(kept),
            SourceCount(
                name=self._source.title,
                format=self._source.format,
                digest=self._digest,
                records=self._records,
                withdrawn=self._withdrawn,
                advisories=len(self._entries),
                intervals=len(self._intervals),
                listed=len(self._listed),
                facts=len(kept),
                unread=self._unread,
                kev_as_of=max(days).isoformat() if days else "",
                dropped=self._dropped.reasons(),
            ),
        )


def _why_unordered(affected: Affected) -> str:
    if affected.commits and not affected.ranges:
        return NO_RANGES
    return f"the order of {affected.ecosystem.partition(':')[0] or 'unnamed'} versions is not known here"


def _ranges(order: Ecosystem, affected: Affected) -> Ranges:
    # Gathered, then joined once: a record may have a hundred thousand ranges.
    said = [ranges_of_events(order, [{kind: text} for kind, text in events]) for events in affected.ranges]
    bounds = tuple(bound for one in said for bound in one.bounds)
    dropped = tuple(item for one in said for item in one.dropped)
    single = bounds_of_versions(order, affected.versions)
    covered = _Covered(bounds)
    outside = tuple(bound for bound in single.bounds if bound.low not in covered)
    return Ranges(bounds + outside, single.texts, dropped + single.dropped)


class _Covered:
    """The keys that ranges cover for sure, as disjoint spans in order."""

    def __init__(self, bounds: Iterable[Bound]) -> None:
        self._lows: list[bytes] = []
        self._highs: list[bytes | None] = []
        for bound in sorted((one for one in bounds if not one.flag), key=lambda one: one.low):
            if self._lows and (self._highs[-1] is None or bound.low <= self._highs[-1]):
                if self._highs[-1] is not None and (bound.high is None or bound.high > self._highs[-1]):
                    self._highs[-1] = bound.high
            else:
                self._lows.append(bound.low)
                self._highs.append(bound.high)

    def __contains__(self, key: bytes) -> bool:
        place = bisect_right(self._lows, key) - 1
        if place < 0:
            return False
        high = self._highs[place]
        return high is None or key < high


def _flagged(bound: Bound, flag: str) -> Bound:
    return replace(bound, flag=f"{bound.flag}; {flag}" if bound.flag else flag)


def _order(interval: Interval) -> tuple[str, str, bytes, bytes, str, str]:
    bound = interval.bound
    high = b"\xff" if bound.high is None else bound.high
    return (
        interval.package.ecosystem,
        interval.package.name,
        bound.low,
        high,
        interval.advisory,
        f"{bound.introduced} {bound.fixed} {bound.last_affected} {bound.listed} {bound.flag}",
    )

"""From advisories of many sources to a snapshot's content. Pure but for reading the sources.

- Withdrawn advisories are left out here, not at the match.
- A listed version that lies in the record's own ranges is left out: nearly all of them do, and each would be a row.
- An advisory of one identifier from two sources is two entries; findings are folded by their aliases after the match.
- Everything that is left out is counted under its reason, with a few examples.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from seawall.clearinghouse.matching.advisories.sources import read
from seawall.clearinghouse.matching.advisories.types import Affected, Record, Unread
from seawall.clearinghouse.matching.ecosystems import registry
from seawall.clearinghouse.matching.ecosystems.interface import Ecosystem
from seawall.clearinghouse.matching.ranges import Ranges, bounds_of_versions, ranges_of_events
from seawall.clearinghouse.matching.snapshot.types import Content, Entry, Reason, SourceCount
from seawall.clearinghouse.matching.types import Bound, Interval, Listed, Package

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


@dataclass
class _Dropped:
    counts: Counter[str] = field(default_factory=Counter)
    samples: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))

    def add(self, what: str, why: str) -> None:
        self.counts[why] += 1
        if len(self.samples[why]) < SAMPLE:
            self.samples[why].append(what[:200])


def build(sources: Sequence[Source], progress: Progress = lambda _count, _text: None) -> Content:
    """Read all sources.

    Args:
        sources: In the order of the manifest; the content does not depend on it.
        progress: Told how many records were read, and of which source.

    Raises:
        NotASource: One of them cannot be read.
    """
    entries: dict[str, Entry] = {}
    intervals: set[Interval] = set()
    listed: set[Listed] = set()
    counts: list[SourceCount] = []
    dropped = _Dropped()
    done = 0
    for source in sorted(sources, key=lambda item: item.title):
        found = _Source(source, dropped)
        for record in read(source.path, format_name=source.format, report=found.unread_one):
            done += 1
            if done % 500 == 0:
                progress(done, source.title)
            found.add(record)
        for entry in found.entries:
            entries.setdefault(entry.id, entry)
        intervals |= found.intervals
        listed |= found.listed
        counts.append(found.count())
    kept = {interval.advisory for interval in intervals} | {item.advisory for item in listed}
    return Content(
        entries=tuple(entries[key] for key in sorted(entries) if key in kept),
        intervals=tuple(sorted(intervals, key=_order)),
        listed=tuple(
            sorted(listed, key=lambda item: (item.package.ecosystem, item.package.name, item.version, item.advisory))
        ),
        sources=tuple(counts),
        dropped=tuple(Reason(why, count, tuple(dropped.samples[why])) for why, count in sorted(dropped.counts.items())),
    )


class _Source:
    """One source while it is read."""

    def __init__(self, source: Source, dropped: _Dropped) -> None:
        self.entries: list[Entry] = []
        self.intervals: set[Interval] = set()
        self.listed: set[Listed] = set()
        self._source = source
        self._dropped = dropped
        self._records = self._withdrawn = self._unread = 0

    def unread_one(self, unread: Unread) -> None:
        self._unread += 1
        self._dropped.add(f"{self._source.title}/{unread.where}", unread.why)

    def add(self, record: Record) -> None:
        self._records += 1
        if record.withdrawn:
            self._withdrawn += 1
            return
        # One identifier from two sources: two entries, told apart by the source.
        advisory = f"{self._source.title}:{record.id}"
        kept = False
        for affected in record.affected:
            kept |= self._affected(advisory, affected)
        if kept:
            self.entries.append(
                Entry(
                    id=advisory,
                    source=self._source.title,
                    aliases=tuple(sorted({record.id, *record.aliases})),
                    title=record.title,
                    severity=record.severity,
                    published=record.published,
                    modified=record.modified,
                    references=record.references,
                )
            )

    def _affected(self, advisory: str, affected: Affected) -> bool:
        order = registry.of_name(affected.ecosystem)
        if order is None:
            self._dropped.add(f"{advisory} {affected.ecosystem}/{affected.name}", self._why_unordered(affected))
            package = Package(affected.ecosystem, affected.name)
            texts: Iterable[str] = affected.versions
        else:
            package = Package(affected.ecosystem, order.normalize_name(affected.name))
            said = _ranges(order, affected)
            for item in said.dropped:
                self._dropped.add(f"{advisory} {item.what}", item.why)
            self.intervals |= {Interval(package, advisory, bound) for bound in said.bounds}
            texts = said.texts
            if not said.bounds and not said.texts and affected.commits:
                self._dropped.add(f"{advisory} {affected.name}", NO_RANGES)
            if said.bounds:
                self.listed |= {Listed(package, advisory, text) for text in texts}
                return True
        self.listed |= {Listed(package, advisory, text) for text in texts}
        return bool(texts)

    @staticmethod
    def _why_unordered(affected: Affected) -> str:
        if affected.commits and not affected.ranges:
            return NO_RANGES
        return f"the order of {affected.ecosystem.partition(':')[0] or 'unnamed'} versions is not known here"

    def count(self) -> SourceCount:
        return SourceCount(
            name=self._source.title,
            format=self._source.format,
            records=self._records,
            withdrawn=self._withdrawn,
            advisories=len(self.entries),
            intervals=len(self.intervals),
            listed=len(self.listed),
            unread=self._unread,
        )


def _ranges(order: Ecosystem, affected: Affected) -> Ranges:
    said = Ranges()
    for events in affected.ranges:
        said += ranges_of_events(order, [{kind: text} for kind, text in events])
    single = bounds_of_versions(order, affected.versions)
    outside = tuple(bound for bound in single.bounds if not any(_covers(wide, bound) for wide in said.bounds))
    return said + Ranges(outside, single.texts, single.dropped)


def _covers(wide: Bound, single: Bound) -> bool:
    return not wide.flag and wide.low <= single.low and (wide.high is None or single.low < wide.high)


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

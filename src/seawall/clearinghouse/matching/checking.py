"""The nightly safety net: everything is matched again, and what differs from what stands is counted, logged and mended.

Incremental matching touches only what a change concerns; if that ever misses something, it is found here within a day. The
walk goes over distinct package versions, in small transactions, and goes on where it was stopped. Where nothing differs it
writes nothing but how far it is.
"""

import hashlib
from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial

from seawall.clearinghouse.distribution.services import notify
from seawall.clearinghouse.matching import exposing, folding, services
from seawall.clearinghouse.matching.ecosystems import registry
from seawall.clearinghouse.matching.ecosystems.interface import Unparsable
from seawall.clearinghouse.matching.lines import BATCH, batches
from seawall.clearinghouse.matching.loading import Done, Step, log_settled
from seawall.clearinghouse.matching.models import (
    AffectedAdvisory,
    Component,
    Exposure,
    PackageVersion,
    Rematch,
)
from seawall.clearinghouse.matching.settling import LINES_MAX, names_of, settle
from seawall.clearinghouse.matching.types import ExposureState, InventoryState
from seawall.foundation.access.types import Actor
from seawall.foundation.identity.queries import coordinator_ids
from seawall.foundation.platform import clock
from seawall.foundation.transparency.services import record

VERSIONS_MAX = 400
"""Package versions of one step."""


@dataclass(frozen=True)
class Differences:
    """What was found among some versions."""

    last: int
    """Up to which row was looked; 0 at the end."""
    versions: int
    outdated: tuple[int, ...]
    """Versions whose key is of another edition of their order."""
    missing: frozenset[int]
    """Lines without an exposure that they should have."""
    surplus: frozenset[int]
    """Lines with an exposure that they should not have."""
    misfolded: frozenset[int]
    """Lines on which a flaw has no exposure that stands for it, or several."""

    @property
    def lines(self) -> list[int]:
        """Those that are settled anew."""
        return sorted(self.missing | self.surplus | self.misfolded)


def steps(night: str) -> Iterator[Step]:
    """What is left of a night's check, one transaction after the other."""
    yield partial(_begin, night)
    row = Rematch.objects.get(night=date.fromisoformat(night))
    while row.finished_at is None:
        found = _differences(row.next)
        if found.outdated:
            yield partial(_rekey, night, found.outdated)
            found = _differences(row.next)
        for lines in batches(found.lines, LINES_MAX):
            yield partial(_mend, night, found, lines)
        yield partial(_advance, night, found)
        row.refresh_from_db()


def _begin(night: str, system: Actor) -> Done:
    # The next one first: a night that cannot be checked must not end the rhythm.
    services.schedule_check(system)
    row, _ = Rematch.objects.get_or_create(night=date.fromisoformat(night), defaults={"started_at": clock.now()})
    return _done(row)


def _differences(after: int) -> Differences:
    rows = list(PackageVersion.objects.filter(pk__gt=after).order_by("pk")[:VERSIONS_MAX])
    ids = [row.pk for row in rows]
    if not ids:
        return Differences(0, 0, (), frozenset(), frozenset(), frozenset())
    versions = exposing.versions(ids)
    said = exposing.findings(versions)
    passed_over = _unsettled()
    wanted: set[tuple[int, str]] = set()
    for batch in batches(sorted(said), BATCH):
        lines = Component.objects.filter(package_version_id__in=batch, inventory__state=InventoryState.READY)
        for line, version in lines.values_list("pk", "package_version_id"):
            wanted |= {(line, finding.advisory) for finding in said[version]}
    standing: dict[tuple[int, str], tuple[str, bool]] = {}
    for batch in batches(ids, BATCH):
        exposures = Exposure.objects.filter(
            component__package_version_id__in=batch,
            component__inventory__state=InventoryState.READY,
            state__in=exposing.STANDING,
        )
        for line, advisory, state, published in exposures.values_list(
            "component_id", "advisory_id", "state", "published_at"
        ):
            standing[line, advisory] = state, published is not None
    missing = {key for key in wanted - standing.keys() if key[1] not in passed_over}
    surplus = {key for key in standing.keys() - wanted if key[1] not in passed_over}
    return Differences(
        last=ids[-1],
        versions=len(ids),
        outdated=tuple(_outdated(rows)),
        missing=frozenset(line for line, _ in missing),
        surplus=frozenset(line for line, _ in surplus),
        misfolded=frozenset(_misfolded(standing)),
    )


def _unsettled() -> Collection[str]:
    """Advisories that are being loaded just now: what they say is not settled yet, and no difference."""
    return set(AffectedAdvisory.objects.filter(matched_at=None).values_list("pk", flat=True))


def _outdated(rows: Sequence[PackageVersion]) -> Iterator[int]:
    packages = dict(
        PackageVersion.objects.filter(pk__in=[row.pk for row in rows]).values_list("pk", "package__ecosystem")
    )
    for row in rows:
        order = registry.of_name(packages[row.pk])
        if row.key is not None and order is not None and row.scheme != order.scheme:
            yield row.pk


def _misfolded(standing: dict[tuple[int, str], tuple[str, bool]]) -> Iterator[int]:
    ids = {advisory for _, advisory in standing}
    named: dict[str, list[str]] = {}
    for batch in batches(sorted(ids), BATCH):
        rows = AffectedAdvisory.objects.filter(pk__in=batch).only("pk", "name", "identifiers")
        named |= {row.pk: names_of(row) for row in rows}
    by_line: dict[int, dict[str, str]] = defaultdict(dict)
    for (line, advisory), (state, published) in standing.items():
        if published and advisory in named:
            by_line[line][advisory] = state
    for line, states in by_line.items():
        found = folding.groups({advisory: named[advisory] for advisory in states})
        if any(sum(states[one] == ExposureState.OPEN for one in group) != 1 for group in found):
            yield line


def _rekey(night: str, version_ids: Sequence[int], system: Actor) -> Done:
    """Make keys anew from the versions' texts, which are always kept."""
    row = Rematch.objects.select_for_update().get(night=date.fromisoformat(night))
    rows = list(PackageVersion.objects.select_for_update().filter(pk__in=version_ids).select_related("package"))
    for version in rows:
        order = registry.of_name(version.package.ecosystem)
        if order is None:
            continue
        key = order.key(version.version)
        version.key = None if isinstance(key, Unparsable) else key
        version.scheme = "" if isinstance(key, Unparsable) else order.scheme
    PackageVersion.objects.bulk_update(rows, ["key", "scheme"], batch_size=BATCH // 2)
    row.rekeyed += len(rows)
    row.save(update_fields=["rekeyed"])
    record(system, "matching.rekeyed", row.pk, {"versions": len(rows)})
    return _done(row)


def _mend(night: str, found: Differences, lines: Sequence[int], system: Actor) -> Done:
    """Count, log and mend in one transaction: after a crash, what is mended is counted, and what is not is found again."""
    row = Rematch.objects.select_for_update().get(night=date.fromisoformat(night))
    row.missing += len(found.missing.intersection(lines))
    row.surplus += len(found.surplus.intersection(lines))
    row.misfolded += len(found.misfolded.intersection(lines))
    row.save(update_fields=["missing", "surplus", "misfolded"])
    digest = hashlib.sha256(" ".join(map(str, sorted(lines))).encode()).hexdigest()
    record(system, "matching.differed", row.pk, {"lines": len(lines), "which": f"sha256:{digest}"})
    log_settled(system, row.pk, settle(system, lines, clock.now()))
    return _done(row)


def _advance(night: str, found: Differences, system: Actor) -> Done:
    row = Rematch.objects.select_for_update().get(night=date.fromisoformat(night))
    row.versions += found.versions
    if found.last:
        row.next = found.last
    else:
        row.finished_at = clock.now()
        _report(system, row)
    row.save()
    return _done(row)


def _report(system: Actor, row: Rematch) -> None:
    counts = {
        "versions": row.versions,
        "missing": row.missing,
        "surplus": row.surplus,
        "misfolded": row.misfolded,
        "rekeyed": row.rekeyed,
    }
    record(system, "matching.checked", row.pk, {"night": row.night.isoformat(), **counts})
    if not (row.missing or row.surplus or row.misfolded):
        return
    for coordinator in coordinator_ids():
        notify(
            coordinator,
            kind="matching",
            subject=row.pk,
            title="The nightly match found differences, and mended them",
            body=f"Lines without an exposure that they should have: {row.missing}; with one that they should not have: "
            f"{row.surplus}; with a flaw counted twice or not at all: {row.misfolded}. Incremental matching missed "
            "something: please report it.",
            reference="/log",
        )


def _done(row: Rematch) -> Done:
    newest = PackageVersion.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    return Done(min(row.next, newest), newest, "versions")

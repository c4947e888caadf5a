"""From ranges and lines to exposures, in the database, one inventory or one advisory at a time.

Both directions end in the same pure ``matcher``. An inventory's lines are committed before it is matched, and so
are an advisory's ranges: of two that arrive at the same time, at least the later match sees both.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet

from seawall.clearinghouse.matching import purls
from seawall.clearinghouse.matching.lines import BATCH, batches, package_ids
from seawall.clearinghouse.matching.matcher import Index, match
from seawall.clearinghouse.matching.models import (
    AffectedAdvisory,
    AffectedRange,
    Component,
    Exposure,
    Inventory,
    PackageVersion,
)
from seawall.clearinghouse.matching.ranges import Ranges, bounds_of_versions, range_of_pair
from seawall.clearinghouse.matching.types import (
    Bound,
    Dropped,
    ExposureState,
    Interval,
    InventoryState,
    Listed,
    Match,
    Package,
)
from seawall.clearinghouse.matching.types import Component as Line

LIVE = (InventoryState.READY.value, InventoryState.RECEIVED.value)
"""Inventories whose lines count."""


def write_ranges(advisory: AffectedAdvisory, affected: Iterable[dict[str, Any]]) -> tuple[Dropped, ...]:
    """Write what an advisory calls affected, in the caller's transaction.

    Args:
        advisory: The row; it has no ranges yet.
        affected: Objects with ``package`` (a purl), ``ranges`` and, optionally, ``versions``.

    Returns:
        What could not be used, and why.
    """
    dropped: list[Dropped] = []
    found: list[tuple[Package, str, Ranges]] = []
    for item in affected:
        identity = purls.identify(item["package"])
        if isinstance(identity, purls.NotIdentified):
            dropped.append(Dropped(item["package"], identity.why))
            continue
        said = Ranges()
        if identity.order is None:
            dropped += [Dropped(item["package"], identity.why_not)] if item.get("ranges") else []
            said += Ranges(texts=tuple(item.get("versions", ())))
        else:
            for pair in item.get("ranges", ()):
                said += range_of_pair(
                    identity.order, pair.get("introduced") or "0", pair.get("fixed"), pair.get("last_affected")
                )
            said += bounds_of_versions(identity.order, item.get("versions", ()))
        dropped += said.dropped
        found.append((identity.package, identity.order.scheme if identity.order else "", said))
    packages = package_ids(package for package, _, _ in found)
    rows = (
        row
        for package, scheme, said in found
        for row in (
            *(_range_row(advisory, packages[package], scheme, bound) for bound in said.bounds),
            *(AffectedRange(advisory=advisory, package_id=packages[package], text=text[:256]) for text in said.texts),
        )
    )
    for batch in batches(rows, BATCH):
        AffectedRange.objects.bulk_create(batch)
    return tuple(dropped)


def match_inventory(inventory: Inventory) -> list[Exposure]:
    """Every match of an inventory's lines, as unsaved exposures."""
    lines = Component.objects.filter(inventory=inventory, package_version__isnull=False)
    packages = lines.values("package_version__package_id")
    ranges = AffectedRange.objects.filter(package_id__in=packages)
    return _exposures(ranges, lines)


def match_advisory(advisory: AffectedAdvisory) -> list[Exposure]:
    """Every match of an advisory in all live inventories, as unsaved exposures."""
    found: list[Exposure] = []
    for package_id in advisory.ranges.values_list("package_id", flat=True).distinct():
        lines = Component.objects.filter(package_version__in=_in_reach(advisory, package_id), inventory__state__in=LIVE)
        found += _exposures(advisory.ranges.filter(package_id=package_id), lines)
    return found


def _in_reach(advisory: AffectedAdvisory, package_id: int) -> QuerySet[PackageVersion]:
    """Versions of a package that some range may cover, by the index; the matcher has the last word."""
    condition = Q(pk__in=[])
    for low, high, text in advisory.ranges.filter(package_id=package_id).values_list("low", "high", "text"):
        if text:
            condition |= Q(version=text)
        else:
            condition |= Q(key__gte=low) if high is None else Q(key__gte=low, key__lt=high)
    return PackageVersion.objects.filter(condition, package_id=package_id)


def _exposures(ranges: QuerySet[AffectedRange], lines: QuerySet[Component]) -> list[Exposure]:
    index = _index(ranges.select_related("package"))
    rows = lines.select_related("package_version__package", "inventory").iterator(chunk_size=2000)
    waiting: dict[str, Component] = {}
    found: list[Exposure] = []
    for batch in batches(rows, 2000):
        waiting = {str(row.pk): row for row in batch}
        found += [_exposure(waiting[item.component.ref], item) for item in match(_lines(batch), index)]
    return found


def _exposure(row: Component, item: Match) -> Exposure:
    return Exposure(
        organization_id=row.inventory.organization_id,
        component=row,
        advisory_id=item.advisory,
        state=ExposureState.OPEN,
        confidence=item.confidence.value,
        reason=item.reason,
        fixed=item.fixed or "",
    )


def _lines(rows: Sequence[Component]) -> Iterator[Line]:
    for row in rows:
        version = row.package_version
        if version is not None:
            package = Package(version.package.ecosystem, version.package.name)
            yield Line(str(row.pk), package, version.version, _bytes(version.key))


def _index(ranges: Iterable[AffectedRange]) -> Index:
    intervals: list[Interval] = []
    listed: list[Listed] = []
    for row in ranges:
        package = Package(row.package.ecosystem, row.package.name)
        if row.text:
            listed.append(Listed(package, row.advisory_id, row.text))
        else:
            intervals.append(Interval(package, row.advisory_id, _bound(row)))
    return Index(intervals, listed)


def _range_row(advisory: AffectedAdvisory, package_id: int, scheme: str, bound: Bound) -> AffectedRange:
    return AffectedRange(
        advisory=advisory,
        package_id=package_id,
        scheme=scheme,
        low=bound.low,
        high=bound.high,
        introduced=bound.introduced[:256],
        fixed=(bound.fixed or "")[:256],
        last_affected=(bound.last_affected or "")[:256],
        listed=bound.listed,
        flag=bound.flag,
    )


def _bound(row: AffectedRange) -> Bound:
    return Bound(
        low=_bytes(row.low) or b"",
        high=_bytes(row.high),
        introduced=row.introduced,
        fixed=row.fixed or None,
        last_affected=row.last_affected or None,
        listed=row.listed,
        flag=row.flag,
    )


def _bytes(value: Any) -> bytes | None:
    # psycopg hands out memoryviews.
    return None if value is None else bytes(value)


def save(exposures: Iterable[Exposure], now: datetime) -> None:
    """Write exposures; those that are there already stay as they are."""
    for batch in batches(exposures, BATCH):
        for row in batch:
            row.found_at = now
        Exposure.objects.bulk_create(batch, ignore_conflicts=True)

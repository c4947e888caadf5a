"""What the ranges in the database say: written from advisories, and read for package versions. The pure ``matcher`` decides.

An inventory's lines are committed before it is matched, and so are an advisory's ranges: of two that arrive at the same
time, at least the later match sees both.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from seawall.clearinghouse.matching import folding, purls
from seawall.clearinghouse.matching.lines import BATCH, batches, package_ids
from seawall.clearinghouse.matching.matcher import Finding, Index
from seawall.clearinghouse.matching.models import (
    AdvisoryIdentifier,
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
    Package,
)

LIVE = (InventoryState.READY.value, InventoryState.RECEIVED.value)
"""Inventories whose lines count."""
STANDING = (ExposureState.OPEN.value, ExposureState.FOLDED.value)
"""Exposures that say something of today."""
VERSIONS_MAX = 2000
"""Versions that are looked up together; the ranges of their packages are in memory meanwhile."""
RELATIVES_MAX = 500
"""Advisories that are reached over shared identifiers; the largest family at hand has 40."""


@dataclass(frozen=True, slots=True)
class Version:
    """A package at a version, as its row has it."""

    id: int
    package_id: int
    package: Package
    text: str
    key: bytes | None


# --- writing -------------------------------------------------------------------------------------


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
    insert(
        row
        for package, scheme, said in found
        for row in range_rows(advisory.pk, packages[package], scheme, said.bounds, said.texts)
    )
    return tuple(dropped)


def insert(rows: Iterable[AffectedRange]) -> None:
    """Write ranges, in the caller's transaction."""
    for batch in batches(rows, BATCH):
        AffectedRange.objects.bulk_create(batch)


def range_rows(
    advisory_id: str, package_id: int, scheme: str, bounds: Iterable[Bound], texts: Iterable[str]
) -> Iterator[AffectedRange]:
    """Bounds, and versions without a place in the order, as rows."""
    for text in texts:
        yield AffectedRange(advisory_id=advisory_id, package_id=package_id, text=text[:256])
    for bound in bounds:
        yield _range_row(advisory_id, package_id, scheme, bound)


def _range_row(advisory_id: str, package_id: int, scheme: str, said: Bound) -> AffectedRange:
    return AffectedRange(
        advisory_id=advisory_id,
        package_id=package_id,
        scheme=scheme,
        low=said.low,
        high=said.high,
        introduced=said.introduced[:256],
        fixed=(said.fixed or "")[:256],
        last_affected=(said.last_affected or "")[:256],
        listed=said.listed,
        compared=said.compared,
        flag=said.flag,
    )


def write_names(named: Iterable[tuple[str, Sequence[str]]]) -> None:
    """Write the identifiers of advisories that have none yet, in the caller's transaction."""
    rows = (
        AdvisoryIdentifier(advisory_id=advisory_id, identifier=name[:200])
        for advisory_id, names in named
        for name in dict.fromkeys(folding.normal(name) for name in names)
    )
    for batch in batches(rows, BATCH):
        AdvisoryIdentifier.objects.bulk_create(batch)


# --- reading -------------------------------------------------------------------------------------


def relatives(advisory_ids: Collection[str]) -> set[str]:
    """The advisories that share an identifier with these, over any number of steps; themselves included."""
    found = set(advisory_ids)
    edge = set(found)
    while edge and len(found) < RELATIVES_MAX:
        reached: set[str] = set()
        for batch in batches(sorted(edge), BATCH):
            names = AdvisoryIdentifier.objects.filter(advisory_id__in=batch).values("identifier")
            rows = AdvisoryIdentifier.objects.filter(identifier__in=names, advisory__published_at__isnull=False)
            reached.update(rows.values_list("advisory_id", flat=True))
        edge = reached - found
        found |= edge
    return found


def versions_of(package_ids: Collection[int]) -> list[Version]:
    """All versions of packages that some inventory has."""
    found: list[Version] = []
    for batch in batches(sorted(package_ids), BATCH):
        found += _versions(PackageVersion.objects.filter(package_id__in=batch))
    return found


def versions(version_ids: Collection[int]) -> list[Version]:
    """Versions by their rows' identifiers."""
    found: list[Version] = []
    for batch in batches(sorted(version_ids), BATCH):
        found += _versions(PackageVersion.objects.filter(pk__in=batch))
    return found


def _versions(rows: Any) -> Iterator[Version]:
    columns = ("pk", "package_id", "package__ecosystem", "package__name", "version", "key")
    for pk, package_id, ecosystem, name, text, key in rows.values_list(*columns):
        yield Version(pk, package_id, Package(ecosystem, name), text, as_bytes(key))


def findings(wanted: Sequence[Version], advisory_ids: Collection[str] | None = None) -> dict[int, tuple[Finding, ...]]:
    """What covers each version, by its row; versions that nothing covers are left out.

    Args:
        wanted: Versions; each is looked up once.
        advisory_ids: Only what these say; None for all advisories.
    """
    by_package: dict[int, Package] = {version.package_id: version.package for version in wanted}
    intervals: list[Interval] = []
    listed: list[Listed] = []
    for batch in batches(sorted(by_package), BATCH):
        rows = AffectedRange.objects.filter(package_id__in=batch)
        if advisory_ids is None:
            _read(rows, by_package, intervals, listed)
        else:
            for some in batches(sorted(advisory_ids), BATCH):
                _read(rows.filter(advisory_id__in=some), by_package, intervals, listed)
    index = Index(intervals, listed)
    found = {version.id: index.find(version.package, version.text, version.key) for version in wanted}
    return {pk: said for pk, said in found.items() if said}


_COLUMNS = (
    "package_id",
    "advisory_id",
    "text",
    "low",
    "high",
    "introduced",
    "fixed",
    "last_affected",
    "listed",
    "flag",
    "compared",
)


def _read(rows: Any, packages: dict[int, Package], intervals: list[Interval], listed: list[Listed]) -> None:
    for (
        package_id,
        advisory_id,
        text,
        low,
        high,
        introduced,
        fixed,
        last,
        is_listed,
        flag,
        compared,
    ) in rows.values_list(*_COLUMNS).iterator(chunk_size=2000):
        package = packages[package_id]
        if text:
            listed.append(Listed(package, advisory_id, text))
            continue
        bound = Bound(
            low=as_bytes(low) or b"",
            high=as_bytes(high),
            introduced=introduced,
            fixed=fixed or None,
            last_affected=last or None,
            listed=is_listed,
            flag=flag,
            compared=compared,
        )
        intervals.append(Interval(package, advisory_id, bound))


def covered_lines(inventory: Inventory) -> list[int]:
    """The lines of an inventory that some advisory covers; each distinct version is looked up once."""
    rows = Component.objects.filter(inventory=inventory, package_version__isnull=False)
    found: list[int] = []
    for batch in batches(sorted(set(rows.values_list("package_version_id", flat=True))), VERSIONS_MAX):
        covered = findings(versions([version for version in batch if version is not None]))
        for some in batches(sorted(covered), BATCH):
            found += rows.filter(package_version_id__in=some).values_list("pk", flat=True)
    return sorted(found)


def concerned(advisory_ids: Collection[str]) -> list[tuple[str, int]]:
    """Lines of live inventories that these advisories cover, or covered: all that they may add or take away.

    Returns:
        Inventory and line, sorted, so that lines of one inventory stand together.
    """
    packages: set[int] = set()
    lines: set[tuple[str, int]] = set()
    for batch in batches(sorted(advisory_ids), BATCH):
        packages.update(
            AffectedRange.objects.filter(advisory_id__in=batch).values_list("package_id", flat=True).distinct()
        )
        standing = Exposure.objects.filter(advisory_id__in=batch, state__in=STANDING)
        lines.update(standing.values_list("component__inventory_id", "component_id"))
    covered = findings(versions_of(packages), advisory_ids)
    found: set[tuple[str, int]] = set()
    for some in batches(sorted(covered), BATCH):
        found.update(Component.objects.filter(package_version_id__in=some).values_list("inventory_id", "pk"))
    # By themselves: joined to the lines, the planner reads all inventories of the nation for a handful.
    live: set[str] = set()
    for batch in batches(sorted({inventory for inventory, _ in found}), BATCH):
        live.update(Inventory.objects.filter(pk__in=batch, state__in=LIVE).values_list("pk", flat=True))
    return sorted(lines | {place for place in found if place[0] in live})


def as_bytes(value: Any) -> bytes | None:
    """A key as the matcher takes it; psycopg hands out memoryviews."""
    return None if value is None else bytes(value)

"""Writes the lines of a parsed inventory: each distinct package and version becomes one row for all inventories.

Rows are written in sorted order, so that two inventories that are read at the same time wait for each other instead of
locking each other out.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import TypeVar

from django.db.models import Q

from seawall.clearinghouse.matching.formats.interface import Listing
from seawall.clearinghouse.matching.models import Component, Inventory, PackageName, PackageVersion
from seawall.clearinghouse.matching.types import Package

T = TypeVar("T")

BATCH = 400
"""Rows of one statement; SQLite takes 32,766 parameters, and one row here has up to eleven."""

Identity = tuple[Package, str]


def write(inventory: Inventory, listings: Sequence[Listing]) -> None:
    """Write all lines of an inventory, in the caller's transaction."""
    versions = _version_ids(listings)
    rows = (
        Component(
            inventory=inventory,
            package_version_id=versions.get(_identity(listing)),
            ref=listing.ref,
            name=listing.name,
            version=listing.version,
            purl=listing.purl[:1000],
            why_not=listing.why_not[:400],
            reach=listing.reach.value,
            environment=listing.environment,
            asset_type=listing.asset_type,
            path=list(listing.path),
        )
        for listing in listings
    )
    for batch in batches(rows, BATCH):
        Component.objects.bulk_create(batch)


def package_ids(packages: Iterable[Package]) -> dict[Package, int]:
    """Row of each package; made where it is new."""
    wanted = sorted(set(packages), key=lambda package: (package.ecosystem, package.name))
    found: dict[Package, int] = {}
    for batch in batches(wanted, BATCH):
        found |= _named(batch)
        # Read first: nearly all are known, and a write to a table that all share would make others wait.
        new = [package for package in batch if package not in found]
        if new:
            PackageName.objects.bulk_create(
                [PackageName(ecosystem=package.ecosystem, name=package.name) for package in new], ignore_conflicts=True
            )
            found |= _named(new)
    return found


def _named(packages: Sequence[Package]) -> dict[Package, int]:
    by_ecosystem: dict[str, list[str]] = {}
    for package in packages:
        by_ecosystem.setdefault(package.ecosystem, []).append(package.name)
    condition = Q()
    for ecosystem, names in by_ecosystem.items():
        condition |= Q(ecosystem=ecosystem, name__in=names)
    rows = PackageName.objects.filter(condition).values_list("ecosystem", "name", "pk")
    wanted = set(packages)
    found = {Package(ecosystem, name): pk for ecosystem, name, pk in rows} if by_ecosystem else {}
    return {package: pk for package, pk in found.items() if package in wanted}


def _version_ids(listings: Sequence[Listing]) -> dict[Identity | None, int]:
    distinct = {identity: listing for listing in listings if (identity := _identity(listing)) is not None}
    packages = package_ids(package for package, _ in distinct)
    found: dict[Identity | None, int] = {}
    by_row = {row: package for package, row in packages.items()}
    ordered = sorted(distinct, key=lambda identity: (packages[identity[0]], identity[1]))
    for batch in batches(ordered, BATCH):
        schemes = {identity: distinct[identity].scheme for identity in batch}
        known = _versions(batch, packages, by_row)
        # Read first, as above. An order's new edition makes new keys for the same texts.
        new = [one for one in batch if one not in known or known[one][1] != schemes[one]]
        if new:
            rows = [
                PackageVersion(
                    package_id=packages[package],
                    version=version,
                    scheme=schemes[package, version],
                    key=distinct[package, version].key,
                )
                for package, version in new
            ]
            PackageVersion.objects.bulk_create(
                rows, update_conflicts=True, unique_fields=["package", "version"], update_fields=["scheme", "key"]
            )
            known |= _versions(new, packages, by_row)
        found |= {identity: pk for identity, (pk, _) in known.items()}
    return found


def _versions(
    wanted: Sequence[Identity], packages: dict[Package, int], by_row: dict[int, Package]
) -> dict[Identity, tuple[int, str]]:
    """Row and scheme of the versions that are known."""
    rows = PackageVersion.objects.filter(
        package_id__in={packages[package] for package, _ in wanted}, version__in={version for _, version in wanted}
    )
    found = {
        (by_row[package_id], version): (pk, scheme)
        for pk, package_id, version, scheme in rows.values_list("pk", "package_id", "version", "scheme")
    }
    return {identity: found[identity] for identity in wanted if identity in found}


def _identity(listing: Listing) -> Identity | None:
    if not listing.package or not listing.version:
        return None
    return Package(listing.ecosystem, listing.package), listing.version


def batches(items: Iterable[T], size: int) -> Iterator[list[T]]:
    """``items`` in lists of at most ``size``."""
    waiting = iter(items)
    while batch := list(islice(waiting, size)):
        yield batch

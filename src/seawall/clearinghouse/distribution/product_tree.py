"""CSAF's product tree of the affected packages: vendor, product, then version or range.

Ranges are ``vers`` specifiers with the package's purl; single versions and the fixed versions are
products of their own, with the version in the purl. Product ids follow from the order of the
advisory, so the same advisory gives the same ids.
"""

from dataclasses import dataclass, field
from typing import Any

from seawall.clearinghouse.distribution import ecosystems, text
from seawall.clearinghouse.distribution.types import AffectedPackage

Json = dict[str, Any]

UNNAMED_VENDOR = "Open source project"
"""Stands for the vendor where nobody named one: the standard wants one, and a guess would name somebody."""


@dataclass
class ProductTree:
    """The branches, and which product ids are affected, fixed, and fixed by what."""

    branches: list[Json] = field(default_factory=list)
    affected: list[str] = field(default_factory=list)
    fixed: list[str] = field(default_factory=list)
    updates: dict[str, list[str]] = field(default_factory=dict)
    """Name and version of an update, to the affected products that it fixes."""
    unfixed: list[str] = field(default_factory=list)
    """Affected products for which no fixed version is known."""

    @classmethod
    def of(cls, packages: tuple[AffectedPackage, ...]) -> "ProductTree":
        """Build the tree."""
        tree = cls()
        vendors: dict[str, dict[str, list[Json]]] = {}
        for package in packages:
            products = vendors.setdefault(_vendor(package), {})
            tree._add(package, products.setdefault(text.line(ecosystems.display_name(package)), []))
        tree.branches = [
            _branch("vendor", vendor, [_branch("product_name", name, leaves) for name, leaves in products.items()])
            for vendor, products in vendors.items()
        ]
        return tree

    def _add(self, package: AffectedPackage, leaves: list[Json]) -> None:
        name = text.line(ecosystems.display_name(package))
        fixed_here: dict[str, str] = {}
        for versions in package.ranges:
            specifier = ecosystems.vers(package, versions)
            product = self._leaf(leaves, "product_version_range", specifier, f"{name} {specifier}", package.purl)
            self.affected.append(product)
            if versions.fixed is None:
                self.unfixed.append(product)
                continue
            self.updates.setdefault(f"{name} {versions.fixed} or later", []).append(product)
            fixed_here[versions.fixed] = product
        for version in package.versions:
            if version in fixed_here:
                continue
            product = self._version(leaves, package, name, version)
            self.affected.append(product)
            update = next(iter(fixed_here), None)
            if update is None:
                self.unfixed.append(product)
            else:
                self.updates[f"{name} {update} or later"].append(product)
        for version in fixed_here:
            self.fixed.append(self._version(leaves, package, name, version))
        for commits in package.commits:
            specifier = f"vers:git/{ecosystems.vers(package, commits).partition('/')[2]}"
            product = self._leaf(leaves, "product_version_range", specifier, f"{name} {specifier}", package.purl)
            self.affected.append(product)
            if commits.fixed is None:
                self.unfixed.append(product)
            else:
                self.updates.setdefault(f"{name} at commit {commits.fixed} or later", []).append(product)

    def _version(self, leaves: list[Json], package: AffectedPackage, name: str, version: str) -> str:
        purl = ecosystems.purl_of_version(package, version)
        return self._leaf(leaves, "product_version", version, f"{name} {version}", purl)

    def _leaf(self, leaves: list[Json], category: str, branch_name: str, name: str, purl: str) -> str:
        product_id = f"CSAFPID-{len(self.affected) + len(self.fixed) + 1:04d}"
        leaves.append(
            {
                "category": category,
                "name": branch_name,
                "product": {
                    "name": name,
                    "product_id": product_id,
                    "product_identification_helper": {"purl": purl},
                },
            }
        )
        return product_id


def _vendor(package: AffectedPackage) -> str:
    if package.vendor.strip():
        return text.line(package.vendor)
    return package.namespace or UNNAMED_VENDOR


def _branch(category: str, name: str, branches: list[Json]) -> Json:
    return {"category": category, "name": name, "branches": branches}

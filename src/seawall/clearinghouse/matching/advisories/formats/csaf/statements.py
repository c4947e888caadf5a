"""What one vulnerability of a CSAF document says of the products: their statuses, as affected versions of packages."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from seawall.clearinghouse.matching.advisories.constraints import vers
from seawall.clearinghouse.matching.advisories.documents import text
from seawall.clearinghouse.matching.advisories.formats.csaf.tree import Identity, Product, Tree
from seawall.clearinghouse.matching.advisories.spans import ALL, NONE, Spans, Unplaced, below, exactly, united
from seawall.clearinghouse.matching.advisories.types import Affected

_AFFECTED = ("known_affected", "first_affected", "last_affected")
_FIXED = ("fixed", "first_fixed")
_SAFE = ("known_not_affected",)
_UNDECIDED = {"under_investigation": "it is being investigated", "unknown": "the publisher does not know"}
_DISTRIBUTIONS = frozenset(
    {"Red Hat", "SUSE", "openSUSE", "Rocky Linux", "AlmaLinux", "Fedora", "Debian", "Ubuntu", "Alpine"}
)
_START = ("introduced", "0")


@dataclass
class _Package:
    """All that is said of one package."""

    identity: Identity
    whole: bool = False
    """All versions are affected, as far as nothing else is said."""
    ranges: list[Spans] = field(default_factory=list)
    versions: dict[str, None] = field(default_factory=dict)
    fixed: dict[str, None] = field(default_factory=dict)
    safe: list[Spans] = field(default_factory=list)
    notes: dict[str, None] = field(default_factory=dict)


class Statements:
    """The statuses of one vulnerability."""

    def __init__(self, tree: Tree, status: Any) -> None:
        self.count = 0
        """Products that were named."""
        self.unread: list[str] = []
        self._tree = tree
        self._packages: dict[tuple[str, str], _Package] = {}
        given = status if isinstance(status, dict) else {}
        for kind in _AFFECTED:
            for product, identity, package in self._named(given.get(kind)):
                self._add_affected(product, identity, package)
        for kind in _FIXED:
            for product, identity, package in self._named(given.get(kind)):
                self._add_fixed(product, identity, package)
        for kind in _SAFE:
            for product, identity, package in self._named(given.get(kind)):
                self._add_safe(product, identity, package)
        for kind, why in _UNDECIDED.items():
            self.unread += [f"{product.name}: {why}" for product, _, _ in self._named(given.get(kind))]

    def _named(self, given: Any) -> Iterator[tuple[Product, Identity, _Package]]:
        for name in given if isinstance(given, list) else ():
            self.count += 1
            product = self._tree.product(text(name, 1000))
            if product is None:
                self.unread.append(f"{text(name, 100)}: no product of the document is called so")
                continue
            if product.why_not:
                self.unread.append(f"{product.name}: {product.why_not}")
            for identity in product.identities:
                key = identity.ecosystem, identity.name
                package = self._packages.setdefault(key, _Package(identity))
                if identity.flag:
                    package.notes[identity.flag] = None
                yield product, identity, package

    def _add_affected(self, product: Product, identity: Identity, package: _Package) -> None:
        if product.range:
            found = self._spans(product, identity)
            if found is None:
                # Flagged rather than left out: the publisher does say that some versions are affected.
                package.notes[f"its range {product.range[:80]!r} could not be placed in an order"] = None
                package.ranges.append(ALL)
            else:
                package.ranges.append(found)
        elif identity.version:
            package.versions[identity.version] = None
        else:
            package.whole = True

    def _add_fixed(self, product: Product, identity: Identity, package: _Package) -> None:
        if identity.version:
            package.fixed[identity.version] = None
        elif product.range:
            found = self._spans(product, identity)
            if found is None:
                self.unread.append(f"{product.name}: fixed in {product.range[:80]!r}, which has no place in an order")
            else:
                package.safe.append(found)

    def _add_safe(self, product: Product, identity: Identity, package: _Package) -> None:
        if product.range:
            package.safe.append(self._spans(product, identity) or NONE)
        elif identity.version:
            try:
                package.safe.append(exactly(identity.order, identity.version))
            except Unplaced:
                return
        # Of a product without versions nothing is affected, and nothing is added; what else is said of it stands.

    def _spans(self, product: Product, identity: Identity) -> Spans | None:
        try:
            return vers.versions(identity.order, product.range)
        except Unplaced:
            return None

    def affected(self) -> tuple[Affected, ...]:
        """The packages of which something is affected."""
        return tuple(found for package in self._packages.values() if (found := self._of(package)) is not None)

    def _of(self, package: _Package) -> Affected | None:
        identity = package.identity
        ranges = united(package.ranges)
        only_fixed = not (package.whole or package.ranges or package.versions)
        distributed = identity.ecosystem.partition(":")[0] in _DISTRIBUTIONS
        if package.whole or (only_fixed and package.fixed and distributed):
            ranges |= self._before_fixes(package)
        elif only_fixed and package.fixed:
            self.unread.append(f"{identity.name}: it says what is fixed, but not what is affected")
        ranges = ranges - united(package.safe)
        if not ranges and not package.versions:
            return None
        return Affected(
            identity.ecosystem, identity.name, ranges.events(), tuple(package.versions), flag="; ".join(package.notes)
        )

    def _before_fixes(self, package: _Package) -> Spans:
        """All versions before the fix; before the last of several, with a note: which stream each is for is not said."""
        found: list[Spans] = []
        for version in package.fixed:
            try:
                found.append(below(package.identity.order, version))
            except Unplaced as error:
                package.notes[f"a fixed version could not be placed: {error}"] = None
        if not found:
            return ALL
        if len({spans.pairs for spans in found}) > 1:
            package.notes["several versions are fixed, and which release each is for is not said"] = None
        return united(found)

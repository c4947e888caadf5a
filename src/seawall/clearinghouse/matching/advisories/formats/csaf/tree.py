"""The products of a CSAF document: what each identifier names, in the identities under which packages are matched.

A product is found in branches, in the flat list of names, or as a component of a platform (``relationships``); then the component
says which package and the platform which distribution's release. Walked without recursion, however deep it is.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from seawall.clearinghouse.matching import cpes, purls
from seawall.clearinghouse.matching.advisories.documents import objects, text
from seawall.clearinghouse.matching.advisories.errors import NotAnAdvisory
from seawall.clearinghouse.matching.ecosystems import registry
from seawall.clearinghouse.matching.ecosystems.interface import Ecosystem

PRODUCTS_MAX = 500_000
BRANCHES_MAX = 1_000_000
DEPTH_MAX = 50
"""Branches in branches; the standard's own tools stop at 30."""
_LINUX = re.compile(r"enterprise_linux|rhel_(?:eus|aus|tus|e4s|els|els_plus)")
_EDITION = re.compile(r"el([0-9]{1,2})")
_SUSE_LINUX = re.compile(r"sle[sd_-].*|sles|sled|suse_sle.*|suse_linux.*")
_NUMBERS = re.compile(r"[0-9]+")
_PLAIN_FAMILIES = {
    "opensuse": ("openSUSE", 2),
    "rocky": ("Rocky Linux", 1),
    "almalinux": ("AlmaLinux", 1),
    "fedora": ("Fedora", 1),
}


@dataclass(frozen=True, slots=True)
class Identity:
    """A package that a product is."""

    ecosystem: str
    name: str
    version: str
    """Empty where the product stands for several versions, or all."""
    order: Ecosystem
    flag: str = ""


@dataclass(frozen=True, slots=True)
class Product:
    """A product of the tree."""

    name: str
    """For people."""
    identities: tuple[Identity, ...]
    range: str
    """The range of versions it stands for; empty without one."""
    why_not: str
    """Why it has no identity; empty where it has."""


@dataclass(frozen=True, slots=True)
class _Place:
    """Where in the branches a product stands."""

    vendor: str = ""
    product: str = ""
    version: str = ""
    range: str = ""


class Tree:
    """All products of a document, by identifier."""

    def __init__(self, document: Any) -> None:
        tree = document if isinstance(document, dict) else {}
        self._given: dict[str, tuple[dict[str, Any], _Place]] = {}
        self._parts: dict[str, tuple[str, str]] = {}
        self._known: dict[str, Product] = {}
        for item in objects(tree.get("full_product_names"), PRODUCTS_MAX):
            self._take(item, _Place())
        for item, place in _branches(tree.get("branches")):
            self._take(item, place)
        for item in objects(tree.get("relationships"), PRODUCTS_MAX):
            made = item.get("full_product_name")
            component, platform = (
                text(item.get("product_reference"), 1000),
                text(item.get("relates_to_product_reference"), 1000),
            )
            if isinstance(made, dict) and component and platform:
                self._take(made, _Place())
                self._parts[text(made.get("product_id"), 1000)] = component, platform
        self.groups = {
            text(item.get("group_id"), 1000): [text(name, 1000) for name in item.get("product_ids") or [] if name]
            for item in objects(tree.get("product_groups"), PRODUCTS_MAX)
            if isinstance(item.get("product_ids"), list)
        }

    def product(self, identifier: str) -> Product | None:
        """A product; None where the tree has none of the name."""
        if identifier not in self._given:
            return None
        if identifier not in self._known:
            self._known[identifier] = self._read(identifier)
        return self._known[identifier]

    def _take(self, item: dict[str, Any], place: _Place) -> None:
        identifier = text(item.get("product_id"), 1000)
        if identifier:
            self._given.setdefault(identifier, (item, place))
        if len(self._given) > PRODUCTS_MAX:
            raise NotAnAdvisory(f"It has over {PRODUCTS_MAX} products.")

    def _read(self, identifier: str) -> Product:
        item, place = self._given[identifier]
        name = text(item.get("name")) or identifier
        helpers = [_helper(item)]
        platform: dict[str, Any] = {}
        component = identifier
        for _ in range(DEPTH_MAX):
            # A component may itself be a component of a module: the innermost is the package, the outermost the platform.
            if component not in self._parts:
                break
            component, outer = self._parts[component]
            if component in self._given:
                helpers.append(_helper(self._given[component][0]))
                place = self._given[component][1]
            if not platform and outer in self._given:
                platform = _helper(self._given[outer][0])
        found: dict[Identity, None] = {}
        reasons: list[str] = []
        for helper in helpers:
            for identity in _identities(helper, platform, place, reasons):
                found[identity] = None
        if not found and not any(_says(helper) for helper in helpers):
            found.update(dict.fromkeys(_by_names(place, reasons)))
        return Product(name, tuple(found), place.range, "" if found else (reasons or ["it names no package"])[0])


def _branches(given: Any) -> Iterator[tuple[dict[str, Any], _Place]]:
    waiting = [(branch, _Place(), 1) for branch in reversed(objects(given, BRANCHES_MAX))]
    count = 0
    while waiting:
        branch, place, depth = waiting.pop()
        count += 1
        if count > BRANCHES_MAX or depth > DEPTH_MAX:
            raise NotAnAdvisory(f"Its branches are over {BRANCHES_MAX}, or deeper than {DEPTH_MAX}.")
        category, name = branch.get("category"), text(branch.get("name"), 2000)
        if category == "vendor":
            place = _Place(vendor=name)
        elif category == "product_name":
            place = _Place(place.vendor, name)
        elif category == "product_version":
            place = _Place(place.vendor, place.product, name)
        elif category == "product_version_range":
            place = _Place(place.vendor, place.product, range=_range(branch.get("name")))
        product = branch.get("product")
        if isinstance(product, dict):
            yield product, place
        waiting += [(inner, place, depth + 1) for inner in reversed(objects(branch.get("branches"), BRANCHES_MAX))]


def _range(given: Any) -> str:
    """A range as it stands: never cut, because a shorter one would say something else; ``vers`` refuses what is too long."""
    return given if isinstance(given, str) else ""


def _helper(item: dict[str, Any]) -> dict[str, Any]:
    helper = item.get("product_identification_helper")
    return helper if isinstance(helper, dict) else {}


def _says(helper: dict[str, Any]) -> bool:
    return bool(helper.get("purl") or helper.get("purls"))


def _identities(
    helper: dict[str, Any], platform: dict[str, Any], place: _Place, reasons: list[str]
) -> Iterator[Identity]:
    listed = helper.get("purls")
    for given in [helper.get("purl"), *(listed[:100] if isinstance(listed, list) else [])]:
        if isinstance(given, str):
            yield from _by_purl(given, text(platform.get("cpe"), 1000), place, reasons)
    given = helper.get("cpe")
    if isinstance(given, str) and not _says(helper):
        named = cpes.identify(given)
        if isinstance(named, cpes.NotACpe):
            reasons.append(f"its CPE name: {named.why}")
        else:
            version = "" if place.range else named.version or place.version
            yield Identity(named.package.ecosystem, named.package.name, version, named.order, cpes.unsaid(named.cpe))


def _by_purl(given: str, platform: str, place: _Place, reasons: list[str]) -> Iterator[Identity]:
    found = purls.identify(given)
    if isinstance(found, purls.NotIdentified):
        reasons.append(found.why)
        return
    package, order = found.package, found.order
    version = "" if place.range else found.version or place.version
    if order is None:
        reasons.append(found.why_not)
        return
    if not found.why_not:
        yield Identity(package.ecosystem, package.name, version, order)
        return
    # A distribution's package whose purl does not say the release: the platform that it is a component of does.
    release = _release(platform)
    if package.ecosystem == "rpm" and release:
        yield Identity(release, order.normalize_name(package.name.rpartition("/")[2]), version, order)
        return
    reasons.append(found.why_not)


def _release(platform: str) -> str:
    """OSV's name of the distribution and release that a platform's CPE name stands for; empty where it is none."""
    cpe = cpes.parse(platform)
    if isinstance(cpe, cpes.NotACpe):
        return ""
    if cpe.vendor == "redhat":
        # Other products of Red Hat have versions of their own and say in the edition what they are built for: el8.
        built = _EDITION.fullmatch(cpe.edition)
        major = _NUMBERS.match(cpe.version) if _LINUX.fullmatch(cpe.product) else None
        return f"Red Hat:{built[1]}" if built else f"Red Hat:{major[0]}" if major else ""
    if cpe.vendor == "suse":
        numbers = _NUMBERS.findall(f"{cpe.version} {cpe.update}")[:2] if _SUSE_LINUX.fullmatch(cpe.product) else []
        return f"SUSE:{'.'.join(numbers)}" if numbers else ""
    name, kept = _PLAIN_FAMILIES.get(cpe.vendor, ("", 0))
    numbers = _NUMBERS.findall(cpe.version)[:kept]
    return f"{name}:{'.'.join(numbers)}" if numbers else ""


def _by_names(place: _Place, reasons: list[str]) -> Iterator[Identity]:
    """A likely CPE name, where the document has names only."""
    if not place.vendor or not place.product:
        reasons.append("it has no package URL and no CPE name")
        return
    made = cpes.of_names(place.vendor, place.product)
    if isinstance(made, cpes.NotACpe):
        reasons.append(made.why)
        return
    package = cpes.package_of(made)
    flag = f"its CPE name was made from the names {place.vendor} and {place.product}"
    yield Identity(package.ecosystem, package.name, place.version, registry.ecosystem_of_folder("cpe"), flag)

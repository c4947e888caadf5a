"""Whose versions a CVE record speaks of: identities of one ``affected[]`` object.

In this order: its package URL; a package of a collection that has an order here; Red Hat's component of a release; its CPE
names. Where there are only names of a vendor and a product, the CPE name that they lead to by the dictionary's habits is
taken, and every match by it flagged.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from seawall.clearinghouse.matching import cpes, purls
from seawall.clearinghouse.matching.advisories.documents import scalar, texts
from seawall.clearinghouse.matching.cpes import NotACpe
from seawall.clearinghouse.matching.ecosystems import registry
from seawall.clearinghouse.matching.ecosystems.interface import Ecosystem

NAME_MAX = 300
CPES_MAX = 2_000
"""CPE names of one product; the longest list at hand has 400."""

MADE = "its CPE name was made from the names of the vendor and the product"
HARDWARE = "hardware has no versions of its own; the firmware beside it was taken"
NO_NAME = "it names no product, or no vendor: n/a and the like"
CONTAINER = "it is a container image, for which there is no ecosystem here"
NO_RELEASE = "it is a package of a product of Red Hat's that is no release of Enterprise Linux"

_COLLECTIONS = (
    (re.compile(r"https?://(?:registry\.npmjs\.org|(?:www\.)?npmjs\.com)\b"), "npm"),
    (re.compile(r"https?://pypi\.(?:python\.)?org\b"), "PyPI"),
    (re.compile(r"https?://(?:repo1?\.maven\.(?:apache\.)?org/maven2|(?:central\.sonatype\.com|(?:www\.)?mvnrepository\.com|search\.maven\.org))\b"), "Maven"),
    (re.compile(r"https?://(?:www\.)?rubygems\.org\b"), "RubyGems"),
    (re.compile(r"https?://(?:www\.)?(?:index\.)?crates\.io\b"), "crates.io"),
    (re.compile(r"https?://(?:pkg\.go\.dev|proxy\.golang\.org)\b"), "Go"),
    (re.compile(r"https?://(?:repo\.)?packagist\.org\b"), "Packagist"),
    (re.compile(r"https?://(?:(?:www|api)\.)?nuget\.org\b"), "NuGet"),
    (re.compile(r"https?://(?:repo\.)?hex\.pm\b"), "Hex"),
    (re.compile(r"https?://pub\.dev\b"), "Pub"),
)  # fmt: skip
_RED_HAT_PACKAGES = "https://access.redhat.com/downloads/content/package-browser"
_CONTAINERS = "https://catalog.redhat.com/software/containers"
_ENTERPRISE_LINUX = frozenset({"o:redhat:enterprise_linux", "a:redhat:enterprise_linux"})
_EMPTY = frozenset(
    {"", "n/a", "na", "unknown", "unspecified", "none", "-", "*", "not applicable", "undefined", "multiple vendors"}
)
_MARKS = str.maketrans({"®": "", "™": "", "\u2013": "-", "\u2019": "'"})
_KNOWN = {("linux", "linux"): "cpe:2.3:o:linux:linux_kernel:*:*:*:*:*:*:*:*"}
"""Products that their own CVE authority names without a CPE, and which have exactly one."""


@dataclass(frozen=True, slots=True)
class Identity:
    """Under which name a product's versions are matched."""

    ecosystem: str
    name: str
    order: Ecosystem
    flag: str = ""
    version: str = ""
    """Version that a CPE name itself has."""


@dataclass(frozen=True, slots=True)
class NoIdentity:
    """Why a product, or one of its names, is not matched."""

    what: str
    why: str


def identities(entry: dict[str, Any], taken: frozenset[str]) -> Iterator[Identity | NoIdentity]:
    """The identities of a product.

    Args:
        entry: An ``affected[]`` object.
        taken: Products that the record names by CPE elsewhere, as ``plain`` writes them.
    """
    url, package = scalar(entry.get("collectionURL"), NAME_MAX), scalar(entry.get("packageName"), NAME_MAX)
    names = texts(entry.get("cpes"), CPES_MAX, cpes.CPE_MAX)
    if url.startswith(_CONTAINERS):
        yield NoIdentity(package, CONTAINER)
        return
    if url.startswith(_RED_HAT_PACKAGES):
        yield from _of_red_hat(package, names)
        return
    found = 0
    for identity in (*_of_purl(entry), *_of_collection(url, package), *_of_cpes(names)):
        found += isinstance(identity, Identity)
        yield identity
    if not found:
        yield from _of_names(entry, taken)


def products_of(entry: dict[str, Any]) -> Iterator[str]:
    """Products that an object names by CPE, plainly."""
    for text in texts(entry.get("cpes"), CPES_MAX, cpes.CPE_MAX):
        named = _named(text)
        if not isinstance(named, NotACpe):
            yield plain(named.cpe.product)


def plain(name: str) -> str:
    """A name without what people write differently."""
    return re.sub(r"[^a-z0-9]", "", name.lower())


def of_cpe(text: str) -> Identity | NoIdentity:
    """The identity of one CPE name."""
    named = _named(text)
    if isinstance(named, NotACpe):
        return NoIdentity(text, f"its CPE name cannot be used: {named.why}")
    return Identity(named.package.ecosystem, named.package.name, named.order, cpes.unsaid(named.cpe), named.version)


@lru_cache(maxsize=10_000)
def _named(text: str) -> cpes.Named | NotACpe:
    return cpes.identify(text)


def _of_purl(entry: dict[str, Any]) -> Iterator[Identity | NoIdentity]:
    text = scalar(entry.get("packageURL"), purls.PURL_MAX)
    if not text:
        return
    found = purls.identify(text)
    if isinstance(found, purls.NotIdentified):
        yield NoIdentity(text, found.why)
    elif found.order is None or found.why_not:
        yield NoIdentity(text, found.why_not)
    else:
        yield Identity(found.package.ecosystem, found.package.name, found.order)


def _of_collection(url: str, package: str) -> Iterator[Identity | NoIdentity]:
    ecosystem = next((name for pattern, name in _COLLECTIONS if pattern.match(url)), None)
    order = registry.of_name(ecosystem) if ecosystem else None
    if ecosystem is None or order is None or not package or " " in package:
        return
    if ecosystem == "Maven" and ":" not in package:
        yield NoIdentity(package, "a Maven package without its group")
        return
    yield Identity(ecosystem, order.normalize_name(package), order)


def _of_red_hat(package: str, names: tuple[str, ...]) -> Iterator[Identity | NoIdentity]:
    """Components, named as their sources; the CPE names are of the releases that have them."""
    order = registry.of_name("Red Hat")
    releases = set()
    for text in names:
        named = _named(text)
        if not isinstance(named, NotACpe) and named.package.name in _ENTERPRISE_LINUX:
            releases.add(named.version.partition(".")[0])
    # A component of a module is named module:stream/component.
    component = package.rpartition("/")[2]
    if order is None or not component or not releases:
        yield NoIdentity(package, NO_RELEASE)
        return
    for release in sorted(release for release in releases if release.isdigit()):
        yield Identity(f"Red Hat:{release}", order.normalize_name(component), order)


def _of_cpes(names: tuple[str, ...]) -> Iterator[Identity | NoIdentity]:
    """One identity for each product; of its flag only what all its names share."""
    known: dict[tuple[str, str], Identity] = {}
    for text in names:
        identity = of_cpe(text)
        if isinstance(identity, NoIdentity):
            yield identity
            continue
        before = known.setdefault((identity.ecosystem, identity.name), identity)
        if before.flag and not identity.flag:
            known[identity.ecosystem, identity.name] = identity
    software = any(not name.startswith("h:") for _, name in known)
    for (_, name), identity in known.items():
        if software and name.startswith("h:"):
            yield NoIdentity(name, HARDWARE)
        else:
            yield identity


def _of_names(entry: dict[str, Any], taken: frozenset[str]) -> Iterator[Identity | NoIdentity]:
    vendor, product = (scalar(entry.get(name), NAME_MAX) for name in ("vendor", "product"))
    if vendor.lower() in _EMPTY or product.lower() in _EMPTY:
        yield NoIdentity(f"{vendor} {product}".strip() or "nothing", NO_NAME)
        return
    if plain(product) in taken:
        return  # the record says it again with its CPE name
    if (vendor.lower(), product.lower()) in _KNOWN:
        yield of_cpe(_KNOWN[vendor.lower(), product.lower()])
        return
    made = cpes.of_names(*(name.translate(_MARKS) for name in (vendor, product)))
    if isinstance(made, NotACpe):
        yield NoIdentity(f"{vendor} {product}", made.why)
        return
    package = cpes.package_of(made)
    yield Identity(package.ecosystem, package.name, registry.ecosystem_of_folder("cpe"), MADE)

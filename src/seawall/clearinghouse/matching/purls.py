"""From package URLs to the identities under which packages are matched, or to the reason why one is not; and back.

A distribution's release is part of its packages' identity: curl of Debian 11 and of Debian 12 are two packages. Where a
distribution's advisories name source packages, the identity is that of the source package, as far as the URL says it
(``upstream=curl``, ``upstream=curl@7.88.1-10``, ``upstream=curl-7.76.1-26.el9.src.rpm``) or is of one (``arch=source``).

    identify("pkg:deb/debian/libcurl4@7.88.1-10?upstream=curl&distro=debian-12.5")    # Package("Debian:12", "curl")
    purl_of(Package("Debian:12", "curl"), "7.88.1-10")    # pkg:deb/debian/curl@7.88.1-10?arch=source&distro=debian-12
"""

import re
from dataclasses import dataclass

from packageurl import PackageURL

from seawall.clearinghouse.matching import distributions
from seawall.clearinghouse.matching.distributions import Distribution
from seawall.clearinghouse.matching.ecosystems import registry
from seawall.clearinghouse.matching.ecosystems.interface import Ecosystem
from seawall.clearinghouse.matching.types import Package

PURL_MAX = 1000
"""Characters of a package URL; the longest in the advisories at hand has 180."""
NAME_MAX = 300
"""Characters of a package's name with its namespace."""
ECOSYSTEM_MAX = 80
"""Characters of an ecosystem with its release."""

_OF_DISTRIBUTIONS = frozenset({"apk", "deb", "rpm"})
_SEPARATORS = {"maven": ":", "vscode-extension": "."}
_OSV_NAMES = {"conan": "ConanCenter", "julia": "Julia", "swift": "SwiftURL"}
"""OSV's names of purl types whose order goes under another name, or that have none."""
_TYPES = {
    "Bitnami": "bitnami",
    "CRAN": "cran",
    "ConanCenter": "conan",
    "GitHub Actions": "githubactions",
    "Go": "golang",
    "Hackage": "hackage",
    "Hex": "hex",
    "Julia": "julia",
    "Maven": "maven",
    "NuGet": "nuget",
    "Packagist": "composer",
    "Pub": "pub",
    "PyPI": "pypi",
    "RubyGems": "gem",
    "SwiftURL": "swift",
    "VSCode": "vscode-extension",
    "crates.io": "cargo",
    "generic": "generic",
    "npm": "npm",
    "opam": "opam",
}
_NAMESPACED = frozenset({"composer", "githubactions", "golang", "maven", "npm", "swift", "vscode-extension"})
_SOURCE_ARCHES = frozenset({"source", "src"})
_SOURCE_RPM = re.compile(r"(.+)-([^-]+-[^-]+?)\.(?:no)?src(?:\.rpm)?")
_REBUILT = re.compile(r"\+b[0-9]+$")
_TYPE = re.compile(r"[a-z][a-z0-9.+-]*")
_SCHEME = re.compile(r"(?:https?|ssh|git)://(?:[^@/]*@)?")


@dataclass(frozen=True, slots=True)
class Source:
    """The source package that a distribution's binary package was built from."""

    name: str
    version: str


@dataclass(frozen=True, slots=True)
class Identified:
    """A package URL that was understood."""

    package: Package
    version: str
    """Empty where the URL has none."""
    order: Ecosystem | None
    """None where the type's versions have no order here."""
    why_not: str = ""
    """Why it can only be matched by exact text, or not at all; empty where it is matched fully."""
    binary: str = ""
    """Name of the binary package, where ``package`` and ``version`` are those of the source it was built from."""
    source: Source | None = None
    """Source package, where the URL says it and ``package`` is the binary one, as in Red Hat's advisories."""


@dataclass(frozen=True, slots=True)
class NotIdentified:
    """A package URL that names nothing that could be matched."""

    why: str


def identify(text: str, *, upstream: str = "") -> Identified | NotIdentified:
    """The identity that a package URL names; never raises.

    Args:
        text: The package URL.
        upstream: Source package of a distribution's package (``curl``, ``curl@8.0-1``), taken where the URL says none.
    """
    if len(text) > PURL_MAX:
        return NotIdentified(f"its package URL has {len(text)} characters; {PURL_MAX} are read")
    try:
        purl = PackageURL.from_string(text)
    except ValueError:
        return NotIdentified(f"{text[:80]!r} is no package URL")
    found = _identified(purl, upstream)
    # Asked at the end, because some letters become two when they are lower-cased.
    for what, length, limit in (
        ("name", len(found.package.name), NAME_MAX),
        ("type", len(found.package.ecosystem), ECOSYSTEM_MAX),
    ):
        if length > limit:
            return NotIdentified(f"its {what} has {length} characters; {limit} are read")
    return found


def _identified(purl: PackageURL, upstream: str) -> Identified:
    name = _name(purl)
    version = purl.version or ""
    order = registry.of_purl_type(purl.type)
    if order is None:
        why = f"the order of {purl.type} versions is not known here; only versions that an advisory lists are matched"
        return Identified(Package(_OSV_NAMES.get(purl.type, purl.type), name), version, None, why)
    if purl.type in _OF_DISTRIBUTIONS:
        return _of_distribution(purl, order, upstream)
    return Identified(package_of(_OSV_NAMES.get(purl.type, order.name), name), version, order)


def package_of(ecosystem: str, name: str) -> Package:
    """The identity of a package as OSV names it: its release and its name in the one spelling that is matched."""
    order = registry.of_name(ecosystem)
    found = distributions.canonical(ecosystem)
    if found == "SwiftURL":
        name = _SCHEME.sub("", name).removesuffix("/").removesuffix(".git")
    return Package(found, name if order is None else order.normalize_name(name))


def purl_of(package: Package, version: str = "", *, binary: str = "") -> str | None:
    """The package URL of an identity; None where there is no type for it, as for what is named by CPE.

    Args:
        package: As ``identify`` and ``package_of`` make it.
        version: Empty for all versions.
        binary: Name of the binary package, where that is wanted of a distribution's source package.
    """
    release = distributions.of_ecosystem(package.ecosystem)
    if release is not None:
        return _of_release(release, package.name, version, binary)
    # A distribution's package whose release was not said, or a type that has no name of OSV's.
    kind = _TYPES.get(package.ecosystem, package.ecosystem)
    if _TYPE.fullmatch(kind) is None:
        return None
    if kind in _OF_DISTRIBUTIONS:
        namespace, _, name = package.name.rpartition("/")
    elif kind in _NAMESPACED:
        namespace, _, name = package.name.rpartition(_SEPARATORS.get(kind, "/"))
        namespace = namespace.replace(":", "/") if kind != "maven" else namespace
    else:
        namespace, name = "", package.name
    return _written(kind, namespace, name, version, {})


def _of_distribution(purl: PackageURL, order: Ecosystem, upstream: str) -> Identified:
    qualifiers = purl.qualifiers if isinstance(purl.qualifiers, dict) else {}
    version, epoch = purl.version or "", qualifiers.get("epoch", "")
    if purl.type != "apk" and epoch.isdigit() and version and ":" not in version:
        version = f"{epoch}:{version}"
    release = distributions.named(purl.type, purl.namespace or "", qualifiers.get("distro", ""))
    if release is None:
        why = "its package URL does not say which release of which distribution it is from (namespace and ?distro=)"
        return Identified(Package(purl.type, _name(purl)), version, order, why)
    source = None
    if qualifiers.get("arch", "") not in _SOURCE_ARCHES:
        source = _source(release.distribution, qualifiers.get("upstream", "") or upstream, version)
    if source is None or not release.distribution.by_source:
        return Identified(Package(release.ecosystem, order.normalize_name(purl.name)), version, order, source=source)
    package = Package(release.ecosystem, order.normalize_name(source.name))
    return Identified(package, source.version, order, binary=purl.name)


def _source(distribution: Distribution, upstream: str, version: str) -> Source | None:
    """The source package that ``upstream`` names; its version is the binary's where it is not said."""
    first = upstream.partition(",")[0].strip()
    if not first or len(first) > NAME_MAX:
        return None
    if distribution.purl_type == "rpm":
        match = _SOURCE_RPM.fullmatch(first)
        if match is None:
            name, _, own = first.partition("@")
            return Source(name, own or version)
        # The file's name has no epoch: it is the binary's where the rest is the same.
        return Source(match[1], version if version.endswith(f":{match[2]}") else match[2])
    name, _, own = first.partition("@")
    if not own:
        # Debian rebuilds binaries without a new source: 1.2-3+b1 was built from 1.2-3.
        own = _REBUILT.sub("", version) if distribution.name == "Debian" else version
    return Source(name, own)


def _of_release(release: distributions.Release, name: str, version: str, binary: str) -> str | None:
    distribution = release.distribution
    qualifiers = {"distro": release.distro}
    if distribution.purl_type == "rpm" and ":" in version:
        qualifiers["epoch"], _, version = version.partition(":")
    if binary and binary != name:
        qualifiers["upstream"] = f"{name}-{version}.src.rpm" if distribution.purl_type == "rpm" and version else name
    elif distribution.purl_type == "deb" and not binary:
        qualifiers["arch"] = "source"
    return _written(distribution.purl_type, distribution.namespace, binary or name, version, qualifiers)


def _written(kind: str, namespace: str, name: str, version: str, qualifiers: dict[str, str]) -> str | None:
    """A package URL; None where the specification's spelling leaves no name over, as of blanks and slashes."""
    try:
        purl = PackageURL(kind, namespace or None, name, version or None, qualifiers)
    except ValueError:
        return None
    return purl.to_string() if purl.name and (purl.version or not version) else None


def _name(purl: PackageURL) -> str:
    return _SEPARATORS.get(purl.type, "/").join(part for part in (purl.namespace, purl.name) if part)

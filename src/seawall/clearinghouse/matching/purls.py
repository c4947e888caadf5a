"""From package URLs to the identities under which packages are matched, or to the reason why one is not.

A distribution's release is part of its packages' identity: curl of Debian 11 and of Debian 12 are two packages.
"""

import re
from dataclasses import dataclass

from packageurl import PackageURL

from seawall.clearinghouse.matching.ecosystems import registry
from seawall.clearinghouse.matching.ecosystems.interface import Ecosystem
from seawall.clearinghouse.matching.types import Package

PURL_MAX = 1000
"""Characters of a package URL; the longest in the advisories at hand has 180."""
NAME_MAX = 300
"""Characters of a package's name with its namespace."""

_DISTRIBUTIONS = {
    # purl type and namespace: OSV's name, and how many numbers of a release it keeps
    ("deb", "debian"): ("Debian", 1),
    ("deb", "ubuntu"): ("Ubuntu", 2),
    ("apk", "alpine"): ("Alpine", 2),
    ("apk", "wolfi"): ("Wolfi", 0),
    ("apk", "chainguard"): ("Chainguard", 0),
    ("rpm", "redhat"): ("Red Hat", 1),
    ("rpm", "rhel"): ("Red Hat", 1),
    ("rpm", "rocky"): ("Rocky Linux", 1),
    ("rpm", "rocky-linux"): ("Rocky Linux", 1),
    ("rpm", "almalinux"): ("AlmaLinux", 1),
    ("rpm", "fedora"): ("Fedora", 1),
    ("rpm", "opensuse"): ("openSUSE", 2),
    ("rpm", "suse"): ("SUSE", 2),
}
_CODENAMES = {
    "buster": "10",
    "bullseye": "11",
    "bookworm": "12",
    "trixie": "13",
    "focal": "20.04",
    "jammy": "22.04",
    "noble": "24.04",
}
_RELEASE = re.compile(r"(?:^|-)v?([0-9]+(?:\.[0-9]+)*)$")
_OF_DISTRIBUTIONS = frozenset({"apk", "deb", "rpm"})
_SEPARATORS = {"maven": ":"}


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


@dataclass(frozen=True, slots=True)
class NotIdentified:
    """A package URL that names nothing that could be matched."""

    why: str


def identify(text: str) -> Identified | NotIdentified:
    """The identity that a package URL names; never raises."""
    if len(text) > PURL_MAX:
        return NotIdentified(f"its package URL has {len(text)} characters; {PURL_MAX} are read")
    try:
        purl = PackageURL.from_string(text)
    except ValueError:
        return NotIdentified(f"{text[:80]!r} is no package URL")
    name = _name(purl)
    if len(name) > NAME_MAX:
        return NotIdentified(f"its name has {len(name)} characters; {NAME_MAX} are read")
    version = purl.version or ""
    order = registry.of_purl_type(purl.type)
    if order is None:
        why = f"the order of {purl.type} versions is not known here; only versions that an advisory lists are matched"
        return Identified(Package(purl.type, name), version, None, why)
    if purl.type in _OF_DISTRIBUTIONS:
        return _of_distribution(purl, order)
    return Identified(Package(order.name, order.normalize_name(name)), version, order)


def _of_distribution(purl: PackageURL, order: Ecosystem) -> Identified:
    qualifiers = purl.qualifiers if isinstance(purl.qualifiers, dict) else {}
    version, epoch = purl.version or "", qualifiers.get("epoch", "")
    if purl.type == "rpm" and epoch and version and ":" not in version:
        version = f"{epoch}:{version}"
    ecosystem = _distribution(purl, qualifiers.get("distro", ""))
    if ecosystem is None:
        why = "its package URL does not say which release of which distribution it is from (namespace and ?distro=)"
        return Identified(Package(purl.type, _name(purl)), version, order, why)
    return Identified(Package(ecosystem, order.normalize_name(purl.name)), version, order)


def _name(purl: PackageURL) -> str:
    return _SEPARATORS.get(purl.type, "/").join(part for part in (purl.namespace, purl.name) if part)


def _distribution(purl: PackageURL, distro: str) -> str | None:
    known = _DISTRIBUTIONS.get((purl.type, (purl.namespace or "").lower()))
    if known is None:
        return None
    base, kept = known
    if kept == 0:
        return base
    found = _RELEASE.search(_CODENAMES.get(distro.lower(), distro.lower()))
    if found is None:
        return None
    release = ".".join(found[1].split(".")[:kept])
    return f"{base}:{'v' if base == 'Alpine' else ''}{release}"

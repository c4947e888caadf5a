"""All ecosystems, found by OSV's name or by purl type."""

from functools import cache
from importlib import import_module

from seawall.clearinghouse.matching.ecosystems.interface import Ecosystem

FOLDERS = (
    "alpine",
    "cargo",
    "cpe",
    "debian",
    "generic",
    "golang",
    "hex",
    "maven",
    "npm",
    "nuget",
    "packagist",
    "pub",
    "pypi",
    "rpm",
    "rubygems",
    "semver",
)


def ecosystem_of_folder(folder: str) -> Ecosystem:
    """The ecosystem that a folder beside this module implements."""
    found: Ecosystem = import_module(f"seawall.clearinghouse.matching.ecosystems.{folder}.order").ECOSYSTEM
    return found


@cache
def _by_purl_type() -> dict[str, Ecosystem]:
    return {kind: found for folder in FOLDERS for found in [ecosystem_of_folder(folder)] for kind in found.purl_types}


@cache
def _by_name() -> dict[str, Ecosystem]:
    return {found.name: found for found in map(ecosystem_of_folder, FOLDERS)}


def of_purl_type(kind: str) -> Ecosystem | None:
    """The ecosystem of a purl type, or None where its versions have no order here."""
    return _by_purl_type().get(kind)


_FAMILIES = {
    "Ubuntu": "Debian",
    "Wolfi": "Alpine",
    "Chainguard": "Alpine",
    "AlmaLinux": "RPM",
    "Red Hat": "RPM",
    "Rocky Linux": "RPM",
    "openSUSE": "RPM",
    "SUSE": "RPM",
    "Fedora": "RPM",
    "SwiftURL": "SemVer",
}


def of_name(name: str) -> Ecosystem | None:
    """The ecosystem of an OSV name, whose release after a colon (``Debian:12``) does not change the order."""
    base = name.partition(":")[0]
    return _by_name().get(_FAMILIES.get(base, base))

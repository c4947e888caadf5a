"""Package.resolved of Swift Package Manager, versions 1 to 3
(https://docs.swift.org/swiftpm/documentation/packagemanagerdocs/resolvingpackageversions). Swift's packages are repositories:
their names are addresses. A pin to a branch or a commit has no version.
"""

from typing import Any

from seawall.clearinghouse.matching.errors import NotAnInventory, UnsupportedVersion
from seawall.clearinghouse.matching.formats.interface import Sbom
from seawall.clearinghouse.matching.formats.locks import Lock, of_file
from seawall.clearinghouse.matching.formats.reading import json_of, mapping, mappings, shown, text

VERSIONS = (1, 2, 3)


def claims(path: str) -> bool:
    """The one name that Swift writes."""
    return path.rpartition("/")[2] == "Package.resolved"


def parse(data: bytes) -> Sbom:
    """Read a Package.resolved.

    Raises:
        NotAnInventory: Not JSON, or not Swift's.
        UnsupportedVersion: Another version of the format.
        InventoryTooLarge: Over a limit.
    """
    document = json_of(data)
    version = document.get("version")
    pins = document.get("pins") if version != 1 else mapping(document.get("object")).get("pins")
    if (
        isinstance(version, bool)
        or not isinstance(version, int)
        or (version in VERSIONS and not isinstance(pins, list))
    ):
        raise NotAnInventory("This is no Package.resolved: version or pins is missing.", "Let Swift write it.")
    if version not in VERSIONS:
        raise UnsupportedVersion(f"Version {shown(str(version), 20)} is not read.", "Let Swift write version 1 to 3.")
    lock = Lock("swift", "Package.resolved")
    for pin in mappings(pins):
        _add(lock, pin)
    return lock.sbom()


def _add(lock: Lock, pin: dict[str, Any]) -> None:
    state, kind = mapping(pin.get("state")), text(pin.get("kind"))
    identity = text(pin.get("identity")) or text(pin.get("package"))
    location = text(pin.get("location")) or text(pin.get("repositoryURL"))
    version, why = text(state.get("version")), ""
    if kind == "registry":
        namespace, _, name = identity.rpartition(".")
        why = "it comes from a package registry, whose names no advisory uses"
    else:
        namespace, _, name = repository(location).rpartition("/")
        if kind == "localSourceControl" or not namespace:
            why = of_file(location)
    if not version and not why:
        at = text(state.get("branch")) or "no branch"
        why = f"it is pinned to {shown(at)} at {shown(text(state.get('revision')), 40)}, not to a version"
    if name or identity:
        lock.package((identity, location), "swift", name or identity, version, namespace=namespace, why_not=why)
    else:
        lock.left_out("Entries without a name are left out", location)


def repository(url: str) -> str:
    """A repository's address as the package URL has it: ``github.com/apple/swift-nio``; empty for a local one."""
    _, found, rest = url.partition("://")
    if not found:
        host, found, path = url.partition(":")
        if not found or "/" in host or not path:
            return ""
        rest = f"{host}/{path}"
    host, _, path = rest.partition("/")
    whole = f"{host.rpartition('@')[2].partition(':')[0].lower()}/{path.strip('/').removesuffix('.git')}"
    return whole if whole.count("/") >= 2 or path else ""  # noqa: PLR2004 - host, owner and name

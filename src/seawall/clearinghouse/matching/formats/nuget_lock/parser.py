"""NuGet's packages.lock.json, version 1 and 2
(https://learn.microsoft.com/en-us/nuget/consume-packages/package-references-in-project-files#locking-dependencies): the
packages of each framework, with what needs what. Entries of type Project are the solution's own.
"""

from typing import Any

from seawall.clearinghouse.matching.errors import NotAnInventory, UnsupportedVersion
from seawall.clearinghouse.matching.formats.interface import Sbom
from seawall.clearinghouse.matching.formats.locks import Lock
from seawall.clearinghouse.matching.formats.reading import json_of, mapping, shown, text

VERSIONS = (1, 2)


def claims(path: str) -> bool:
    """``packages.lock.json``, or ``packages.project.lock.json`` where a folder has several projects."""
    name = path.rpartition("/")[2].lower()
    return name == "packages.lock.json" or (name.startswith("packages.") and name.endswith(".lock.json"))


def parse(data: bytes) -> Sbom:
    """Read a packages.lock.json.

    Raises:
        NotAnInventory: Not JSON, or not NuGet's.
        UnsupportedVersion: Another version of the format.
        InventoryTooLarge: Over a limit.
    """
    document = json_of(data)
    version = document.get("version")
    if isinstance(version, bool) or not isinstance(version, int) or "dependencies" not in document:
        raise NotAnInventory(
            "This is no packages.lock.json: version or dependencies is missing.", "Let NuGet write it."
        )
    if version not in VERSIONS:
        raise UnsupportedVersion(f"Version {shown(str(version), 20)} is not read.", "Lock with version 1 or 2.")
    lock = Lock("nuget_lock", "packages.lock.json")
    for framework, packages in mapping(document["dependencies"]).items():
        _read(lock, framework, {name: mapping(item) for name, item in mapping(packages).items()})
    return lock.sbom()


def _read(lock: Lock, framework: str, packages: dict[str, dict[str, Any]]) -> None:
    for name, item in packages.items():
        key, kind = (framework, name.lower()), text(item.get("type"))
        if kind == "Project":
            lock.own(key, name)
        else:
            lock.package(key, "nuget", name, text(item.get("resolved")))
        lock.needs(key, ((framework, needed.lower()) for needed in mapping(item.get("dependencies"))))
        if kind in {"Direct", "Project"}:
            lock.root(key)

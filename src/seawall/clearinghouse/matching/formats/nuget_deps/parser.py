"""``*.deps.json``, which .NET writes beside a built program
(https://github.com/dotnet/cli/blob/rel/1.0.0/Documentation/specs/runtime-configuration-file.md): what the program loads, with
what needs what. A self-contained program carries its runtime, as an entry of type ``runtimepack``.
"""

from typing import Any

from seawall.clearinghouse.matching.errors import NotAnInventory
from seawall.clearinghouse.matching.formats.interface import Sbom
from seawall.clearinghouse.matching.formats.locks import Lock, of_file
from seawall.clearinghouse.matching.formats.reading import json_of, mapping, text

_PACK = "runtimepack."


def claims(path: str) -> bool:
    """Any name that ends so."""
    return path.lower().endswith(".deps.json")


def parse(data: bytes) -> Sbom:
    """Read a deps.json.

    Raises:
        NotAnInventory: Not JSON, or not .NET's.
        InventoryTooLarge: Over a limit.
    """
    document = json_of(data)
    if not isinstance(document.get("libraries"), dict) or "runtimeTarget" not in document:
        raise NotAnInventory("This is no deps.json: runtimeTarget or libraries is missing.", "Let .NET write it.")
    libraries = {name: mapping(item) for name, item in document["libraries"].items()}
    projects = [name for name, item in libraries.items() if text(item.get("type")) == "project"]
    lock = Lock("nuget_deps", projects[0].replace("/", " ") if projects else "deps.json")
    for key, item in libraries.items():
        _add(lock, key, text(item.get("type")))
    for packages in mapping(document.get("targets")).values():
        for key, item in mapping(packages).items():
            _connect(lock, key, mapping(item), own=key in projects, several=len(projects) > 1)
    return lock.sbom()


def _add(lock: Lock, key: str, kind: str) -> None:
    name, _, version = key.partition("/")
    if kind == "project":
        lock.own(key, f"{name} {version}")
    elif kind == "runtimepack":
        lock.package(key, "nuget", name.removeprefix(_PACK), version)
    elif kind == "package":
        lock.package(key, "nuget", name, version)
    else:
        lock.package(key, "nuget", name, version, why_not=of_file(name))


def _connect(lock: Lock, key: str, item: dict[str, Any], *, own: bool, several: bool) -> None:
    targets = [f"{name}/{text(version)}" for name, version in mapping(item.get("dependencies")).items()]
    if not own:
        lock.needs(key, targets)
        return
    for target in targets:
        lock.root(target, part=key if several else None)

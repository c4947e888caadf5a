"""composer.lock (https://getcomposer.org/doc/01-basic-usage.md#commit-your-composer-lock-file-to-version-control).

A version that names a branch (``dev-main``) has no place among the published ones. The project's own needs stand in the
composer.json beside it; without it, what no other package needs is taken for them.
"""

from typing import Any

from seawall.clearinghouse.matching.errors import NotAnInventory
from seawall.clearinghouse.matching.formats.interface import Beside, Sbom, nothing_beside
from seawall.clearinghouse.matching.formats.locks import Lock, of_file
from seawall.clearinghouse.matching.formats.reading import json_of, mapping, mappings, shown, text

_TABLES = (("packages", "require", ""), ("packages-dev", "require-dev", "dev"))


def claims(path: str) -> bool:
    """The one name that Composer writes."""
    return path.rpartition("/")[2] == "composer.lock"


def parse(data: bytes) -> Sbom:
    """Read a composer.lock.

    Raises:
        NotAnInventory: Not JSON, or not Composer's.
        InventoryTooLarge: Over a limit.
    """
    return parse_beside(data, nothing_beside)


def parse_beside(data: bytes, beside: Beside) -> Sbom:
    """The same, with the composer.json beside it."""
    document = json_of(data)
    if not isinstance(document.get("packages"), list):
        raise NotAnInventory("This is no composer.lock: packages is missing.", "Let Composer write it.")
    project = _project(beside("composer.json"))
    lock = Lock("composer", text(project.get("name")) or "composer.lock")
    found: list[tuple[str, dict[str, Any]]] = []
    stands_for: dict[str, str] = {}
    for table, _, scope in _TABLES:
        for item in mappings(document.get(table)):
            name, version = text(item.get("name")).lower(), text(item.get("version"))
            if not name:
                lock.left_out("Entries without a name are left out", str(item)[:40])
                continue
            found.append((name, item))
            namespace, _, base = name.rpartition("/")
            why = _why_not(item, version)
            lock.package(name, "composer", base, version, namespace=namespace, why_not=why, scope=scope)
            for other in (*mapping(item.get("replace")), *mapping(item.get("provide"))):
                stands_for.setdefault(other.lower(), name)
    for name, item in found:
        lock.needs(name, _targets(lock, stands_for, item.get("require")))
    known = False
    for _, table, scope in _TABLES:
        for target in _targets(lock, stands_for, project.get(table)):
            lock.root(target, scope)
            known = True
    if not known:
        lock.roots_are_what_nothing_needs()
    return lock.sbom()


def _targets(lock: Lock, stands_for: dict[str, str], needed: Any) -> list[str]:
    names = (name.lower() for name in mapping(needed))
    return [target for name in names if (target := name if name in lock else stands_for.get(name, "")) in lock]


def _why_not(item: dict[str, Any], version: str) -> str:
    if text(mapping(item.get("dist")).get("type")) == "path":
        return of_file(text(mapping(item["dist"]).get("url")))
    if version.startswith("dev-") or version.endswith("-dev"):
        commit = text(mapping(item.get("source")).get("reference"))
        at = f" at {shown(commit, 40)}" if commit else ""
        return f"{shown(version)} is a branch{at}, not a published version"
    return ""


def _project(data: bytes | None) -> dict[str, Any]:
    try:
        return {} if data is None else json_of(data)
    except NotAnInventory:
        return {}

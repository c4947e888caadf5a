"""bun.lock, Bun's text lock file, lockfileVersion 0 and 1 (https://bun.com/docs/pm/lockfile): JSON with comments and commas
at ends. Packages are keyed by the way to them (``parent/name``); workspaces are the project's own.
"""

import re
from collections.abc import Iterator
from typing import Any

from seawall.clearinghouse.matching.errors import NotAnInventory, UnsupportedVersion
from seawall.clearinghouse.matching.formats.interface import Sbom
from seawall.clearinghouse.matching.formats.locks import PATCHED, Lock
from seawall.clearinghouse.matching.formats.npm.parser import NESTED_MAX, PLACE_MAX, add, name_and_range, why_not
from seawall.clearinghouse.matching.formats.reading import json_of_text, mapping, sequence, shown, text, text_of

_NOT_JSON = re.compile(r'("(?:[^"\\]|\\.)*+"?)|,(?=\s*[}\]])|//[^\n]*+|/\*.*?\*/', re.DOTALL)
_TABLES = (("dependencies", ""), ("optionalDependencies", "optional"), ("devDependencies", "dev"))


def claims(path: str) -> bool:
    """The one name that Bun writes."""
    return path.rpartition("/")[2] == "bun.lock"


def parse(data: bytes) -> Sbom:
    """Read a bun.lock.

    Raises:
        NotAnInventory: Not JSON with comments, or not Bun's.
        UnsupportedVersion: Another lockfileVersion.
        InventoryTooLarge: Over a limit.
    """
    document = json_of_text(_NOT_JSON.sub(lambda match: match[1] or "", text_of(data)))
    version = document.get("lockfileVersion")
    if isinstance(version, bool) or not isinstance(version, int):
        raise NotAnInventory("This is no bun.lock: lockfileVersion is missing.", "Let Bun write it.")
    if version not in {0, 1}:
        raise UnsupportedVersion(f"lockfileVersion {shown(str(version), 20)} is not read.", "Lock with 0 or 1.")
    workspaces = {place: mapping(item) for place, item in mapping(document.get("workspaces")).items()}
    lock = Lock("bun", text(mapping(workspaces.get("")).get("name")) or "bun.lock")
    needed = _list(lock, mapping(document.get("packages")))
    for key, about in needed.items():
        for table in ("dependencies", "optionalDependencies", "peerDependencies"):
            for name in mapping(about.get(table)):
                lock.needs(key, _target(lock, key, name))
    for key in mapping(document.get("patchedDependencies")):
        lock.left_out(PATCHED, key)
    for place, item in workspaces.items():
        _root(lock, place, item)
    return lock.sbom()


def _list(lock: Lock, packages: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Add all packages; what each says about itself."""
    needed: dict[str, dict[str, Any]] = {}
    for key, entry in packages.items():
        parts = sequence(entry)
        if not parts or len(key) > PLACE_MAX or key.count("/") > NESTED_MAX:
            lock.left_out("Entries at odd places are left out", key)
            continue
        name, place = name_and_range(text(parts[0]))
        if place.startswith(("workspace:", "root:", "link:")):
            lock.own(key, name)
            continue
        why = why_not(place)
        add(lock, key, name, "" if why else place.removeprefix("npm:"), why_not=why, ref=key)
        needed[key] = next((part for part in parts[1:] if isinstance(part, dict)), {})
    return needed


def _root(lock: Lock, place: str, item: dict[str, Any]) -> None:
    """What a workspace needs."""
    part = ("workspace", place) if place else None
    if part is not None:
        lock.own(part, text(item.get("name")) or place)
    for table, scope in _TABLES:
        for name in mapping(item.get(table)):
            for target in _target(lock, text(item.get("name")), name):
                lock.root(target, scope, part=part)


def _target(lock: Lock, key: str, name: str) -> Iterator[str]:
    """The package that a name stands for, seen from another: the nearest on its way."""
    here = key
    while here:
        if f"{here}/{name}" in lock:
            yield f"{here}/{name}"
            return
        here = _above(here)
    if name in lock:
        yield name


def _above(key: str) -> str:
    above, _, last = key.rpartition("/")
    scope = above.rpartition("/")
    if scope[2].startswith("@") and last:
        return scope[0]  # a scoped name has a slash of its own
    return above

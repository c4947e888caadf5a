"""package-lock.json and npm-shrinkwrap.json, lockfileVersion 1, 2 and 3
(https://docs.npmjs.com/cli/configuring-npm/package-lock-json).

A package's real name is its entry's ``name``, else the last folder of its place: an alias installs one package under the
name of another. What needs what follows from the places, as Node.js looks modules up. Links and the workspaces they point to
are the project's own and are left out. Which addresses are a registry's cannot be told from the address, so a package counts
as fetched from elsewhere only where the one who needs it asks for an address.
"""

import re
from collections.abc import Iterator
from typing import Any

from seawall.clearinghouse.matching.errors import NotAnInventory, UnsupportedVersion
from seawall.clearinghouse.matching.formats.interface import Sbom
from seawall.clearinghouse.matching.formats.locks import Lock, of_file, of_git, of_url
from seawall.clearinghouse.matching.formats.reading import json_of, mapping, shown, text

FOLDERS = "node_modules/"
NESTED_MAX = 40
"""Packages inside of packages; real ones stay under 10."""
PLACE_MAX = 2000
"""Characters of a package's place."""
BUNDLED = "Packages that come inside of another's archive may differ from the published ones"

_GIT = re.compile(r"git(\+[a-z]+)?:|git@|(github|gitlab|bitbucket|gist):")
_SHORTHAND = re.compile(r"[A-Za-z0-9-]+/[\w.-]+(#.*)?")
_HOSTED = re.compile(r"https?://[^#]+(\.git(#.*)?|#[0-9a-f]{7,})")


def claims(path: str) -> bool:
    """The two names that npm reads; the hidden one inside node_modules is of what is installed."""
    return path.rpartition("/")[2] in {"package-lock.json", "npm-shrinkwrap.json"}


def parse(data: bytes) -> Sbom:
    """Read a lock file.

    Raises:
        NotAnInventory: Not JSON, or without lockfileVersion.
        UnsupportedVersion: Another lockfileVersion.
        InventoryTooLarge: Over a limit.
    """
    document = json_of(data)
    version = document.get("lockfileVersion")
    if isinstance(version, bool) or not isinstance(version, int):
        raise NotAnInventory("This is no package-lock.json: lockfileVersion is missing.", "Let npm write it.")
    if version not in {1, 2, 3}:
        raise UnsupportedVersion(f"lockfileVersion {shown(str(version), 20)} is not read.", "Lock with 1, 2 or 3.")
    subject = f"{text(document.get('name'))} {text(document.get('version'))}".strip()
    lock = Lock("npm", subject or "package-lock.json")
    if isinstance(document.get("packages"), dict):
        _read_places(lock, {place: mapping(item) for place, item in document["packages"].items()})
    else:
        _read_nested(lock, mapping(document.get("dependencies")))
    return lock.sbom()


def why_not(spec: str) -> str:
    """Why what a specification asks for is not the published package; empty where it is."""
    if _GIT.match(spec) or _SHORTHAND.fullmatch(spec) or _HOSTED.fullmatch(spec):
        url, _, commit = spec.partition("#")
        return of_git(url, commit)
    if spec.startswith(("http:", "https:")):
        return of_url(spec)
    if spec.startswith(("file:", "link:", "portal:", "./", "../", "/", "~/")):
        return of_file(spec.partition(":")[2] if ":" in spec else spec)
    return ""


def name_and_range(spec: str) -> tuple[str, str]:
    """The parts of ``name@range``; the name may begin with a scope."""
    at = spec.find("@", 1)
    return (spec, "") if at < 0 else (spec[:at], spec[at + 1 :])


def add(lock: Lock, key: Any, name: str, version: str, **more: Any) -> None:
    """A package of npm by its whole name."""
    namespace, _, base = name.rpartition("/")
    lock.package(key, "npm", base, version, namespace=namespace, **more)


def _read_places(lock: Lock, packages: dict[str, dict[str, Any]]) -> None:
    """Versions 2 and 3: packages by the place where they lie."""
    needed = {place: list(_needed(packages, place, item)) for place, item in packages.items()}
    asked = {target: why for found in needed.values() for spec, target in found if (why := why_not(spec))}
    for place, item in packages.items():
        before, inside, name = place.rpartition(FOLDERS)
        if not place or item.get("link") is True:
            continue
        if not inside:
            lock.own(place, f"{text(item.get('name')) or place} {text(item.get('version'))}".strip())
            lock.left_out("Workspaces and folders of the project are not matched", place)
            continue
        if not name or not _is_usual(place, before.count(FOLDERS)):
            lock.left_out("Entries at odd places are left out", place)
            continue
        resolved = text(item.get("resolved"))
        why = why_not(resolved) if resolved.startswith(("git", "file:")) else asked.get(place, "")
        if item.get("inBundle") is True:
            lock.left_out(BUNDLED, place)
        version, name = text(item.get("version")), text(item.get("name")) or name
        add(lock, place, name, version, why_not=why, scope=_scope(item), ref=place)
    for place, found in needed.items():
        if place:
            lock.needs(place, (target for _, target in found))
        for _, target in found if not place else ():
            lock.root(target)
        if place and FOLDERS not in place:
            lock.root(place)


def _is_usual(place: str, depth: int) -> bool:
    return len(place) <= PLACE_MAX and depth < NESTED_MAX


def _needed(packages: dict[str, dict[str, Any]], place: str, item: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """What an entry asks for, and the place where it finds it."""
    tables = ["dependencies", "optionalDependencies", "peerDependencies"]
    if FOLDERS not in place:
        tables.append("devDependencies")
    folders = _folders(place)
    for table in tables:
        for name, spec in mapping(item.get(table)).items():
            target = _resolved(packages, folders, name)
            if target is not None:
                yield text(spec), target


def _folders(place: str) -> list[str]:
    """Where Node.js looks from a place: its own folder, then each one above."""
    found: list[str] = []
    if not _is_usual(place, place.count(FOLDERS)):
        return found
    here = place
    while here:
        found.append(f"{here}/{FOLDERS}")
        at = here.rfind(f"/{FOLDERS}")
        here = here[:at] if at >= 0 else "" if FOLDERS in here else here.rpartition("/")[0]
    return [*found, FOLDERS]


def _resolved(packages: dict[str, dict[str, Any]], folders: list[str], name: str) -> str | None:
    for folder in folders:
        target = folder + name
        if target in packages:
            item = packages[target]
            link = text(item.get("resolved")) if item.get("link") is True else ""
            return link if link and link in packages else target
    return None


def _scope(item: dict[str, Any]) -> str:
    if item.get("dev") is True:
        return "dev"
    return "optional" if item.get("optional") is True or item.get("devOptional") is True else ""


def _read_nested(lock: Lock, dependencies: dict[str, Any]) -> None:
    """Version 1: packages inside of those in whose folder they lie."""
    packages: dict[str, dict[str, Any]] = {}
    waiting = [("", dependencies)]
    while waiting:
        above, inside = waiting.pop()
        for name, given in inside.items():
            item, place = mapping(given), f"{above}{FOLDERS}{name}"
            if not _is_usual(place, above.count(FOLDERS)):
                lock.left_out("Entries at odd places are left out", place)
                continue
            packages[place] = item
            nested = mapping(item.get("dependencies"))
            if nested:
                waiting.append((f"{place}/", nested))
    for place, item in packages.items():
        version = text(item.get("version"))
        name, why = place.rpartition(FOLDERS)[2], ""
        if version.startswith("npm:"):
            name, version = name_and_range(version.removeprefix("npm:"))
        else:
            why = why_not(version)
        if item.get("bundled") is True:
            lock.left_out(BUNDLED, place)
        add(lock, place, name, "" if why else version, why_not=why, scope=_scope(item), ref=place)
    for place, item in packages.items():
        folders = _folders(place)
        found = (_resolved(packages, folders, name) for name in mapping(item.get("requires")))
        lock.needs(place, (target for target in found if target is not None))
    lock.roots_are_what_nothing_needs()

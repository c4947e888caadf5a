"""pnpm-lock.yaml, versions 5, 6 and 9 (https://github.com/pnpm/spec/tree/master/lockfile).

A package's key is ``/name/1.0.0`` in version 5, ``/name@1.0.0`` in 6 and ``name@1.0.0`` in 9, with the peers it was installed
with behind an underscore or in parentheses. What needs what stands beside the packages up to 6, and under
``snapshots`` in 9. Importers are the project's own; the links between them are left out. Since pnpm 11 a first document
may hold what pnpm itself needs; all documents are read.
"""

import re
from collections.abc import Iterator
from typing import Any

from seawall.clearinghouse.matching.errors import NotAnInventory, UnsupportedVersion
from seawall.clearinghouse.matching.formats.interface import Sbom
from seawall.clearinghouse.matching.formats.locks import PATCHED, Lock, of_file, of_git, of_url
from seawall.clearinghouse.matching.formats.npm.parser import add, name_and_range
from seawall.clearinghouse.matching.formats.reading import mapping, shown, text, yaml_of

_VERSION = re.compile(r"v?[0-9]+\.[0-9]+\.[0-9]+.*")
_TABLES = (
    ("dependencies", ""),
    ("optionalDependencies", "optional"),
    ("devDependencies", "dev"),
    ("configDependencies", "build"),
    ("packageManagerDependencies", "build"),
)
_READ = ("5", "6", "9")


def claims(path: str) -> bool:
    """The one name that pnpm writes."""
    return path.rpartition("/")[2] == "pnpm-lock.yaml"


def parse(data: bytes) -> Sbom:
    """Read a pnpm-lock.yaml.

    Raises:
        NotAnInventory: Not YAML, or without lockfileVersion.
        UnsupportedVersion: Another lockfileVersion.
        InventoryTooLarge: Over a limit.
    """
    lock = Lock("pnpm", "pnpm-lock.yaml")
    documents = yaml_of(data)
    if not documents:
        raise NotAnInventory("This is no pnpm-lock.yaml: it is empty.", "Let pnpm write it.")
    for number, document in enumerate(documents):
        version = text(document.get("lockfileVersion"))
        if not version:
            raise NotAnInventory("This is no pnpm-lock.yaml: lockfileVersion is missing.", "Let pnpm write it.")
        if version.partition(".")[0] not in _READ:
            raise UnsupportedVersion(f"lockfileVersion {shown(version, 20)} is not read.", "Lock with 5, 6 or 9.")
        _read(lock, document, number)
    return lock.sbom()


def _read(lock: Lock, document: dict[str, Any], number: int) -> None:
    packages = {key: mapping(item) for key, item in mapping(document.get("packages")).items()}
    snapshots = {key: mapping(item) for key, item in mapping(document.get("snapshots")).items()}
    for key, item in (snapshots or packages).items():
        about = packages.get(_without_peers(key), {}) if snapshots else item
        name, version = _identity(key, about)
        if not name:
            lock.left_out("Entries that name no package are left out", key)
            continue
        why = _why_not(version, mapping(about.get("resolution")))
        shown_version = text(about.get("version")) or ("" if why else version)
        add(lock, (number, key), name, shown_version, why_not=why, scope=_scope(item), ref=key)
    for key, item in (snapshots or packages).items():
        for table in ("dependencies", "optionalDependencies"):
            for name, value in mapping(item.get(table)).items():
                lock.needs((number, key), _targets(lock, number, name, text(value)))
    for key in mapping(document.get("patchedDependencies")):
        lock.left_out(PATCHED, key)
    _roots(lock, document, number)


def _roots(lock: Lock, document: dict[str, Any], number: int) -> None:
    importers = mapping(document.get("importers")) or {".": document}
    for place, importer in importers.items():
        part = None if place == "." else (number, "importer", place)
        if part is not None:
            lock.own(part, place)
        for table, scope in _TABLES:
            for name, value in mapping(mapping(importer).get(table)).items():
                wanted = text(value) or text(mapping(value).get("version"))
                for target in _targets(lock, number, name, wanted):
                    lock.root(target, scope, part=part)


def _targets(lock: Lock, number: int, name: str, value: str) -> Iterator[tuple[int, str]]:
    """The package that a name with its locked version stands for; the version of an alias is a whole key."""
    for key in (f"{name}@{value}", value, f"/{name}@{value}", f"/{name}/{value}"):
        if (number, key) in lock:
            yield number, key
            return


def _without_peers(key: str) -> str:
    return key.partition("(")[0]


def _identity(key: str, item: dict[str, Any]) -> tuple[str, str]:
    """Name and version, or name and address, of a package by its key."""
    whole = _without_peers(key)
    name = text(item.get("name"))
    begun = whole.startswith("/")
    rest = whole[1:] if begun else whole
    if begun and _VERSION.fullmatch(_of_path(rest)[1]):
        return _of_path(rest)  # version 5
    found, version = name_and_range(rest)
    if not version or (not begun and "/" in found and not found.startswith("@")):
        # Version 5 and 6 call what is not from the default registry by its address: registry.npmjs.org/a/1.0.0
        host, _, path = rest.partition("/")
        if "." in host and not name:
            at_registry = name_and_range(path) if "@" in path[1:] else _of_path(path)
            if _VERSION.fullmatch(at_registry[1]):
                return at_registry
        return name, rest
    return name or found, version


def _of_path(path: str) -> tuple[str, str]:
    parts = path.split("/")
    count = 2 if path.startswith("@") else 1
    version = parts[count].partition("_")[0] if len(parts) > count else ""
    return "/".join(parts[:count]), version


def _why_not(version: str, resolution: dict[str, Any]) -> str:
    if text(resolution.get("type")) == "git" or text(resolution.get("commit")):
        return of_git(text(resolution.get("repo")), text(resolution.get("commit")))
    if text(resolution.get("type")) == "directory" or version.startswith(("file:", "link:")):
        return of_file(text(resolution.get("directory")) or version.partition(":")[2])
    if _VERSION.fullmatch(version):
        return ""
    tarball = text(resolution.get("tarball"))
    return of_file(tarball) if tarball.startswith("file:") else of_url(tarball or version)


def _scope(item: dict[str, Any]) -> str:
    if item.get("dev") == "true":
        return "dev"
    return "optional" if item.get("optional") == "true" else ""

"""pylock.toml, version 1 (PEP 751, https://packaging.python.org/en/latest/specifications/pylock-toml/).

A package without a version is from a source tree. Which of them an installation takes is decided by markers; all are listed.
"""

import re
from collections.abc import Iterator
from typing import Any

from seawall.clearinghouse.matching.errors import NotAnInventory, UnsupportedVersion
from seawall.clearinghouse.matching.formats.interface import Sbom
from seawall.clearinghouse.matching.formats.locks import Lock, of_file, of_git, of_url
from seawall.clearinghouse.matching.formats.reading import mapping, mappings, shown, text, toml_of

_NAME = re.compile(r"pylock\.([^./]+\.)?toml")


def claims(path: str) -> bool:
    """The names that the specification allows."""
    return _NAME.fullmatch(path.rpartition("/")[2]) is not None


def parse(data: bytes) -> Sbom:
    """Read a pylock.toml.

    Raises:
        NotAnInventory: Not TOML, or without lock-version.
        UnsupportedVersion: Another major version.
        InventoryTooLarge: Over a limit.
    """
    document = toml_of(data)
    version = document.get("lock-version")
    if not isinstance(version, str):
        raise NotAnInventory("This is no pylock.toml: lock-version is missing.", "Let its own tool write it.")
    if version.partition(".")[0] != "1":
        raise UnsupportedVersion(f"lock-version {shown(version, 20)} is not read.", "Lock with version 1.")
    packages = mappings(document.get("packages"))
    lock = Lock("pylock", "pylock.toml")
    keys: dict[str, list[tuple[str, str]]] = {}
    for item in packages:
        name, number = text(item.get("name")), text(item.get("version"))
        if not name:
            lock.left_out("Entries without a name are left out", str(item)[:40])
            continue
        keys.setdefault(name, []).append((name, number))
        lock.package((name, number), "pypi", name, number, why_not=_why_not(item))
    for item in packages:
        lock.needs((text(item.get("name")), text(item.get("version"))), _targets(item, keys))
    if any(item.get("dependencies") for item in packages):
        lock.roots_are_what_nothing_needs()
    return lock.sbom()


def _targets(item: dict[str, Any], keys: dict[str, list[tuple[str, str]]]) -> Iterator[tuple[str, str]]:
    for needed in mappings(item.get("dependencies")):
        name, number = text(needed.get("name")), text(needed.get("version"))
        if number:
            yield name, number
        else:
            yield from keys.get(name, ())


def _why_not(item: dict[str, Any]) -> str:
    vcs, folder, archive = (mapping(item.get(name)) for name in ("vcs", "directory", "archive"))
    if vcs:
        return of_git(text(vcs.get("url")) or text(vcs.get("path")), text(vcs.get("commit-id")))
    if folder:
        return of_file(text(folder.get("path")))
    if archive:
        url = text(archive.get("url"))
        return of_url(url) if url else of_file(text(archive.get("path")))
    return ""

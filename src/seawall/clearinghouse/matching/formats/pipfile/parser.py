"""Pipfile.lock (https://pipenv.pypa.io/en/latest/pipfile.html). It has no tree; ``develop`` holds what only development needs,
other categories are groups of the user's own.
"""

from typing import Any

from seawall.clearinghouse.matching.errors import NotAnInventory
from seawall.clearinghouse.matching.formats.interface import Sbom
from seawall.clearinghouse.matching.formats.locks import Lock, of_file, of_git, of_url
from seawall.clearinghouse.matching.formats.reading import json_of, mapping, shown, text


def claims(path: str) -> bool:
    """The one name that Pipenv writes."""
    return path.rpartition("/")[2] == "Pipfile.lock"


def parse(data: bytes) -> Sbom:
    """Read a Pipfile.lock.

    Raises:
        NotAnInventory: Not JSON, or not Pipenv's.
        InventoryTooLarge: Over a limit.
    """
    document = json_of(data)
    if not isinstance(document.get("_meta"), dict):
        raise NotAnInventory("This is no Pipfile.lock: _meta is missing.", "Let 'pipenv lock' write it.")
    lock = Lock("pipfile", "Pipfile.lock")
    for category, packages in document.items():
        if category == "_meta":
            continue
        scope = {"default": "", "develop": "dev"}.get(category, "optional")
        for name, given in mapping(packages).items():
            item = mapping(given)
            version, why = _version(item)
            lock.package((category, name), "pypi", name, version, why_not=why, scope=scope)
    return lock.sbom()


def _version(item: dict[str, Any]) -> tuple[str, str]:
    """The version, and why it is not matched."""
    given = text(item.get("version")).strip()
    version = given.lstrip("=").strip() if given.startswith("==") else ""
    if text(item.get("git")):
        return version, of_git(text(item["git"]), text(item.get("ref")))
    for name in ("path", "file"):
        if text(item.get(name)):
            place = text(item[name])
            return version, of_url(place) if "://" in place else of_file(place)
    if not version:
        return "", f"its version is not pinned ({shown(given) or 'none is given'})"
    return version, ""

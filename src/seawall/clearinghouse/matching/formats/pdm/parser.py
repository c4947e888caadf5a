"""pdm.lock, versions 4.0 to 4.5 (https://pdm-project.org/latest/usage/lockfile/).

A package stands once for each set of its extras. Which groups need it is said since version 4.4; which groups are for
development says the pyproject.toml beside it. What no other package needs is taken for the project's own needs.
"""

from typing import Any

from seawall.clearinghouse.matching.ecosystems.pypi.order import ECOSYSTEM
from seawall.clearinghouse.matching.errors import NotAnInventory
from seawall.clearinghouse.matching.formats.interface import Beside, Sbom, nothing_beside
from seawall.clearinghouse.matching.formats.locks import Lock, of_file, of_git, of_url
from seawall.clearinghouse.matching.formats.poetry.parser import project_of, requirement_name, subject_of
from seawall.clearinghouse.matching.formats.reading import mapping, mappings, sequence, text, toml_of

_canonical = ECOSYSTEM.normalize_name


def claims(path: str) -> bool:
    """``pdm.lock``, or ``pdm.x.lock`` for a second one."""
    name = path.rpartition("/")[2]
    return name == "pdm.lock" or (name.startswith("pdm.") and name.endswith(".lock"))


def parse(data: bytes) -> Sbom:
    """Read a pdm.lock.

    Raises:
        NotAnInventory: Not TOML, or not PDM's.
        InventoryTooLarge: Over a limit.
    """
    return parse_beside(data, nothing_beside)


def parse_beside(data: bytes, beside: Beside) -> Sbom:
    """The same, with the pyproject.toml beside it."""
    document = toml_of(data)
    if not isinstance(document.get("metadata"), dict):
        raise NotAnInventory("This is no pdm.lock: metadata is missing.", "Let 'pdm lock' write it.")
    packages = mappings(document.get("package"))
    project = project_of(beside("pyproject.toml"))
    groups = _development(project)
    lock = Lock("pdm", subject_of(project) or "pdm.lock")
    by_name: dict[str, list[tuple[str, str]]] = {}
    for item in packages:
        name, version = text(item.get("name")), text(item.get("version"))
        if not name:
            lock.left_out("Entries without a name are left out", str(item)[:40])
            continue
        by_name.setdefault(_canonical(name), []).append((name, version))
        lock.package((name, version), "pypi", name, version, why_not=_why_not(item), scope=_scope(item, groups))
    for item in packages:
        key = text(item.get("name")), text(item.get("version"))
        for needed in sequence(item.get("dependencies")):
            targets = by_name.get(_canonical(requirement_name(text(needed))), ())
            lock.needs(key, (target for target in targets if target != key))
    lock.roots_are_what_nothing_needs()
    return lock.sbom()


def _development(project: dict[str, Any]) -> set[str]:
    older = mapping(mapping(mapping(project.get("tool")).get("pdm")).get("dev-dependencies"))
    return {*mapping(project.get("dependency-groups")), *older}


def _scope(item: dict[str, Any], development: set[str]) -> str:
    groups = {group for group in sequence(item.get("groups")) if isinstance(group, str)}
    if not groups or "default" in groups:
        return ""
    return "dev" if groups <= development else "optional"


def _why_not(item: dict[str, Any]) -> str:
    if text(item.get("git")):
        return of_git(text(item["git"]), text(item.get("revision")))
    if text(item.get("path")):
        return of_file(text(item["path"]))
    return of_url(text(item["url"])) if text(item.get("url")) else ""

"""poetry.lock, versions 1 and 2 (https://python-poetry.org/docs/basic-usage/).

The project's own needs stand in pyproject.toml, which is read where it lies beside the lock file; without it, what no other
package needs is taken for them. Since 2.1 the file says each package's groups; before 1.5 its category.
"""

from collections.abc import Iterator
from typing import Any

from seawall.clearinghouse.matching.ecosystems.pypi.order import ECOSYSTEM
from seawall.clearinghouse.matching.errors import NotAnInventory
from seawall.clearinghouse.matching.formats.interface import Beside, Sbom, nothing_beside
from seawall.clearinghouse.matching.formats.locks import Lock, of_file, of_git, of_url
from seawall.clearinghouse.matching.formats.reading import mapping, mappings, sequence, text, toml_of

_canonical = ECOSYSTEM.normalize_name


def claims(path: str) -> bool:
    """The one name that Poetry writes."""
    return path.rpartition("/")[2] == "poetry.lock"


def parse(data: bytes) -> Sbom:
    """Read a poetry.lock.

    Raises:
        NotAnInventory: Not TOML, or not Poetry's.
        InventoryTooLarge: Over a limit.
    """
    return parse_beside(data, nothing_beside)


def parse_beside(data: bytes, beside: Beside) -> Sbom:
    """The same, with the pyproject.toml beside it."""
    document = toml_of(data)
    if not isinstance(document.get("package"), list) or not isinstance(document.get("metadata"), dict):
        raise NotAnInventory("This is no poetry.lock: package or metadata is missing.", "Let 'poetry lock' write it.")
    packages = mappings(document["package"])
    project = project_of(beside("pyproject.toml"))
    lock = Lock("poetry", subject_of(project) or "poetry.lock")
    by_name: dict[str, list[tuple[str, str]]] = {}
    for item in packages:
        name, version = text(item.get("name")), text(item.get("version"))
        if not name:
            lock.left_out("Entries without a name are left out", str(item)[:40])
            continue
        by_name.setdefault(_canonical(name), []).append((name, version))
        why = _why_not(mapping(item.get("source")))
        lock.package((name, version), "pypi", name, version, why_not=why, scope=_scope(item))
    for item in packages:
        key = text(item.get("name")), text(item.get("version"))
        for needed in mapping(item.get("dependencies")):
            lock.needs(key, by_name.get(_canonical(needed), ()))
    known = [target for name in _direct(project) for target in by_name.get(_canonical(name), ())]
    for target in known:
        lock.root(target)
    if not known:
        lock.roots_are_what_nothing_needs()
    return lock.sbom()


def _scope(item: dict[str, Any]) -> str:
    groups = [group for group in sequence(item.get("groups")) if isinstance(group, str)]
    if groups and "main" not in groups:
        return "dev"
    if item.get("category", "main") != "main":
        return "dev"
    return "optional" if item.get("optional") is True else ""


def _why_not(source: dict[str, Any]) -> str:
    kind, url = text(source.get("type")), text(source.get("url"))
    if kind == "git":
        return of_git(url, text(source.get("resolved_reference")))
    if kind in {"directory", "file"}:
        return of_file(url)
    return of_url(url) if kind == "url" else ""


def project_of(data: bytes | None) -> dict[str, Any]:
    """A pyproject.toml, empty where it is missing or damaged."""
    try:
        return {} if data is None else toml_of(data)
    except NotAnInventory:
        return {}


def subject_of(project: dict[str, Any]) -> str:
    """Name and version that a pyproject.toml gives."""
    tables = mapping(project.get("project")), mapping(mapping(project.get("tool")).get("poetry"))
    for table in tables:
        if text(table.get("name")):
            return f"{text(table['name'])} {text(table.get('version'))}".strip()
    return ""


def _direct(project: dict[str, Any]) -> Iterator[str]:
    """Names that a pyproject.toml asks for, in the standard's tables and in Poetry's."""
    standard = mapping(project.get("project"))
    groups = mapping(standard.get("optional-dependencies")), mapping(project.get("dependency-groups"))
    for needed in [standard.get("dependencies"), *(value for table in groups for value in table.values())]:
        for line in sequence(needed):
            yield requirement_name(text(line))
    poetry = mapping(mapping(project.get("tool")).get("poetry"))
    for name in ("dependencies", "dev-dependencies"):
        yield from mapping(poetry.get(name))
    for group in mapping(poetry.get("group")).values():
        yield from mapping(mapping(group).get("dependencies"))


def requirement_name(line: str) -> str:
    """The name at the beginning of a PEP 508 requirement."""
    end = next((index for index, one in enumerate(line) if not (one.isalnum() or one in "._-")), len(line))
    return line[:end]

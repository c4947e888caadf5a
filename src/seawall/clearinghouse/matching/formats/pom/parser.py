"""pom.xml (https://maven.apache.org/pom.html), as far as it can be read offline.

Parents are followed by their relative path inside the same tree, never fetched; properties and managed versions come from
those. What a parent or BOM elsewhere decides is kept with the reason. A pom.xml lists direct needs only: what those
need in turn is not in it.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from posixpath import dirname, join, normpath

from seawall.clearinghouse.matching.errors import InventoryTooLarge, NotAnInventory
from seawall.clearinghouse.matching.formats.interface import Beside, Sbom, nothing_beside
from seawall.clearinghouse.matching.formats.locks import Lock, of_file
from seawall.clearinghouse.matching.formats.properties import VALUE_MAX, Properties
from seawall.clearinghouse.matching.formats.reading import Element, shown, xml_of

PARENTS_MAX = 20
"""Generations that are followed; real trees have up to six."""

_PROPERTY = re.compile(r"\$\{([^${}]{1,200})\}")
_EXACT = re.compile(r"\[\s*([^\s,\[\]()]+)\s*\]")
_SCOPES = {"test": "dev"}
Coordinates = tuple[str, str, str, str]
"""Group, artifact, type and classifier: what Maven takes for the same dependency."""


def claims(path: str) -> bool:
    """The one name that Maven looks for."""
    return path.rpartition("/")[2] == "pom.xml"


def parse(data: bytes) -> Sbom:
    """Read a pom.xml.

    Raises:
        NotAnInventory: Not XML, or another document.
        InventoryTooLarge: Over a limit.
    """
    return parse_beside(data, nothing_beside)


def parse_beside(data: bytes, beside: Beside) -> Sbom:
    """The same, with the parents that lie in the same tree."""
    root = xml_of(data)
    if root.tag != "project":
        raise NotAnInventory("This is no pom.xml: its root is not 'project'.", "Give a Maven project's pom.xml.")
    poms, missing = _with_parents(root, beside)
    properties = _properties(poms)
    group, name, version = (properties.fill(given) for given in _identity(root))
    lock = Lock("pom", f"{name} {version}".strip() or "pom.xml")
    if missing:
        lock.note(f"Its parent {missing} is not in this tree, and what that decides is not known.")
    managed, boms = _managed(poms, properties)
    for bom in boms:
        lock.left_out("Versions that these BOMs manage are not known here", bom)
    known: set[Coordinates] = set()
    for pom in poms:
        for dependency, in_profile in _dependencies(pom, properties):
            if dependency.coordinates not in known and dependency.coordinates[:2] != (group, name):
                known.add(dependency.coordinates)
                _add(lock, dependency, managed.get(dependency.coordinates), in_profile=in_profile)
    lock.note("A pom.xml lists direct needs only; what those need in turn is not in it.")
    return lock.sbom()


@dataclass(frozen=True, slots=True)
class _Dependency:
    coordinates: Coordinates
    version: str
    scope: str
    optional: bool
    place: str


def _identity(pom: Element) -> tuple[str, str, str]:
    parent = pom.first("parent") or Element("parent", {})
    own = [pom.value(tag) or parent.value(tag) for tag in ("groupId", "version")]
    return own[0], pom.value("artifactId"), own[1]


def _with_parents(root: Element, beside: Beside) -> tuple[list[Element], str]:
    """The pom and its parents, nearest first, and the first parent that was not found."""
    poms, folder = [root], ""
    for _ in range(PARENTS_MAX):
        parent = poms[-1].first("parent")
        if parent is None:
            return poms, ""
        wanted = tuple(parent.value(tag) for tag in ("groupId", "artifactId"))
        named = shown(":".join([*wanted, parent.value("version")]), 200)
        given = parent.first("relativePath")
        relative = "../pom.xml" if given is None else given.text
        if not relative or len(relative) > VALUE_MAX:
            return poms, named
        path = normpath(join(folder, relative))
        path = path if path.endswith(".xml") else join(path, "pom.xml")
        found = _read(beside(path))
        if found is None or _identity(found)[:2] != wanted:
            return poms, named
        poms.append(found)
        folder = dirname(path)
    return poms, "of its oldest parent"


def _read(data: bytes | None) -> Element | None:
    try:
        found = None if data is None else xml_of(data)
    except (NotAnInventory, InventoryTooLarge):
        return None
    return found if found is not None and found.tag == "project" else None


def _properties(poms: list[Element]) -> Properties:
    found: dict[str, str] = {}
    for pom in reversed(poms):
        found |= {item.tag: item.text for group in pom.all("properties") for item in group.children}
    values = dict(zip(("groupId", "artifactId", "version"), _identity(poms[0]), strict=True))
    parent = poms[0].first("parent")
    for tag, value in values.items():
        for prefix in ("project.", "pom."):
            found[prefix + tag] = value
            if parent is not None:
                found[f"{prefix}parent.{tag}"] = parent.value(tag)
    return Properties(found, _PROPERTY)


def _dependency(item: Element, properties: Properties) -> _Dependency:
    group, name, kind, classifier = (
        properties.fill(item.value(tag)) for tag in ("groupId", "artifactId", "type", "classifier")
    )
    return _Dependency(
        coordinates=(group, name, kind or "jar", classifier),
        version=properties.fill(item.value("version")),
        scope=properties.fill(item.value("scope")),
        optional=item.value("optional") == "true",
        place=item.value("systemPath"),
    )


def _managed(poms: list[Element], properties: Properties) -> tuple[dict[Coordinates, _Dependency], list[str]]:
    """What the poms' dependencyManagement says, nearest first; and the BOMs that it imports."""
    found: dict[Coordinates, _Dependency] = {}
    boms = []
    for pom in poms:
        for item in pom.all("dependencyManagement", "dependencies", "dependency"):
            dependency = _dependency(item, properties)
            if dependency.scope == "import":
                boms.append(":".join([*dependency.coordinates[:2], dependency.version]))
            else:
                found.setdefault(dependency.coordinates, dependency)
    return found, boms


def _dependencies(pom: Element, properties: Properties) -> Iterator[tuple[_Dependency, bool]]:
    """The pom's own needs and those of its profiles, with whether they are of a profile."""
    for item in pom.all("dependencies", "dependency"):
        yield _dependency(item, properties), False
    for item in pom.all("profiles", "profile", "dependencies", "dependency"):
        yield _dependency(item, properties), True


def _add(lock: Lock, dependency: _Dependency, managed: _Dependency | None, *, in_profile: bool) -> None:
    group, name, _, _ = dependency.coordinates
    if not name:
        lock.left_out("Entries without an artifactId are left out", group)
        return
    scope = dependency.scope or (managed.scope if managed else "")
    place = dependency.place or (managed.place if managed else "")
    version, why = _version(dependency.version or (managed.version if managed else ""))
    if scope == "system":
        why = of_file(place)
    meant = _SCOPES.get(scope, "optional" if dependency.optional or in_profile else "")
    key = dependency.coordinates
    lock.package(key, "maven", name, version, namespace=group, why_not=why, scope=meant)
    lock.root(key, meant)


def _version(given: str) -> tuple[str, str]:
    """A version, and why there is none."""
    exact = _EXACT.fullmatch(given)
    if exact is not None:
        return exact[1], ""
    if "${" in given:
        return "", f"its version ({shown(given)}) needs a property that is not in this tree"
    if not given:
        return "", "its version is decided by a parent or a BOM that is not in this tree"
    if given in {"LATEST", "RELEASE"} or any(one in given for one in "[](),"):
        return "", f"its version is not pinned ({shown(given)})"
    return given, ""

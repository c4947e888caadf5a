"""Gradle's dependency locks (https://docs.gradle.org/current/userguide/dependency_locking.html): one file for all configurations
since Gradle 7, one for each in a folder before. A configuration's name says what it is for; the tree is not told.
"""

from seawall.clearinghouse.matching.errors import NotAnInventory
from seawall.clearinghouse.matching.formats.interface import Sbom
from seawall.clearinghouse.matching.formats.locks import Lock
from seawall.clearinghouse.matching.formats.reading import text_of

NAMES = ("gradle.lockfile", "buildscript-gradle.lockfile", "settings-gradle.lockfile")
_PARTS = 3


def claims(path: str) -> bool:
    """The names that Gradle writes, and the older ones in their folder."""
    folder, _, name = path.rpartition("/")
    return name in NAMES or (name.endswith(".lockfile") and folder.endswith("gradle/dependency-locks"))


def parse(data: bytes) -> Sbom:
    """Read a lock file.

    Raises:
        NotAnInventory: Not a text, or no line of it is a Gradle lock's.
        InventoryTooLarge: Over a limit.
    """
    lock = Lock("gradle", "gradle.lockfile")
    lines = read = 0
    for line in text_of(data).split("\n"):
        given = line.strip()
        if not given or given.startswith("#"):
            continue
        lines += 1
        coordinates, _, configurations = given.partition("=")
        parts = coordinates.split(":")
        if coordinates == "empty":
            read += 1
        elif len(parts) == _PARTS and all(parts):
            read += 1
            group, name, version = parts
            scope = _scope(configurations.split(",") if configurations else [])
            lock.package((*parts, scope), "maven", name, version, namespace=group, scope=scope)
        else:
            lock.left_out("Lines without group, name and version are left out", given)
    if lines and not read:
        raise NotAnInventory("No line of it is of a Gradle lock.", "Let 'gradle dependencies --write-locks' write it.")
    return lock.sbom()


def _scope(configurations: list[str]) -> str:
    if not configurations:
        return ""
    names = [name.strip().lower() for name in configurations]
    if all("test" in name for name in names):
        return "dev"
    return "build" if all(name == "classpath" or "annotationprocessor" in name for name in names) else ""

"""Alpine's security database (secdb), and Wolfi's and Chainguard's in the same form: JSON, one file for each repository.

``secfixes`` maps a version to the flaws that are fixed from it on; the version ``0`` says the package never had them. Where a
flaw was fixed twice, the later fix counts, because the earlier did not hold.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

from seawall.clearinghouse.matching.advisories.documents import objects, scalar
from seawall.clearinghouse.matching.advisories.errors import NotAnAdvisory
from seawall.clearinghouse.matching.advisories.formats.interface import UNREAD_MAX, bounded, identifier, text
from seawall.clearinghouse.matching.advisories.types import Affected, Record, Unread

BYTES_MAX = 64 * 2**20
"""Wolfi's file has about 10 MB."""
PACKAGES_MAX = 200_000
FIXES_MAX = 2_000_000
_RELEASE = re.compile(r"v[0-9]+\.[0-9]+|edge")
_NEVER = "0"


def claims(path: str) -> bool:
    """JSON."""
    return path.lower().endswith(".json")


def fits(document: Any) -> bool:
    """Packages of a repository, each with a ``pkg``; one alone may have none at all."""
    if not isinstance(document, dict) or "reponame" not in document:
        return False
    packages = document.get("packages")
    return isinstance(packages, list) and all(isinstance(item, dict) and "pkg" in item for item in packages[:3])


def parse(path: str, data: bytes) -> Iterable[Record]:
    """Read a repository: one record for each flaw, with all packages that had it.

    Raises:
        NotAnAdvisory: It is no secdb; says why.
    """
    document = bounded(path, data, BYTES_MAX)
    if not fits(document):
        raise NotAnAdvisory("It is no secdb: reponame, or packages with a pkg, are missing.")
    ecosystem, place = _ecosystem(document)
    flaws: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    unread: list[str] = []
    for count, (package, version, name) in enumerate(_fixes(document, unread), start=1):
        if count > FIXES_MAX:
            raise NotAnAdvisory(f"It has over {FIXES_MAX} fixes.")
        flaws[name][package].append(version)
    records = [_record(ecosystem, place, name, packages) for name, packages in flaws.items()]
    notes = tuple(
        Unread(text(f"{path} {item}"), "fixes that are no list of identifiers") for item in unread[:UNREAD_MAX]
    )
    if notes and not records:
        raise NotAnAdvisory("None of its packages' fixes are lists of identifiers.")
    return [replace(record, unread=notes if number == 0 else ()) for number, record in enumerate(records)]


def _ecosystem(document: dict[str, Any]) -> tuple[str, str]:
    """OSV's name of the distribution and release, and how records of the file are told from those of another."""
    repository = text(document.get("reponame"), 40)
    release = text(document.get("distroversion"), 40)
    address = text(document.get("urlprefix")) + text(document.get("apkurl"))
    for name in ("wolfi", "chainguard"):
        if not release and name in address:
            return name.capitalize(), f"{name}/{repository}"
    if _RELEASE.fullmatch(release) is None:
        raise NotAnAdvisory(
            f"Its release {release!r} is none of Alpine's, and its address none of Wolfi's or Chainguard's."
        )
    return f"Alpine:{release}", f"{release}/{repository}"


def _fixes(document: dict[str, Any], unread: list[str]) -> Iterator[tuple[str, str, str]]:
    """Package, version and flaw of every fix."""
    for item in objects(document["packages"], PACKAGES_MAX):
        package = item["pkg"] if isinstance(item.get("pkg"), dict) else {}
        name, fixes = text(package.get("name")), package.get("secfixes")
        if not name or (fixes is not None and not isinstance(fixes, dict)):
            unread.append(name or "a package without a name")
            continue
        for version, flaws in (fixes or {}).items():
            if flaws is None:
                continue
            if not isinstance(flaws, list) or not scalar(version, 300):
                unread.append(f"{name} {scalar(version, 100)}")
                continue
            # One entry may hold several identifiers of one flaw, with blanks between.
            yield from ((name, scalar(version, 300), flaw) for entry in flaws for flaw in text(entry, 1000).split())


def _record(ecosystem: str, place: str, name: str, packages: dict[str, list[str]]) -> Record:
    return Record(
        id=identifier(f"{place}/{name[:100]}"),
        aliases=(name[:100],),
        title="",
        severity="",
        published="",
        modified="",
        withdrawn="",
        references=(),
        affected=tuple(
            Affected(ecosystem, package, tuple((("introduced", "0"), ("fixed", version)) for version in versions))
            for package, given in packages.items()
            if (versions := [version for version in dict.fromkeys(given) if version != _NEVER])
        ),
    )

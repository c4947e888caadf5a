"""FriendsOfPHP's security advisories: one YAML file for each flaw of a package, ``VENDOR/NAME/ID.yaml``.

Affected is what satisfies all comparisons of one branch, as Composer compares; the publisher's own export does the same.
"""

from collections.abc import Iterable
from typing import Any

from seawall.clearinghouse.matching.advisories.constraints import composer
from seawall.clearinghouse.matching.advisories.documents import scalar, texts
from seawall.clearinghouse.matching.advisories.errors import NotAnAdvisory
from seawall.clearinghouse.matching.advisories.formats.interface import REFERENCES_MAX, bounded, identifier, text
from seawall.clearinghouse.matching.advisories.spans import Spans, Unplaced, common, united
from seawall.clearinghouse.matching.advisories.types import Affected, Record

BRANCHES_MAX = 100_000
_SCHEME = "composer://"


def claims(path: str) -> bool:
    """YAML; the publisher allows no other ending than ``.yaml``."""
    return path.lower().endswith((".yaml", ".yml"))


def fits(document: Any) -> bool:
    """A reference to a package of Composer, and branches."""
    if not isinstance(document, dict) or "branches" not in document:
        return False
    return text(document.get("reference")).startswith(_SCHEME)


def parse(path: str, data: bytes) -> Iterable[Record]:
    """Read a file.

    Raises:
        NotAnAdvisory: It is none of FriendsOfPHP's; says why.
    """
    item = bounded(path, data)
    if not fits(item):
        raise NotAnAdvisory("It is no advisory of FriendsOfPHP: branches or a reference composer://… is missing.")
    name = text(item["reference"]).removeprefix(_SCHEME)
    branches = item["branches"]
    if not name or not isinstance(branches, dict) or not 0 < len(branches) <= BRANCHES_MAX:
        raise NotAnAdvisory(f"It names no package, or its branches are not 1 to {BRANCHES_MAX}.")
    cve = text(item.get("cve"), 40)
    own = cve or scalar(path, 1000).rpartition("/")[2].rpartition(".")[0]
    notes: list[str] = []
    found = united(_branch(branch, notes) for branch in branches.values())
    return [
        Record(
            id=identifier(f"{name}/{own}"),
            aliases=(cve,) if cve else (),
            title=text(item.get("title")),
            severity="",
            published=_published(branches),
            modified="",
            withdrawn="",
            references=texts([item.get("link")], REFERENCES_MAX, 2000),
            affected=(Affected("Packagist", name, found.events(), flag="; ".join(notes)),),
        )
    ]


def _branch(branch: Any, notes: list[str]) -> Spans:
    """Affected versions of a branch; a comparison that is none is left out, which can only widen, with a note."""
    given = branch.get("versions") if isinstance(branch, dict) else None
    if not isinstance(given, list) or not given:
        notes.append("a branch has no comparisons, so all versions are taken")
        return common([])
    kept: list[Spans] = []
    if len(given) > composer.PARTS_MAX:
        notes.append(f"a branch has over {composer.PARTS_MAX} comparisons, so all versions are taken")
        return common([])
    for value in given:
        try:
            kept.append(composer.all_of([value if isinstance(value, str) else ""]))
        except Unplaced as error:
            notes.append(f"a comparison could not be read: {error}")
    return common(kept)


def _published(branches: dict[str, Any]) -> str:
    """The first time at which a branch was fixed; the publisher gives no other."""
    times = [scalar(branch.get("time"), 40) for branch in branches.values() if isinstance(branch, dict)]
    return min((time for time in times if time), default="")

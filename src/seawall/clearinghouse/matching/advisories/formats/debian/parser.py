"""Debian's security tracker: one JSON document with every source package, its flaws, and where each release stands.

- ``resolved`` with a version: versions before it are affected. The version ``0`` says the release never was.
- ``open``: every version is affected, and there is no fix.
- ``undetermined``: Debian does not know; that is reported, and nothing is matched.

Names are those of source packages, and releases are numbers (``Debian:12``), as in package URLs.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Any

from seawall.clearinghouse.matching.advisories.documents import scalar
from seawall.clearinghouse.matching.advisories.errors import NotAnAdvisory
from seawall.clearinghouse.matching.advisories.formats.interface import UNREAD_MAX, bounded, text
from seawall.clearinghouse.matching.advisories.types import Affected, Events, Record, Unread

BYTES_MAX = 256 * 2**20
"""The tracker's document has about 70 MB."""
STATES_MAX = 5_000_000
"""Flaws times releases; there are about 250,000."""
_RELEASES = {
    "wheezy": "7",
    "jessie": "8",
    "stretch": "9",
    "buster": "10",
    "bullseye": "11",
    "bookworm": "12",
    "trixie": "13",
    "forky": "14",
    "duke": "15",
}
_START = ("introduced", "0")
_NEVER = "0"
_NO_URGENCY = frozenset({"", "not yet assigned", "end-of-life"})


def claims(path: str) -> bool:
    """JSON; the tracker itself calls the document ``json``."""
    return path.lower().endswith(".json") or path.rpartition("/")[2] == "json"


def fits(document: Any) -> bool:
    """Packages with flaws with releases; the first of each is looked at."""
    flaws = _first(document)
    flaw = _first(flaws)
    releases = flaw.get("releases") if isinstance(flaw, dict) else None
    state = _first(releases)
    return isinstance(state, dict) and "status" in state


def parse(path: str, data: bytes) -> Iterable[Record]:
    """Read the document: one record for each flaw, with all packages that have it.

    Raises:
        NotAnAdvisory: It is not the tracker's; says why.
    """
    document = bounded(path, data, BYTES_MAX)
    if not fits(document):
        raise NotAnAdvisory("It is not the tracker's document: no packages with flaws with releases.")
    flaws: dict[str, _Flaw] = defaultdict(_Flaw)
    count = 0
    for package, name, item in _items(document):
        releases = item.get("releases")
        count += len(releases) if isinstance(releases, dict) else 0
        if count > STATES_MAX:
            raise NotAnAdvisory(f"It has over {STATES_MAX} states of releases.")
        flaws[name].add(package, item, releases)
    return [flaw.record(path, name) for name, flaw in flaws.items()]


def _items(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for package, flaws in document.items():
        if isinstance(flaws, dict):
            for name, item in flaws.items():
                if isinstance(item, dict) and text(package) and text(name, 100):
                    yield text(package), text(name, 100), item


class _Flaw:
    """A flaw while its packages come."""

    def __init__(self) -> None:
        self._title = self._urgency = ""
        self._affected: list[Affected] = []
        self._unread: list[str] = []

    def add(self, package: str, item: dict[str, Any], releases: Any) -> None:
        self._title = self._title or text(item.get("description"))
        for release, state in releases.items() if isinstance(releases, dict) else ():
            if not isinstance(state, dict):
                self._unread.append(f"{package} in {text(release, 40)}: no state")
                continue
            urgency = text(state.get("urgency"), 20).rstrip("*")
            if not self._urgency and urgency not in _NO_URGENCY:
                self._urgency = urgency
            ranges = self._ranges(package, text(release, 40), state)
            if ranges:
                self._affected.append(Affected(f"Debian:{_RELEASES.get(release, text(release, 40))}", package, ranges))

    def _ranges(self, package: str, release: str, state: dict[str, Any]) -> tuple[Events, ...]:
        status, fixed = text(state.get("status"), 40), scalar(state.get("fixed_version"), 300)
        if status == "resolved" and fixed:
            return () if fixed == _NEVER else ((_START, ("fixed", fixed)),)
        if status == "open":
            return ((_START,),)
        why = (
            "not determined whether it is affected"
            if status == "undetermined"
            else f"status {status!r} without a version"
        )
        self._unread.append(f"{package} in {release}: {why}")
        return ()

    def record(self, path: str, name: str) -> Record:
        return Record(
            id=name,
            aliases=(),
            title=self._title,
            severity="",
            published="",
            modified="",
            withdrawn="",
            references=(f"https://security-tracker.debian.org/tracker/{name}",),
            affected=tuple(self._affected),
            unread=tuple(
                Unread(f"{text(path)} {name} {where}", why)
                for where, _, why in (item.partition(": ") for item in self._unread[:UNREAD_MAX])
            ),
            rating=self._urgency,
        )


def _first(value: Any) -> Any:
    return next(iter(value.values()), None) if isinstance(value, dict) else None

"""OSV 1.x in JSON or YAML: one record a file, or a list of them. GHSA, PyPA, RustSec, Go and OSS-Fuzz publish it.

Of GHSA's own fields one changes a range: ``last_known_affected_version_range``, where OSV has no end for it.
"""

import re
from collections.abc import Iterable
from typing import Any

from seawall.clearinghouse.matching.advisories.documents import objects, scalar
from seawall.clearinghouse.matching.advisories.errors import NotAnAdvisory
from seawall.clearinghouse.matching.advisories.formats.interface import (
    ALIASES_MAX,
    REFERENCES_MAX,
    UNREAD_MAX,
    bounded,
    identifier,
    text,
    texts,
)
from seawall.clearinghouse.matching.advisories.types import Affected, Events, GitRange, Record, Unread

AFFECTED_MAX = 20_000
VERSIONS_MAX = 200_000
EVENTS_MAX = 100_000
RANGES_MAX = 100_000
"""Of one package; the most seen are 40."""
_VERSION_MAX = 300
_KINDS = ("introduced", "fixed", "last_affected", "limit")
_LAST_KNOWN = re.compile(r"(<=|<)\s*([0-9A-Za-z][^\s,]*)")


def claims(path: str) -> bool:
    """Any JSON or YAML file; ``fits`` says whether it is a record."""
    return path.lower().endswith((".json", ".yaml", ".yml"))


def fits(document: Any) -> bool:
    """An identifier and a time of change, or what it affects; the first of a list stands for all."""
    first = document[0] if isinstance(document, list) and document else document
    return isinstance(first, dict) and "id" in first and "modified" in first and "document" not in first


def parse(path: str, data: bytes) -> Iterable[Record]:
    """Read a file.

    Raises:
        NotAnAdvisory: It is no OSV record; says why.
    """
    document = bounded(path, data)
    return [_record(path, item) for item in (document if isinstance(document, list) else [document])]


def _record(path: str, item: Any) -> Record:
    if not isinstance(item, dict) or item.get("modified") is None:
        raise NotAnAdvisory("It is no OSV record: id or modified is missing.")
    name = identifier(item.get("id"))
    affected = item.get("affected") or []
    if not isinstance(affected, list) or len(affected) > AFFECTED_MAX:
        raise NotAnAdvisory(f"affected is no list of at most {AFFECTED_MAX} packages.")
    unread: list[str] = []
    found = tuple(read for entry in affected if (read := _affected(entry, unread)) is not None)
    own = _object(item.get("database_specific"))
    severity = _severity([item, *objects(affected, AFFECTED_MAX)])
    return Record(
        id=name,
        aliases=texts(item.get("aliases"), ALIASES_MAX),
        title=text(item.get("summary")) or text(item.get("details")),
        severity=severity,
        published=scalar(item.get("published"), 40),
        modified=scalar(item.get("modified"), 40),
        withdrawn=scalar(item.get("withdrawn"), 40),
        references=texts([entry.get("url") for entry in objects(item.get("references"), 1000)], REFERENCES_MAX),
        affected=found,
        unread=tuple(Unread(f"{text(path)} {name}", why) for why in dict.fromkeys(unread[:UNREAD_MAX])),
        rating="" if severity else text(own.get("severity"), 20).lower(),
        weaknesses=texts(own.get("cwe_ids"), ALIASES_MAX),
    )


def _affected(entry: Any, unread: list[str]) -> Affected | None:
    package = _object(entry.get("package")) if isinstance(entry, dict) else {}
    if not text(package.get("name")) or not text(package.get("ecosystem")):
        unread.append("an affected package without name or ecosystem")
        return None
    ranges: list[Events] = []
    commits: list[GitRange] = []
    given = entry.get("ranges") or []
    if not isinstance(given, list) or len(given) > RANGES_MAX:
        unread.append(f"ranges that are no list of at most {RANGES_MAX}")
        given = []
    for item in given:
        events = _events(item, unread)
        if isinstance(item, dict) and item.get("type") == "GIT":
            commits.append(GitRange(text(item.get("repo")), events))
        elif events:
            ranges.append(events)
    return Affected(
        ecosystem=text(package.get("ecosystem")),
        name=text(package["name"]),
        ranges=_ended(tuple(ranges), _object(entry.get("database_specific"))),
        versions=texts(entry.get("versions"), VERSIONS_MAX),
        commits=tuple(commits),
    )


def _events(item: Any, unread: list[str]) -> Events:
    given = item.get("events") if isinstance(item, dict) else None
    if not isinstance(given, list) or len(given) > EVENTS_MAX:
        unread.append(f"a range without a list of at most {EVENTS_MAX} events")
        return ()
    found: list[tuple[str, str]] = []
    for event in given:
        for kind in _KINDS:
            value = event.get(kind) if isinstance(event, dict) else None
            if value is None:
                continue
            version = scalar(value, _VERSION_MAX)
            if version:
                found.append((kind, version))
            else:
                unread.append(f"an event {kind} without a version")
    return tuple(found)


def _ended(ranges: tuple[Events, ...], own: dict[str, Any]) -> tuple[Events, ...]:
    """With GHSA's last known affected version, where the one range there is has no end."""
    last = _LAST_KNOWN.fullmatch(text(own.get("last_known_affected_version_range")))
    if last is None or len(ranges) != 1 or any(kind != "introduced" for kind, _ in ranges[0]):
        return ranges
    return ((*ranges[0], ("last_affected" if last[1] == "<=" else "fixed", last[2])),)


def _severity(entries: list[dict[str, Any]]) -> str:
    """The vector of the highest CVSS version; of the record, or else of its first package that has one."""
    for entry in entries:
        vectors = (text(one.get("score"), 200) for one in objects(entry.get("severity"), 20))
        found = sorted(vector for vector in vectors if vector.startswith("CVSS:"))
        if found:
            return found[-1]
    return ""


def _object(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}

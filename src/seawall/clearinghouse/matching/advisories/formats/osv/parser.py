"""OSV 1.x in JSON or YAML: one record a file, or a list of them. GHSA, PyPA, RustSec, Go and OSS-Fuzz publish it."""

import json
from collections.abc import Iterable
from typing import Any

import yaml

from seawall.clearinghouse.matching.advisories.errors import NotAnAdvisory
from seawall.clearinghouse.matching.advisories.formats.interface import (
    BYTES_MAX,
    ID_MAX,
    REFERENCES_MAX,
    text,
    texts,
)
from seawall.clearinghouse.matching.advisories.types import Affected, Events, GitRange, Record

AFFECTED_MAX = 20_000
VERSIONS_MAX = 200_000
ALIASES_MAX = 100
_KINDS = ("introduced", "fixed", "last_affected", "limit")
# libyaml's parser where it is there: ten times as fast, and as safe.
_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def claims(path: str) -> bool:
    """Any JSON or YAML file; ``parse`` says whether it is a record."""
    return path.endswith((".json", ".yaml", ".yml"))


def parse(path: str, data: bytes) -> Iterable[Record]:
    """Read a file.

    Raises:
        NotAnAdvisory: It is no OSV record; says why.
    """
    if len(data) > BYTES_MAX:
        raise NotAnAdvisory(f"It has over {BYTES_MAX >> 20} MiB.", "Split it.")
    document = load(path, data)
    return [_record(item) for item in (document if isinstance(document, list) else [document])]


def load(path: str, data: bytes) -> Any:
    """JSON or YAML by the file's name.

    Raises:
        NotAnAdvisory: Neither.
    """
    try:
        if path.endswith(".json"):
            return json.loads(data)
        return _LOADER(data).get_single_data()
    except (ValueError, RecursionError, yaml.YAMLError) as error:
        raise NotAnAdvisory(f"It cannot be parsed: {str(error).splitlines()[0][:120]}") from error


def _record(item: Any) -> Record:
    if not isinstance(item, dict) or not isinstance(item.get("id"), str) or "modified" not in item:
        raise NotAnAdvisory("It is no OSV record: id or modified is missing.")
    if not item["id"] or len(item["id"]) > ID_MAX or not item["id"].isprintable():
        raise NotAnAdvisory("Its id is empty, too long or not printable.")
    affected = item.get("affected") or []
    if not isinstance(affected, list) or len(affected) > AFFECTED_MAX:
        raise NotAnAdvisory(f"affected is no list of at most {AFFECTED_MAX} packages.")
    references = [entry.get("url") for entry in item.get("references") or [] if isinstance(entry, dict)]
    return Record(
        id=item["id"],
        aliases=texts(item.get("aliases"), ALIASES_MAX),
        title=text(item.get("summary")) or text(item.get("details")),
        severity=_severity(item),
        published=_time(item.get("published")),
        modified=_time(item.get("modified")),
        withdrawn=_time(item.get("withdrawn")),
        references=texts(references, REFERENCES_MAX),
        affected=tuple(found for entry in affected if (found := _affected(entry)) is not None),
    )


def _affected(entry: Any) -> Affected | None:
    package = entry.get("package") if isinstance(entry, dict) else None
    if not isinstance(package, dict) or not isinstance(package.get("name"), str):
        return None
    ranges: list[Events] = []
    commits: list[GitRange] = []
    for item in entry.get("ranges") or []:
        if not isinstance(item, dict):
            continue
        events = tuple(
            (kind, str(event[kind]))
            for event in item.get("events") or []
            if isinstance(event, dict)
            for kind in _KINDS
            if event.get(kind) is not None
        )
        if item.get("type") == "GIT":
            commits.append(GitRange(text(item.get("repo")), events))
        elif events:
            ranges.append(events)
    return Affected(
        ecosystem=text(package.get("ecosystem")),
        name=text(package["name"]),
        ranges=tuple(ranges),
        versions=texts(entry.get("versions"), VERSIONS_MAX),
        commits=tuple(commits),
    )


def _severity(item: dict[str, Any]) -> str:
    """The vector of the highest CVSS version; of the record, or else of its first package that has one."""
    entries = [item, *(entry for entry in item.get("affected") or [] if isinstance(entry, dict))]
    for entry in entries:
        given = entry.get("severity")
        vectors = [one.get("score") for one in given if isinstance(one, dict)] if isinstance(given, list) else []
        found = sorted(vector for vector in vectors if isinstance(vector, str) and vector.startswith("CVSS:"))
        if found:
            return found[-1][:200]
    return ""


def _time(value: Any) -> str:
    """A time as text; YAML hands out dates as objects."""
    if value is None:
        return ""
    shown = value.isoformat() if hasattr(value, "isoformat") else str(value)
    return shown[:40]

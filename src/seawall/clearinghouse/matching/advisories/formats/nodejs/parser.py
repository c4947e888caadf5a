"""The Node.js security working group: flaws of npm packages (``vuln/npm``) and of Node.js itself (``vuln/core``), in JSON.
The latter are matched as ``pkg:generic/node``.

Affected is what is in the vulnerable range and not in the patched one, the way the group's own tools read the two.
"""

import re
from collections.abc import Iterable
from typing import Any

from seawall.clearinghouse.matching.advisories.constraints import npm
from seawall.clearinghouse.matching.advisories.documents import scalar
from seawall.clearinghouse.matching.advisories.errors import NotAnAdvisory
from seawall.clearinghouse.matching.advisories.formats.interface import (
    ALIASES_MAX,
    REFERENCES_MAX,
    bounded,
    identifier,
    text,
    texts,
)
from seawall.clearinghouse.matching.advisories.spans import ALL, NONE, Spans, Unplaced, of_numbers
from seawall.clearinghouse.matching.advisories.types import Affected, Record
from seawall.clearinghouse.matching.ecosystems.generic.order import ECOSYSTEM as CORE

_PLACES = re.compile(r"(?:^|/)(?:npm|core)/[0-9]+\.json$|^[0-9]+\.json$")
_NUMBER = re.compile(r"([0-9]{1,9})\.json$")


def claims(path: str) -> bool:
    """Numbered files; ``index.json`` repeats them all, and ``deps`` has what does not affect Node.js."""
    return _PLACES.search(path) is not None


def fits(document: Any) -> bool:
    """Vulnerable versions of a module, or of Node.js itself."""
    if not isinstance(document, dict):
        return False
    return {"module_name", "vulnerable_versions"} <= document.keys() or {"vulnerable", "cve"} <= document.keys()


def parse(path: str, data: bytes) -> Iterable[Record]:
    """Read a file.

    Raises:
        NotAnAdvisory: It is none of the group's; says why.
    """
    item = bounded(path, data)
    if not fits(item):
        raise NotAnAdvisory("It is no advisory of the Node.js working group: no module or vulnerable versions.")
    return [_of_module(item)] if "module_name" in item else [_of_core(path, item)]


def _of_module(item: dict[str, Any]) -> Record:
    name = text(item["module_name"])
    if not name:
        raise NotAnAdvisory("It names no module.")
    found, note = _versions(item["vulnerable_versions"], item.get("patched_versions"))
    vector = text(item.get("cvss_vector"), 200)
    return Record(
        id=identifier(f"NSWG-ECO-{scalar(item.get('id'), 20)}"),
        aliases=texts(item.get("cves"), ALIASES_MAX),
        title=text(item.get("title")),
        severity=vector if vector.startswith("CVSS:") else "",
        published=scalar(item.get("publish_date"), 40),
        modified=scalar(item.get("updated_at"), 40),
        withdrawn="",
        references=texts(item.get("references"), REFERENCES_MAX),
        affected=(Affected("npm", name, found.events(), flag=note),),
    )


def _of_core(path: str, item: dict[str, Any]) -> Record:
    number = _NUMBER.search(path)
    if number is None:
        raise NotAnAdvisory("Its file has no number, which is the name of a flaw of Node.js itself.")
    found, note = _versions(item["vulnerable"], item.get("patched"))
    vector = text(item.get("cvss"), 200)
    return Record(
        id=f"NSWG-COR-{number[1]}",
        aliases=texts(item["cve"], ALIASES_MAX),
        title=text(item.get("overview")) or text(item.get("description")),
        severity=vector if vector.startswith("CVSS:") else "",
        published=scalar(item.get("publish_date"), 40),
        modified="",
        withdrawn="",
        references=texts([item.get("ref")], REFERENCES_MAX),
        affected=(Affected(CORE.name, "node", of_numbers(found, CORE).events(), flag=note),),
        rating=text(item.get("severity"), 20).lower(),
    )


def _versions(vulnerable: Any, patched: Any) -> tuple[Spans, str]:
    """The affected versions, and why they are wider than what was said; a range that is none counts for the careful side."""
    notes: list[str] = []
    found = _read(vulnerable, ALL, notes) - _read(patched, NONE, notes)
    return found, "; ".join(notes)


def _read(given: Any, otherwise: Spans, notes: list[str]) -> Spans:
    if given is None:
        return otherwise
    if not isinstance(given, str):
        notes.append("a range that is no text")
        return otherwise
    try:
        return npm.range_(given)
    except Unplaced as error:
        notes.append(f"a range could not be read: {error}")
        return otherwise

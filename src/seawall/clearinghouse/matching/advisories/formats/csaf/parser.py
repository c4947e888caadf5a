"""CSAF 2.0 and 2.1: advisories and VEX documents; one record for each vulnerability of a document.

- ``known_affected`` is affected as its product says: one version, a range, or all versions.
- All versions with a fixed one (``fixed``, ``first_fixed``) is: all before it. A distribution's document that names only what is
  fixed says the same of its packages; of other products it does not say who is affected, and that is reported.
- ``known_not_affected`` takes away from ranges. ``under_investigation`` and ``unknown`` are reported, not matched.
- A range whose bounds have no place in an order is kept with its texts, so that it is flagged as every such range.
"""

import re
from collections.abc import Iterable, Iterator
from typing import Any

from seawall.clearinghouse.matching.advisories.documents import objects, scalar, text
from seawall.clearinghouse.matching.advisories.errors import NotAnAdvisory
from seawall.clearinghouse.matching.advisories.formats.csaf.statements import Statements
from seawall.clearinghouse.matching.advisories.formats.csaf.tree import Tree
from seawall.clearinghouse.matching.advisories.formats.interface import (
    ALIASES_MAX,
    REFERENCES_MAX,
    UNREAD_MAX,
    bounded,
    identifier,
    texts,
)
from seawall.clearinghouse.matching.advisories.types import Record, Unread

BYTES_MAX = 128 * 2**20
"""The longest of Red Hat's documents have about 60 MB."""
VULNERABILITIES_MAX = 20_000
STATED_MAX = 2_000_000
"""Products in the statuses of one document."""
_VERSIONS = ("2.0", "2.1")
_TAKEN_BACK = frozenset({"csaf_withdrawn", "csaf_superseded"})
_CWE = re.compile(r"CWE-[0-9]{1,5}")
_VECTORS = ("cvss_v4", "cvss_v3", "cvss_v2")


def claims(path: str) -> bool:
    """JSON; publishers name files by the document's identifier."""
    return path.lower().endswith(".json")


def fits(document: Any) -> bool:
    """A document with CSAF's version."""
    head = document.get("document") if isinstance(document, dict) else None
    return isinstance(head, dict) and "csaf_version" in head


def parse(path: str, data: bytes) -> Iterable[Record]:
    """Read a document.

    Raises:
        NotAnAdvisory: It is none of CSAF 2; says why.
    """
    item = bounded(path, data, BYTES_MAX)
    if not fits(item) or scalar(item["document"]["csaf_version"], 10) not in _VERSIONS:
        raise NotAnAdvisory("It is no document of CSAF 2.0 or 2.1.")
    head = item["document"]
    tracking = head.get("tracking") if isinstance(head.get("tracking"), dict) else {}
    name = identifier(tracking.get("id"))
    vulnerabilities = objects(item.get("vulnerabilities"), VULNERABILITIES_MAX)
    tree = Tree(item.get("product_tree"))
    budget = STATED_MAX
    records: list[Record] = []
    for number, vulnerability in enumerate(vulnerabilities, start=1):
        said = Statements(tree, vulnerability.get("product_status"))
        budget -= said.count
        if budget < 0:
            raise NotAnAdvisory(f"Its statuses name products over {STATED_MAX} times.")
        ids = _identifiers(vulnerability)
        own = name if len(vulnerabilities) == 1 else identifier(f"{name}/{ids[0] if ids else number}")
        records.append(_record(path, own, head, tracking, vulnerability, ids, said))
    return records


def _record(
    path: str,
    name: str,
    head: dict[str, Any],
    tracking: dict[str, Any],
    item: dict[str, Any],
    ids: tuple[str, ...],
    said: Statements,
) -> Record:
    severity = _severity(item)
    given = [
        entry.get("url") for entry in (*objects(item.get("references"), 1000), *objects(head.get("references"), 1000))
    ]
    current = scalar(tracking.get("current_release_date"), 40)
    return Record(
        id=name,
        aliases=ids,
        title=text(item.get("title")) or text(head.get("title")),
        severity=severity,
        published=scalar(tracking.get("initial_release_date"), 40),
        modified=current,
        withdrawn=current or "withdrawn" if text(head.get("category"), 40) in _TAKEN_BACK else "",
        references=texts(given, REFERENCES_MAX),
        affected=said.affected(),
        unread=tuple(Unread(f"{text(path)} {name}", why) for why in list(dict.fromkeys(said.unread))[:UNREAD_MAX]),
        rating="" if severity else _rating(head, item),
        weaknesses=tuple(dict.fromkeys(_weaknesses(item)))[:ALIASES_MAX],
    )


def _identifiers(item: dict[str, Any]) -> tuple[str, ...]:
    others = [entry.get("text") for entry in objects(item.get("ids"), ALIASES_MAX)]
    return texts([item.get("cve"), *others], ALIASES_MAX)


def _severity(item: dict[str, Any]) -> str:
    """The vector of the highest CVSS version there is."""
    scores = [*objects(item.get("scores"), 1000), *_contents(item)]
    for kind in _VECTORS:
        for score in scores:
            vector = score.get(kind)
            found = text(vector.get("vectorString"), 200) if isinstance(vector, dict) else ""
            if found:
                return found
    return ""


def _contents(item: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for metric in objects(item.get("metrics"), 1000):
        content = metric.get("content")
        if isinstance(content, dict):
            yield content


def _rating(head: dict[str, Any], item: dict[str, Any]) -> str:
    """The publisher's word for the impact; of the vulnerability, or else of the document."""
    impacts = [
        entry.get("details") for entry in objects(item.get("threats"), 1000) if entry.get("category") == "impact"
    ]
    whole = head.get("aggregate_severity")
    words = [*impacts, whole.get("text") if isinstance(whole, dict) else ""]
    return next((found.lower() for word in words if (found := text(word, 40)) and len(found.split()) == 1), "")


def _weaknesses(item: dict[str, Any]) -> Iterator[str]:
    single = item.get("cwe")
    for entry in [*([single] if isinstance(single, dict) else []), *objects(item.get("cwes"), 100)]:
        found = text(entry.get("id"), 20)
        if _CWE.fullmatch(found):
            yield found

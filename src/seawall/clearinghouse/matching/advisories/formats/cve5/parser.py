"""CVE records 5.0 to 5.2, as the CVE program and CISA's Vulnrichment publish them: one a ``.json`` file, or one a line.

What the CVE's own authority (CNA) and those who add to it (ADP) call affected stands side by side: a version that either
calls affected is. Identities are in ``products.py``, versions in ``statuses.py``, CPE configurations in ``configurations.py``.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Any

from seawall.clearinghouse.matching.advisories.documents import load, objects, scalar, text, texts
from seawall.clearinghouse.matching.advisories.errors import NotAnAdvisory
from seawall.clearinghouse.matching.advisories.formats.cve5 import configurations, products, statuses
from seawall.clearinghouse.matching.advisories.formats.cve5.products import Identity, NoIdentity
from seawall.clearinghouse.matching.advisories.formats.interface import (
    BYTES_MAX,
    REFERENCES_MAX,
    TITLE_MAX,
    UNREAD_MAX,
)
from seawall.clearinghouse.matching.advisories.types import Affected, GitRange, Record, Unread

PRODUCTS_MAX = 20_000
"""``affected[]`` objects of one container."""
CONTAINERS_MAX = 100
VERSIONS_MAX = 50_000
URL_MAX = 500

NOTHING_AFFECTED = "nothing of the product is called affected"

_ID = re.compile(r"CVE-[0-9]{4}-[0-9]{4,19}")
_GHSA = re.compile(r"GHSA(?:-[23456789cfghjmpqrvwx]{4}){3}")
_CWE = re.compile(r"CWE-[0-9]{1,5}")
_FILE = re.compile(r"(?:.*/)?CVE-[0-9]{4}-[0-9]{4,19}\.json")
_LINE = re.compile(r"(?:.*/)?[^/]*\.jsonl(?:\.[a-z]+)?/[0-9]+\.json")
_METRICS = ("cvssV4_0", "cvssV3_1", "cvssV3_0", "cvssV2_0")
"""The highest version first."""


def claims(path: str) -> bool:
    """Files named after their CVE, and lines of a file."""
    return _FILE.fullmatch(path) is not None or _LINE.fullmatch(path) is not None


def fits(document: Any) -> bool:
    """CVE records say that they are some."""
    return isinstance(document, dict) and document.get("dataType") == "CVE_RECORD" and "cveMetadata" in document


def parse(path: str, data: bytes) -> Iterable[Record]:
    """Read a record.

    Raises:
        NotAnAdvisory: It is no CVE record of version 5; says why.
    """
    if len(data) > BYTES_MAX:
        raise NotAnAdvisory(f"It has over {BYTES_MAX >> 20} MiB.", "Split it.")
    document = load(path, data)
    if not fits(document) or not str(document.get("dataVersion")).startswith("5."):
        raise NotAnAdvisory("It is no CVE record of version 5: dataType or dataVersion says something else.")
    metadata = document["cveMetadata"]
    if not isinstance(metadata, dict) or _ID.fullmatch(str(metadata.get("cveId"))) is None:
        raise NotAnAdvisory("Its cveId is missing or none.")
    state = scalar(metadata.get("state"), 40)
    if state not in {"PUBLISHED", "REJECTED"}:
        raise NotAnAdvisory(f"Its state is {state or 'missing'}.")
    return [_record(document, metadata, rejected=state == "REJECTED")]


def _record(document: dict[str, Any], metadata: dict[str, Any], *, rejected: bool) -> Record:
    whole = document.get("containers")
    containers = whole if isinstance(whole, dict) else {}
    cna = containers.get("cna")
    own: dict[str, Any] = cna if isinstance(cna, dict) else {}
    others = objects(containers.get("adp"), CONTAINERS_MAX)
    cve = str(metadata["cveId"])
    unread: list[Unread] = []
    affected = () if rejected else _affected(cve, [own, *others], unread)
    severity, rating = _severity([own, *others])
    source = own.get("source")
    given = source.get("advisory") if isinstance(source, dict) else None
    return Record(
        id=cve,
        aliases=tuple(dict.fromkeys(_GHSA.findall(scalar(given, URL_MAX)))),
        title=text(own.get("title"), TITLE_MAX) or _description(own),
        severity=severity,
        published=scalar(metadata.get("datePublished"), 40),
        modified=scalar(metadata.get("dateUpdated"), 40),
        withdrawn=_withdrawn(metadata) if rejected else "",
        references=_references([own, *others]),
        affected=affected,
        unread=tuple(unread[:UNREAD_MAX]),
        rating=rating,
        weaknesses=_weaknesses([own, *others]),
    )


def _withdrawn(metadata: dict[str, Any]) -> str:
    times = (scalar(metadata.get(name), 40) for name in ("dateRejected", "dateUpdated", "datePublished"))
    return next((time for time in times if time), "rejected")


def _affected(cve: str, containers: list[dict[str, Any]], unread: list[Unread]) -> tuple[Affected, ...]:
    listed = [entry for container in containers for entry in objects(container.get("affected"), PRODUCTS_MAX)]
    taken = frozenset(name for entry in listed for name in products.products_of(entry))
    stated: dict[Affected, None] = {}
    for entry in listed:
        stated.update(dict.fromkeys(_of_entry(cve, entry, taken, unread)))
    for container in containers:
        for found in configurations.read(container.get("cpeApplicability")):
            if isinstance(found, Affected):
                stated[found] = None
            else:
                unread.append(Unread(f"{cve} {found.what[:120]}", found.why))
    return tuple(stated)


def _of_entry(cve: str, entry: dict[str, Any], taken: frozenset[str], unread: list[Unread]) -> Iterator[Affected]:
    by_order: dict[str, statuses.Said] = {}
    told: set[tuple[str, str]] = set()
    product = scalar(entry.get("product"), 80) or scalar(entry.get("packageName"), 80)
    repository = scalar(entry.get("repo"), URL_MAX)
    for identity in products.identities(entry, taken):
        if isinstance(identity, NoIdentity):
            unread.append(Unread(f"{cve} {identity.what[:120]}", identity.why))
            continue
        said = by_order.get(identity.order.name)
        if said is None:
            said = by_order[identity.order.name] = statuses.said(entry, identity.order)
        for what, why in said.unread:
            if (what, why) not in told:
                told.add((what, why))
                unread.append(Unread(f"{cve} {product} {what[:120]}", why))
        if said:
            yield _made(identity, said, repository)
        elif identity.version and said.unread:
            # The versions are n/a, and the name has one.
            yield Affected(identity.ecosystem, identity.name, versions=(identity.version,), flag=identity.flag)
        elif not said.unread:
            unread.append(Unread(f"{cve} {product}", NOTHING_AFFECTED))


def _made(identity: Identity, said: statuses.Said, repository: str) -> Affected:
    return Affected(
        identity.ecosystem,
        identity.name,
        ranges=tuple(dict.fromkeys(said.ranges)),
        versions=tuple(dict.fromkeys(said.versions))[:VERSIONS_MAX],
        commits=tuple(GitRange(repository, events) for events in dict.fromkeys(said.commits)),
        flag="; ".join(part for part in (identity.flag, said.flag) if part),
    )


def _description(container: dict[str, Any]) -> str:
    found = [
        text(item.get("value"), TITLE_MAX)
        for item in objects(container.get("descriptions"), 50)
        if scalar(item.get("lang"), 20).startswith("en")
    ]
    return next((item for item in found if item), "")


def _severity(containers: list[dict[str, Any]]) -> tuple[str, str]:
    """The vector of the highest CVSS version, the CNA's first, and the word for it."""
    found: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for container in containers:
        for metric in objects(container.get("metrics"), 100):
            for name in _METRICS:
                if isinstance(metric.get(name), dict):
                    found[name].append(metric[name])
    for name in _METRICS:
        for score in found[name]:
            vector = scalar(score.get("vectorString"), 200)
            if vector:
                return vector, scalar(score.get("baseSeverity"), 20).lower()
    return "", ""


def _references(containers: list[dict[str, Any]]) -> tuple[str, ...]:
    urls = [item.get("url") for container in containers for item in objects(container.get("references"), 500)]
    return texts(urls, REFERENCES_MAX, URL_MAX)


def _weaknesses(containers: list[dict[str, Any]]) -> tuple[str, ...]:
    found = [
        scalar(item.get("cweId"), 20)
        for container in containers
        for problem in objects(container.get("problemTypes"), 50)
        for item in objects(problem.get("descriptions"), 50)
    ]
    return tuple(dict.fromkeys(item for item in found if _CWE.fullmatch(item)))[:50]

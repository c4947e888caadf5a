"""CISA's Vulnrichment: CVE 5 records with an ADP container that holds SSVC answers and KEV membership.

An answer that this reader does not know stays unknown; it is never mapped to a near one.
"""

from datetime import date
from typing import Any

from seawall.clearinghouse.prioritization.formats.fields import cve, day, items, load
from seawall.clearinghouse.prioritization.types import ALLOWED, EnrichedRecord, Fact, FactName

SOURCE = "vulnrichment"
_POINTS = {
    "Exploitation": FactName.EXPLOITATION,
    "Automatable": FactName.AUTOMATABLE,
    "Technical Impact": FactName.TECHNICAL_IMPACT,
}
_CISA = "CISA-ADP"


def parse(data: bytes) -> EnrichedRecord:
    """Read one record.

    Raises:
        NotAFeed: Not a CVE 5 record; says where.
    """
    record = load(data)
    metadata = record.get("cveMetadata")
    name = cve(metadata.get("cveId") if isinstance(metadata, dict) else None, "cveMetadata/cveId")
    containers = record.get("containers")
    facts: dict[FactName, Fact] = {}
    adp = items(containers.get("adp") if isinstance(containers, dict) else None, "containers/adp")
    for index, container in enumerate(adp):
        provider = container.get("providerMetadata")
        if not isinstance(provider, dict) or provider.get("shortName") != _CISA:
            continue
        pointer = f"containers/adp/{index}/metrics"
        for metric in items(container.get("metrics"), pointer):
            for fact in _facts(metric.get("other"), pointer):
                known = facts.get(fact.name)
                if known is None or fact.as_of >= known.as_of:
                    facts[fact.name] = fact
    return EnrichedRecord(name, tuple(facts.values()))


def _facts(other: Any, pointer: str) -> list[Fact]:
    if not isinstance(other, dict) or not isinstance(other.get("content"), dict):
        return []
    content = other["content"]
    if other.get("type") == "ssvc":
        return _ssvc(content, day(content.get("timestamp"), f"{pointer}/timestamp"), pointer)
    if other.get("type") == "kev":
        added = day(content.get("dateAdded"), f"{pointer}/dateAdded")
        return [
            Fact(FactName.IN_KEV, "yes", SOURCE, added),
            Fact(FactName.KEV_DATE_ADDED, added.isoformat(), SOURCE, added),
        ]
    return []


def _ssvc(content: dict[str, Any], as_of: date, pointer: str) -> list[Fact]:
    found: list[Fact] = []
    for option in items(content.get("options"), f"{pointer}/options"):
        for label, answer in option.items():
            name = _POINTS.get(label)
            value = answer.lower() if isinstance(answer, str) else ""
            if name is not None and value in ALLOWED[name]:
                found.append(Fact(name, value, SOURCE, as_of))
    return found

"""From many statements to what is known. Pure.

- CISA's own words stand before everybody else's; among one rank, the newest statement counts.
- One source that says something else on the same day has corrected itself: its last word counts.
- Of several sources of one rank that differ on the same day, the more urgent statement counts.
- Membership in KEV is the catalog's to say: what the newest one read does not list is not in it, unless somebody says
  yes as of a later day.
- Under several identifiers, KEV membership of any of them counts, with the earliest day it was added.
"""

import re
from collections.abc import Iterable
from datetime import date

from seawall.clearinghouse.prioritization.types import ALLOWED, OFFICIAL, Fact, FactName, Facts, KevEntry

KEV = "kev"
NO_CVE = "no CVE: the catalog lists only those"
"""Source of the fact that a vulnerability without a CVE is not in the catalog."""
_CVE = re.compile(r"CVE-[0-9]{4}-[0-9]{4,19}")
_OF_AN_ENTRY = (
    FactName.KEV_DATE_ADDED,
    FactName.KEV_DUE_DATE,
    FactName.KEV_FORENSIC_TRIAGE,
    FactName.KEV_RANSOMWARE,
)

Known = dict[FactName, Fact]


def normal(identifier: str) -> str:
    """An identifier as it is kept and looked up: without space around it, a CVE in capitals."""
    text = identifier.strip()
    return text.upper() if is_cve(text) else text


def is_cve(identifier: str) -> bool:
    """Whether an identifier is a CVE; the catalog and Vulnrichment know no others."""
    return _CVE.fullmatch(identifier.upper()) is not None


def combine(
    statements: Iterable[tuple[str, Fact]], *, identifiers: Iterable[str], kev_as_of: date | None = None
) -> Facts:
    """What is known about a vulnerability.

    Args:
        statements: Identifier and statement, for each of the vulnerability's identifiers; what one source said about
            one day stands in the order in which it was recorded.
        identifiers: All identifiers of the vulnerability, also those that nobody has said anything about.
        kev_as_of: Day of the newest KEV catalog that was read, if any.
    """
    said: dict[str, dict[FactName, dict[str, Fact]]] = {normal(identifier): {} for identifier in identifiers}
    for identifier, fact in statements:
        by_source = said.setdefault(normal(identifier), {}).setdefault(fact.name, {})
        before = by_source.get(fact.source)
        if before is None or fact.as_of >= before.as_of:
            by_source[fact.source] = fact
    known = _joined([_of_one(identifier, by_name, kev_as_of) for identifier, by_name in said.items()])
    if not any(is_cve(identifier) for identifier in said):
        known.setdefault(FactName.IN_KEV, Fact(FactName.IN_KEV, "no", NO_CVE, kev_as_of or date.min))
    return Facts(known)


def facts_of_entry(entry: KevEntry, released: date) -> tuple[Fact, ...]:
    """A KEV entry as statements."""
    found = [
        Fact(FactName.IN_KEV, "yes", KEV, released),
        Fact(FactName.KEV_DATE_ADDED, entry.date_added.isoformat(), KEV, released),
        Fact(FactName.KEV_DUE_DATE, entry.due_date.isoformat(), KEV, released),
        Fact(FactName.KEV_RANSOMWARE, entry.ransomware, KEV, released),
    ]
    if entry.forensic_triage is not None:
        found.append(Fact(FactName.KEV_FORENSIC_TRIAGE, entry.forensic_triage, KEV, released))
    return tuple(found)


def _of_one(identifier: str, by_name: dict[FactName, dict[str, Fact]], kev_as_of: date | None) -> Known:
    """What is known under one identifier."""
    known = {name: max(by_source.values(), key=_weight) for name, by_source in by_name.items()}
    if kev_as_of is not None and is_cve(identifier):
        said = by_name.get(FactName.IN_KEV, {})
        listed = said.get(KEV, Fact(FactName.IN_KEV, "no", KEV, kev_as_of))
        later = [fact for fact in said.values() if fact.value == "yes" and fact.as_of > max(kev_as_of, listed.as_of)]
        known[FactName.IN_KEV] = max(later, key=_weight) if later and listed.value == "no" else listed
    if FactName.IN_KEV not in known or known[FactName.IN_KEV].value == "no":
        for name in _OF_AN_ENTRY:
            known.pop(name, None)  # of an entry that was taken back
    return known


def _joined(of_each: list[Known]) -> Known:
    """What is known under all identifiers together."""
    return {
        name: _pick(name, [known[name] for known in of_each if name in known]) for known in of_each for name in known
    }


def _pick(name: FactName, facts: list[Fact]) -> Fact:
    if name in {FactName.KEV_DATE_ADDED, FactName.KEV_DUE_DATE}:
        return min(facts, key=lambda fact: (fact.source not in OFFICIAL, fact.value))
    if name is FactName.IN_KEV:
        return max(facts, key=lambda fact: (_urgency(fact), fact.as_of))
    return max(facts, key=lambda fact: (fact.source in OFFICIAL, _urgency(fact), fact.as_of))


def _weight(fact: Fact) -> tuple[bool, date, int]:
    return fact.source in OFFICIAL, fact.as_of, _urgency(fact)


def _urgency(fact: Fact) -> int:
    allowed = ALLOWED.get(fact.name)
    return allowed.index(fact.value) if allowed else 0

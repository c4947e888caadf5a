"""From many statements to what is known. Pure.

- CISA's own words stand before everybody else's; among one rank, the newest statement counts.
- Of statements of the same day that differ, the more urgent one counts.
- Under several identifiers, KEV membership of any of them counts, with the earliest day it was added.
"""

from collections.abc import Iterable
from datetime import date

from seawall.clearinghouse.prioritization.types import ALLOWED, OFFICIAL, Fact, FactName, Facts, KevEntry

KEV = "kev"
NO_CVE = "no CVE: the catalog lists only those"
"""Source of the fact that a vulnerability without a CVE is not in the catalog."""


def combine(statements: Iterable[tuple[str, Fact]], *, kev_as_of: date | None = None, has_cve: bool = True) -> Facts:
    """What is known about a vulnerability.

    Args:
        statements: Identifier and statement, for each of the vulnerability's identifiers.
        kev_as_of: Day of the newest KEV catalog that was read, if any: what is not in it is known not to be.
        has_cve: Whether a CVE is among the identifiers; the catalog lists nothing else.
    """
    by_name: dict[FactName, dict[str, list[Fact]]] = {}
    for identifier, fact in statements:
        by_name.setdefault(fact.name, {}).setdefault(identifier, []).append(fact)
    known = {name: _pick(name, [_newest(facts) for facts in named.values()]) for name, named in by_name.items()}
    member = known.get(FactName.IN_KEV)
    if kev_as_of is not None and (member is None or (member.value == "no" and member.as_of < kev_as_of)):
        known[FactName.IN_KEV] = Fact(FactName.IN_KEV, "no", KEV, kev_as_of)
    if not has_cve:
        known.setdefault(FactName.IN_KEV, Fact(FactName.IN_KEV, "no", NO_CVE, kev_as_of or date.min))
    if FactName.IN_KEV not in known or known[FactName.IN_KEV].value == "no":
        for name in (FactName.KEV_DATE_ADDED, FactName.KEV_DUE_DATE, FactName.KEV_FORENSIC_TRIAGE):
            known.pop(name, None)  # of an entry that was taken back
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


def _newest(facts: list[Fact]) -> Fact:
    return max(facts, key=lambda fact: (fact.source in OFFICIAL, fact.as_of, _urgency(fact)))


def _pick(name: FactName, facts: list[Fact]) -> Fact:
    if name in {FactName.KEV_DATE_ADDED, FactName.KEV_DUE_DATE}:
        return min(facts, key=lambda fact: (fact.source not in OFFICIAL, fact.value))
    if name is FactName.IN_KEV:
        return max(facts, key=lambda fact: (_urgency(fact), fact.as_of))
    return max(facts, key=lambda fact: (fact.source in OFFICIAL, _urgency(fact), fact.as_of))


def _urgency(fact: Fact) -> int:
    allowed = ALLOWED.get(fact.name)
    return allowed.index(fact.value) if allowed else 0

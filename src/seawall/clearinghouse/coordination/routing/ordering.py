"""From a case's facts to its place in the order: SSVC's coordinator table, looked up and never computed.

What CISA or the clearinghouse has said of the flaw comes first; where they are silent, the claimed CVSS vector speaks:
full impact on all three sides is SSVC's ``total``, and an attack over the network, of low complexity, without rights and
without a person's help can be automated. What neither says stays unknown, and the most urgent outcome still possible counts.
"""

from collections.abc import Collection, Sequence
from datetime import datetime

from cvss import CVSS3, CVSS4
from cvss.exceptions import CVSSError

from seawall.clearinghouse.coordination import models as cases
from seawall.clearinghouse.coordination.routing import rules
from seawall.clearinghouse.coordination.routing.types import CaseFacts, Ranked
from seawall.clearinghouse.coordination.types import LinkRole
from seawall.clearinghouse.prioritization import queries as prioritization
from seawall.clearinghouse.prioritization.tables import table
from seawall.clearinghouse.prioritization.types import FactName, Facts
from seawall.clearinghouse.validation import queries as validation

TABLE = "ssvc-cisa-coordinator"


def rank(facts: CaseFacts) -> Ranked:
    """The place of a case in the order, and why. Pure."""
    decision = table(TABLE).decide(rules.answers(facts))
    lead = rules.lead(decision.outcome, facts)
    why = f"{decision.outcome}, rows {', '.join(decision.rows)} of {TABLE} {decision.version}; counts {lead.days} days more"
    return Ranked(facts.case_id, decision.outcome, decision.rows, facts.received_at - lead, why)


def queue(case_ids: Collection[str]) -> list[Ranked]:
    """Cases in the order in which their maintainer gets them."""
    found = [(facts, rank(facts)) for facts in facts_of(case_ids)]
    return rules.order([ranked for _, ranked in found], {facts.case_id: facts.received_at for facts, _ in found})


def facts_of(case_ids: Collection[str]) -> list[CaseFacts]:
    """What the order looks at, of many cases in five queries."""
    rows = list(cases.Case.objects.filter(pk__in=case_ids).order_by("id"))
    links = cases.CaseReport.objects.filter(case__in=rows, undone_at=None).order_by("received_at", "id")
    by_case: dict[str, list[cases.CaseReport]] = {}
    for link in links:
        by_case.setdefault(link.case_id, []).append(link)
    firsts = {case_id: _first(found) for case_id, found in by_case.items()}
    states = validation.states_of([link.report_id for link in firsts.values()])
    known = prioritization.facts_of_many({row.id: row.identifiers for row in rows})
    return [
        _facts(
            row,
            known[row.id],
            by_case[row.id][0].received_at if row.id in by_case else row.opened_at,
            states.get(firsts[row.id].report_id, "") if row.id in firsts else "",
        )
        for row in rows
    ]


def _first(links: Sequence[cases.CaseReport]) -> cases.CaseReport:
    return next((link for link in links if link.role == LinkRole.FIRST), links[0])


def _facts(row: cases.Case, known: Facts, received_at: datetime, verdict: str) -> CaseFacts:
    score, automatable, total = claims(row.severity)
    said_automatable = known.value(FactName.AUTOMATABLE)
    said_impact = known.value(FactName.TECHNICAL_IMPACT)
    said_exploitation = known.value(FactName.EXPLOITATION)
    return CaseFacts(
        case_id=row.id,
        received_at=received_at,
        attacks_observed=row.attacks_observed or known.value(FactName.IN_KEV) == "yes" or said_exploitation == "active",
        exploit_public=row.exploit_public or said_exploitation == "poc",
        verdict=verdict,
        score=score,
        total_impact=said_impact == "total" if said_impact else total,
        automatable=said_automatable == "yes" if said_automatable else automatable,
    )


def claims(vector: str) -> tuple[float, bool | None, bool | None]:
    """Base score, automatable and total impact of a claimed CVSS vector; 0 and unknown where it does not compute."""
    try:
        if vector.startswith("CVSS:4.0/"):
            parsed: CVSS3 | CVSS4 = CVSS4(vector)
            impacts, easy = ("VC", "VI", "VA"), {"AV": "N", "AC": "L", "AT": "N", "PR": "N", "UI": "N"}
        elif vector.startswith("CVSS:3."):
            parsed = CVSS3(vector)
            impacts, easy = ("C", "I", "A"), {"AV": "N", "AC": "L", "PR": "N", "UI": "N"}
        else:
            return 0.0, None, None
    except CVSSError:
        return 0.0, None, None
    metrics = parsed.metrics
    return (
        float(parsed.base_score),
        all(metrics.get(name) == value for name, value in easy.items()),
        all(metrics.get(name) == "H" for name in impacts),
    )

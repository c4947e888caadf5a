"""The points of SSVC's coordinator triage and publication, from what a case's own facts say. Pure.

Each point has the value that follows, why, and which fact it came from; where the facts do not decide it, all values that
remain possible. A coordinator can state what no record can tell (value density, safety impact).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from seawall.clearinghouse.prioritization.tables import Decision, table

TRIAGE = "ssvc-coordinator-triage"
PUBLICATION = "ssvc-coordinator-publication"
SILENCE = timedelta(days=7)
"""After so long without a word a supplier counts as unresponsive: Vultron's default time to answer."""
STATABLE: dict[str, tuple[str, ...]] = {
    "value_density": ("diffuse", "concentrated"),
    "public_safety_impact": ("minimal", "significant"),
    "automatable": ("no", "yes"),
    "supplier_cardinality": ("one", "multiple"),
    "public_value_added": ("limited", "ampliative", "precedence"),
}
"""What a coordinator may state for a case, with its values."""
_UTILITY = {
    # SSVC's utility 1.0.1 from automatable 2.0.0 and value density 1.0.0
    ("no", "diffuse"): "laborious",
    ("no", "concentrated"): "efficient",
    ("yes", "diffuse"): "efficient",
    ("yes", "concentrated"): "super_effective",
}


@dataclass(frozen=True, slots=True)
class CaseFacts:
    """What is known of a case that the tables ask about."""

    public_aware: bool
    exploit_public: bool
    attacks_observed: bool
    verdict: str | None
    """Of the first report's proof: ``confirmed``, ``not_reproduced``, another state, or None."""
    vendors: int
    contacted: int
    """Vendors that know of the report."""
    answered: int
    """Vendors that have acted in the case or said something of a product."""
    judged_valid: int
    """Vendors that took the report for valid."""
    working: int
    """Vendors that accepted the report."""
    refused: int
    """Vendors that declined, deferred or closed without a fix."""
    fixes: int
    """Vendors with a fix ready, or a product said to be fixed."""
    first_contact_at: datetime | None
    automatable: str | None
    """SSVC automatable by CISA's feeds or by a coordinator's fact."""
    exploitation: str | None
    stated: Mapping[str, str]
    """What a coordinator stated, by the names of ``STATABLE``."""


@dataclass(frozen=True, slots=True)
class Point:
    """One decision point of a table."""

    name: str
    values: tuple[str, ...]
    """The value; several where the facts leave it open."""
    why: str
    source: str
    """Which fact of the case it came from; empty where none decides it."""

    @property
    def is_known(self) -> bool:
        """Whether one value is left."""
        return len(self.values) == 1


@dataclass(frozen=True, slots=True)
class Evaluation:
    """A table with its points and what remains of it."""

    table: str
    title: str
    points: tuple[Point, ...]
    decision: Decision

    @property
    def chosen(self) -> dict[str, tuple[str, ...]]:
        """Input -> values that remain."""
        return {point.name: point.values for point in self.points}


def triage(facts: CaseFacts, now: datetime) -> Evaluation:
    """SSVC coordinator triage (192 rows)."""
    points = (
        _report_public(facts),
        _contacted(facts),
        _credibility(facts),
        _cardinality(facts),
        _engagement(facts, now),
        _utility(facts),
        _stated(
            facts, "public_safety_impact", "Nobody has said what harm to people it can do.", ("minimal", "significant")
        ),
    )
    return _evaluated(TRIAGE, points)


def publication(facts: CaseFacts, now: datetime) -> Evaluation:
    """SSVC coordinator publication (27 rows)."""
    return _evaluated(PUBLICATION, (_involvement(facts, now), _exploitation(facts), _value_added(facts)))


def _evaluated(name: str, points: tuple[Point, ...]) -> Evaluation:
    found = table(name)
    return Evaluation(name, found.title, points, found.among({point.name: point.values for point in points}))


def _report_public(facts: CaseFacts) -> Point:
    said = "The case records that the public knows." if facts.public_aware else "No public report is recorded."
    return Point("report_public", (_yes(facts.public_aware),), said, "case state P")


def _contacted(facts: CaseFacts) -> Point:
    said = f"{facts.contacted} of {facts.vendors} vendors in the case know of it."
    return Point("supplier_contacted", (_yes(facts.contacted > 0),), said, "participants' fix path (V)")


def _credibility(facts: CaseFacts) -> Point:
    name, source = "report_credibility", "verdict on the proof"
    if facts.verdict == "confirmed":
        return Point(name, ("credible",), "The proof was run here and holds.", source)
    if facts.judged_valid:
        return Point(name, ("credible",), f"Vendors that take it for valid: {facts.judged_valid}.", "report management")
    if facts.verdict == "not_reproduced":
        return Point(name, ("not_credible",), "The proof was run here and did not do what it claims.", source)
    return Point(name, ("not_credible", "credible"), "No proof decides it and no vendor has judged it.", "")


def _cardinality(facts: CaseFacts) -> Point:
    name = "supplier_cardinality"
    if stated := facts.stated.get(name):
        return Point(name, (stated,), "Stated by a coordinator.", "stated")
    if facts.vendors > 1:
        return Point(name, ("multiple",), f"{facts.vendors} vendors take part.", "participants")
    if facts.vendors == 1:
        return Point(name, ("one", "multiple"), "One vendor takes part; who else supplies it is not recorded.", "")
    return Point(name, ("one", "multiple"), "No vendor takes part yet.", "")


def _engagement(facts: CaseFacts, now: datetime) -> Point:
    name, source = "supplier_engagement", "report management and statements"
    if facts.answered:
        return Point(name, ("active",), f"{facts.answered} of {facts.vendors} vendors have answered.", source)
    if facts.contacted and facts.first_contact_at is not None and now - facts.first_contact_at > SILENCE:
        days = (now - facts.first_contact_at).days
        return Point(name, ("unresponsive",), f"No vendor has answered in {days} days.", source)
    waiting = "Vendors were told less than 7 days ago." if facts.contacted else "No vendor was told yet."
    return Point(name, ("active", "unresponsive"), waiting, "")


def _utility(facts: CaseFacts) -> Point:
    automatable = facts.stated.get("automatable") or facts.automatable
    density = facts.stated.get("value_density")
    fitting = {
        utility
        for (automated, dense), utility in _UTILITY.items()
        if automatable in {None, automated} and density in {None, dense}
    }
    values = tuple(one for one in ("laborious", "efficient", "super_effective") if one in fitting)
    said = f"Automatable: {automatable or 'not known'}; value density: {density or 'not known'}."
    known = [] if automatable is None else ["SSVC automatable"]
    return Point("utility", values, said, ", ".join([*known, *(["stated"] if density else [])]))


def _involvement(facts: CaseFacts, now: datetime) -> Point:
    name, source = "supplier_involvement", "participants' fix path, report management and statements"
    if facts.fixes:
        return Point(name, ("fix_ready",), f"Vendors with a fix: {facts.fixes}.", source)
    if facts.working:
        return Point(name, ("cooperative",), f"Vendors that work on it: {facts.working}.", source)
    if facts.vendors and facts.refused == facts.vendors:
        return Point(name, ("uncooperative_unresponsive",), "Every vendor declined, deferred or closed it.", source)
    if _engagement(facts, now).values == ("unresponsive",):
        return Point(name, ("uncooperative_unresponsive",), _engagement(facts, now).why, source)
    return Point(name, ("cooperative", "uncooperative_unresponsive"), "No vendor has said that it works on it.", "")


def _exploitation(facts: CaseFacts) -> Point:
    name = "exploitation"
    if facts.attacks_observed:
        return Point(name, ("active",), "Attacks were observed.", "case state A")
    if facts.exploitation == "active":
        return Point(name, ("active",), "Recorded for its identifiers.", "SSVC exploitation")
    if facts.exploit_public:
        return Point(name, ("poc",), "An exploit is public.", "case state X")
    if facts.exploitation is not None:
        return Point(name, (facts.exploitation,), "Recorded for its identifiers.", "SSVC exploitation")
    return Point(name, ("none",), "Neither attacks nor a public exploit are recorded.", "case state X and A")


def _value_added(facts: CaseFacts) -> Point:
    name = "public_value_added"
    if not facts.public_aware:
        return Point(name, ("precedence",), "Nothing is public: ours would be the first.", "case state P")
    return _stated(facts, name, "What is public already was not weighed.", ("limited", "ampliative"))


def _stated(facts: CaseFacts, name: str, otherwise: str, values: tuple[str, ...]) -> Point:
    stated = facts.stated.get(name)
    return (
        Point(name, (stated,), "Stated by a coordinator.", "stated") if stated else Point(name, values, otherwise, "")
    )


def _yes(fact: bool) -> str:
    return "yes" if fact else "no"

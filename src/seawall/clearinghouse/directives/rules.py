"""From a directive, facts and where a component runs to a due date. Pure: the table decides, nothing here branches on its
values.

- Unknown exposure counts as public, and says so.
- Any other unknown leaves several rows possible; the earliest of their deadlines holds, and what was assumed is said.
- Where CISA has published neither automatable nor technical impact and the flaw is not in KEV, the directive's
  ``reading`` holds: flat 60 days, or the table with no/total.
- The clock starts on the day that CISA added the flaw to KEV or on which it was enumerated on the asset, the earlier.
- What KEV itself says (its own due date, forensic triage) is shown beside and changes nothing.
"""

from collections.abc import Mapping
from datetime import date, timedelta
from itertools import product

from seawall.clearinghouse.directives.types import Directive, Due, Input, Reading, Row
from seawall.clearinghouse.prioritization.types import FactName, Facts

FLAT = "flat"
UNKNOWN = "unknown"
_CISA_SAYS = (FactName.AUTOMATABLE, FactName.TECHNICAL_IMPACT)
_BESIDE = (FactName.KEV_DATE_ADDED, FactName.KEV_DUE_DATE, FactName.KEV_FORENSIC_TRIAGE, FactName.KEV_RANSOMWARE)
_CHOICES: Mapping[str, tuple[str, ...]] = {
    "in_kev": ("yes", "no"),
    "automatable": ("yes", "no"),
    "technical_impact": ("total", "partial"),
}
_WORDS: Mapping[tuple[str, str], str] = {
    ("publicly_exposed", "yes"): "publicly exposed",
    ("publicly_exposed", "no"): "not publicly exposed",
    ("in_kev", "yes"): "in KEV",
    ("in_kev", "no"): "not in KEV",
    ("automatable", "yes"): "automatable",
    ("automatable", "no"): "not automatable",
    ("technical_impact", "total"): "total technical impact",
    ("technical_impact", "partial"): "partial technical impact",
}
_UNSAID: Mapping[str, str] = {
    "in_kev": "No KEV catalog that was read speaks of it",
    "automatable": "CISA has not published whether it is automatable",
    "technical_impact": "CISA has not published its technical impact",
}


def decide(directive: Directive, facts: Facts, *, reach: str, enumerated_on: date) -> Due:
    """The due date of one exposure.

    Args:
        directive: The yardstick.
        facts: What is known about the vulnerability.
        reach: ``public``, ``internal`` or ``unknown``.
        enumerated_on: Day on which it was found on the asset.
    """
    inputs, assumed = _inputs(facts, reach)
    known = {name: item.value for name, item in inputs.items() if item.value != UNKNOWN}
    if reach not in {"public", "internal"}:
        known["publicly_exposed"] = "yes"
    started, start_why = _start(facts, enumerated_on)
    days: int | None
    silent = known.get("in_kev") == "no" and not any(name in known for name in _CISA_SAYS)
    if silent and directive.reading is Reading.FLAT:
        rule, days, triage = FLAT, directive.flat_days, False
        why = "CISA has published neither whether it is automatable nor its technical impact, and it is not in KEV"
    else:
        if silent:
            known |= directive.unpublished
            put = ", ".join(_WORDS[name, value] for name, value in directive.unpublished.items())
            assumed.append(f"CISA has published neither automatable nor technical impact; read as {put}.")
        row, taken = _row(directive, known)
        assumed += [
            f"{_UNSAID[name]}; counted as {_WORDS[name, value]}."
            for name, value in taken.items()
            if name not in known and name in _UNSAID
        ]
        rule, days, triage = row.number, row.days, row.triage
        why = f"Row {row.number} of {directive.name}: " + ", ".join(_WORDS[item] for item in taken.items())
    due = None if days is None else started + timedelta(days=days)
    span = "with the next system upgrade" if days is None else f"{days} days from {started.isoformat()} ({start_why})"
    beside = [
        Input(name.value, fact.value, _source(fact.source, fact.as_of))
        for name in _BESIDE
        if (fact := facts.get(name)) is not None
    ]
    return Due(
        directive=directive.name,
        version=directive.version,
        rule=rule,
        started=started,
        days=days,
        due=due,
        triage=triage,
        why=f"{why}: {span}.",
        inputs=(*inputs.values(), *beside),
        assumed=tuple(assumed),
    )


def what_moved(old: tuple[tuple[str, str, str], ...], new: Due, *, old_version: str = "") -> str:
    """Why a clock is set anew, in a sentence: the inputs whose values differ.

    Args:
        old: Name, value and source of what the clock before rested on.
        new: The decision that takes its place.
        old_version: Of the directive's data, of the clock before.
    """
    before = {name: value for name, value, _ in old}
    after = {item.name: item for item in new.inputs}
    moved = [
        f"{name.replace('_', ' ')} {before.get(name, UNKNOWN)} → {after[name].value if name in after else UNKNOWN}"
        + (f" ({after[name].source})" if name in after else "")
        for name in dict.fromkeys((*after, *before))
        if before.get(name, UNKNOWN) != (after[name].value if name in after else UNKNOWN)
    ]
    if moved:
        return f"Facts moved: {'; '.join(moved)}."
    if old_version != new.version:
        return f"The directive's data are now {new.version}."
    return "No fact moved."


def _inputs(facts: Facts, reach: str) -> tuple[dict[str, Input], list[str]]:
    assumed: list[str] = []
    exposed = {"public": "yes", "internal": "no"}.get(reach, UNKNOWN)
    found = {"publicly_exposed": Input("publicly_exposed", exposed, "your inventory")}
    if exposed == UNKNOWN:
        assumed.append(
            "Your inventory does not say whether it can be reached from public networks; counted as exposed."
        )
    for name in (FactName.IN_KEV, *_CISA_SAYS):
        fact = facts.get(name)
        found[name.value] = (
            Input(name.value, UNKNOWN, "nobody said")
            if fact is None
            else Input(name.value, fact.value, _source(fact.source, fact.as_of))
        )
    return found, assumed


def _source(source: str, as_of: date) -> str:
    return source if as_of == date.min else f"{source}, {as_of.isoformat()}"


def _start(facts: Facts, enumerated_on: date) -> tuple[date, str]:
    added = facts.get(FactName.KEV_DATE_ADDED)
    if facts.value(FactName.IN_KEV) == "yes" and added is not None and added.day < enumerated_on:
        return added.day, "added to KEV"
    return enumerated_on, "found on your system"


def _row(directive: Directive, known: Mapping[str, str]) -> tuple[Row, dict[str, str]]:
    """The row of what is known; of several possible rows, the one with the earliest deadline."""
    choices = [(known[name],) if name in known else _CHOICES[name] for name in directive.inputs]
    possible = [
        (directive.rows[values], dict(zip(directive.inputs, values, strict=True))) for values in product(*choices)
    ]
    return min(possible, key=lambda item: (_days(item[0]), not item[0].triage, int(item[0].number)))


def _days(row: Row) -> float:
    return float("inf") if row.days is None else row.days

"""Two cases side by side: what speaks for one flaw and what against it, and what was decided."""

from typing import Any

from django.http import HttpRequest, HttpResponse

from seawall.clearinghouse.coordination import queries as coordination
from seawall.clearinghouse.deduplication import queries
from seawall.clearinghouse.deduplication.queries import SideBySide
from seawall.clearinghouse.deduplication.types import Zone
from seawall.clearinghouse.validation import queries as validation
from seawall.doors.web.likeness import picture
from seawall.doors.web.pages import actor_of, page, render
from seawall.foundation.access.services import require
from seawall.foundation.access.types import Actor

TEXT_SHOWN = 2_000
"""Characters of a report shown beside the other."""
ATTACK_SHOWN = 1_500
"""Characters of an attack."""
_VERDICTS = {
    Zone.SAME: "The harness saw one signature in both proofs: such reports link by themselves.",
    Zone.ASK: "Not enough to link by itself: the runs of the two proofs are asked, and a person may decide.",
    Zone.DIFFERENT: "Too little speaks for it to ask anybody.",
}


@page("case.decide")
def compare(request: HttpRequest, case_id: str, other_id: str) -> HttpResponse:
    """Two cases that the actor may decide on."""
    actor = actor_of(request)
    cases = [coordination.case(actor, one) for one in (case_id, other_id)]
    for row in cases:
        require(actor, "case.decide", row)
    found = queries.side_by_side(actor, case_id, other_id)
    context: dict[str, Any] = {
        "cases": cases,
        "comparison": found.comparison,
        "decision": found.decision,
        "verdict": _VERDICTS[found.comparison.zone],
        "rows": _rows(found),
        "picture": picture(found.comparison, found.ask_from),
        "ask_from": found.ask_from,
        "missing": found.missing,
        "stack": found.stack,
        "attacks": [_attack(actor, one.report_id) for one in (found.left, found.right)],
    }
    return render(request, "web/compare.html", context)


@page("case.decide")
def near(request: HttpRequest, case_id: str) -> HttpResponse:
    """The cases that one is near to, and why they are not one."""
    actor = actor_of(request)
    row = coordination.case(actor, case_id)
    return render(request, "web/near.html", {"case": row, "near": queries.near(actor, case_id)})


def _attack(actor: Actor, report_id: str) -> dict[str, str]:
    """The attacker's input, or the script where that alone is the attack."""
    row = validation.of_report(actor, report_id)
    result = row.result if row is not None else {}
    text = str(result.get("input_preview") or "")
    name = "input" if text else "script"
    return {"name": name, "text": (text or str(result.get("driver_preview") or ""))[:ATTACK_SHOWN]}


def _rows(found: SideBySide) -> list[dict[str, Any]]:
    pair = (found.left, found.right)
    kinds: list[tuple[str, list[str]]] = [
        ("Signature that the harness saw", [one.signature or "none" for one in pair]),
        ("Kind of crash", [f"{one.kind} {one.access}".strip() for one in pair]),
        ("Works on, does nothing on", [" / ".join(filter(None, (one.worked_on, one.stopped_in))) for one in pair]),
        ("What it does", [one.failure for one in pair]),
        ("Identifiers", [", ".join(sorted(one.identifiers)) for one in pair]),
        ("Symbols", [", ".join(sorted(one.symbols)) for one in pair]),
        ("Files", [", ".join(sorted(one.paths)) for one in pair]),
        ("Weaknesses", [", ".join(sorted(one.weaknesses)) for one in pair]),
        ("In the finder's words", [one.text[:TEXT_SHOWN] for one in pair]),
    ]
    return [
        {"name": name, "values": values, "same": bool(values[0]) and values[0] == values[1]} for name, values in kinds
    ]

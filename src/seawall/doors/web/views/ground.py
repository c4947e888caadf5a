"""The ground: what was scanned of a target, where to scan next, what is closed, and what an organization maintains."""

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse

from seawall.clearinghouse.deconfliction.ground import queries, services
from seawall.clearinghouse.deconfliction.ground.types import CONFIRMED, Patch
from seawall.doors.web.pages import actor_of, done, field, number, page, render
from seawall.foundation.access.rules import grants_for
from seawall.foundation.platform.errors import BadInput, SeawallError
from seawall.foundation.platform.limits import PAGE_SIZE

SHOWN = 15
"""Answers to "where next"."""
BARS_MAX = 40
"""Paths in the picture."""
WIDTH = 320
"""Units of the picture's longest bar."""


@dataclass(frozen=True)
class Bar:
    """A path in the picture: how much effort, how long ago."""

    patch: Patch
    length: int
    tone: str
    """``good`` within a month, ``open`` within half a year, ``bad`` before."""


def _bars(patches: list[Patch]) -> list[Bar]:
    def effort(patch: Patch) -> float:
        return max(patch.machine_hours + 10 * patch.person_hours + patch.model_tokens / 100, 0.5)

    most = max(map(effort, patches), default=1)
    return [
        Bar(
            patch,
            max(round(WIDTH * effort(patch) / most), 4),
            "good" if patch.last_scanned_days <= 30 else "open" if patch.last_scanned_days <= 180 else "bad",  # noqa: PLR2004 - said in the legend
        )
        for patch in patches[:BARS_MAX]
    ]


@page("ground.read")
def ground(request: HttpRequest) -> HttpResponse:
    """The map of a target that is asked for, and the ground that is worth a scan."""
    return _map(request)


def _map(request: HttpRequest, error: SeawallError | None = None) -> HttpResponse:
    actor = actor_of(request)
    target = request.GET.get("target", "").strip()[:400]
    context: dict[str, Any] = {"target": target, "error": error, "kept": request.POST if error else {}}
    if target:
        try:
            context["bars"] = _bars(queries.coverage(actor, target))
            context["names"] = queries.names_of(target)
        except BadInput as refusal:
            context["error"] = error = refusal
    context["ranked"] = queries.least_scanned(actor, limit=SHOWN)
    context["closed"] = queries.closed_ground(actor)[:PAGE_SIZE]
    context["may_decide"] = bool(grants_for(actor, "stewardship.decide"))
    context["claims"] = [
        (row, queries.rule_of(row), row.state in CONFIRMED, row.organization_id == actor.organization_id)
        for row in queries.stewardships_of(actor)[:PAGE_SIZE]
    ]
    return render(request, "web/ground.html", context, status=error.status if error else 200)


@page("ground.claim", "POST")
def claim_target(request: HttpRequest) -> HttpResponse:
    """Say what the organization maintains."""
    try:
        services.claim_target(actor_of(request), target=field(request, "maintained", limit=400, required=True))
    except BadInput as error:
        return _map(request, error)
    return done(request, "Now prove control, or ask the coordinator to vouch.", "ground", fragment="claims")


@page("stewardship.change", "POST")
def prove_control(request: HttpRequest, stewardship_id: str) -> HttpResponse:
    """Look for the challenge."""
    services.prove_control(actor_of(request), stewardship_id)
    return done(request, "Proved. You may close ground and set its pace.", "ground", fragment="claims")


@page("stewardship.change", "POST")
def set_ground_rule(request: HttpRequest, stewardship_id: str) -> HttpResponse:
    """Close paths, set the pace."""
    try:
        services.set_rule(
            actor_of(request),
            stewardship_id,
            closed_paths=[""]
            if request.POST.get("everything") == "yes"
            else [line.strip() for line in field(request, "closed", limit=20_000).splitlines() if line.strip()],
            scanners_max=number(request, "scanners_max", 0) or None,
            leases_per_week=number(request, "leases_per_week", 0) or None,
            note=field(request, "note", limit=300),
        )
    except BadInput as error:
        return _map(request, error)
    return done(request, "Finders see it from now on.", "ground", fragment="claims")


@page("stewardship.decide", "POST")
def decide_stewardship(request: HttpRequest, stewardship_id: str) -> HttpResponse:
    """The coordinator's word."""
    vouch = request.POST.get("vouch") == "yes"
    services.decide_stewardship(
        actor_of(request), stewardship_id, vouch=vouch, reason=field(request, "reason", required=True)
    )
    return done(request, "Vouched." if vouch else "Refused; its rules are lifted.", "ground", fragment="claims")

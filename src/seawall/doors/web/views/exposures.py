"""What to fix, by when, and where the fix is: an operator's exposures as a list of things to do; and what was judged."""

from typing import Any

from django.http import HttpRequest, HttpResponse

from seawall.clearinghouse.directives import queries as directives
from seawall.clearinghouse.matching import judging, queries
from seawall.clearinghouse.matching.types import ExposureState, InventoryState, JudgmentStatus, Justification
from seawall.doors.api.paging import newest_first, slice_of, window
from seawall.doors.web.due import grouped, step_of
from seawall.doors.web.evidence import claimed_score
from seawall.doors.web.pages import actor_of, binding, cursor_of, day_of, done, field, page, render
from seawall.foundation.access.rules import grants_for
from seawall.foundation.access.types import Actor
from seawall.foundation.platform import clock
from seawall.foundation.platform.errors import BadInput, SeawallError

PAGE = 40
"""Things to do on one page."""
JUDGMENTS = 50


@page("exposure.read")
def exposures(request: HttpRequest) -> HttpResponse:
    """The list, grouped by urgency; ``inventory`` and ``advisory`` in the address narrow it, ``judged`` turns it over."""
    actor = actor_of(request)
    wanted = request.GET.get("inventory", "")
    advisory_id = request.GET.get("advisory", "")[:200].replace("\x00", "")
    judged: queries.Judged = "yes" if request.GET.get("judged") == "yes" else "no"
    inventory = queries.inventory(actor, wanted) if wanted else None
    narrowed: dict[str, Any] = {
        "inventory_id": inventory.id if inventory else "",
        "advisory_id": advisory_id,
        "judged": judged,
    }
    found = slice_of(
        queries.updates_of(actor, **narrowed),
        lambda item: str(item.key),
        binding(request, "exposures", inventory=wanted, advisory=advisory_id, judged=judged),
        cursor=cursor_of(request),
        limit=PAGE,
    )
    rows = queries.exposures_of(actor, versions=[item.key for item in found.items], **narrowed)
    by_update = queries.by_update(rows)
    views = [view for item in found.items for view in by_update.get(item.key, ())]
    context = {
        "groups": grouped(views, clock.now().date(), queries.best_fix),
        "inventory": inventory,
        "advisory_id": advisory_id,
        "judged": judged,
        "next": found.next,
        "beginning": cursor_of(request) is None,
        "watched": _watched(actor),
        "may_see_judgments": bool(grants_for(actor, "judgment.read")),
    }
    return render(request, "web/exposures.html", context)


def _watched(actor: Actor) -> dict[str, Any]:
    """What the list rests on: inventories in force, and how much of them nobody can match."""
    rows = queries.inventories_of(actor).filter(state__in=(InventoryState.READY, InventoryState.RECEIVED))
    counted = list(rows.values_list("state", "components", "unmatched"))
    return {
        "inventories": sum(state == InventoryState.READY for state, _, _ in counted),
        "waiting": sum(state == InventoryState.RECEIVED for state, _, _ in counted),
        "components": sum(components for _, components, _ in counted),
        "unmatched": sum(unmatched for _, _, unmatched in counted),
    }


@page("exposure.read")
def exposure(request: HttpRequest, exposure_id: str) -> HttpResponse:
    """One exposure: everything behind its date, every date it had, and what was said of it."""
    return _show(request, exposure_id)


def _show(request: HttpRequest, exposure_id: str, error: SeawallError | None = None) -> HttpResponse:
    actor = actor_of(request)
    row = queries.exposure(actor, exposure_id)
    view = queries.views([row])[0]
    today = clock.now().date()
    context = {
        "step": step_of([view], today),
        "score": claimed_score(view.severity),
        "history": directives.history(view.id),
        "judgments": [(one, one.holds(today)) for one in queries.judgments_on(actor, row)],
        "judged": view.judgment is not None and view.judgment.holds(today),
        "may_judge": view.state is ExposureState.OPEN and bool(grants_for(actor, "exposure.judge")),
        "may_take_back": bool(grants_for(actor, "judgment.take_back")),
        "statuses": list(JudgmentStatus),
        "justifications": list(Justification),
        "reason_max": judging.REASON_MAX,
        "error": error,
        "kept": request.POST if error else {},
    }
    return render(request, "web/exposure.html", context, status=error.status if error else 200)


@page("exposure.judge", "POST")
def judge_exposure(request: HttpRequest, exposure_id: str) -> HttpResponse:
    """Say that an exposure does not count, why, and until when."""
    try:
        judging.judge(actor_of(request), exposure_id, _said(request))
    except BadInput as error:
        return _show(request, exposure_id, error)
    return done(request, "Noted. It is out of the list, in this release and the next.", "exposure", exposure_id)


def _said(request: HttpRequest) -> judging.Said:
    status = field(request, "status", required=True)
    justification = field(request, "justification")
    if status not in set(JudgmentStatus) or (justification and justification not in set(Justification)):
        raise BadInput("This choice is not known.", "Choose from the list.", field="status")
    return judging.Said(
        status=JudgmentStatus(status),
        reason=field(request, "reason", limit=judging.REASON_MAX, required=True),
        justification=Justification(justification) if justification else None,
        until=day_of(request, "until"),
        this_version=request.POST.get("this_version") == "yes",
    )


@page("judgment.read")
def judgments(request: HttpRequest) -> HttpResponse:
    """What was said of exposures, the newest first."""
    actor = actor_of(request)
    ended = request.GET.get("show") == "ended"
    found = window(
        queries.judgments_of(actor, ended=ended),
        newest_first("made_at"),
        binding(request, "judgments", ended=str(ended)),
        queries.judgment_view,
        cursor=cursor_of(request),
        limit=JUDGMENTS,
    )
    today = clock.now().date()
    context = {
        "judgments": [(one, one.holds(today)) for one in found.items],
        "next": found.next,
        "show": "ended" if ended else "holding",
        "may_take_back": bool(grants_for(actor, "judgment.take_back")),
    }
    return render(request, "web/judgments.html", context)


@page("judgment.take_back", "POST")
def take_back(request: HttpRequest, judgment_id: str) -> HttpResponse:
    """End a judgment; what it held for is back in the list."""
    row = judging.take_back(
        actor_of(request), judgment_id, field(request, "reason", limit=judging.REASON_MAX, required=True)
    )
    return done(
        request, "Taken back. It is in the list again, with the dates that it had.", "exposure", row.exposure_id
    )

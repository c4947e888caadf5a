"""Scan leases: what the organization holds, and asking for more ground."""

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from seawall.clearinghouse.deconfliction import queries, services
from seawall.clearinghouse.deconfliction.rules import LEASE_HOURS_MAX
from seawall.clearinghouse.deconfliction.types import LeaseState, Technique
from seawall.doors.api.paging import newest_first, window
from seawall.doors.web import words
from seawall.doors.web.pages import actor_of, binding, cursor_of, done, field, number, page, render
from seawall.foundation.platform import clock
from seawall.foundation.platform.errors import BadInput, SeawallError

PAGE = 50
_ANSWER = "lease_answer"
"""Where the answer to a request waits in the session for the page that shows it once."""


@page("lease.read")
def leases(request: HttpRequest) -> HttpResponse:
    """What the organization holds, newest first, and the form."""
    return _board(request)


def _board(request: HttpRequest, error: SeawallError | None = None) -> HttpResponse:
    actor = actor_of(request)
    now = clock.now()
    found = window(
        queries.leases_of(actor).filter(organization_id=actor.organization_id),
        newest_first("granted_at"),
        binding(request, "leases"),
        lambda row: (row, queries.state_at(row, now)),
        cursor=cursor_of(request),
        limit=PAGE,
    )
    context = {
        "active": [row for row, state in found.items if state is LeaseState.ACTIVE],
        "over": [(row, state) for row, state in found.items if state is not LeaseState.ACTIVE],
        "next": found.next,
        "techniques": [(item.value, words.words(item)) for item in Technique],
        "hours_max": LEASE_HOURS_MAX,
        "answer": request.session.pop(_ANSWER, None),
        "error": error,
        "kept": request.POST if error else {},
        "kept_techniques": request.POST.getlist("techniques") if error else [],
    }
    return render(request, "web/leases.html", context, status=error.status if error else 200)


@page("lease.request", "POST")
def request_lease(request: HttpRequest) -> HttpResponse:
    """Ask for ground; the answer says what was granted and until when the rest is taken, never by whom."""
    try:
        answer = services.request_lease(
            actor_of(request),
            target=field(request, "target", limit=500, required=True),
            paths=[line.strip() for line in field(request, "paths", limit=20_000).splitlines() if line.strip()],
            techniques=request.POST.getlist("techniques"),
            hours=number(request, "hours", 24),
            exclusive=request.POST.get("shared") != "yes",
        )
    except BadInput as error:
        return _board(request, error)
    request.session[_ANSWER] = _shown(answer)
    return HttpResponseRedirect(reverse("leases") + "#answer")


def _shown(answer: services.LeaseAnswer) -> dict[str, Any]:
    return {
        "outcome": answer.outcome,
        "leases": [
            {
                "target": lease.target_id,
                "paths": lease.paths,
                "techniques": lease.techniques,
                "excluded": lease.excluded_paths,
            }
            for lease in answer.leases
        ],
        "taken": [
            {"path": taken.path, "technique": taken.technique.value, "until": words.moment(taken.until)}
            for taken in answer.taken
        ],
    }


@page("lease.change", "POST")
def renew_lease(request: HttpRequest, lease_id: str) -> HttpResponse:
    """Extend a lease."""
    actor = actor_of(request)
    lease = services.renew_lease(actor, lease_id, fence=number(request, "fence", 0), hours=number(request, "hours", 24))
    return done(request, f"The lease holds until {words.moment(lease.expires_at)}.", "leases")


@page("lease.change", "POST")
def release_lease(request: HttpRequest, lease_id: str) -> HttpResponse:
    """Give ground back."""
    services.release_lease(actor_of(request), lease_id)
    return done(request, "The ground is free for others again.", "leases")

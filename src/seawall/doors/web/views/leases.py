"""Scan leases: what the organization holds, and asking for more ground."""

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from seawall.clearinghouse.deconfliction import queries, services
from seawall.clearinghouse.deconfliction.rules import LEASE_HOURS_MAX
from seawall.clearinghouse.deconfliction.types import HOLDING, LeaseState, Technique
from seawall.doors.api.paging import newest_first, window
from seawall.doors.web import words
from seawall.doors.web.pages import actor_of, binding, cursor_of, done, field, number, page, render
from seawall.foundation.platform import clock
from seawall.foundation.platform.errors import BadInput, Conflict, RateLimited, SeawallError

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
        "active": [(row, state is LeaseState.PAUSED) for row, state in found.items if state in HOLDING],
        "over": [(row, state) for row, state in found.items if state not in HOLDING],
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
            weaknesses=field(request, "weaknesses", limit=1000).replace(",", " ").split(),
            repository=field(request, "repository", limit=400),
            hours=number(request, "hours", 24),
            named=request.POST.get("named") == "yes",
            exclusive=request.POST.get("shared") != "yes",
        )
    except (BadInput, RateLimited) as error:
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
                "weaknesses": lease.weaknesses,
                "without": lease.excluded_weaknesses,
            }
            for lease in answer.leases
        ],
        "taken": [
            {
                "path": taken.path,
                "technique": taken.technique.value,
                "weakness": taken.weakness,
                "why": taken.why.value,
                "holder": taken.holder,
                "until": words.moment(taken.until) if taken.until else "",
            }
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


@page("lease.change", "POST")
def pause_lease(request: HttpRequest, lease_id: str) -> HttpResponse:
    """Stop for a while."""
    lease = services.pause_lease(actor_of(request), lease_id, fence=number(request, "fence", 0))
    return done(request, f"Paused; the ground stays yours until {words.moment(lease.expires_at)}.", "leases")


@page("lease.change", "POST")
def resume_lease(request: HttpRequest, lease_id: str) -> HttpResponse:
    """Go on."""
    lease = services.resume_lease(actor_of(request), lease_id, fence=number(request, "fence", 0))
    return done(request, f"The lease holds until {words.moment(lease.expires_at)}.", "leases")


@page("lease.change", "POST")
def hand_over_lease(request: HttpRequest, lease_id: str) -> HttpResponse:
    """A code for whoever shall have the lease; the next page shows it once."""
    offer = services.hand_over(actor_of(request), lease_id, fence=number(request, "fence", 0))
    return done(request, f"Good once, until {words.moment(offer.expires_at)}: {offer.code}", "leases")


@page("lease.request", "POST")
def take_over_lease(request: HttpRequest) -> HttpResponse:
    """Take a lease over with its holder's code."""
    try:
        services.take_over(actor_of(request), field(request, "code", limit=1000, required=True))
    except (BadInput, Conflict, RateLimited) as error:
        return _board(request, error)
    return done(request, "The lease is yours.", "leases")

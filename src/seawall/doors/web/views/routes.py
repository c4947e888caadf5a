"""How a case reaches its maintainer, for coordinators: links, mail, GitHub, VINCE; and how many reports maintainers take."""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse

from seawall.clearinghouse.coordination import queries as cases
from seawall.clearinghouse.coordination.routing import pacing, queries, sending, services
from seawall.clearinghouse.coordination.routing.types import DeliveryState, MintedLink, Route
from seawall.doors.web.pages import actor_of, done, field, number, page, render
from seawall.foundation.access.rules import grants_for
from seawall.foundation.access.types import Actor
from seawall.foundation.platform.errors import BadInput, Conflict, SeawallError

MARKS = (DeliveryState.SENT, DeliveryState.OPENED, DeliveryState.ANSWERED, DeliveryState.BOUNCED, DeliveryState.FAILED)
KEY_MAX = 200_000
"""Characters of a public key in a form."""


@page("case.decide")
def routes(request: HttpRequest, case_id: str) -> HttpResponse:
    """The links and deliveries of a case, and the forms for more."""
    return _show(request, case_id)


def _show(
    request: HttpRequest,
    case_id: str,
    *,
    minted: MintedLink | None = None,
    error: SeawallError | None = None,
    step: str = "",
) -> HttpResponse:
    actor = actor_of(request)
    row = queries.decidable_case(actor, case_id)
    deliveries = [one for one in queries.deliveries_of(actor, case_id) if one.route != Route.PAGE]
    context: dict[str, Any] = {
        "case": row,
        "links": [(link, queries.state_of(link)) for link in queries.links_of(actor, case_id)],
        "deliveries": deliveries,
        "going": {one.route for one in deliveries if one.ended_at is None},
        "marks": MARKS,
        "address": queries.address_of(row.package),
        "place": pacing.place_of(actor, case_id),
        "is_open": row.published_at is None and row.merged_into_id is None,
        "minted": minted,
        "error": error,
        "error_step": step,
        "kept": request.POST if error else {},
    }
    return render(request, "web/routes.html", context, status=error.status if error else 200)


@page("case.decide", "POST")
def mint_link(request: HttpRequest, case_id: str) -> HttpResponse:
    """Make a link; the answer is the only page that ever shows it."""
    try:
        minted = services.mint_link(
            actor_of(request), case_id, name=field(request, "name", limit=300), days=number(request, "days", 14)
        )
    except (BadInput, Conflict) as error:
        return _show(request, case_id, error=error, step="link")
    return _show(request, case_id, minted=minted)


@page("case.decide", "POST")
def revoke_link(request: HttpRequest, case_id: str, link_id: str) -> HttpResponse:
    """End a link now."""
    services.revoke_link(actor_of(request), case_id, link_id)
    return done(request, "The link is revoked. Whoever had it open is out.", "routes", case_id)


@page("case.decide", "POST")
def route_file(request: HttpRequest, case_id: str, delivery_id: str) -> HttpResponse:
    """The file of a delivery, made anew: a form and not a link, because it ends older links and is logged."""
    try:
        made = sending.document(actor_of(request), case_id, delivery_id)
    except (BadInput, Conflict) as error:
        return _show(request, case_id, error=error, step="route")
    answer = HttpResponse(made.data, content_type=made.media_type)
    answer.headers["Content-Disposition"] = f'attachment; filename="{made.name}"'
    return answer


def _address(actor: Actor, case_id: str, request: HttpRequest) -> str:
    sending.set_address(
        actor,
        cases.case(actor, case_id).package,
        email=field(request, "email", limit=300),
        openpgp_key=field(request, "openpgp_key", limit=KEY_MAX),
        age_recipient=field(request, "age_recipient", limit=300),
        github_repository=field(request, "github_repository", limit=300),
    )
    return "Noted where the maintainer is reached."


def _route(actor: Actor, case_id: str, request: HttpRequest) -> str:
    name = field(request, "route", limit=10, required=True)
    if name not in {Route.EMAIL, Route.GITHUB, Route.VINCE}:
        raise BadInput("That is no route.", "Use one of the buttons.", field="route")
    row = sending.begin(actor, case_id, Route(name))
    return "It is on its way." if row.state == DeliveryState.QUEUED else "The file is ready; carry it over."


def _outcome(actor: Actor, case_id: str, request: HttpRequest) -> str:
    state = field(request, "state", limit=12, required=True)
    if state not in set(MARKS):
        raise BadInput("That is nothing to say of a delivery.", "Choose from the list.", field="state")
    delivery_id = field(request, "delivery", limit=40, required=True)
    sending.mark(actor, case_id, delivery_id, DeliveryState(state), identifier=field(request, "identifier", limit=300))
    return "Noted."


def _again(actor: Actor, case_id: str, request: HttpRequest) -> str:
    sending.send_again(actor, case_id, field(request, "delivery", limit=40, required=True))
    return "It is on its way again."


_STEPS: dict[str, Callable[[Actor, str, HttpRequest], str]] = {
    "address": _address,
    "route": _route,
    "outcome": _outcome,
    "again": _again,
}


@page("case.decide", "POST")
def route_step(request: HttpRequest, case_id: str, step: str) -> HttpResponse:
    """One step on a route; what does not fit comes back beside its form."""
    try:
        said = _STEPS[step](actor_of(request), case_id, request)
    except (BadInput, Conflict) as error:
        return _show(request, case_id, error=error, step=step)
    return done(request, said, "routes", case_id)


@page("pacing.read")
def pace(request: HttpRequest) -> HttpResponse:
    """How many reports the organization takes; for coordinators every queue."""
    return _show_pace(request)


def _show_pace(request: HttpRequest, *, error: SeawallError | None = None) -> HttpResponse:
    actor = actor_of(request)
    context: dict[str, Any] = {
        "own": pacing.own_queue(actor),
        "queues": pacing.queues(actor) if grants_for(actor, "pacing.set_for") else None,
        "may_set": bool(grants_for(actor, "pacing.set")),
        "limit_max": pacing.LIMIT_MAX,
        "error": error,
        "kept": request.POST if error else {},
    }
    return render(request, "web/pace.html", context, status=error.status if error else 200)


@page("pacing.set", "POST")
def set_pace(request: HttpRequest) -> HttpResponse:
    """Say how many reports a maintainer takes."""
    try:
        pacing.set_pace(
            actor_of(request),
            open_limit=number(request, "open_limit", 0) or None,
            weekly_limit=number(request, "weekly_limit", 0) or None,
            maintainer=field(request, "maintainer", limit=500),
        )
    except BadInput as error:
        return _show_pace(request, error=error)
    return done(request, "Noted. What there is room for comes now, the rest waits.", "pace")

"""The page of a maintainer without an account: a one-time link leads here, and a cookie keeps the browser in.

Looking at a link's address changes nothing; its button does. Nothing of the case is on the page before that.
"""

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from seawall.clearinghouse.coordination import queries as cases
from seawall.clearinghouse.coordination.queries import CaseRow
from seawall.clearinghouse.coordination.routing import pacing, queries, services
from seawall.clearinghouse.coordination.routing.queries import Visit
from seawall.clearinghouse.coordination.routing.types import LinkState
from seawall.clearinghouse.intake import queries as intake
from seawall.clearinghouse.validation import queries as validation
from seawall.doors.web.evidence import claimed_score, picture
from seawall.doors.web.pages import done, field, number, page, render
from seawall.foundation.platform import clock
from seawall.foundation.platform.errors import BadInput, Conflict, NotFound, SeawallError

COOKIE = "seawall_maintainer"
"""Name of the cookie; its path is one link's page, so that the cookies of several links do not meet."""
PROOFS_SHOWN = 5


def _quiet(answer: HttpResponse) -> HttpResponse:
    # The address holds the token: no other page, nor our own, learns it from a Referer. "no-referrer" would make
    # browsers send "Origin: null" with our forms, which are then refused.
    answer.headers["Referrer-Policy"] = "strict-origin"
    answer.headers["X-Robots-Tag"] = "noindex, nofollow"
    return answer


def _landing(
    request: HttpRequest, token: str, *, error: SeawallError | None = None, asked: bool = False
) -> HttpResponse:
    link = queries.link_of_token(token)
    state = queries.state_of(link)
    context = {
        "token": token,
        "state": state.value,
        "may_ask": state in {LinkState.OPENED, LinkState.EXPIRED},
        "asked": asked,
        "expires_at": link.expires_at,
        "opened_at": link.opened_at,
        "page": reverse("maintainer", args=[link.id]) if state is LinkState.OPENED else "",
        "error": error,
    }
    return _quiet(render(request, "web/link.html", context, status=error.status if error else 200))


@page("link.open")
def link(request: HttpRequest, token: str) -> HttpResponse:
    """What a link is, and the button that opens it. Scanners of mail may look as often as they like."""
    return _landing(request, token)


@page("link.open", "POST")
def open_link(request: HttpRequest, token: str) -> HttpResponse:
    """Open the link, once; this browser gets the cookie."""
    try:
        opened = services.open_link(token)
    except Conflict as error:
        return _landing(request, token, error=error)
    address = reverse("maintainer", args=[opened.link_id])
    answer = HttpResponseRedirect(address)
    answer.set_cookie(
        COOKIE,
        opened.secret,
        max_age=int((opened.expires_at - clock.now()).total_seconds()),
        path=address,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )
    return _quiet(answer)


@page("link.open", "POST")
def ask_for_link(request: HttpRequest, token: str) -> HttpResponse:
    """Ask for a new link in the place of one that is spent."""
    try:
        services.ask_again(token)
    except Conflict as error:
        return _landing(request, token, error=error)
    return _landing(request, token, asked=True)


def _visit(request: HttpRequest, link_id: str) -> Visit:
    return queries.visit(link_id, request.COOKIES.get(COOKIE, ""))


@page("link.open")
def maintainer(request: HttpRequest, link_id: str) -> HttpResponse:
    """The case, for the browser that opened its link."""
    return _quiet(_show(request, _visit(request, link_id)))


def _show(request: HttpRequest, visit: Visit, *, error: SeawallError | None = None, step: str = "") -> HttpResponse:
    participant = queries.participant_of(visit.guest)
    context: dict[str, Any] = {
        "link": visit.link,
        "guest": visit.guest,
        "case": visit.guest.case,
        "participant": participant,
        "error": error,
        "error_step": step,
        "kept": request.POST if error else {},
    }
    try:
        row = services.read_case(visit)
    except NotFound:
        # Invited, or declined: before the embargo is accepted there is the package, and nothing else.
        context["may_answer"] = participant.consent in {"invited", "lapsed"}
        return render(request, "web/maintainer_invited.html", context, status=error.status if error else 200)
    context |= {
        "case": row,
        "score": claimed_score(row.severity),
        "steps": queries.steps_of(participant),
        "proofs": _proofs(visit, row),
        "said": services.messages_for(visit),
        "pace": pacing.pace_for(visit),
        "timeline": [event for event in cases.timeline(visit.actor, row.id) if event.kind in SHOWN_KINDS],
    }
    return render(request, "web/maintainer.html", context, status=error.status if error else 200)


SHOWN_KINDS = frozenset(
    {"opened", "invited", "consent", "embargo-ended", "published", "report-step", "statement", "merged"}
)
"""Steps of the timeline that tell a maintainer something; links and other routes are not among them."""


def _proofs(visit: Visit, row: CaseRow) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    links = [one for one in cases.links(visit.actor, row.id) if one.undone_at is None]
    links.sort(key=lambda one: one.role != "first")
    for one in links[:PROOFS_SHOWN]:
        try:
            report = intake.report(visit.actor, one.report_id)
        except NotFound:
            continue  # not proved (yet)
        judged = validation.of_report(visit.actor, one.report_id)
        evidence = (
            picture(state=judged.state, summary=judged.summary, result=judged.result, digest=judged.result_digest)
            if judged
            else None
        )
        found.append({"report": report, "evidence": evidence})
    return found


@page("link.open")
def maintainer_proof(request: HttpRequest, link_id: str, report_id: str) -> HttpResponse:
    """The proof of a report as its finder sent it: the input, and how to run it. A download, never shown."""
    visit = _visit(request, link_id)
    name, data = services.proof_of(visit, report_id)
    answer = HttpResponse(data, content_type="application/octet-stream")
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return _quiet(answer)


def _embargo(visit: Visit, request: HttpRequest) -> str:
    answer = field(request, "answer", limit=10, required=True)
    if answer not in {"accept", "decline"}:
        raise BadInput("The answer is neither accept nor decline.", "Use one of the two buttons.", field="answer")
    services.answer_embargo(visit, accept=answer == "accept")
    return (
        "You accepted the embargo. This is the case." if answer == "accept" else "You declined. Nothing else follows."
    )


def _judge(visit: Visit, request: HttpRequest) -> str:
    services.judge(
        visit,
        field(request, "transition", limit=20, required=True),
        text=field(request, "text", limit=services.TEXT_MAX),
    )
    return "Noted. The finder and the coordinator have been told."


def _say(visit: Visit, request: HttpRequest) -> str:
    services.say(visit, field(request, "text", limit=services.TEXT_MAX))
    return "Your message is in the case; everybody in it has been told."


def _fixed(visit: Visit, request: HttpRequest) -> str:
    services.say_fixed(visit, field(request, "version", limit=200))
    return "Thank you. The coordinator prepares the publication."


def _renew(visit: Visit, request: HttpRequest) -> str:  # noqa: ARG001 - one shape
    services.renew(visit)
    return "The coordinator has been asked for a new link."


def _pace(visit: Visit, request: HttpRequest) -> str:
    pacing.set_pace_by_link(
        visit,
        open_limit=number(request, "open_limit", 0) or None,
        weekly_limit=number(request, "weekly_limit", 0) or None,
    )
    return "Noted. You get no more than that."


_STEPS: dict[str, Callable[[Visit, HttpRequest], str]] = {
    "embargo": _embargo,
    "judge": _judge,
    "say": _say,
    "fixed": _fixed,
    "renew": _renew,
    "pace": _pace,
}


@page("link.open", "POST")
def maintainer_step(request: HttpRequest, link_id: str, step: str) -> HttpResponse:
    """One answer of the maintainer; what does not fit comes back beside its form, with the text kept."""
    visit = _visit(request, link_id)
    if step not in _STEPS:
        raise queries.not_here()
    try:
        said = _STEPS[step](visit, request)
    except (BadInput, Conflict) as error:
        return _quiet(_show(request, visit, error=error, step=step))
    return _quiet(done(request, said, "maintainer", link_id))


@page("link.open", "POST")
def leave_maintainer(request: HttpRequest, link_id: str) -> HttpResponse:
    """End the session, such as on somebody else's computer."""
    visit = _visit(request, link_id)
    services.end_visit(visit)
    answer = render(request, "web/link.html", {"state": "left"})
    answer.delete_cookie(COOKIE, path=reverse("maintainer", args=[link_id]))
    return _quiet(answer)

"""Sealed commitments and introductions."""

from django.http import HttpRequest, HttpResponse

from seawall.clearinghouse.deconfliction.collisions import queries as collisions
from seawall.clearinghouse.deconfliction.collisions import services as introducing
from seawall.clearinghouse.deconfliction.commitments import queries, services
from seawall.doors.api.paging import newest_first, window
from seawall.doors.web.pages import actor_of, binding, cursor_of, day_of, done, field, page, render
from seawall.foundation.access.rules import grants_for
from seawall.foundation.platform.errors import BadInput, SeawallError
from seawall.foundation.platform.limits import PAGE_SIZE


@page("commitment.read")
def commitments(request: HttpRequest) -> HttpResponse:
    """What the organization committed to, and who would like to talk."""
    return _list(request)


def _list(request: HttpRequest, error: SeawallError | None = None) -> HttpResponse:
    actor = actor_of(request)
    found = window(
        queries.commitments_of(actor),
        newest_first("sealed_at"),
        binding(request, "commitments"),
        lambda row: (row, queries.state_of(row), "judge_commitment" in queries.allowed_next(actor, row)),
        cursor=cursor_of(request),
        limit=PAGE_SIZE,
    )
    context = {
        "found": found.items,
        "next": found.next,
        "introductions": [
            (
                row,
                collisions.shown_state(actor, row),
                collisions.other_name(actor, row),
                collisions.allowed_next(actor, row),
            )
            for row in collisions.introductions_of(actor)[:PAGE_SIZE]
        ],
        "may_seal": bool(grants_for(actor, "commitment.seal")),
        "error": error,
        "kept": request.POST if error else {},
    }
    return render(request, "web/commitments.html", context, status=error.status if error else 200)


@page("commitment.seal", "POST")
def seal_commitment(request: HttpRequest) -> HttpResponse:
    """Log a digest, of one's own making or published elsewhere."""
    actor = actor_of(request)
    url = field(request, "url", limit=500)
    try:
        digest = field(request, "digest", limit=200, required=True)
        label = field(request, "label", limit=200)
        if url:
            row = services.register_published(
                actor,
                algorithm=field(request, "algorithm", limit=40) or "sha256",
                digest=digest,
                url=url,
                published_on=day_of(request, "published_on"),
                label=label,
            )
        else:
            row = services.seal(actor, digest=digest, label=label)
    except BadInput as error:
        return _list(request, error)
    return done(request, f"Sealed as entry {row.log_index} of the log.", "commitments")


@page("commitment.judge", "POST")
def judge_commitment(request: HttpRequest, commitment_id: str) -> HttpResponse:
    """The coordinator's word."""
    confirm = request.POST.get("confirm") == "yes"
    services.judge(actor_of(request), commitment_id, confirm=confirm, reason=field(request, "reason", required=True))
    return done(request, "Confirmed." if confirm else "Disputed.", "commitments")


@page("introduction.decide", "POST")
def decide_introduction(request: HttpRequest, introduction_id: str) -> HttpResponse:
    """Ask the other side, or close."""
    offer = request.POST.get("offer") == "yes"
    introducing.decide_introduction(
        actor_of(request), introduction_id, offer=offer, reason=field(request, "reason", required=True)
    )
    return done(request, "The holder was asked." if offer else "Closed.", "commitments", fragment="introductions")


@page("introduction.answer", "POST")
def answer_introduction(request: HttpRequest, introduction_id: str) -> HttpResponse:
    """Agree, or not."""
    accept = request.POST.get("accept") == "yes"
    introducing.answer_introduction(actor_of(request), introduction_id, accept=accept)
    said = "Each of you now sees the other's name." if accept else "Nobody learns of you."
    return done(request, said, "commitments", fragment="introductions")

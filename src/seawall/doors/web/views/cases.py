"""A case: its state, the evidence behind it, why each report is in it, who takes part, and what may be decided."""

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from seawall.clearinghouse.coordination import publication, queries, reading, services
from seawall.clearinghouse.coordination.embargoes import queries as embargo_queries
from seawall.clearinghouse.coordination.embargoes import services as embargo_services
from seawall.clearinghouse.coordination.queries import CaseRow, LinkRow
from seawall.clearinghouse.coordination.types import LinkRole
from seawall.clearinghouse.deduplication import deciding
from seawall.clearinghouse.deduplication import queries as deduplication
from seawall.clearinghouse.deduplication.queries import SuggestionRow
from seawall.clearinghouse.intake import queries as intake
from seawall.clearinghouse.validation import queries as validation
from seawall.doors.api.paging import newest_first, window
from seawall.doors.web import embargo
from seawall.doors.web.evidence import Evidence, claimed_score, picture
from seawall.doors.web.pages import actor_of, binding, cursor_of, done, field, page, render
from seawall.doors.web.views import conversations
from seawall.doors.web.views import participants as participant_sections
from seawall.foundation.access.rules import grants_for
from seawall.foundation.access.types import Actor
from seawall.foundation.identity.queries import organization_names
from seawall.foundation.platform import clock
from seawall.foundation.platform.errors import BadInput, Conflict, NotFound, SeawallError

PAGE = 50
PROOFS_SHOWN = 10
"""Proofs drawn on one page; a case with more of them lists the rest as links."""
MERGE_CHOICES = 50
"""Cases offered as merge targets."""
PUBLISHING = ("propose_publication", "approve_publication", "withdraw_publication")
"""Steps of a publication; what refuses one is shown even where the step is not offered."""
REASON_MAX = 2000
"""Characters of a decision's reason."""


@page("case.read")
def cases(request: HttpRequest) -> HttpResponse:
    """The cases whose content the actor may see, newest first."""
    found = window(
        queries.cases_of(actor_of(request)),
        newest_first("opened_at"),
        binding(request, "cases"),
        lambda row: row,
        cursor=cursor_of(request),
        limit=PAGE,
    )
    return render(request, "web/cases.html", {"cases": found.items, "next": found.next})


@page("case.read")
def case(request: HttpRequest, case_id: str) -> HttpResponse:
    """One case; whoever is only invited is led to the invitation."""
    actor = actor_of(request)
    try:
        row = queries.case(actor, case_id)
    except NotFound:
        if any(invitation.case_id == case_id for invitation in queries.invitations_of(actor)):
            return HttpResponseRedirect(reverse("invitations"))
        if case_id in reading.briefs_of(actor):
            return HttpResponseRedirect(reverse("brief", args=[case_id]))
        raise
    return _show(request, row)


def _show(request: HttpRequest, row: CaseRow, *, error: SeawallError | None = None, step: str = "") -> HttpResponse:
    actor = actor_of(request)
    links = queries.links(actor, row.id)
    participants = queries.participants(actor, row.id)
    current = [link for link in links if link.undone_at is None]
    current.sort(key=lambda link: link.role != LinkRole.FIRST)  # its proof is the one that is drawn open
    actions = queries.allowed_next(actor, row)
    context: dict[str, Any] = {
        "case": row,
        "publishing": PUBLISHING,
        "score": claimed_score(row.severity),
        "actions": actions,
        "links": links,
        "current_links": current,
        "proofs": _proofs(actor, current[:PROOFS_SHOWN]),
        "participants": participants,
        "names": organization_names(
            [*(link.organization_id for link in links), *(one.organization_id for one in participants)]
        ),
        "timeline": queries.timeline(actor, row.id),
        "conversation": conversations.section(actor, row.id),
        "merge_targets": _merge_targets(actor, row) if "merge" in actions else [],
        "error": error,
        "error_step": step,
        "kept": request.POST if error else {},
    }
    context |= _embargo(actor, row)
    context |= participant_sections.section(request, actor, row)
    if grants_for(actor, "case.decide"):
        context |= _questions(actor, row, [link.report_id for link in current])
    return render(request, "web/case.html", context, status=error.status if error else 200)


def _embargo(actor: Actor, row: CaseRow) -> dict[str, Any]:
    found = embargo_queries.embargo(actor, row.id)
    return {
        "embargo": found,
        "line": embargo.line_of(found, clock.now()),
        "change": embargo.open_change_of(found),
        "profiles": embargo_queries.profiles(),
        "readiness": embargo_queries.readiness(actor, row.id),
        "embargo_steps": tuple(embargo.RESPONSES | embargo.DECISIONS),
    }


show = _show
"""For the other forms of this page."""


def _proofs(actor: Actor, links: list[LinkRow]) -> list[tuple[LinkRow, Any, Evidence]]:
    reports = {}
    for link in links:
        try:
            reports[link.report_id] = intake.report(actor, link.report_id)
        except NotFound:
            continue  # unproved, or another party's: not for this reader
    rows = validation.of_reports(list(reports))
    found = []
    for link in links:
        row, report = rows.get(link.report_id), reports.get(link.report_id)
        if row is not None:
            shown = picture(
                state=row.state,
                summary=row.summary,
                result=row.result,
                digest=row.result_digest,
                log_index=row.log_index,
            )
            found.append((link, report, shown))
    return found


def _merge_targets(actor: Actor, row: CaseRow) -> list[CaseRow]:
    open_ones = queries.cases_of(actor).filter(package=row.package, merged_into=None, published_at=None)
    return list(open_ones.exclude(pk=row.id)[:MERGE_CHOICES])


def _questions(actor: Actor, row: CaseRow, report_ids: list[str]) -> dict[str, Any]:
    """Open questions of likeness in both directions; for those who decide, because each tells of another case."""
    here: list[tuple[SuggestionRow, str]] = []
    if row.published_at is None and row.merged_into_id is None:
        for suggestion in deduplication.suggestions_for(actor, row.id):
            other = intake.report(actor, suggestion.report_id).case_id
            if other and other != row.id:
                here.append((suggestion, other))
    elsewhere = [one for one in deduplication.suggestions_about(actor, report_ids) if one.case_id != row.id]
    return {"may_belong_here": here, "may_belong_elsewhere": elsewhere}


def _end_embargo(actor: Actor, case_id: str, request: HttpRequest, reason: str) -> tuple[str, str]:  # noqa: ARG001 - one shape
    embargo_services.end_embargo(actor, case_id, reason=reason)
    return "The embargo has ended. The case can be published.", case_id


def _propose(actor: Actor, case_id: str, request: HttpRequest, reason: str) -> tuple[str, str]:
    summary = field(request, "summary", limit=REASON_MAX)
    publication.propose_publication(actor, case_id, reason=reason, summary=summary)
    return "Proposed. Another person has to approve it; a change to the case voids it.", case_id


def _approve(actor: Actor, case_id: str, request: HttpRequest, reason: str) -> tuple[str, str]:  # noqa: ARG001 - as above
    row = publication.approve_publication(actor, case_id, reason=reason)
    return f"Published as {row.advisory_id}. Exposed operators have been told.", case_id


def _withdraw(actor: Actor, case_id: str, request: HttpRequest, reason: str) -> tuple[str, str]:  # noqa: ARG001 - as above
    publication.withdraw_publication(actor, case_id, reason=reason)
    return "The proposal is withdrawn.", case_id


def _merge(actor: Actor, case_id: str, request: HttpRequest, reason: str) -> tuple[str, str]:
    into = field(request, "into", limit=40, required=True)
    return "Merged. Every finder keeps its credit.", deciding.merge(actor, case_id, into, reason=reason).id


def _undo_link(actor: Actor, case_id: str, request: HttpRequest, reason: str) -> tuple[str, str]:
    report_id = field(request, "report_id", limit=40, required=True)
    own = deciding.take_out(actor, case_id, report_id, reason=reason)
    return "The report has a case of its own again. This is it.", own.id


def _undo_merge(actor: Actor, case_id: str, request: HttpRequest, reason: str) -> tuple[str, str]:  # noqa: ARG001 - as above
    return "The merge is taken back. This case is what it was.", deciding.undo_merge(actor, case_id, reason=reason).id


def _hold_apart(actor: Actor, case_id: str, request: HttpRequest, reason: str) -> tuple[str, str]:
    other = field(request, "other", limit=40, required=True)
    row = deciding.hold_apart(actor, case_id, other, reason=reason)
    return "Noted: two flaws. Nobody is asked again, and nothing merges them by itself.", row.id


_STEPS = {
    "end_embargo": _end_embargo,
    "propose_publication": _propose,
    "approve_publication": _approve,
    "withdraw_publication": _withdraw,
    "merge": _merge,
    "undo_link": _undo_link,
    "undo_merge": _undo_merge,
    "hold_apart": _hold_apart,
    **embargo.RESPONSES,
    **embargo.DECISIONS,
}


@page("case.decide", "POST")
def decide(request: HttpRequest, case_id: str, step: str) -> HttpResponse:
    """A decision with its reason. What does not fit comes back beside the form, with the text kept."""
    return _decided(request, case_id, step)


@page("case.publish", "POST")
def publish(request: HttpRequest, case_id: str, step: str) -> HttpResponse:
    """A step of a publication, which two people take; as ``decide``."""
    return _decided(request, case_id, step)


@page("case.respond", "POST")
def respond(request: HttpRequest, case_id: str, step: str) -> HttpResponse:
    """What a participant says about an embargo; as ``decide``."""
    if step not in embargo.RESPONSES:
        raise NotFound("There is nothing here that you may see.", "Check the address and who you are signed in as.")
    return _decided(request, case_id, step)


@page("case.decide", "POST")
def decide_embargo(request: HttpRequest, case_id: str, step: str) -> HttpResponse:
    """What a coordinator decides about an embargo; as ``decide``."""
    if step not in embargo.DECISIONS:
        raise NotFound("There is nothing here that you may see.", "Check the address and who you are signed in as.")
    return _decided(request, case_id, step)


def _decided(request: HttpRequest, case_id: str, step: str) -> HttpResponse:
    actor = actor_of(request)
    row = queries.case(actor, case_id)
    try:
        reason = field(request, "reason", limit=REASON_MAX)
        said, next_case = _STEPS[step](actor, case_id, request, reason)
    except (BadInput, Conflict) as error:
        return _show(request, row, error=error, step=step)
    return done(request, said, "case", next_case)


@page("case.respond")
def invitations(request: HttpRequest) -> HttpResponse:
    """Cases that wait for the organization's consent: their package, and nothing else."""
    return render(request, "web/invitations.html", {"invitations": queries.invitations_of(actor_of(request))})


@page("case.respond", "POST")
def answer_invitation(request: HttpRequest, case_id: str) -> HttpResponse:
    """Accept or decline an embargo."""
    answer = field(request, "answer", limit=10, required=True)
    if answer not in {"accept", "decline"}:
        raise BadInput("The answer is neither accept nor decline.", "Use one of the two buttons.", field="answer")
    services.answer_invitation(actor_of(request), case_id, accept=answer == "accept")
    if answer == "accept":
        return done(request, "You accepted the embargo. This is the case.", "case", case_id)
    return done(request, "You declined. That leaves no mark.", "invitations")

"""The finder's reports: the board, the form, and one report with its verdict in plain words."""

from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse

from seawall.clearinghouse.deconfliction import queries as deconfliction
from seawall.clearinghouse.intake import queries, services
from seawall.clearinghouse.intake.queries import ReportRow
from seawall.clearinghouse.intake.types import FORMATS, ReportState
from seawall.clearinghouse.validation import queries as validation
from seawall.doors.api.paging import newest_first, window
from seawall.doors.web import words
from seawall.doors.web.evidence import claimed_score, picture
from seawall.doors.web.pages import actor_of, binding, cursor_of, done, field, page, render
from seawall.foundation.access.rules import grants_for
from seawall.foundation.access.types import Actor
from seawall.foundation.identity.queries import organization_names
from seawall.foundation.jobs import queries as jobs
from seawall.foundation.platform.errors import BadInput, SeawallError, TooLarge
from seawall.foundation.transparency import queries as transparency

PAGE = 50
CHOICES = (("", "Tell from the file"), *FORMATS.items())


@page("report.submit")
def reports(request: HttpRequest) -> HttpResponse:
    """The organization's own reports, newest first."""
    actor = actor_of(request)
    found = window(
        queries.reports_of(actor).filter(organization_id=actor.organization_id),
        newest_first("received_at"),
        binding(request, "reports"),
        lambda row: row,
        cursor=cursor_of(request),
        limit=PAGE,
    )
    states = validation.states_of([row.id for row in found.items])
    context = {"reports": found.items, "next": found.next, "states": states}
    return render(request, "web/reports.html", context)


@page("report.read")
def report(request: HttpRequest, report_id: str) -> HttpResponse:
    """One report: for its finder the answer and the receipt, for others the proof."""
    actor = actor_of(request)
    row = queries.report(actor, report_id)
    context = {**_progress(actor, row), "own": row.organization_id == actor.organization_id}
    entries = transparency.openings(actor, [row.id])
    context |= {
        "entries": entries,
        "received": next((entry for entry in entries if entry.kind == "report.received"), None),
        "finder": organization_names([row.organization_id]).get(row.organization_id, ""),
        "score": claimed_score(row.severity),
        "provenance": queries.provenance_of(row),
        "relay": queries.relay_of(row),
        "embargo": queries.embargo_of(row),
        "may_see_case": bool(row.case_id and grants_for(actor, "case.read")),
    }
    return render(request, "web/report.html", context)


@page("report.read")
def progress(request: HttpRequest, report_id: str) -> HttpResponse:
    """The part of the report's page that changes while its proof runs; it asks again by itself until it is done."""
    actor = actor_of(request)
    row = queries.report(actor, report_id)
    answer = render(request, "web/parts/progress.html", _progress(actor, row))
    if row.state == ReportState.ANSWERED:
        answer.headers["HX-Refresh"] = "true"  # the rest of the page has something to say now
    return answer


@page("report.read")
def attestation(request: HttpRequest, report_id: str) -> HttpResponse:
    """The signed statement about the report's verdict, to keep and to check elsewhere."""
    answer = HttpResponse(validation.attestation_of(actor_of(request), report_id), content_type="application/json")
    answer.headers["Content-Disposition"] = f'attachment; filename="{report_id}.dsse.json"'
    return answer


def _progress(actor: Actor, row: ReportRow) -> dict[str, Any]:
    judged = validation.of_report(actor, row.id)
    state = judged.state if judged else ("queued" if row.proof_digest else "not_attempted")
    shown = (
        picture(
            state=judged.state,
            summary=judged.summary,
            result=judged.result,
            digest=judged.result_digest,
            log_index=judged.log_index,
        )
        if judged
        else None
    )
    return {
        "report": row,
        "waiting": row.state != ReportState.ANSWERED,
        "state": state,
        "verdict": words.verdict(state),
        "evidence": shown,
        "job": jobs.latest_of([row.id]).get(row.id),
    }


@page("report.submit", "GET", "POST")
def new_report(request: HttpRequest) -> HttpResponse:
    """The form, and what it sends."""
    actor = actor_of(request)
    if request.method == "POST":
        try:
            return _submit(request, actor)
        except (BadInput, TooLarge) as error:
            return _form(request, actor, error)
    return _form(request, actor)


def _form(request: HttpRequest, actor: Actor, error: SeawallError | None = None) -> HttpResponse:
    context = {
        "formats": CHOICES,
        "leases": deconfliction.leases_of(actor).filter(organization_id=actor.organization_id)[:PAGE],
        "error": error,
        "kept": request.POST,
    }
    return render(request, "web/report_new.html", context, status=error.status if error else 200)


def _submit(request: HttpRequest, actor: Actor) -> HttpResponse:
    sent = request.FILES.get("report")
    if not isinstance(sent, UploadedFile):
        raise BadInput("No report was chosen.", "Choose the file with your report.", field="report")
    proof = request.FILES.get("proof")
    lease_id = field(request, "lease_id", limit=40)
    if lease_id:
        deconfliction.lease(actor, lease_id)
    submission = services.prepare(
        actor,
        field(request, "format", limit=20),
        sent.read(),
        services.Proof(name=(proof.name or "proof")[:120], data=proof.read())
        if isinstance(proof, UploadedFile)
        else None,
    )
    receipt = services.submit(actor, submission, lease_id=lease_id)
    if len(receipt.report_ids) == 1:
        return done(request, "Received and kept. The receipt is on this page.", "report", receipt.report_ids[0])
    return done(request, f"{len(receipt.report_ids)} reports received and kept.", "reports")

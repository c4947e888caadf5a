"""Reports: in any known format, with or without a proof; their state, verdict and answer."""

import hashlib
import json
from dataclasses import dataclass
from typing import Annotated, Any

from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse
from ninja import Query, Router

from seawall.clearinghouse.deconfliction import queries as deconfliction
from seawall.clearinghouse.intake import queries, services
from seawall.clearinghouse.intake.queries import ReportRow
from seawall.clearinghouse.intake.types import FORMATS
from seawall.clearinghouse.validation import queries as validation
from seawall.doors.api.bearer import actor_of
from seawall.doors.api.operations import (
    Cursor,
    IdempotencyKey,
    Identifier,
    Limit,
    binding,
    described,
    write_once,
)
from seawall.doors.api.paging import newest_first, window
from seawall.doors.api.schemas.reports import (
    ReceiptView,
    ReportDetailView,
    ReportPage,
    ReportView,
    ValidationView,
)
from seawall.doors.api.wire import UnsupportedMediaType
from seawall.foundation.access.declarations import declares
from seawall.foundation.access.types import Actor
from seawall.foundation.platform import identifiers
from seawall.foundation.platform.errors import BadInput, NotFound

router = Router()
ReportId = Annotated[str, Identifier("report")]
FORMAT_OF_TYPE = {"application/json": "json", "application/sarif+json": "sarif", "text/markdown": "markdown"}
"""Formats of a bare body, by content type; which JSON it is, its members tell. A form may name its format in a field."""
_ENVELOPE = {
    "responses": {"200": {"description": "OK", "content": {"application/json": {"schema": {"type": "object"}}}}}
}
"""Sent as it was signed, byte for byte."""
_SOURCE = {
    "responses": {
        "200": {
            "description": "OK",
            "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
        }
    }
}
_FORM_FILES = ("report", "proof")
_FORM_FIELDS = ("format", "lease_id")

_EXAMPLE = {
    "schema": "seawall.report/1",
    "title": "Sandbox escape through attr filter",
    "description": "The attr filter reaches str.format without the sandbox's checks.",
    "package": "pkg:pypi/jinja2",
    "versions": ["3.1.4"],
    "failure": "code-execution",
    "affected": [{"introduced": "0", "fixed": "3.1.6"}],
}
_ANY = "seawall.report/1, Akrites TAP, CSAF 2.1 vulnerability report, AIxCC bundle or SARIF"
_RELAYED = {
    "responses": {
        "200": {
            "description": "OK",
            "content": {"application/json": {"schema": {"type": "object", "description": "seawall.report/1"}}},
        }
    }
}
_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["report"],
                    "additionalProperties": False,
                    "properties": {
                        "report": {"type": "string", "format": "binary", "description": "The report's bytes."},
                        "proof": {
                            "type": "string",
                            "format": "binary",
                            "description": "A proof bundle (docs/proofs.md), run before anybody is told.",
                        },
                        "format": {
                            "type": "string",
                            "enum": sorted(FORMATS),
                            "description": "Told from the bytes, if it is not named (docs/report-formats.md).",
                        },
                        "lease_id": {"type": "string", "description": "The scan lease it was found under."},
                    },
                },
            },
            "application/json": {"schema": {"type": "object", "description": _ANY}, "example": _EXAMPLE},
            "application/sarif+json": {"schema": {"type": "object", "description": "SARIF 2.1.0"}},
            "text/markdown": {"schema": {"type": "string", "description": "A report in words, with a PoV"}},
        },
    }
}


@dataclass(frozen=True)
class _Sent:
    """A submission as it came in."""

    format: str
    report: bytes
    proof: services.Proof | None
    lease_id: str


def _sent(request: HttpRequest) -> _Sent:
    media_type = (request.content_type or "").lower()
    if media_type == "multipart/form-data":
        return _sent_form(request)
    if not request.body:
        raise BadInput("The body is empty.", "Send the report.", field="report")
    if media_type not in FORMAT_OF_TYPE:
        raise UnsupportedMediaType(
            f"The content type {media_type[:80]!r} is not read here.",
            f"Send multipart/form-data, or one of {', '.join(FORMAT_OF_TYPE)}.",
        )
    return _Sent(FORMAT_OF_TYPE[media_type], request.body, None, request.GET.get("lease_id", ""))


def _sent_form(request: HttpRequest) -> _Sent:
    for name in [*request.FILES, *request.POST]:
        known = _FORM_FILES if name in request.FILES else _FORM_FIELDS
        if name not in known:
            raise BadInput(
                f"The form's part {name[:60]!r} is not known.",
                f"Files are {', '.join(_FORM_FILES)}; fields are {', '.join(_FORM_FIELDS)}.",
                field=name[:60],
            )
        if len(request.FILES.getlist(name) or request.POST.getlist(name)) > 1:
            raise BadInput(f"The form's part {name!r} came twice.", "Send one.", field=name)
    report = request.FILES.get("report")
    if not isinstance(report, UploadedFile):
        raise BadInput("The form has no file 'report'.", "Send the report's bytes as a file.", field="report")
    proof = request.FILES.get("proof")
    return _Sent(
        format=request.POST.get("format", ""),
        report=report.read(),
        proof=services.Proof(name=(proof.name or "proof")[:120], data=proof.read())
        if isinstance(proof, UploadedFile)
        else None,
        lease_id=request.POST.get("lease_id", ""),
    )


def _check_lease(actor: Actor, lease_id: str) -> None:
    if lease_id:
        if not identifiers.is_id(lease_id, "lease"):
            raise NotFound("There is no such lease of yours.", "Leave it out, or name your own.", field="lease_id")
        deconfliction.lease(actor, lease_id)


@router.post(
    "",
    **described("report.submit", ReceiptView, 202, "Submit a report", tag="reports", extra=_BODY),
)
@declares("report.submit")
def submit_report(
    request: HttpRequest,
    response: HttpResponse,
    lease_id: Annotated[str, Query(max_length=60, description="The scan lease it was found under (bare bodies).")] = "",
    idempotency_key: IdempotencyKey = None,
) -> ReceiptView:
    """Takes the report in and answers with a receipt; from then on it is kept, whatever happens to the server.

    Any of the formats of docs/report-formats.md; the bytes tell which. `identifier` is our own for it, and `chain` names every hand it came through.
    A proof is run in a sandbox before anybody is told. Ask for the answer at `report_status`.
    """
    actor = actor_of(request)
    sent = _sent(request)
    found_under = sent.lease_id or lease_id
    _check_lease(actor, found_under)
    submission = services.prepare(actor, sent.format, sent.report, sent.proof)
    content = {
        "format": submission.format,
        "report": submission.raw_digest,
        "proof": hashlib.sha256(sent.proof.data).hexdigest() if sent.proof else None,
        "lease": found_under,
    }
    return write_once(
        request,
        response,
        operation="submit_report",
        key=idempotency_key,
        content=content,
        view=ReceiptView,
        write=lambda: ReceiptView.model_validate(services.submit(actor, submission, lease_id=found_under).to_json()),
    )


@router.get("", **described("report.read", ReportPage, summary="List reports", tag="reports"))
@declares("report.read")
def list_reports(request: HttpRequest, limit: Limit, cursor: Cursor = None) -> ReportPage:
    """The reports you may see, newest first."""
    actor = actor_of(request)
    page = window(
        queries.reports_of(actor),
        newest_first("received_at"),
        binding(request, "list_reports"),
        lambda row: ReportView.of(row, actor, queries.allowed_next(actor, row)),
        cursor=cursor,
        limit=limit,
    )
    return ReportPage(items=page.items, next=page.next)


@router.get("/{report_id}", **described("report.read", ReportDetailView, summary="Read a report", tag="reports"))
@declares("report.read")
def report_status(request: HttpRequest, report_id: ReportId) -> ReportDetailView:
    """The report, where it stands, the verdict on its proof, the answer, and what you may do next."""
    actor = actor_of(request)
    return _detail(actor, queries.report(actor, report_id))


@router.get(
    "/{report_id}/relay",
    **described("report.read", None, summary="Read a report to hand it on", tag="reports", extra=_RELAYED),
)
@declares("report.read")
def relay_report(request: HttpRequest, report_id: ReportId) -> HttpResponse:
    """The report as `seawall.report/1` for another clearinghouse, with credits, origins, embargo terms and its chain.

    Send it as it is: whoever takes it in adds a hop and answers with an identifier. Refused (`chain-altered`) where what is kept does not hold together.
    """
    document = queries.relay_document(actor_of(request), report_id)
    return HttpResponse(json.dumps(document, ensure_ascii=False), content_type="application/json")


@router.get(
    "/{report_id}/source",
    **described("report.read", None, summary="Read a report's bytes as sent", tag="reports", extra=_SOURCE),
)
@declares("report.read")
def report_source(request: HttpRequest, report_id: ReportId) -> HttpResponse:
    """The bytes as they were sent, with everything that a reader did not understand or had to cut.

    For the finder and the coordinator; to other parties of the case it is absent. Hostile: open it as data, never in a browser.
    """
    answer = HttpResponse(queries.source_of(actor_of(request), report_id), content_type="application/octet-stream")
    answer.headers["Content-Disposition"] = f'attachment; filename="{report_id}.source"'
    return answer


@router.get(
    "/{report_id}/validation",
    **described("report.read", ValidationView, summary="Read a verdict with its evidence", tag="reports"),
)
@declares("report.read")
def get_validation(request: HttpRequest, report_id: ReportId) -> ValidationView:
    """How the proof was run and judged; 404 where there is no proof, or it waits."""
    row = validation.of_report(actor_of(request), report_id)
    if row is None:
        raise NotFound("There is no verdict for this report.", "Ask again later, if it has a proof.")
    return ValidationView.of(row)


@router.get(
    "/{report_id}/attestation",
    **described("report.read", None, summary="Read a signed verdict", tag="reports", extra=_ENVELOPE),
)
@declares("report.read")
def get_attestation(request: HttpRequest, report_id: ReportId) -> HttpResponse:
    """The verdict as an in-toto statement in a DSSE envelope, signed with the server's key (docs/attestations.md)."""
    return HttpResponse(validation.attestation_of(actor_of(request), report_id), content_type="application/json")


def _detail(actor: Actor, row: ReportRow) -> ReportDetailView:
    verdict = validation.of_report(actor, row.id)
    return ReportDetailView(
        **ReportView.of(row, actor, queries.allowed_next(actor, row)).model_dump(),
        description=row.description,
        versions=list(row.versions),
        weaknesses=list(row.weaknesses),
        affected=list(row.affected),
        paths=list(row.paths),
        symbols=list(row.symbols),
        severity=row.severity,
        **ReportDetailView.travelled(row),
        verdict=verdict.state if verdict else None,
        verdict_summary=verdict.summary if verdict else None,
    )

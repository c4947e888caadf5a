"""Scans and findings: what tools say about a project, kept over time; and what people say about that.

An upload is stored piece by piece as it comes; nothing here holds a document in memory.
"""

from typing import Annotated, Any, Literal

from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse
from ninja import Query, Router

from seawall.clearinghouse.scanning import queries, services
from seawall.clearinghouse.scanning.queries import FindingRow
from seawall.clearinghouse.scanning.types import Change, FindingFilter
from seawall.doors.api.bearer import actor_of
from seawall.doors.api.operations import (
    Cursor,
    IdempotencyKey,
    Identifier,
    Limit,
    binding,
    described,
    no_nul_query,
    write_once,
)
from seawall.doors.api.paging import Order, Window, newest_first, window
from seawall.doors.api.schemas.scans import (
    FindingDetail,
    FindingJudgmentRequest,
    FindingPage,
    FindingTakenBack,
    FindingView,
    ScanPage,
    ScanView,
)
from seawall.doors.api.wire import UnsupportedMediaType
from seawall.foundation.access.declarations import declares
from seawall.foundation.platform.errors import BadInput

router = Router()
findings = Router()
ScanId = Annotated[str, Identifier("scan")]
ProjectId = Annotated[str, Identifier("project")]
FindingId = Annotated[str, Identifier("finding")]
LISTED = (Order("rank"), Order("path"), Order("line"), Order("id"))
"""Order of findings: the worst first, then by place."""
_FIELDS = ("project", "category", "partial")
_YES = {"true": True, "false": False}
_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["sarif", "project"],
                    "additionalProperties": False,
                    "properties": {
                        "sarif": {
                            "type": "string",
                            "format": "binary",
                            "description": "SARIF 2.1.0 as the tool wrote it, plain or packed with gzip.",
                        },
                        "project": {
                            "type": "string",
                            "maxLength": services.TARGET_MAX,
                            "description": "What was scanned: a package URL or a repository's address.",
                        },
                        "category": {
                            "type": "string",
                            "maxLength": services.CATEGORY_MAX,
                            "default": "",
                            "description": "Kind of run, for runs without automationDetails.id.",
                        },
                        "partial": {
                            "type": "string",
                            "enum": sorted(_YES),
                            "default": "false",
                            "description": "true: it covers a part of the project only, so nothing is gone by it.",
                        },
                    },
                },
            },
        },
    }
}


def _sent(request: HttpRequest) -> tuple[str, str, str, "UploadedFile[bytes]"]:
    if (request.content_type or "").lower() != "multipart/form-data":
        raise UnsupportedMediaType(
            "A scan comes as a form.", "Send multipart/form-data with the file 'sarif' and the field 'project'."
        )
    for name in [*request.FILES, *request.POST]:
        if name not in (("sarif",) if name in request.FILES else _FIELDS):
            raise BadInput(
                f"The form's part {name[:60]!r} is not known.",
                f"The file is 'sarif'; fields are {', '.join(_FIELDS)}.",
                field=name[:60],
            )
        if len(request.FILES.getlist(name) or request.POST.getlist(name)) > 1:
            raise BadInput(f"The form's part {name!r} came twice.", "Send one.", field=name)
    sarif = request.FILES.get("sarif")
    if not isinstance(sarif, UploadedFile):
        raise BadInput("The form has no file 'sarif'.", "Send the document's bytes as a file.", field="sarif")
    partial = request.POST.get("partial", "false")
    if partial not in _YES:
        raise BadInput("'partial' is true or false.", field="partial")
    return request.POST.get("project", ""), request.POST.get("category", ""), partial, sarif


@router.post("", **described("scan.upload", ScanView, 202, "Upload a scan", tag="scans", extra=_BODY))
@declares("scan.upload")
def upload_scan(request: HttpRequest, response: HttpResponse, idempotency_key: IdempotencyKey = None) -> ScanView:
    """Takes a tool's SARIF in; its results are folded in the background. Ask `get_scan` how it went.

    Results are held against those of the same project, tool and category: new, unchanged, gone, reopened. Nobody but your
    organization sees them, and none becomes a report by itself.
    """
    actor = actor_of(request)
    project, category, partial, sarif = _sent(request)
    document = services.keep_document(actor, sarif.chunks())
    return write_once(
        request,
        response,
        operation="upload_scan",
        key=idempotency_key,
        content={"project": project, "category": category, "partial": partial, "sarif": document.digest},
        view=ScanView,
        write=lambda: ScanView.of(
            services.upload_scan(actor, project=project, data=document, category=category, partial=_YES[partial])
        ),
    )


@router.get("", **described("scan.read", ScanPage, summary="List scans", tag="scans"))
@declares("scan.read")
def list_scans(
    request: HttpRequest,
    limit: Limit,
    project_id: Annotated[ProjectId | None, Query(description="Only those of one project.")] = None,
    cursor: Cursor = None,
) -> ScanPage:
    """Your scans, newest first, with their counts; `get_scan` has the runs as well."""
    page = window(
        queries.scans_of(actor_of(request), project_id or ""),
        newest_first("uploaded_at"),
        binding(request, "list_scans", project=project_id or ""),
        ScanView.of,
        cursor=cursor,
        limit=limit,
    )
    return ScanPage(items=page.items, next=page.next)


@router.get("/{scan_id}", **described("scan.read", ScanView, summary="Get one", tag="scans"))
@declares("scan.read")
def get_scan(request: HttpRequest, scan_id: ScanId) -> ScanView:
    """One scan: how far it is, what each of its runs changed, and what was left out."""
    actor = actor_of(request)
    return ScanView.of(queries.scan(actor, scan_id), queries.runs_of(actor, scan_id))


@router.delete(
    "/projects/{project_id}", **described("scan.withdraw", None, 204, "Withdraw a project's scans", tag="scans")
)
@declares("scan.withdraw")
def withdraw_project(request: HttpRequest, project_id: ProjectId) -> None:
    """Deletes a project's scans with their findings and judgments. The log keeps that there were some, and nothing of them."""
    services.withdraw_project(actor_of(request), project_id)


@findings.get("", **described("finding.read", FindingPage, summary="List findings", tag="scans"))
@declares("finding.read")
def list_findings(
    request: HttpRequest,
    limit: Limit,
    scan_id: Annotated[ScanId | None, Query(description="As of one scan, whatever came after it.")] = None,
    project_id: Annotated[ProjectId | None, Query(description="Only those of one project.")] = None,
    change: Annotated[Change | None, Query(description="As of the scan, or of the latest runs.")] = None,
    rule: Annotated[str, Query(max_length=300)] = "",
    level: Annotated[Literal["", "error", "warning", "note", "none"], Query()] = "",
    path: Annotated[str, Query(max_length=500, description="How the path begins.")] = "",
    judged: Annotated[
        Literal["no", "yes", "any"],
        Query(description="Those that nobody has judged, those that somebody has, or both."),
    ] = "any",
    search: Annotated[str, Query(max_length=queries.SEARCH_MAX, description="Part of message, path or rule.")] = "",
    cursor: Cursor = None,
) -> FindingPage:
    """What tools complain about in your projects, the worst first; without a filter also what is gone."""
    actor = actor_of(request)
    wanted = FindingFilter(
        project=project_id or "",
        scan=scan_id or "",
        change=change.value if change else "",
        rule=no_nul_query(rule),
        level=level,
        path=no_nul_query(path),
        judged=judged,
        search=no_nul_query(search),
    )
    page: Window[FindingRow] = window(
        queries.findings_of(actor, wanted),
        LISTED,
        binding(request, "list_findings", wanted=repr(wanted)),
        lambda row: row,
        cursor=cursor,
        limit=limit,
    )
    judgments = queries.judgments_in_force(actor, [row.id for row in page.items])
    return FindingPage(items=[FindingView.of(row, judgments.get(row.id)) for row in page.items], next=page.next)


@findings.get("/{finding_id}", **described("finding.read", FindingDetail, summary="Get one", tag="scans"))
@declares("finding.read")
def get_finding(request: HttpRequest, finding_id: FindingId) -> FindingDetail:
    """One finding: its code, its way through the runs, what was said of it, and what of other tools may be the same."""
    return _detail(request, finding_id)


def _detail(request: HttpRequest, finding_id: str) -> FindingDetail:
    actor = actor_of(request)
    return FindingDetail.whole(
        queries.finding(actor, finding_id),
        queries.judgments_of(actor, finding_id),
        queries.events_of(actor, finding_id),
        queries.suggestions_for(actor, finding_id),
    )


@findings.post(
    "/{finding_id}/judgment", **described("finding.judge", FindingDetail, 201, "Judge a finding", tag="scans")
)
@declares("finding.judge")
def judge_finding(
    request: HttpRequest,
    response: HttpResponse,
    finding_id: FindingId,
    body: FindingJudgmentRequest,
    idempotency_key: IdempotencyKey = None,
) -> FindingDetail:
    """Says that a finding is false, accepted or one of a case's, and why; no later scan changes that."""
    actor = actor_of(request)

    def write() -> FindingDetail:
        services.judge(actor, finding_id, services.Said(body.decision, body.reason, body.case_id))
        return _detail(request, finding_id)

    return write_once(
        request,
        response,
        operation="judge_finding",
        key=idempotency_key,
        content={"finding": finding_id, **body.model_dump(mode="json")},
        view=FindingDetail,
        write=write,
    )


@findings.post(
    "/{finding_id}/judgment/take-back",
    **described("finding.judge", FindingDetail, summary="Take the judgment back", tag="scans"),
)
@declares("finding.judge")
def take_back_finding_judgment(
    request: HttpRequest,
    response: HttpResponse,
    finding_id: FindingId,
    body: FindingTakenBack,
    idempotency_key: IdempotencyKey = None,
) -> FindingDetail:
    """Ends the judgment of a finding: it counts again. The judgment stays as history."""
    actor = actor_of(request)

    def write() -> FindingDetail:
        services.take_back(actor, finding_id, body.reason)
        return _detail(request, finding_id)

    return write_once(
        request,
        response,
        operation="take_back_finding_judgment",
        key=idempotency_key,
        content={"finding": finding_id, "reason": body.reason},
        view=FindingDetail,
        write=write,
    )

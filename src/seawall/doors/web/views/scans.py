"""Scans and their findings: what is new, unchanged, gone and back; and what one says of it."""

from typing import Any
from urllib.parse import urlencode

from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse

from seawall.clearinghouse.scanning import queries, services
from seawall.clearinghouse.scanning.queries import FindingRow, ScanRow
from seawall.clearinghouse.scanning.types import Change, Decision, FindingFilter, ScanState
from seawall.doors.api.paging import Order, Window, newest_first, window
from seawall.doors.web.pages import actor_of, binding, cursor_of, done, field, page, render
from seawall.foundation.access.rules import grants_for
from seawall.foundation.platform.errors import BadInput, SeawallError, TooLarge

PAGE = 50
FINDINGS = 100
LEVELS = ("error", "warning", "note", "none")
_LISTED = (Order("rank"), Order("path"), Order("line"), Order("id"))
_FILTERS = ("change", "rule", "level", "path", "judged", "q")


@page("scan.read")
def scans(request: HttpRequest) -> HttpResponse:
    """The scans, newest first, and the form."""
    return _list(request)


def _list(request: HttpRequest, error: SeawallError | None = None) -> HttpResponse:
    actor = actor_of(request)
    found = window(
        queries.scans_of(actor),
        newest_first("uploaded_at"),
        binding(request, "scans"),
        lambda row: row,
        cursor=cursor_of(request),
        limit=PAGE,
    )
    context = {
        "scans": found.items,
        "next": found.next,
        "may_upload": bool(grants_for(actor, "scan.upload")),
        "target_max": services.TARGET_MAX,
        "category_max": services.CATEGORY_MAX,
        "error": error,
        "kept": request.POST if error else {},
    }
    return render(request, "web/scans.html", context, status=error.status if error else 200)


@page("scan.upload", "POST")
def upload_scan(request: HttpRequest) -> HttpResponse:
    """Take a document in; it is read and folded in the background."""
    try:
        sent = request.FILES.get("sarif")
        if not isinstance(sent, UploadedFile):
            raise BadInput("No document was chosen.", "Choose the file.", field="sarif")  # noqa: TRY301 - same page
        actor = actor_of(request)
        row = services.upload_scan(
            actor,
            project=field(request, "project", limit=services.TARGET_MAX, required=True),
            category=field(request, "category", limit=services.CATEGORY_MAX),
            partial=request.POST.get("partial") == "yes",
            data=services.keep_document(actor, sent.chunks()),
        )
    except (BadInput, TooLarge) as error:
        return _list(request, error)
    return done(request, "Received and kept. Its results are being folded; this page follows.", "scan", row.id)


@page("scan.read")
def scan(request: HttpRequest, scan_id: str) -> HttpResponse:
    """One scan: what each tool's run changed, and its findings by what became of them."""
    actor = actor_of(request)
    row = queries.scan(actor, scan_id)
    asked = {name: request.GET.get(name, "").replace("\x00", "")[:500] for name in _FILTERS}
    changes = {change.value: change.value for change in Change}
    asked["change"] = changes.get(asked["change"], "new" if row.counts.get("new") else "")
    if request.GET.get("change") == "all":
        asked["change"] = ""
    asked["level"] = asked["level"] if asked["level"] in LEVELS else ""
    asked["judged"] = asked["judged"] if asked["judged"] in {"yes", "no"} else "any"
    asked["q"] = asked["q"][: queries.SEARCH_MAX]
    wanted = FindingFilter(
        scan=row.id,
        change=asked["change"],
        rule=asked["rule"],
        level=asked["level"],
        path=asked["path"],
        judged=asked["judged"],
        search=asked["q"],
    )
    found: Window[FindingRow] = window(
        queries.findings_of(actor, wanted),
        _LISTED,
        binding(request, "scan", wanted=repr(wanted)),
        lambda one: one,
        cursor=cursor_of(request),
        limit=FINDINGS,
    )
    narrowing = {name: value for name, value in asked.items() if value and name != "change"}
    shown = asked["change"] or "all"
    counts = row.counts
    context = {
        **_state(row),
        "may_withdraw": bool(grants_for(actor, "scan.withdraw")),
        "runs": queries.runs_of(actor, scan_id),
        "findings": [(one, queries.change_of(one)) for one in found.items],
        "tabs": [
            (name, label, counts.get(name, 0), urlencode({**narrowing, "change": name}), name == shown)
            for name, label in (("new", "New"), ("reopened", "Back"), ("gone", "Gone"), ("unchanged", "Unchanged"))
        ],
        "all_query": urlencode({**narrowing, "change": "all"}),
        "shown": shown,
        "asked": asked,
        "levels": LEVELS,
        "narrowed": any(value for name, value in narrowing.items() if name != "judged") or asked["judged"] != "any",
        "more": urlencode({**narrowing, "change": shown, "after": found.next}) if found.next else "",
    }
    return render(request, "web/scan.html", context)


@page("scan.withdraw", "POST")
def withdraw_project(request: HttpRequest, project_id: str) -> HttpResponse:
    """Delete everything that was kept of a project."""
    target = services.withdraw_project(actor_of(request), project_id)
    return done(request, f"What was kept of {target} is deleted here.", "scans")


@page("scan.read")
def scan_state(request: HttpRequest, scan_id: str) -> HttpResponse:
    """The part of the page that changes while the scan is folded; it asks again by itself until that is done."""
    row = queries.scan(actor_of(request), scan_id)
    answer = render(request, "web/parts/scan_state.html", _state(row))
    if row.state != ScanState.RECEIVED:
        answer.headers["HX-Refresh"] = "true"  # the rest of the page has something to say now
    return answer


def _state(row: ScanRow) -> dict[str, Any]:
    return {"scan": row, "waiting": row.state == ScanState.RECEIVED, "progress": queries.progress(row)}


@page("finding.read")
def finding(request: HttpRequest, finding_id: str) -> HttpResponse:
    """One finding: its code, its way through the runs, what was said of it, and what of other tools may be the same."""
    return _show(request, finding_id)


def _show(request: HttpRequest, finding_id: str, error: SeawallError | None = None) -> HttpResponse:
    actor = actor_of(request)
    row = queries.finding(actor, finding_id)
    judgments = queries.judgments_of(actor, finding_id)
    context = {
        "finding": row,
        "change": queries.change_of(row),
        "history": queries.events_of(actor, finding_id),
        "judgments": judgments,
        "judged": next((one for one in judgments if one.row.ended_at is None), None),
        "maybe_same": queries.suggestions_for(actor, finding_id),
        "may_judge": bool(grants_for(actor, "finding.judge")),
        "decisions": list(Decision),
        "reason_max": services.REASON_MAX,
        "error": error,
        "kept": request.POST if error else {},
    }
    return render(request, "web/finding.html", context, status=error.status if error else 200)


@page("finding.judge", "POST")
def judge_finding(request: HttpRequest, finding_id: str) -> HttpResponse:
    """Say that a finding does not count, and why."""
    try:
        decision = field(request, "decision", required=True)
        if decision not in set(Decision):
            raise BadInput("This choice is not known.", "Choose from the list.", field="decision")  # noqa: TRY301 - as above
        reason = field(request, "reason", limit=services.REASON_MAX, required=True)
        said = services.Said(Decision(decision), reason, field(request, "case_id", limit=40))
        services.judge(actor_of(request), finding_id, said)
    except BadInput as error:
        return _show(request, finding_id, error)
    return done(request, "Noted. No later scan changes that.", "finding", finding_id)


@page("finding.judge", "POST")
def take_back_finding(request: HttpRequest, finding_id: str) -> HttpResponse:
    """End the judgment of a finding; it counts again."""
    reason = field(request, "reason", limit=services.REASON_MAX, required=True)
    services.take_back(actor_of(request), finding_id, reason)
    return done(request, "Taken back. The finding counts again.", "finding", finding_id)

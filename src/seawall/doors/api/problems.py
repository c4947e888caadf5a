"""Refusals as problem documents (RFC 9457), the same shape for every way to fail below ``/api``.

Members: ``type`` (a reference into docs/api.md), ``title``, ``status``, ``detail``, ``code`` (stable, for
programs), ``field`` (where one is to blame), ``action`` (what the reader may do), ``allowed_next`` (operations
possible in the thing's present state), ``allowed`` (steps of a state machine), ``errors`` (where several fields are wrong), ``request_id``.

What a crash says stays in the log, under the request id.
"""

import json
from collections.abc import Mapping
from typing import Any

import structlog
from django.core.exceptions import BadRequest, RequestDataTooBig, SuspiciousOperation
from django.db import OperationalError
from django.http import Http404, HttpRequest, HttpResponse, UnreadablePostError
from django.http.multipartparser import MultiPartParserError
from ninja.errors import HttpError, ValidationError

from seawall.foundation.platform.errors import BadInput, RateLimited, SeawallError, Unauthenticated

MEDIA_TYPE = "application/problem+json"
ERRORS_MAX = 20
"""Wrong fields named in one answer; a body can have thousands."""

_log = structlog.get_logger(__name__)

_BARE: dict[int, tuple[str, str, str, str]] = {
    # status: code, title, detail, action; for answers that Django itself makes
    400: ("bad-request", "The request cannot be read", "The request is malformed.", "Check its address and headers."),
    404: ("not-found", "Not found", "There is no such address.", "See /api/v1/openapi.json."),
    405: ("method-not-allowed", "Not this method", "This address has other methods.", "See the Allow header."),
    413: ("too-large", "Too large", "The request is over a limit.", "Send less."),
    500: ("internal", "An error of ours", "Something failed here.", "Try again; if it stays, report the request id."),
    503: ("unavailable", "Not possible right now", "A part that this needs is not working.", "Try again in a moment."),
}


def request_id(request: HttpRequest) -> str:
    """The identifier under which the log knows this request."""
    found = getattr(request, "request_id", "")
    return found if isinstance(found, str) else ""


def problem(
    request: HttpRequest,
    *,
    status: int,
    code: str,
    title: str,
    detail: str,
    action: str = "",
    field: str | None = None,
    extra: Mapping[str, Any] | None = None,
) -> HttpResponse:
    """One problem document as an answer."""
    document: dict[str, Any] = {
        "type": f"urn:seawall:problem:{code}",
        "title": title,
        "status": status,
        "detail": detail,
        "code": code,
    }
    if action:
        document["action"] = action
    if field is not None:
        document["field"] = field
    document.update(extra or {})
    document["request_id"] = request_id(request)
    # ASCII: whatever a refusal quotes from its sender, lone surrogates included, it can be sent.
    answer = HttpResponse(json.dumps(document), status=status, content_type=MEDIA_TYPE)
    if status == Unauthenticated.status:
        answer.headers["WWW-Authenticate"] = 'Bearer realm="seawall"'
    if status == RateLimited.status:
        answer.headers.setdefault("Retry-After", "60")
    return answer


def of_error(request: HttpRequest, error: SeawallError) -> HttpResponse:
    """A refusal of ours."""
    extra = {} if error.allowed_next is None else {"allowed_next": list(error.allowed_next)}
    if isinstance(steps := getattr(error, "allowed", None), tuple):
        extra["allowed"] = list(steps)
    return problem(
        request,
        status=error.status,
        code=error.code,
        title=error.title,
        detail=error.detail,
        action=error.action,
        field=error.field,
        extra=extra,
    )


def of_validation(request: HttpRequest, error: ValidationError) -> HttpResponse:
    """Parameters or a body that do not fit the operation's description; each wrong field is named."""
    errors = [
        {"field": "/".join(str(part) for part in item["loc"][1:])[:200], "detail": str(item["msg"])[:300]}
        for item in error.errors[:ERRORS_MAX]
    ]
    first = errors[0] if errors else {"field": "", "detail": "The request does not fit its description."}
    return problem(
        request,
        status=BadInput.status,
        code=BadInput.code,
        title=BadInput.title,
        detail=f"{first['field']}: {first['detail']}." if first["field"] else first["detail"],
        action="Compare with /api/v1/openapi.json.",
        field=first["field"] or None,
        extra={"errors": errors},
    )


def of_status(request: HttpRequest, status: int) -> HttpResponse:
    """A refusal that Django made without words of ours."""
    code, title, detail, action = _BARE.get(status, _BARE[400 if status < 500 else 500])  # noqa: PLR2004 - HTTP
    return problem(request, status=status, code=code, title=title, detail=detail, action=action)


def of_anything(request: HttpRequest, error: Exception) -> HttpResponse:
    """The handler behind the handlers: what Django raises on hostile requests, and our own crashes."""
    if isinstance(error, HttpError) and isinstance(error.__cause__, SeawallError):
        error = error.__cause__  # ninja wraps what a body parser raises
    match error:
        case SeawallError():
            return of_error(request, error)
        case ValidationError():
            return of_validation(request, error)
        case HttpError():
            status = error.status_code
        case Http404():
            status = 404
        case RequestDataTooBig():
            status = 413
        case SuspiciousOperation() | BadRequest() | UnreadablePostError() | MultiPartParserError():
            status = 400
        case OperationalError():  # the database is locked, full, read-only or away
            _log.warning("database unavailable", request_id=request_id(request), exc_info=error)
            status = 503
        case _:
            _log.error("request failed", path=request.path, request_id=request_id(request), exc_info=error)
            status = 500
    return of_status(request, status)

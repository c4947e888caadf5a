"""What surrounds every request: an identifier for the log, and no bare error below ``/api``.

This is the outermost middleware, so that what Django itself refuses (a wrong host, a malformed address,
a method) leaves as a problem document too.
"""

import re
from collections.abc import Callable
from uuid import uuid4

import structlog
from django.http import HttpRequest, HttpResponse

from seawall.doors.api import problems

API = "/api/"
HEADER = "X-Request-ID"
_WELL_FORMED = re.compile(r"^[A-Za-z0-9._-]{1,64}$", re.ASCII)
"""A caller's own identifier is kept if it cannot break a log line."""
_ERROR = 400


class Surroundings:
    """Adds the request id; below ``/api`` also problem documents and ``Cache-Control: no-store``."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._next = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer and mark."""
        sent = request.headers.get(HEADER, "")
        identifier = sent if _WELL_FORMED.fullmatch(sent) else uuid4().hex
        request.request_id = identifier  # type: ignore[attr-defined]  # read by problems.request_id
        with structlog.contextvars.bound_contextvars(request_id=identifier):
            answer = self._next(request)
        if request.path_info.startswith(API):
            answer = self._machine_readable(request, answer)
        answer.headers[HEADER] = identifier
        return answer

    def _machine_readable(self, request: HttpRequest, answer: HttpResponse) -> HttpResponse:
        media_type = answer.headers.get("Content-Type", "").partition(";")[0]
        if answer.status_code >= _ERROR and media_type != problems.MEDIA_TYPE:
            bare = answer
            answer = problems.of_status(request, bare.status_code)
            answer.headers["Content-Length"] = str(len(answer.content))
            for kept in ("Allow", "Retry-After"):
                if kept in bare.headers:
                    answer.headers[kept] = bare.headers[kept]
            bare.close()
        # Answers depend on the credential; no cache in between may keep them.
        answer.headers.setdefault("Cache-Control", "no-store")
        return answer

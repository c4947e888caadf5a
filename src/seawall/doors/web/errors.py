"""Refusals as pages: what is wrong, and what you may do. The words come from the error, never from a traceback."""

from collections.abc import Callable
from urllib.parse import urlencode

import structlog
from django.conf import settings
from django.core.exceptions import RequestDataTooBig, TooManyFilesSent
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect

from seawall.doors.web.pages import render
from seawall.foundation.platform.errors import SeawallError, TooLarge, Unauthenticated

_log = structlog.get_logger(__name__)


class ErrorPages:
    """Turns what a page's view raises into a page; the API and its problem documents are not touched."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._next = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer."""
        return self._next(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """A page for a refusal; None leaves everything else to the handlers below."""
        if request.path_info.startswith("/api/"):
            return None
        if isinstance(exception, SeawallError):
            return refused(request, exception)
        if isinstance(exception, (RequestDataTooBig, TooManyFilesSent)):
            return refused(request, _too_large())
        return None


def refused(request: HttpRequest, error: SeawallError) -> HttpResponse:
    """The page of a refusal; without a credential, the sign-in page and then back here."""
    if isinstance(error, Unauthenticated):
        back = request.get_full_path() if request.method in {"GET", "HEAD"} else "/"
        return HttpResponseRedirect(f"{settings.LOGIN_URL}?{urlencode({'next': back})}")
    return _page(request, error.status, error.title, error.detail, error.action, code=error.code, field=error.field)


def _too_large() -> TooLarge:
    limit = settings.SEAWALL.max_body_bytes // (1024 * 1024)
    return TooLarge(
        f"What you sent is larger than {limit} MiB.", "Send less; long evidence belongs into a smaller proof."
    )


def _page(
    request: HttpRequest, status: int, title: str, detail: str, action: str, *, code: str, field: str | None = None
) -> HttpResponse:
    known = {"status": status, "title": title, "detail": detail, "action": action, "code": code, "field": field}
    answer = render(
        request,
        "web/problem.html",
        {**known, "request_id": getattr(request, "request_id", ""), "came_from_form": request.method == "POST"},
        status=status,
    )
    answer.headers["Cache-Control"] = "no-store"
    return answer


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """400, or 413 where the reason was size."""
    if isinstance(exception, (RequestDataTooBig, TooManyFilesSent)):
        return refused(request, _too_large())
    return _page(
        request,
        400,
        "The request cannot be read",
        "The address or the form that arrived here is malformed.",
        "Go back, reload the page, and try again.",
        code="bad-request",
    )


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001 - Django's signature
    """403 from Django itself."""
    return _page(request, 403, "Not allowed", "You may not do this.", "Sign in as somebody who may.", code="forbidden")


def stale_form(request: HttpRequest, reason: str = "") -> HttpResponse:  # noqa: ARG001 - Django's signature
    """403 where the form's token is missing or old: nothing was done."""
    return _page(
        request,
        403,
        "The form is out of date",
        "Its token is missing or too old, so nothing was changed. This protects you from forms on other sites.",
        "Go back, reload the page, and send the form again. Cookies must be allowed for this site.",
        code="stale-form",
    )


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001 - Django's signature
    """404: the same whether it never was or is not for you."""
    return _page(
        request,
        404,
        "Not found",
        "There is nothing here that you may see.",
        "Check the address and who you are signed in as.",
        code="not-found",
    )


def failed(request: HttpRequest) -> HttpResponse:
    """500: an error of ours."""
    return _page(
        request,
        500,
        "An error of ours",
        "Something failed on this server. What you sent before and saw acknowledged is kept.",
        "Try again in a minute. If it stays, tell the server's keeper the number below.",
        code="internal",
    )

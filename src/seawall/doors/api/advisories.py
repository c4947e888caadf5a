"""Published advisories: for everybody, with what other people's tools need to fetch and check them."""

from typing import Annotated, Literal

from django.http import HttpRequest, HttpResponse
from django.utils.http import http_date
from ninja import Query, Router

from seawall.clearinghouse.distribution import queries
from seawall.clearinghouse.distribution.types import Format
from seawall.doors.api.bearer import actor_of
from seawall.doors.api.operations import Cursor, Limit, described
from seawall.doors.api.schemas.advisories import AdvisoryPage, AdvisoryView
from seawall.foundation.access.declarations import declares

router = Router()
COMPANIONS = {"document": "", "statement": ".dsse.json", "signature": ".sig", "sha256": ".sha256", "sha512": ".sha512"}
"""What to send, and the suffix of the file that it is."""
_ANY = {
    "responses": {
        "200": {
            "description": "OK",
            "content": {
                "application/json": {"schema": {"type": "object"}},
                "text/plain": {"schema": {"type": "string"}},
                "application/octet-stream": {"schema": {"type": "string", "format": "binary"}},
            },
        }
    }
}


@router.get("", **described("advisory.read", AdvisoryPage, summary="List advisories", tag="advisories"))
@declares("advisory.read")
def list_advisories(request: HttpRequest, limit: Limit, cursor: Cursor = None) -> AdvisoryPage:
    """Published advisories, newest first; the same for everybody."""
    page = queries.feed(actor_of(request), after=cursor, limit=limit)
    return AdvisoryPage(items=[AdvisoryView.of(listed) for listed in page.items], next=page.next)


@router.get(
    "/{advisory_id}", **described("advisory.read", None, summary="Read an advisory", tag="advisories", extra=_ANY)
)
@declares("advisory.read")
def get_advisory(
    request: HttpRequest,
    advisory_id: str,
    format: Annotated[Literal["osv", "csaf"], Query(description="OSV 1.7 or CSAF 2.0.")] = "osv",  # noqa: A002 - the wire's name
    part: Annotated[
        Literal["document", "statement", "signature", "sha256", "sha512"],
        Query(description="The document, or what lies beside it to check it."),
    ] = "document",
) -> HttpResponse:
    """The document as it was signed, byte for byte."""
    found = queries.document(actor_of(request), advisory_id, Format(format)).companion(COMPANIONS[part])
    answer = HttpResponse(found.content, content_type=found.media_type)
    answer.headers["Last-Modified"] = http_date(found.changed.timestamp())
    return answer

"""Published advisories as pages, and the public files that other people's tools fetch."""

import hashlib
import json
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.http import http_date

from seawall.clearinghouse.distribution import queries
from seawall.clearinghouse.distribution.rules import CSAF_FOLDER
from seawall.clearinghouse.distribution.types import Format
from seawall.clearinghouse.matching import advisory_queries as known
from seawall.clearinghouse.matching import queries as matching
from seawall.doors.api.paging import Order, window
from seawall.doors.web.evidence import claimed_score
from seawall.doors.web.pages import actor_of, binding, cursor_of, page, render
from seawall.foundation.access.rules import grants_for
from seawall.foundation.access.types import Actor

PAGE = 50


@page("advisory.read")
def advisories(request: HttpRequest) -> HttpResponse:
    """Newest publication first; the same for everybody."""
    actor = actor_of(request)
    search = request.GET.get("q", "")[: known.SEARCH_MAX].replace("\x00", "").strip()
    if search:
        page = window(
            known.advisories_of(actor, search=search),
            [Order("id")],
            binding(request, "known-advisories", search=search),
            lambda row: row,
            cursor=cursor_of(request),
            limit=PAGE,
        )
        context = {"search": search, "search_max": known.SEARCH_MAX, "known": page.items, "next": page.next}
        return render(request, "web/advisories.html", context)
    found = queries.feed(actor, after=cursor_of(request), limit=PAGE)
    context = {"advisories": found.items, "next": found.next, "search_max": known.SEARCH_MAX}
    return render(request, "web/advisories.html", context)


def _who_runs_it(actor: Actor, advisory_id: str) -> dict[str, Any]:
    """For coordinators counts by sector, for an operator itself alone; nothing for everybody else."""
    said: dict[str, Any] = {"reach": None, "own": None, "advisory_key": advisory_id}
    if grants_for(actor, "advisory.reach") and known.is_known(advisory_id):
        said["reach"] = known.reach(actor, advisory_id)
    if grants_for(actor, "exposure.read"):
        said["own"] = matching.exposures_of(actor, advisory_id=advisory_id).count()
        said["own_judged"] = matching.exposures_of(actor, advisory_id=advisory_id, judged="yes").exists()
    return said


def _of_another_publisher(request: HttpRequest, advisory_id: str) -> HttpResponse:
    """An advisory as inventories are matched against it."""
    actor = actor_of(request)
    found = known.advisory(actor, advisory_id)
    context = {**_who_runs_it(actor, advisory_id), "advisory": found, "score": claimed_score(found.severity)}
    return render(request, "web/known_advisory.html", context)


@page("advisory.read")
def advisory(request: HttpRequest, advisory_id: str) -> HttpResponse:
    """One advisory: ours, read from the very document that was signed, or another publisher's."""
    if ":" in advisory_id:
        return _of_another_publisher(request, advisory_id)
    actor = actor_of(request)
    osv = queries.document(actor, advisory_id, Format.OSV)
    csaf = queries.document(actor, advisory_id, Format.CSAF)
    said: dict[str, Any] = json.loads(osv.content)
    vectors = [item.get("score", "") for item in said.get("severity", [])]
    context = {
        **_who_runs_it(actor, advisory_id),
        "osv": osv,
        "said": said,
        "severities": [(vector, claimed_score(vector)) for vector in vectors],
        "affected": [_affected(item) for item in said.get("affected", [])],
        "weaknesses": said.get("database_specific", {}).get("cwe_ids", []),
        "files": [
            ("OSV 1.7", f"/osv/{osv.file_name}", osv.file_name, hashlib.sha256(osv.content).hexdigest()),
            (
                "CSAF 2.0",
                f"/csaf/{CSAF_FOLDER}/{csaf.published_at.year}/{csaf.file_name}",
                csaf.file_name,
                hashlib.sha256(csaf.content).hexdigest(),
            ),
        ],
        "companions": (
            (".dsse.json", "signed statement"),
            (".sig", "signature"),
            (".sha256", "SHA-256"),
            (".sha512", "SHA-512"),
        ),
    }
    return render(request, "web/advisory.html", context)


def _affected(item: dict[str, Any]) -> dict[str, Any]:
    ranges = []
    for one in item.get("ranges", []):
        introduced = ""
        for event in one.get("events", []):
            if "introduced" in event:
                introduced = event["introduced"]
            elif "fixed" in event:
                ranges.append((introduced, event["fixed"]))
                introduced = ""
        if introduced:
            ranges.append((introduced, ""))
    package = item.get("package", {})
    return {
        "name": package.get("name", ""),
        "ecosystem": package.get("ecosystem", ""),
        "purl": package.get("purl", ""),
        "ranges": ranges,
        "versions": item.get("versions", []),
    }


@page("advisory.read")
def public_file(request: HttpRequest, path: str, folder: str) -> HttpResponse:
    """A file of the feeds, byte for byte as it was signed."""
    found = queries.public_file(actor_of(request), f"{folder}{path}")
    answer = HttpResponse(found.content, content_type=found.media_type)
    answer.headers["Last-Modified"] = http_date(found.changed.timestamp())
    answer.headers["Cache-Control"] = "public, max-age=60"
    answer.headers["Access-Control-Allow-Origin"] = "*"  # public to everybody; no credential changes it
    return answer

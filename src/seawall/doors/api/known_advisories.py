"""Advisories that matching knows, of every publisher; and, for coordinators, in which sectors they are run."""

from typing import Annotated

from django.http import HttpRequest
from ninja import Query, Router

from seawall.clearinghouse.matching import advisory_queries as queries
from seawall.doors.api.bearer import actor_of
from seawall.doors.api.operations import Cursor, Limit, binding, described, no_nul_query
from seawall.doors.api.paging import Order, window
from seawall.doors.api.schemas.advisories import KnownAdvisoryPage, KnownAdvisoryView, KnownView, ReachView
from seawall.foundation.access.declarations import declares

router = Router()


@router.get("", **described("advisory.read", KnownAdvisoryPage, summary="List what is matched", tag="advisories"))
@declares("advisory.read")
def list_known_advisories(
    request: HttpRequest,
    limit: Limit,
    identifier: Annotated[
        str,
        Query(max_length=queries.SEARCH_MAX, description="Any identifier of the flaw.", examples=["CVE-2021-44228"]),
    ] = "",
    source: Annotated[str, Query(max_length=60, description="Only those of one publisher.")] = "",
    cursor: Cursor = None,
) -> KnownAdvisoryPage:
    """Published advisories that inventories are matched against, by identifier."""
    page = window(
        queries.advisories_of(actor_of(request), search=no_nul_query(identifier), source=no_nul_query(source)),
        [Order("id")],
        binding(request, "list_known_advisories", identifier=identifier, source=source),
        KnownView.of,
        cursor=cursor,
        limit=limit,
    )
    return KnownAdvisoryPage(items=page.items, next=page.next)


@router.get(
    "/{path:advisory_id}/reach",
    **described("advisory.reach", ReachView, summary="In which sectors it is run", tag="advisories"),
)
@declares("advisory.reach")
def get_advisory_reach(request: HttpRequest, advisory_id: str) -> ReachView:
    """How many organizations of each sector run what the flaw affects; fewer than three are never counted."""
    return ReachView.of(queries.reach(actor_of(request), no_nul_query(advisory_id)))


@router.get(
    "/{path:advisory_id}", **described("advisory.read", KnownAdvisoryView, summary="Read one", tag="advisories")
)
@declares("advisory.read")
def get_known_advisory(request: HttpRequest, advisory_id: str) -> KnownAdvisoryView:
    """One advisory, as inventories are matched against it."""
    return KnownAdvisoryView.of(queries.advisory(actor_of(request), no_nul_query(advisory_id)))

"""Scan leases: who searches which ground until when."""

from typing import Annotated

from django.http import HttpRequest, HttpResponse
from ninja import Router, Schema
from pydantic import Field

from seawall.clearinghouse.deconfliction import queries, services
from seawall.clearinghouse.deconfliction.queries import LeaseRow
from seawall.doors.api.bearer import actor_of
from seawall.doors.api.operations import (
    Cursor,
    IdempotencyKey,
    Identifier,
    Limit,
    Line,
    binding,
    described,
    explaining,
    write_once,
)
from seawall.doors.api.paging import newest_first, window
from seawall.doors.api.schemas.leases import LeaseAnswerView, LeasePage, LeaseView, TakenView
from seawall.foundation.access.declarations import declares
from seawall.foundation.access.types import Actor
from seawall.foundation.platform import clock

router = Router()
LeaseId = Annotated[str, Identifier("lease")]
Hours = Annotated[int, Field(ge=1, le=336, description="Length from now, in hours.")]


class LeaseRequest(Schema):
    """Ground to scan."""

    target: Annotated[
        Line, Field(description="purl without version, or repository address.", examples=["pkg:pypi/jinja2"])
    ]
    paths: list[Line] = Field(
        default_factory=list,
        max_length=1000,
        description="Path prefixes below the target; none means everything.",
        examples=[["src/jinja2/"]],
    )
    techniques: list[Line] = Field(
        default_factory=list,
        max_length=100,
        description="any, fuzzing, static-analysis, code-review, agentic, dynamic-testing; none means any.",
        examples=[["fuzzing"]],
    )
    hours: Hours = 24
    exclusive: bool = Field(True, description="Whether others shall keep off meanwhile.")


class LeaseRenewal(Schema):
    """More time."""

    fence: int = Field(ge=0, le=2**53 - 1, description="The lease's fencing number.", examples=[1])
    hours: Hours = 24


class LeaseRelease(Schema):
    """How the work ended."""

    completed: bool = Field(True, description="False where the ground was given up unscanned.")


def _view(actor: Actor, row: LeaseRow) -> LeaseView:
    now = clock.now()
    return LeaseView.of(row, queries.state_at(row, now), queries.allowed_next(actor, row, now))


@router.post("", **described("lease.request", LeaseAnswerView, 201, "Ask for ground to scan", tag="leases"))
@declares("lease.request")
def request_lease(
    request: HttpRequest, response: HttpResponse, body: LeaseRequest, idempotency_key: IdempotencyKey = None
) -> LeaseAnswerView:
    """Grants what is free of the scope and says until when the rest is taken, never by whom."""
    actor = actor_of(request)

    def write() -> LeaseAnswerView:
        answer = services.request_lease(actor, **body.model_dump())
        return LeaseAnswerView(
            outcome=answer.outcome,
            leases=[_view(actor, lease) for lease in answer.leases],
            taken=[TakenView.of(taken) for taken in answer.taken],
        )

    return write_once(
        request,
        response,
        operation="request_lease",
        key=idempotency_key,
        content=body.model_dump(mode="json"),
        view=LeaseAnswerView,
        write=write,
    )


@router.get("", **described("lease.read", LeasePage, summary="List leases", tag="leases"))
@declares("lease.read")
def list_leases(request: HttpRequest, limit: Limit, cursor: Cursor = None) -> LeasePage:
    """Your organization's leases, newest first."""
    actor = actor_of(request)
    page = window(
        queries.leases_of(actor),
        newest_first("granted_at"),
        binding(request, "list_leases"),
        lambda row: _view(actor, row),
        cursor=cursor,
        limit=limit,
    )
    return LeasePage(items=page.items, next=page.next)


@router.get("/{lease_id}", **described("lease.read", LeaseView, summary="Read a lease", tag="leases"))
@declares("lease.read")
def get_lease(request: HttpRequest, lease_id: LeaseId) -> LeaseView:
    """One of your organization's leases."""
    actor = actor_of(request)
    return _view(actor, queries.lease(actor, lease_id))


@router.post("/{lease_id}/renew", **described("lease.change", LeaseView, summary="Renew a lease", tag="leases"))
@declares("lease.change")
def renew_lease(
    request: HttpRequest,
    response: HttpResponse,
    lease_id: LeaseId,
    body: LeaseRenewal,
    idempotency_key: IdempotencyKey = None,
) -> LeaseView:
    """Extends a lease that is still active, counted from now."""
    actor = actor_of(request)
    with explaining(lambda: _view(actor, queries.lease(actor, lease_id)).allowed_next):
        return write_once(
            request,
            response,
            operation=f"renew_lease {lease_id}",
            key=idempotency_key,
            content=body.model_dump(mode="json"),
            view=LeaseView,
            write=lambda: _view(actor, services.renew_lease(actor, lease_id, fence=body.fence, hours=body.hours)),
        )


@router.post("/{lease_id}/release", **described("lease.change", LeaseView, summary="Give ground back", tag="leases"))
@declares("lease.change")
def release_lease(
    request: HttpRequest,
    response: HttpResponse,
    lease_id: LeaseId,
    body: LeaseRelease,
    idempotency_key: IdempotencyKey = None,
) -> LeaseView:
    """Ends a lease. Doing it twice is the same as once."""
    actor = actor_of(request)
    return write_once(
        request,
        response,
        operation=f"release_lease {lease_id}",
        key=idempotency_key,
        content=body.model_dump(mode="json"),
        view=LeaseView,
        write=lambda: _view(actor, services.release_lease(actor, lease_id, completed=body.completed)),
    )

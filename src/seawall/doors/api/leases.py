"""Scan leases: who searches which ground until when."""

from collections.abc import Callable
from typing import Annotated

from django.http import HttpRequest, HttpResponse
from ninja import Router, Schema
from pydantic import Field

from seawall.clearinghouse.deconfliction import queries, services
from seawall.clearinghouse.deconfliction.queries import LeaseRow
from seawall.clearinghouse.deconfliction.types import Effort
from seawall.doors.api.bearer import actor_of
from seawall.doors.api.operations import (
    Cursor,
    IdempotencyKey,
    Identifier,
    Limit,
    Line,
    Reason,
    binding,
    described,
    explaining,
    write_once,
)
from seawall.doors.api.paging import newest_first, window
from seawall.doors.api.schemas.leases import HandOverView, LeaseAnswerView, LeasePage, LeaseView, TakenView
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
    weaknesses: list[Line] = Field(
        default_factory=list, max_length=100, description="CWE-79 and the like; none means every class."
    )
    hours: Hours = 24
    exclusive: bool = Field(True, description="Whether others shall keep off meanwhile.")
    named: bool = Field(False, description="Whether you may be named to those who meet this lease and agreed too.")
    repository: Line = Field("", description="A package's repository, so that leases on either name meet.")
    commit: Line = Field("", description="Full identifier of what is scanned, for the coverage map.")
    introduced: Line = Field("", description="First version meant.")
    fixed: Line = Field("", description="First version not meant any more.")


class LeaseFence(Schema):
    """Who speaks."""

    fence: int = Field(ge=0, le=2**53 - 1, description="The lease's fencing number.", examples=[1])


class LeaseRenewal(LeaseFence):
    """More time."""

    hours: Hours = 24


Count = Annotated[int, Field(ge=0, le=2**31 - 1)]


class EffortSaid(Schema):
    """What a scan cost."""

    machine_hours: Count = 0
    person_hours: Count = 0
    model_tokens: Annotated[Count, Field(description="Thousands of tokens that models read and wrote.")] = 0


class LeaseRelease(Schema):
    """How the work ended."""

    completed: bool = Field(True, description="False where the ground was given up unscanned.")
    tell: bool = Field(False, description="Put the scan on the coverage map, without your name.")
    effort: EffortSaid = Field(default_factory=EffortSaid)
    commit: Line = Field("", description="What was scanned in the end, if not the lease's commit.")


class LeaseStop(Schema):
    """Why somebody's lease ends."""

    reason: Reason


class LeaseTakeOver(Schema):
    """The holder's word."""

    code: str = Field(max_length=1000, description="From hand_over_lease.")


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


@router.post("/take-over", **described("lease.request", LeaseView, 201, "Take a lease over", tag="leases"))
@declares("lease.request")
def take_over_lease(
    request: HttpRequest, response: HttpResponse, body: LeaseTakeOver, idempotency_key: IdempotencyKey = None
) -> LeaseView:
    """A new lease on the same ground, with a higher fence, until the same time."""
    actor = actor_of(request)
    return write_once(
        request,
        response,
        operation="take_over_lease",
        key=idempotency_key,
        content=body.model_dump(mode="json"),
        view=LeaseView,
        write=lambda: _view(actor, services.take_over(actor, body.code)),
    )


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
        write=lambda: _view(
            actor,
            services.release_lease(
                actor,
                lease_id,
                completed=body.completed,
                tell=body.tell,
                effort=Effort(**body.effort.model_dump()),
                commit=body.commit,
            ),
        ),
    )


def _change(
    request: HttpRequest,
    response: HttpResponse,
    name: str,
    lease_id: str,
    body: Schema,
    key: str | None,
    write: Callable[[Actor], LeaseRow],
) -> LeaseView:
    actor = actor_of(request)
    with explaining(lambda: _view(actor, queries.lease(actor, lease_id)).allowed_next):
        return write_once(
            request,
            response,
            operation=f"{name} {lease_id}",
            key=key,
            content=body.model_dump(mode="json"),
            view=LeaseView,
            write=lambda: _view(actor, write(actor)),
        )


@router.post(
    "/{lease_id}/heartbeat", **described("lease.change", LeaseView, summary="Say that the scan goes on", tag="leases")
)
@declares("lease.change")
def heartbeat_lease(
    request: HttpRequest,
    response: HttpResponse,
    lease_id: LeaseId,
    body: LeaseFence,
    idempotency_key: IdempotencyKey = None,
) -> LeaseView:
    """The lease lasts its own length from now. A refusal means: stop scanning."""
    return _change(
        request,
        response,
        "heartbeat_lease",
        lease_id,
        body,
        idempotency_key,
        lambda actor: services.heartbeat(actor, lease_id, fence=body.fence),
    )


@router.post("/{lease_id}/pause", **described("lease.change", LeaseView, summary="Pause a lease", tag="leases"))
@declares("lease.change")
def pause_lease(
    request: HttpRequest,
    response: HttpResponse,
    lease_id: LeaseId,
    body: LeaseFence,
    idempotency_key: IdempotencyKey = None,
) -> LeaseView:
    """Keeps the ground for 48 hours at most."""
    return _change(
        request,
        response,
        "pause_lease",
        lease_id,
        body,
        idempotency_key,
        lambda actor: services.pause_lease(actor, lease_id, fence=body.fence),
    )


@router.post("/{lease_id}/resume", **described("lease.change", LeaseView, summary="Resume a lease", tag="leases"))
@declares("lease.change")
def resume_lease(
    request: HttpRequest,
    response: HttpResponse,
    lease_id: LeaseId,
    body: LeaseFence,
    idempotency_key: IdempotencyKey = None,
) -> LeaseView:
    """Goes on with a paused lease."""
    return _change(
        request,
        response,
        "resume_lease",
        lease_id,
        body,
        idempotency_key,
        lambda actor: services.resume_lease(actor, lease_id, fence=body.fence),
    )


@router.post("/{lease_id}/stop", **described("lease.stop", LeaseView, summary="End somebody's lease", tag="leases"))
@declares("lease.stop")
def stop_lease(
    request: HttpRequest,
    response: HttpResponse,
    lease_id: LeaseId,
    body: LeaseStop,
    idempotency_key: IdempotencyKey = None,
) -> LeaseView:
    """Ends a lease as the coordinator; its holder is told why."""
    return _change(
        request,
        response,
        "stop_lease",
        lease_id,
        body,
        idempotency_key,
        lambda actor: services.stop_lease(actor, lease_id, reason=body.reason),
    )


@router.post(
    "/{lease_id}/hand-over", **described("lease.change", HandOverView, summary="Offer a lease to another", tag="leases")
)
@declares("lease.change")
def hand_over_lease(
    request: HttpRequest,
    response: HttpResponse,
    lease_id: LeaseId,
    body: LeaseFence,
    idempotency_key: IdempotencyKey = None,
) -> HandOverView:
    """A code with which another organization takes the lease over within a day. Give it to them yourself."""
    actor = actor_of(request)

    def write() -> HandOverView:
        offer = services.hand_over(actor, lease_id, fence=body.fence)
        return HandOverView(code=offer.code, expires_at=offer.expires_at)

    with explaining(lambda: _view(actor, queries.lease(actor, lease_id)).allowed_next):
        return write_once(
            request,
            response,
            operation=f"hand_over_lease {lease_id}",
            key=idempotency_key,
            content=body.model_dump(mode="json"),
            view=HandOverView,
            write=write,
        )

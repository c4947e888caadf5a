"""Judgments: what an operator says of an exposure, and how it is taken back."""

from datetime import date
from typing import Annotated

from django.http import HttpRequest, HttpResponse
from ninja import Query, Router, Schema
from pydantic import Field

from seawall.clearinghouse.matching import judging, queries
from seawall.clearinghouse.matching.types import JudgmentStatus, Justification
from seawall.doors.api.bearer import actor_of
from seawall.doors.api.inventories import ExposureId
from seawall.doors.api.operations import (
    Cursor,
    IdempotencyKey,
    Identifier,
    Limit,
    Reason,
    binding,
    described,
    write_once,
)
from seawall.doors.api.paging import newest_first, window
from seawall.doors.api.schemas.inventories import JudgmentPage, JudgmentView
from seawall.foundation.access.declarations import declares

router = Router()
on_exposures = Router()
JudgmentId = Annotated[str, Identifier("judgment")]


class JudgmentRequest(Schema):
    """What you say of an exposure."""

    status: JudgmentStatus
    reason: Reason
    justification: Justification | None = Field(
        None, description="With not_affected, and only there: VEX's status justification."
    )
    until: date | None = Field(None, description="With accepted, and only there: the last day.")
    this_version: bool = Field(
        False, description="Whether it holds for this version of the package alone; fixed always does."
    )


class TakenBack(Schema):
    """Why a judgment does not hold any more."""

    reason: Reason


@on_exposures.post(
    "/{exposure_id}/judgment", **described("exposure.judge", JudgmentView, 201, "Judge an exposure", tag="judgments")
)
@declares("exposure.judge")
def judge_exposure(
    request: HttpRequest,
    response: HttpResponse,
    exposure_id: ExposureId,
    body: JudgmentRequest,
    idempotency_key: IdempotencyKey = None,
) -> JudgmentView:
    """Says that an exposure does not count, why, and until when; it holds for the product's next releases too.

    It goes out of the list with all others of the same product, package and flaw. A directive's clock runs on under it.
    """
    actor = actor_of(request)
    said = judging.Said(body.status, body.reason, body.justification, body.until, body.this_version)
    return write_once(
        request,
        response,
        operation="judge_exposure",
        key=idempotency_key,
        content={"exposure": exposure_id, **body.model_dump(mode="json")},
        view=JudgmentView,
        write=lambda: JudgmentView.of(queries.judgment_view(judging.judge(actor, exposure_id, said))),
    )


@on_exposures.get(
    "/{exposure_id}/judgments",
    **described("judgment.read", list[JudgmentView], summary="What was said of it", tag="judgments"),
)
@declares("judgment.read")
def list_exposure_judgments(request: HttpRequest, exposure_id: ExposureId) -> list[JudgmentView]:
    """Everything that was said of an exposure's flaw in its product, the newest first; ended judgments too."""
    actor = actor_of(request)
    return [JudgmentView.of(one) for one in queries.judgments_on(actor, queries.exposure(actor, exposure_id))]


@router.get("", **described("judgment.read", JudgmentPage, summary="List judgments", tag="judgments"))
@declares("judgment.read")
def list_judgments(
    request: HttpRequest,
    limit: Limit,
    ended: Annotated[bool, Query(description="Also those that do not hold any more.")] = False,
    cursor: Cursor = None,
) -> JudgmentPage:
    """Your organization's judgments, the newest first."""
    page = window(
        queries.judgments_of(actor_of(request), ended=ended),
        newest_first("made_at"),
        binding(request, "list_judgments", ended=ended),
        lambda row: JudgmentView.of(queries.judgment_view(row)),
        cursor=cursor,
        limit=limit,
    )
    return JudgmentPage(items=page.items, next=page.next)


@router.post(
    "/{judgment_id}/take-back",
    **described("judgment.take_back", JudgmentView, summary="Take a judgment back", tag="judgments"),
)
@declares("judgment.take_back")
def take_back_judgment(
    request: HttpRequest,
    response: HttpResponse,
    judgment_id: JudgmentId,
    body: TakenBack,
    idempotency_key: IdempotencyKey = None,
) -> JudgmentView:
    """Ends a judgment: what it held for is back in the list, with the dates that it had. It stays as history."""
    actor = actor_of(request)
    return write_once(
        request,
        response,
        operation="take_back_judgment",
        key=idempotency_key,
        content={"judgment": judgment_id, "reason": body.reason},
        view=JudgmentView,
        write=lambda: JudgmentView.of(queries.judgment_view(judging.take_back(actor, judgment_id, body.reason))),
    )

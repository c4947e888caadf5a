"""Sealed commitments: say that you found something without saying what, and show it later."""

import base64
import binascii
from datetime import date
from typing import Annotated

from django.http import HttpRequest, HttpResponse
from ninja import Router, Schema
from pydantic import AfterValidator, Field

from seawall.clearinghouse.deconfliction.commitments import queries, services
from seawall.clearinghouse.deconfliction.commitments.queries import CommitmentRow
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
    no_nul,
    write_once,
)
from seawall.doors.api.paging import newest_first, window
from seawall.doors.api.schemas.commitments import CommitmentPage, CommitmentView, CreditsView, RankView
from seawall.foundation.access.declarations import declares
from seawall.foundation.access.types import Actor
from seawall.foundation.platform.errors import BadInput

router = Router()
CommitmentId = Annotated[str, Identifier("commitment")]
_TEXT = {"responses": {"200": {"description": "OK", "content": {"text/plain": {"schema": {"type": "string"}}}}}}


class Sealing(Schema):
    """A digest of your finding."""

    digest: Line = Field(description="SHA-256 of the opening, in hex; see docs/commitments.md.", examples=["ab" * 32])
    label: Line = Field("", description="A note for yourself; it is in no log.")


class PublishedElsewhere(Schema):
    """A digest that you published elsewhere."""

    algorithm: Line = Field(examples=["sha3-256"])
    digest: Line = Field(examples=["ab" * 32])
    url: Annotated[str, AfterValidator(no_nul), Field(max_length=500, description="Where it was published.")]
    published_on: date | None = None
    label: Line = ""


class Revealing(Schema):
    """What you committed to."""

    opening_base64: str = Field(max_length=400_000, description="The exact bytes, in base64.")
    report_id: Line = Field("", description="Your report of this finding.")


class Judging(Schema):
    """The coordinator's word."""

    confirm: bool = Field(description="True: the source is the committer's, or a dispute is over. False: disputed.")
    reason: Reason


class CreditAsked(Schema):
    """What was found to be one finding."""

    commitment_ids: list[Line] = Field(default_factory=list, max_length=100)
    report_ids: list[Line] = Field(default_factory=list, max_length=100)


def _view(actor: Actor, row: CommitmentRow) -> CommitmentView:
    return CommitmentView.of(row, queries.state_of(row), queries.allowed_next(actor, row))


@router.post("", **described("commitment.seal", CommitmentView, 201, "Commit to a finding", tag="commitments"))
@declares("commitment.seal")
def seal_commitment(
    request: HttpRequest, response: HttpResponse, body: Sealing, idempotency_key: IdempotencyKey = None
) -> CommitmentView:
    """Logs the digest. From the next checkpoint on, its proof can be had; the finding itself stays with you."""
    actor = actor_of(request)
    return write_once(
        request,
        response,
        operation="seal_commitment",
        key=idempotency_key,
        content=body.model_dump(mode="json"),
        view=CommitmentView,
        write=lambda: _view(actor, services.seal(actor, digest=body.digest, label=body.label)),
    )


@router.post(
    "/published", **described("commitment.seal", CommitmentView, 201, "Register a published digest", tag="commitments")
)
@declares("commitment.seal")
def register_published_commitment(
    request: HttpRequest, response: HttpResponse, body: PublishedElsewhere, idempotency_key: IdempotencyKey = None
) -> CommitmentView:
    """Logs a digest that was published elsewhere. The log proves the time of this call, not that of the publication."""
    actor = actor_of(request)
    return write_once(
        request,
        response,
        operation="register_published_commitment",
        key=idempotency_key,
        content=body.model_dump(mode="json"),
        view=CommitmentView,
        write=lambda: _view(actor, services.register_published(actor, **body.model_dump())),
    )


@router.get("", **described("commitment.read", CommitmentPage, summary="List commitments", tag="commitments"))
@declares("commitment.read")
def list_commitments(request: HttpRequest, limit: Limit, cursor: Cursor = None) -> CommitmentPage:
    """Your organization's commitments, newest first; the coordinator sees all."""
    actor = actor_of(request)
    page = window(
        queries.commitments_of(actor),
        newest_first("sealed_at"),
        binding(request, "list_commitments"),
        lambda row: _view(actor, row),
        cursor=cursor,
        limit=limit,
    )
    return CommitmentPage(items=page.items, next=page.next)


@router.post("/credit", **described("commitment.credit", CreditsView, summary="Ask who was first", tag="commitments"))
@declares("commitment.credit")
def order_credit(
    request: HttpRequest, response: HttpResponse, body: CreditAsked, idempotency_key: IdempotencyKey = None
) -> CreditsView:
    """The order of commitments that you found to be of one finding: the lowest place in the log is first. Writes nothing."""
    actor = actor_of(request)

    def answer() -> CreditsView:
        found = queries.credit(actor, commitment_ids=body.commitment_ids, report_ids=body.report_ids)
        return CreditsView(items=[RankView.of(one) for one in found])

    return write_once(
        request,
        response,
        operation="order_credit",
        key=idempotency_key,
        content=body.model_dump(mode="json"),
        view=CreditsView,
        write=answer,
    )


@router.get(
    "/{commitment_id}", **described("commitment.read", CommitmentView, summary="Read a commitment", tag="commitments")
)
@declares("commitment.read")
def get_commitment(request: HttpRequest, commitment_id: CommitmentId) -> CommitmentView:
    """One of your organization's commitments."""
    actor = actor_of(request)
    return _view(actor, queries.commitment(actor, commitment_id))


@router.get(
    "/{commitment_id}/proof",
    **described("commitment.read", None, summary="Prove a commitment", tag="commitments", extra=_TEXT),
)
@declares("commitment.read")
def get_commitment_proof(request: HttpRequest, commitment_id: CommitmentId) -> HttpResponse:
    """The file with which anybody checks offline that the digest was in the log (c2sp.org/tlog-proof)."""
    return HttpResponse(queries.proof(actor_of(request), commitment_id), content_type="text/plain; charset=utf-8")


@router.post(
    "/{commitment_id}/reveal",
    **described("commitment.reveal", CommitmentView, summary="Reveal a commitment", tag="commitments"),
)
@declares("commitment.reveal")
def reveal_commitment(
    request: HttpRequest,
    response: HttpResponse,
    commitment_id: CommitmentId,
    body: Revealing,
    idempotency_key: IdempotencyKey = None,
) -> CommitmentView:
    """Shows the coordinator what you committed to. A single changed byte is refused."""
    actor = actor_of(request)
    try:
        opening = base64.b64decode(body.opening_base64, validate=True)
    except (binascii.Error, ValueError) as error:
        raise BadInput("This is not base64.", "Encode the file's bytes as they are.", "opening_base64") from error
    with explaining(lambda: _view(actor, queries.commitment(actor, commitment_id)).allowed_next):
        return write_once(
            request,
            response,
            operation=f"reveal_commitment {commitment_id}",
            key=idempotency_key,
            content=body.model_dump(mode="json"),
            view=CommitmentView,
            write=lambda: _view(
                actor, services.reveal(actor, commitment_id, opening=opening, report_id=body.report_id)
            ),
        )


@router.post(
    "/{commitment_id}/judgment",
    **described("commitment.judge", CommitmentView, summary="Confirm or dispute a commitment", tag="commitments"),
)
@declares("commitment.judge")
def judge_commitment(
    request: HttpRequest,
    response: HttpResponse,
    commitment_id: CommitmentId,
    body: Judging,
    idempotency_key: IdempotencyKey = None,
) -> CommitmentView:
    """The coordinator's word: a published digest is the committer's, or what was revealed deserves no credit."""
    actor = actor_of(request)
    with explaining(lambda: _view(actor, queries.commitment(actor, commitment_id)).allowed_next):
        return write_once(
            request,
            response,
            operation=f"judge_commitment {commitment_id}",
            key=idempotency_key,
            content=body.model_dump(mode="json"),
            view=CommitmentView,
            write=lambda: _view(actor, services.judge(actor, commitment_id, confirm=body.confirm, reason=body.reason)),
        )

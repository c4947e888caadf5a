"""Does anybody already hold this? A blind question, and the way to whoever does."""

from typing import Annotated

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from ninja import Router, Schema
from pydantic import Field

from seawall.clearinghouse.deconfliction.collisions import queries, services
from seawall.clearinghouse.deconfliction.collisions.queries import IntroductionRow
from seawall.clearinghouse.deconfliction.collisions.types import KeyKind, Tag
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
from seawall.doors.api.schemas.collisions import (
    ClaimView,
    CollisionKeyView,
    CollisionView,
    EvaluationsView,
    IntroductionPage,
    IntroductionView,
)
from seawall.foundation.access.declarations import declares
from seawall.foundation.access.types import Actor

router = Router()
introductions = Router()
claims = Router()
IntroductionId = Annotated[str, Identifier("intro")]
SUITE = "ristretto255-SHA512"


class Elements(Schema):
    """Blinded keys."""

    elements: list[Line] = Field(max_length=100, description="Hex, 64 digits each; at most 16.")


class TagSaid(Schema):
    """A key after the blind evaluation."""

    kind: KeyKind
    value: Line = Field(description="Hex: 128 digits, or 64 for a claim.")


class Question(Schema):
    """Does anybody already hold this?"""

    commitment_id: Annotated[Line, Field(description="Your commitment to the finding.")]
    tags: list[TagSaid] = Field(max_length=100)
    introduce: bool = Field(False, description="Ask for an introduction to whoever holds it.")


class Scrutiny(Schema):
    """Scrutineer's question."""

    hash: Line = Field(description="The federation's salted hash, 64 hex digits.")


class Offer(Schema):
    """The coordinator's step."""

    offer: bool = Field(description="Ask the other side; or close.")
    reason: Reason


class Consent(Schema):
    """The other side's word."""

    accept: bool


@router.get("/key", **described("collision.check", CollisionKeyView, summary="Read the check's key", tag="collisions"))
@declares("collision.check")
def get_collision_key(request: HttpRequest) -> CollisionKeyView:
    """The public key of the blind evaluation, and what is left of today's budget."""
    actor = actor_of(request)
    return CollisionKeyView(suite=SUITE, public_key=queries.public_key(actor), left_today=queries.left_today(actor))


@router.post(
    "/evaluate", **described("collision.check", EvaluationsView, summary="Evaluate blinded keys", tag="collisions")
)
@declares("collision.check")
def evaluate_blinded(
    request: HttpRequest, response: HttpResponse, body: Elements, idempotency_key: IdempotencyKey = None
) -> EvaluationsView:
    """Evaluates keys without learning them. Each counts against the day's budget and leaves a log entry."""
    actor = actor_of(request)

    def write() -> EvaluationsView:
        found = services.evaluate(actor, body.elements)
        return EvaluationsView(
            evaluations=list(found.evaluations), public_key=found.public_key, left_today=found.left_today
        )

    return write_once(
        request,
        response,
        operation="evaluate_blinded",
        key=idempotency_key,
        content=body.model_dump(mode="json"),
        view=EvaluationsView,
        write=write,
    )


@router.post(
    "/check", **described("collision.check", CollisionView, summary="Ask whether somebody holds it", tag="collisions")
)
@declares("collision.check")
def check_collision(
    request: HttpRequest, response: HttpResponse, body: Question, idempotency_key: IdempotencyKey = None
) -> CollisionView:
    """Says whether somebody else holds a finding, and notes that you do. Stands on a sealed commitment of yours."""
    actor = actor_of(request)

    def write() -> CollisionView:
        tags = [Tag(one.kind, one.value) for one in body.tags]
        found = services.check(actor, body.commitment_id, tags, introduce=body.introduce)
        return CollisionView(
            held=bool(found.kinds),
            kinds=[kind.value for kind in found.kinds],
            introduction_asked=found.introduction_asked,
            left_today=found.left_today,
            allowed_next=["list_introductions"] if found.introduction_asked else ["submit_report", "reveal_commitment"],
        )

    return write_once(
        request,
        response,
        operation="check_collision",
        key=idempotency_key,
        content=body.model_dump(mode="json"),
        view=CollisionView,
        write=write,
    )


@claims.post(
    "/claim-check", **described("collision.check", ClaimView, summary="Answer Scrutineer's question", tag="collisions")
)
@declares("collision.check")
def claim_check(
    request: HttpRequest, response: HttpResponse, body: Scrutiny, idempotency_key: IdempotencyKey = None
) -> ClaimView:
    """Whether a member other than you holds a finding with this salted hash; counted against the day's budget."""
    actor = actor_of(request)

    def write() -> ClaimView:
        met = services.claim_check(actor, body.hash)
        return ClaimView(match=met, contact=settings.SEAWALL.base_url if met else None)

    return write_once(
        request,
        response,
        operation="claim_check",
        key=idempotency_key,
        content=body.model_dump(mode="json"),
        view=ClaimView,
        write=write,
    )


def _view(actor: Actor, row: IntroductionRow) -> IntroductionView:
    mediates = actor.organization_id not in {row.asker_id, row.holder_id}
    asker = row.asker_id == actor.organization_id
    return IntroductionView(
        id=row.id,
        role="coordinator" if mediates else "asker" if asker else "holder",
        state=queries.shown_state(actor, row),
        kinds=list(row.kinds),
        about=row.commitment_id if asker or mediates else row.held,
        other=queries.other_name(actor, row),
        asker_id=row.asker_id if mediates else None,
        holder_id=row.holder_id if mediates else None,
        asked_at=row.asked_at,
        allowed_next=queries.allowed_next(actor, row),
    )


@introductions.get(
    "", **described("introduction.read", IntroductionPage, summary="List introductions", tag="collisions")
)
@declares("introduction.read")
def list_introductions(request: HttpRequest, limit: Limit, cursor: Cursor = None) -> IntroductionPage:
    """Introductions that you asked for, or were asked about; the coordinator sees all."""
    actor = actor_of(request)
    page = window(
        queries.introductions_of(actor),
        newest_first("asked_at"),
        binding(request, "list_introductions"),
        lambda row: _view(actor, row),
        cursor=cursor,
        limit=limit,
    )
    return IntroductionPage(items=page.items, next=page.next)


@introductions.post(
    "/{introduction_id}/decision",
    **described("introduction.decide", IntroductionView, summary="Ask the other side", tag="collisions"),
)
@declares("introduction.decide")
def decide_introduction(
    request: HttpRequest,
    response: HttpResponse,
    introduction_id: IntroductionId,
    body: Offer,
    idempotency_key: IdempotencyKey = None,
) -> IntroductionView:
    """The coordinator asks the holder, without saying who would like to talk; or closes."""
    actor = actor_of(request)

    def write() -> IntroductionView:
        return _view(actor, services.decide_introduction(actor, introduction_id, offer=body.offer, reason=body.reason))

    with explaining(list):
        return write_once(
            request,
            response,
            operation=f"decide_introduction {introduction_id}",
            key=idempotency_key,
            content=body.model_dump(mode="json"),
            view=IntroductionView,
            write=write,
        )


@introductions.post(
    "/{introduction_id}/answer",
    **described("introduction.answer", IntroductionView, summary="Answer an introduction", tag="collisions"),
)
@declares("introduction.answer")
def answer_introduction(
    request: HttpRequest,
    response: HttpResponse,
    introduction_id: IntroductionId,
    body: Consent,
    idempotency_key: IdempotencyKey = None,
) -> IntroductionView:
    """Agree to be introduced, or not. Only if you agree does either side learn the other's name."""
    actor = actor_of(request)
    with explaining(list):
        return write_once(
            request,
            response,
            operation=f"answer_introduction {introduction_id}",
            key=idempotency_key,
            content=body.model_dump(mode="json"),
            view=IntroductionView,
            write=lambda: _view(actor, services.answer_introduction(actor, introduction_id, accept=body.accept)),
        )

"""The ground: what was scanned, where to scan next, what its maintainers closed."""

from typing import Annotated

from django.http import HttpRequest, HttpResponse
from ninja import Query, Router, Schema
from pydantic import AfterValidator, Field

from seawall.clearinghouse.deconfliction.ground import queries, services
from seawall.clearinghouse.deconfliction.ground.queries import StewardshipRow
from seawall.clearinghouse.deconfliction.ground.types import CONFIRMED
from seawall.doors.api.bearer import actor_of
from seawall.doors.api.operations import (
    CoordinatorWord,
    Cursor,
    IdempotencyKey,
    Identifier,
    Limit,
    Line,
    Moment,
    Nothing,
    binding,
    described,
    no_nul,
    write_once,
)
from seawall.doors.api.paging import Order, newest_first, window
from seawall.doors.api.schemas.ground import (
    CoverageView,
    LeastScannedView,
    PatchView,
    RankedView,
    RulePage,
    RuleView,
    StewardshipPage,
    StewardshipView,
    WeightView,
)
from seawall.foundation.access.declarations import declares
from seawall.foundation.access.rules import grants_for
from seawall.foundation.access.types import Actor

router = Router()
stewardships = Router()
StewardshipId = Annotated[str, Identifier("steward")]
TargetName = Annotated[
    str,
    AfterValidator(no_nul),
    Query(max_length=400, description="purl or repository address.", examples=["pkg:pypi/jinja2"]),
]
Number = Annotated[int | None, Field(ge=1, le=1000)]


class Candidates(Schema):
    """Ground to choose from."""

    candidates: list[Line] = Field(
        default_factory=list,
        max_length=500,
        description="purls or repositories; without them what the coordinator weighed and what is on the map.",
    )
    paths: list[Line] = Field(default_factory=list, max_length=50, description="Prefixes to rank within each.")
    limit: Annotated[int, Field(ge=1, le=100)] = 20


class Claim(Schema):
    """A target that you maintain."""

    target: Line = Field(examples=["https://github.com/pallets/jinja"])


class GroundRuleSaid(Schema):
    """What you ask of those who scan."""

    closed_paths: list[Line] = Field(
        default_factory=list, max_length=50, description='Prefixes that nobody shall scan; [""] is everything.'
    )
    closed_until: Moment | None = None
    scanners_max: Annotated[Number, Field(description="Organizations at a time.")] = None
    leases_per_week: Annotated[Number, Field(description="New leases in seven days.")] = None
    note: Line = ""


class Weight(Schema):
    """How much a target matters."""

    target: Line
    weight: Annotated[int, Field(ge=0, le=1000)]
    source: Annotated[str, AfterValidator(no_nul), Field(min_length=1, max_length=200)]
    repository: Line = Field("", description="Of a package; from then on the two are one ground.")


@router.get("/coverage", **described("ground.read", CoverageView, summary="Read the coverage map", tag="ground"))
@declares("ground.read")
def get_coverage(request: HttpRequest, target: TargetName) -> CoverageView:
    """What was scanned of a target: by how many, at which commit, how long ago, with what effort. Never by whom."""
    found = queries.coverage(actor_of(request), target)
    names = queries.names_of(target)
    return CoverageView(target=names[0], names=names, patches=[PatchView.of(one) for one in found])


@router.post("/least-scanned", **described("ground.read", LeastScannedView, summary="Where to scan next", tag="ground"))
@declares("ground.read")
def least_scanned(
    request: HttpRequest, response: HttpResponse, body: Candidates, idempotency_key: IdempotencyKey = None
) -> LeastScannedView:
    """The least-scanned ground that matters most, the best first, each with its reasons. Writes nothing."""
    actor = actor_of(request)

    def answer() -> LeastScannedView:
        found = queries.least_scanned(actor, body.candidates, body.paths, limit=body.limit)
        return LeastScannedView(items=[RankedView.of(one) for one in found], allowed_next=["request_lease"])

    return write_once(
        request,
        response,
        operation="least_scanned",
        key=idempotency_key,
        content=body.model_dump(mode="json"),
        view=LeastScannedView,
        write=answer,
    )


@router.get("/closed", **described("ground.read", RulePage, summary="List closed ground", tag="ground"))
@declares("ground.read")
def list_closed_ground(request: HttpRequest, limit: Limit, cursor: Cursor = None) -> RulePage:
    """The register of what maintainers closed to scans."""
    page = window(
        queries.closed_ground(actor_of(request)),
        [Order("target_id")],
        binding(request, "list_closed_ground"),
        RuleView.of,
        cursor=cursor,
        limit=limit,
    )
    return RulePage(items=page.items, next=page.next)


@router.post("/weights", **described("ground.weigh", WeightView, summary="Weigh a target", tag="ground"))
@declares("ground.weigh")
def weigh_target(
    request: HttpRequest, response: HttpResponse, body: Weight, idempotency_key: IdempotencyKey = None
) -> WeightView:
    """Says how much a target matters, with the source, and which repository a package comes from."""
    actor = actor_of(request)

    def write() -> WeightView:
        row = services.weigh_target(actor, **body.model_dump())
        return WeightView(target=row.name, weight=row.weight or 0, source=row.weight_source, repository=row.repository)

    return write_once(
        request,
        response,
        operation="weigh_target",
        key=idempotency_key,
        content=body.model_dump(mode="json"),
        view=WeightView,
        write=write,
    )


def _next(actor: Actor, row: StewardshipRow) -> list[str]:
    if grants_for(actor, "stewardship.decide"):
        return ["decide_stewardship"]
    if row.organization_id != actor.organization_id or not grants_for(actor, "stewardship.change"):
        return []
    return ["set_ground_rule"] if row.state in CONFIRMED else ["prove_control"]


def _view(actor: Actor, row: StewardshipRow) -> StewardshipView:
    return StewardshipView.of(row, queries.rule_of(row), _next(actor, row))


@stewardships.post("", **described("ground.claim", StewardshipView, 201, "Say what you maintain", tag="ground"))
@declares("ground.claim")
def claim_target(
    request: HttpRequest, response: HttpResponse, body: Claim, idempotency_key: IdempotencyKey = None
) -> StewardshipView:
    """Asks to be believed as a target's maintainer. Prove it (prove_control), or have the coordinator vouch."""
    actor = actor_of(request)
    return write_once(
        request,
        response,
        operation="claim_target",
        key=idempotency_key,
        content=body.model_dump(mode="json"),
        view=StewardshipView,
        write=lambda: _view(actor, services.claim_target(actor, target=body.target)),
    )


@stewardships.get("", **described("stewardship.read", StewardshipPage, summary="List claims", tag="ground"))
@declares("stewardship.read")
def list_stewardships(request: HttpRequest, limit: Limit, cursor: Cursor = None) -> StewardshipPage:
    """Your organization's claims; the coordinator sees all."""
    actor = actor_of(request)
    page = window(
        queries.stewardships_of(actor),
        newest_first("asked_at"),
        binding(request, "list_stewardships"),
        lambda row: _view(actor, row),
        cursor=cursor,
        limit=limit,
    )
    return StewardshipPage(items=page.items, next=page.next)


@stewardships.post(
    "/{stewardship_id}/prove",
    **described("stewardship.change", StewardshipView, summary="Prove control of a repository", tag="ground"),
)
@declares("stewardship.change")
def prove_control(
    request: HttpRequest,
    response: HttpResponse,
    stewardship_id: StewardshipId,
    body: Nothing,  # noqa: ARG001 - a POST has a body
    idempotency_key: IdempotencyKey = None,
) -> StewardshipView:
    """Looks for the challenge in the file .seawall-control of the repository's default branch."""
    actor = actor_of(request)
    # Fetched before the transaction of the answer begins.
    row = services.prove_control(actor, stewardship_id)
    return write_once(
        request,
        response,
        operation=f"prove_control {stewardship_id}",
        key=idempotency_key,
        content={},
        view=StewardshipView,
        write=lambda: _view(actor, row),
    )


@stewardships.post(
    "/{stewardship_id}/rule",
    **described("stewardship.change", StewardshipView, summary="Close ground or set its pace", tag="ground"),
)
@declares("stewardship.change")
def set_ground_rule(
    request: HttpRequest,
    response: HttpResponse,
    stewardship_id: StewardshipId,
    body: GroundRuleSaid,
    idempotency_key: IdempotencyKey = None,
) -> StewardshipView:
    """Says what is closed to scans and how many scanners are welcome. Leases on ground that closes end at once."""
    actor = actor_of(request)

    def write() -> StewardshipView:
        services.set_rule(actor, stewardship_id, **body.model_dump())
        return _view(actor, queries.stewardship(actor, stewardship_id))

    return write_once(
        request,
        response,
        operation=f"set_ground_rule {stewardship_id}",
        key=idempotency_key,
        content=body.model_dump(mode="json"),
        view=StewardshipView,
        write=write,
    )


@stewardships.post(
    "/{stewardship_id}/decision",
    **described("stewardship.decide", StewardshipView, summary="Vouch for a maintainer", tag="ground"),
)
@declares("stewardship.decide")
def decide_stewardship(
    request: HttpRequest,
    response: HttpResponse,
    stewardship_id: StewardshipId,
    body: CoordinatorWord,
    idempotency_key: IdempotencyKey = None,
) -> StewardshipView:
    """The coordinator's word on a claim. Refusing one that counted lifts its rules."""
    actor = actor_of(request)
    return write_once(
        request,
        response,
        operation=f"decide_stewardship {stewardship_id}",
        key=idempotency_key,
        content=body.model_dump(mode="json"),
        view=StewardshipView,
        write=lambda: _view(
            actor, services.decide_stewardship(actor, stewardship_id, vouch=body.vouch, reason=body.reason)
        ),
    )

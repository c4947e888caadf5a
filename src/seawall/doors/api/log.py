"""The transparency log: leaves and proofs for everybody, openings for whoever may see what they are about."""

from typing import Annotated

from django.http import HttpRequest, HttpResponse
from ninja import Query, Router

from seawall.clearinghouse.coordination import reading as coordination
from seawall.clearinghouse.deconfliction import queries as deconfliction
from seawall.clearinghouse.deconfliction.commitments import queries as commitments
from seawall.clearinghouse.intake import queries as intake
from seawall.doors.api.bearer import actor_of
from seawall.doors.api.operations import Cursor, Identifier, Limit, binding, described
from seawall.doors.api.paging import window_after
from seawall.doors.api.schemas.log import (
    CheckpointView,
    ConsistencyView,
    InclusionView,
    LeafView,
    LeavesView,
    OpeningPage,
    OpeningView,
)
from seawall.foundation.access.declarations import declares
from seawall.foundation.transparency import queries

router = Router()
openings = Router()

ReportId = Annotated[str, Identifier("report")]
CaseId = Annotated[str, Identifier("case")]
LeaseId = Annotated[str, Identifier("lease")]
CommitmentId = Annotated[str, Identifier("commitment")]
Index = Annotated[int, Query(ge=0, le=2**53 - 1)]
Size = Annotated[int | None, Query(ge=0, le=2**53 - 1, description="Without it: the latest checkpoint's.")]
_TEXT = {"responses": {"200": {"description": "OK", "content": {"text/plain": {"schema": {"type": "string"}}}}}}


def _text(content: str) -> HttpResponse:
    answer = HttpResponse(content, content_type="text/plain; charset=utf-8")
    answer.headers["Cache-Control"] = "no-cache"
    return answer


@router.get("/checkpoint", **described("log.read", CheckpointView, summary="Read the checkpoint", tag="log"))
@declares("log.read")
def get_checkpoint(request: HttpRequest) -> CheckpointView:
    """The log's signed size and root; `note` is the C2SP checkpoint."""
    return CheckpointView.of(queries.latest_checkpoint(actor_of(request)))


@router.get("/checkpoint.txt", **described("log.read", None, summary="Read the signed note", tag="log", extra=_TEXT))
@declares("log.read")
def get_checkpoint_note(request: HttpRequest) -> HttpResponse:
    """The C2SP checkpoint as it was signed."""
    return _text(queries.latest_checkpoint(actor_of(request)).note)


@router.get("/key", **described("log.read", None, summary="Read the log's key", tag="log", extra=_TEXT))
@declares("log.read")
def get_log_key(request: HttpRequest) -> HttpResponse:
    """The verifier key (`name+hash+base64`). Compare it with one that you got elsewhere."""
    return _text(queries.verifier_key(actor_of(request)) + "\n")


@router.get("/entries", **described("log.read", LeavesView, summary="Read leaves", tag="log"))
@declares("log.read")
def list_log_entries(
    request: HttpRequest, start: Index = 0, count: Annotated[int, Query(ge=1, le=queries.LEAVES_MAX)] = 100
) -> LeavesView:
    """Leaves from `start` on. They hold salted digests; what they stand for is at `.../log` of the thing itself."""
    found = queries.entries(actor_of(request), start=start, count=count)
    return LeavesView(items=[LeafView.of(leaf) for leaf in found])


@router.get("/proof/inclusion", **described("log.read", InclusionView, summary="Prove an entry", tag="log"))
@declares("log.read")
def prove_inclusion(request: HttpRequest, index: Index, size: Size = None) -> InclusionView:
    """That entry `index` is in the tree of `size` entries."""
    return InclusionView.of(queries.inclusion_proof(actor_of(request), index, size))


@router.get("/proof/consistency", **described("log.read", ConsistencyView, summary="Prove growth", tag="log"))
@declares("log.read")
def prove_consistency(request: HttpRequest, old: Index, new: Size = None) -> ConsistencyView:
    """That the tree of `new` entries begins with the tree of `old` entries: nothing was changed or taken out."""
    return ConsistencyView.of(queries.consistency_proof(actor_of(request), old, new))


def _openings(
    request: HttpRequest, operation: str, subject: str, cursor: str | None, limit: int, *further: str
) -> OpeningPage:
    actor = actor_of(request)
    page = window_after(
        lambda after, count: queries.openings(actor, [subject, *further], after=after, limit=count),
        lambda one: one.index,
        binding(request, operation, subject=subject),
        cursor=cursor,
        limit=limit,
    )
    return OpeningPage(items=[OpeningView.of(one) for one in page.items], next=page.next)


@openings.get(
    "/reports/{report_id}/log", **described("report.read", OpeningPage, summary="Read a report's log", tag="log")
)
@declares("report.read")
def report_log(request: HttpRequest, report_id: ReportId, limit: Limit, cursor: Cursor = None) -> OpeningPage:
    """What the log says about a report, with the openings that let you check it offline."""
    intake.report(actor_of(request), report_id)
    return _openings(request, "report_log", report_id, cursor, limit)


@openings.get("/cases/{case_id}/log", **described("case.read", OpeningPage, summary="Read a case's log", tag="log"))
@declares("case.read")
def case_log(request: HttpRequest, case_id: CaseId, limit: Limit, cursor: Cursor = None) -> OpeningPage:
    """What the log says about a case, with the openings that let you check it offline."""
    first, *further = coordination.log_subjects(actor_of(request), case_id)
    return _openings(request, "case_log", first, cursor, limit, *further)


@openings.get("/leases/{lease_id}/log", **described("lease.read", OpeningPage, summary="Read a lease's log", tag="log"))
@declares("lease.read")
def lease_log(request: HttpRequest, lease_id: LeaseId, limit: Limit, cursor: Cursor = None) -> OpeningPage:
    """What the log says about a lease, with the openings that let you check it offline."""
    deconfliction.lease(actor_of(request), lease_id)
    return _openings(request, "lease_log", lease_id, cursor, limit)


@openings.get(
    "/commitments/{commitment_id}/log",
    **described("commitment.read", OpeningPage, summary="Read a commitment's log", tag="log"),
)
@declares("commitment.read")
def commitment_log(
    request: HttpRequest, commitment_id: CommitmentId, limit: Limit, cursor: Cursor = None
) -> OpeningPage:
    """What the log says about a commitment, with the openings that let you check it offline."""
    commitments.commitment(actor_of(request), commitment_id)
    return _openings(request, "commitment_log", commitment_id, cursor, limit)

"""Why is a report linked, or not, and why are two cases not one."""

from typing import Annotated

from django.http import HttpRequest
from ninja import Router

from seawall.clearinghouse.deduplication import queries
from seawall.doors.api.bearer import actor_of
from seawall.doors.api.operations import Identifier, described
from seawall.doors.api.schemas.likeness import NearList, NearView, StandingView
from seawall.foundation.access.declarations import declares

on_reports = Router()
on_cases = Router()
CaseId = Annotated[str, Identifier("case")]
ReportId = Annotated[str, Identifier("report")]


@on_reports.get(
    "/{report_id}/standing",
    **described("report.read", StandingView, summary="Ask why a report is linked, or not", tag="reports"),
)
@declares("report.read")
def report_standing(request: HttpRequest, report_id: ReportId) -> StandingView:
    """Known or new, the case and its date, whose credit is kept, and why it was not linked: never a word of other reports."""
    return StandingView.of(queries.standing(actor_of(request), report_id))


@on_cases.get(
    "/{case_id}/near",
    **described("case.decide", NearList, summary="Ask why a case is not merged", tag="cases"),
)
@declares("case.decide")
def near_cases(request: HttpRequest, case_id: CaseId) -> NearList:
    """The cases near to one, likest first: score, zone, what speaks for and against, and what evidence would decide."""
    return NearList(items=[NearView.of(one) for one in queries.near(actor_of(request), case_id)])

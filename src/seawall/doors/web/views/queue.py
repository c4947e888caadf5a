"""The coordinator's queue: what waits for a decision, sorted by proof and consequence.

The order of open cases: attacks seen, then a public exploit, then by what the proved failure does to whoever runs
the software, then by the end of the embargo. Lists are paged by that key; there are no totals.
"""

from datetime import UTC, datetime
from typing import Any

from django.db.models import Case as Choose
from django.db.models import IntegerField, Q, QuerySet, Value, When
from django.db.models.functions import Coalesce
from django.http import HttpRequest, HttpResponse

from seawall.clearinghouse.coordination import queries as coordination
from seawall.clearinghouse.coordination.queries import CaseRow
from seawall.clearinghouse.deduplication import queries as deduplication
from seawall.clearinghouse.intake import queries as intake
from seawall.clearinghouse.intake.queries import ReportRow
from seawall.clearinghouse.intake.types import FailureClass, ReportState
from seawall.clearinghouse.validation import queries as validation
from seawall.doors.api.paging import Order, newest_first, window
from seawall.doors.web.evidence import claimed_score
from seawall.doors.web.pages import actor_of, binding, cursor_of, page, render
from seawall.foundation.access.types import Actor
from seawall.foundation.identity.queries import organization_names
from seawall.foundation.jobs import queries as jobs

PAGE = 50
FILTERS = {
    "open": "Open cases",
    "proving": "Being proved",
    "returned": "Sent back",
    "published": "Published",
}
"""Name in the address, and the link's text."""

CONSEQUENCE: tuple[tuple[FailureClass, ...], ...] = (
    (FailureClass.CODE_EXECUTION, FailureClass.COMMAND_EXECUTION, FailureClass.MEMORY_SAFETY),
    (FailureClass.FILE_WRITE, FailureClass.PATH_TRAVERSAL, FailureClass.PROTOTYPE_POLLUTION),
    (FailureClass.AUTHENTICATION_BYPASS, FailureClass.PRIVILEGE_ESCALATION, FailureClass.SQL_INJECTION),
    (FailureClass.FILE_DISCLOSURE, FailureClass.REQUEST_FORGERY),
    (FailureClass.DENIAL_OF_SERVICE, FailureClass.UNCAUGHT_EXCEPTION),
)
"""Failure classes by what they do, worst first; everything else comes last."""

_NO_END = datetime(9999, 1, 1, tzinfo=UTC)


def ranked(rows: QuerySet[CaseRow]) -> QuerySet[CaseRow]:
    """Cases with their place (``rank``, 0 is first) and the end of their embargo (``deadline``)."""
    steps = [
        When(attacks_observed=True, then=Value(0)),
        When(exploit_public=True, then=Value(1)),
        *(When(failure__in=group, then=Value(2 + place)) for place, group in enumerate(CONSEQUENCE)),
    ]
    return rows.annotate(
        rank=Choose(*steps, default=Value(2 + len(CONSEQUENCE)), output_field=IntegerField()),
        deadline=Coalesce("embargo_ends_at", Value(_NO_END)),
    )


@page("case.decide")
def queue(request: HttpRequest) -> HttpResponse:
    """One list at a time; the filter is a link."""
    wanted = request.GET.get("show", "open")
    show = wanted if wanted in FILTERS else "open"
    actor = actor_of(request)
    build = {"open": _open, "proving": _proving, "returned": _returned, "published": _published}[show]
    return render(request, "web/queue.html", {"show": show, "filters": FILTERS, **build(request, actor)})


def _cases(request: HttpRequest, rows: QuerySet[CaseRow], order: tuple[Order, ...], name: str) -> dict[str, Any]:
    page_of = window(
        rows, order, binding(request, "queue", show=name), lambda row: row, cursor=cursor_of(request), limit=PAGE
    )
    return {"cases": page_of.items, "next": page_of.next}


def _open(request: HttpRequest, actor: Actor) -> dict[str, Any]:
    rows = ranked(coordination.cases_of(actor).filter(published_at=None, merged_into=None))
    found = _cases(request, rows, (Order("rank"), Order("deadline"), Order("id")), "open")
    ids = [row.id for row in found["cases"]]
    return {
        **found,
        "asked": deduplication.with_open_questions(actor, ids),
        "scores": {row.id: claimed_score(row.severity) for row in found["cases"]},
    }


def _published(request: HttpRequest, actor: Actor) -> dict[str, Any]:
    rows = coordination.cases_of(actor).exclude(published_at=None)
    return _cases(request, rows, newest_first("published_at"), "published")


def _reports(request: HttpRequest, actor: Actor, condition: Q, name: str) -> dict[str, Any]:
    page_of = window(
        intake.reports_of(actor).filter(condition),
        newest_first("received_at"),
        binding(request, "queue", show=name),
        lambda row: row,
        cursor=cursor_of(request),
        limit=PAGE,
    )
    reports: list[ReportRow] = page_of.items
    return {
        "reports": reports,
        "next": page_of.next,
        "finders": organization_names([row.organization_id for row in reports]),
        "states": validation.states_of([row.id for row in reports]),
    }


def _proving(request: HttpRequest, actor: Actor) -> dict[str, Any]:
    found = _reports(request, actor, ~Q(state=ReportState.ANSWERED), "proving")
    return {**found, "jobs": jobs.latest_of([row.id for row in found["reports"]])}


def _returned(request: HttpRequest, actor: Actor) -> dict[str, Any]:
    return _reports(request, actor, Q(state=ReportState.ANSWERED, case_id=""), "returned")

"""Reads of intake."""

from collections.abc import Iterator
from datetime import datetime

from django.db.models import QuerySet

from seawall.clearinghouse.intake.models import Report
from seawall.clearinghouse.intake.types import ReportState
from seawall.foundation.access.queries import get_visible, visible_to
from seawall.foundation.access.rules import grants_for
from seawall.foundation.access.types import Actor

ReportRow = Report
"""The row, for other folders' annotations: they read it, and write only through services."""


def reports_of(actor: Actor) -> QuerySet[Report]:
    """The reports that the actor may see, newest first."""
    return visible_to(actor, "report.read", Report.objects.order_by("-received_at", "id"))


def report(actor: Actor, report_id: str) -> Report:
    """One report.

    Raises:
        NotFound: Absent or foreign.
    """
    return get_visible(actor, "report.read", Report.objects.all(), report_id)


def for_the_clearinghouse(report_id: str) -> Report:
    """One report for a job of the clearinghouse itself; no door calls this."""
    return Report.objects.get(pk=report_id)


def arrived_since(since: datetime | None) -> Iterator[Report]:
    """Reports received from a time on, oldest first, for the clearinghouse's own index; no door calls this."""
    rows = Report.objects.order_by("received_at", "id")
    return (rows.filter(received_at__gte=since) if since else rows).iterator(chunk_size=500)


def allowed_next(actor: Actor, row: Report) -> list[str]:
    """What the actor may do about a report that it sees, as names of operations."""
    if row.state != ReportState.ANSWERED:
        return ["report_status"]  # ask again; the answer comes by itself
    steps = ["get_case"] if row.case_id and grants_for(actor, "case.read") else []
    finder = row.organization_id == actor.organization_id
    if finder and not row.proved and grants_for(actor, "report.submit"):
        steps.append("submit_report")  # with a (better) proof, as a new report
    return steps

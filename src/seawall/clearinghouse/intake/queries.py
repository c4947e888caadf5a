"""Reads of intake."""

from django.db.models import QuerySet

from seawall.clearinghouse.intake.models import Report
from seawall.foundation.access.queries import get_visible, visible_to
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

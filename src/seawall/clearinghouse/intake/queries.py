"""Reads of intake."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db.models import QuerySet

from seawall.clearinghouse.intake import relays
from seawall.clearinghouse.intake import types as words
from seawall.clearinghouse.intake.models import Report
from seawall.clearinghouse.intake.relays import Binding
from seawall.clearinghouse.intake.types import AffectedRange, FailureClass, ReportState
from seawall.foundation.access.queries import get_visible, visible_to
from seawall.foundation.access.rules import grants_for
from seawall.foundation.access.types import Actor
from seawall.foundation.identity.queries import organization_names
from seawall.foundation.platform import storage
from seawall.foundation.platform.errors import NotFound

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


def provenance_of(row: Report) -> words.Provenance:
    """How the finding was made, as its finder says."""
    return words.provenance_of(row.provenance)


def relay_of(row: Report) -> words.Relay:
    """Credits, origins and the chain up to this clearinghouse's own hop."""
    if row.relay:
        return words.relay_of(row.relay)
    # Taken in before chains were kept: its one hop follows from the row.
    names = organization_names([row.organization_id])
    return relays.joined(
        _report_of(row, words.Relay()),
        reporter=names.get(row.organization_id) or row.organization_id,
        recipient=settings.SEAWALL.base_url,
        identifier=row.id,
        received_at=row.received_at,
        source_format=row.format,
        source_digest=row.raw_digest,
    )


def embargo_of(row: Report) -> Binding:
    """The embargo terms that bind whoever reads the report, whose they are, and which looser ones do not."""
    return relays.binding(relay_of(row))


def relay_document(actor: Actor, report_id: str) -> dict[str, Any]:
    """The report as another clearinghouse takes it in (``seawall.report/1``), with its chain.

    Raises:
        NotFound: Absent or foreign.
        ChainAltered: What is kept does not hold together any more; it is not handed on.
    """
    row = report(actor, report_id)
    return relays.document(_report_of(row, relay_of(row)))


def source_of(actor: Actor, report_id: str) -> bytes:
    """The report's bytes as they were sent: all of it, so for its finder and the coordinator only.

    Raises:
        NotFound: Absent, foreign, or the report of another party of the case.
    """
    row = report(actor, report_id)
    if row.organization_id != actor.organization_id and not actor.is_coordinator:
        raise NotFound("There is nothing here that you may see.", "Check the address and who you are signed in as.")
    return storage.read(row.raw_digest)


def _report_of(row: Report, relay: words.Relay) -> words.Report:
    return words.Report(
        title=row.title,
        description=row.description,
        package=row.package,
        versions=tuple(row.versions),
        failure=FailureClass(row.failure),
        weaknesses=tuple(row.weaknesses),
        identifiers=tuple(row.identifiers),
        affected=tuple(AffectedRange(**one) for one in row.affected),
        paths=tuple(row.paths),
        symbols=tuple(row.symbols),
        severity=row.severity,
        provenance=provenance_of(row),
        fingerprints=dict(row.fingerprints),
        relay=replace(relay, embargo=None),
    )

"""Proved reports in the database as validation leaves them, without running anything; and folding them."""

from datetime import timedelta
from typing import Any

from django.db import transaction

from seawall.clearinghouse.deduplication.services import fold
from seawall.clearinghouse.intake.models import Report
from seawall.clearinghouse.validation.models import Validation
from seawall.foundation.access.types import Actor
from seawall.foundation.platform import clock
from support.world import World

SYSTEM = Actor.system("deduplication")


def proved(world: World, finder: str, minutes: int, *, result: dict[str, Any], **fields: Any) -> str:
    """A report whose proof held, received ``minutes`` after an hour ago.

    Args:
        world: Its organizations.
        finder: Name of an organization.
        minutes: Moment of receipt.
        result: What validation wrote.
        fields: Of the report, instead of the usual.
    """
    received = clock.now() - timedelta(hours=1) + timedelta(minutes=minutes)
    row = Report.objects.create(
        **{
            "organization_id": world.id(finder),
            "submitted_by": "token_x",
            "format": "seawall",
            "raw_digest": "sha256:" + "0" * 64,
            "title": f"Report {minutes}",
            "description": "d",
            "package": "pkg:pypi/sqlparse",
            "failure": "uncaught-exception",
            "affected": [{"introduced": "0", "fixed": "0.5.0"}],
            "state": "validating",
            "proved": True,
            "received_at": received,
            **fields,
        }
    )
    Validation.objects.create(
        report_id=row.id,
        organization_id=row.organization_id,
        state="confirmed",
        summary="It works.",
        result=result,
        started_at=received,
        finished_at=received,
    )
    return row.id


def folded(report_id: str) -> str:
    """Fold a report; its case."""
    with transaction.atomic():
        fold(SYSTEM, report_id)
    return str(Report.objects.get(pk=report_id).case_id)

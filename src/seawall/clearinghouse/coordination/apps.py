from django.apps import AppConfig
from django.db.models import Q, QuerySet

from seawall.foundation.access.types import Actor
from seawall.foundation.platform import clock


class CoordinationConfig(AppConfig):
    """Registers how actors stand to cases, and to reports through them."""

    name = "seawall.clearinghouse.coordination"

    def ready(self) -> None:
        """Fill the relation registry."""
        from seawall.clearinghouse.coordination import models, reading  # noqa: PLC0415 - models load first
        from seawall.clearinghouse.coordination.tiers import CONTENT  # noqa: PLC0415
        from seawall.clearinghouse.coordination.types import (  # noqa: PLC0415
            EmbargoManagement,
            ParticipantEmbargo,
            ReportManagement,
        )
        from seawall.foundation.access import reads, relations  # noqa: PLC0415

        def mine(actor: Actor) -> QuerySet[models.Participant]:
            # After ``until`` a participant is none: what it saw is not there any more, on every door.
            reading = Q(until=None) | Q(until__gt=clock.now())
            return models.Participant.objects.filter(reading, organization_id=actor.organization_id)

        def content(actor: Actor) -> Q:
            # The query twin of rules.may_see_content and tiers.VISIBLE; a test holds them equal over all states.
            if actor.organization_id is None:
                return relations.NOTHING
            return _reads(mine(actor).filter(tier__in=CONTENT))

        def read_in(actor: Actor) -> Q:
            if actor.organization_id is None:
                return relations.NOTHING
            return _reads(mine(actor))

        def _reads(rows: QuerySet[models.Participant]) -> Q:
            received = rows.exclude(report_management=ReportManagement.START)
            no_embargo = Q(embargo__in=[EmbargoManagement.NONE, EmbargoManagement.EXITED])
            signed = received.filter(consent=ParticipantEmbargo.SIGNATORY)
            return Q(pk__in=signed.values("case_id")) | (no_embargo & Q(pk__in=received.values("case_id")))

        def participant(actor: Actor) -> Q:
            if actor.organization_id is None:
                return relations.NOTHING
            return Q(pk__in=mine(actor).values("case_id"))

        def proved_in_my_case(actor: Actor) -> Q:
            cases = models.Case.objects.filter(content(actor))
            links = models.CaseReport.objects.filter(undone_at=None, case__in=cases)
            return Q(proved=True, pk__in=links.values("report_id"))

        relations.register_kind(models.Case, "case")
        relations.register_kind(models.Contact, "contact")
        relations.register("case", "signatory", content)
        relations.register("case", "read_in", read_in)
        relations.register("case", "participant", participant)
        relations.register("report", "proved_in_my_case", proved_in_my_case)
        relations.register("contact", "own", relations.own_organization)
        reads.on_read("case.read", reading.mark_case)
        reads.on_read("case.brief", reading.mark_brief)
        reads.on_read("report.read", reading.mark_report)

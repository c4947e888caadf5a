from django.apps import AppConfig
from django.db.models import Q

from seawall.foundation.access.types import Actor


class CoordinationConfig(AppConfig):
    """Registers how actors stand to cases, and to reports through them."""

    name = "seawall.clearinghouse.coordination"

    def ready(self) -> None:
        """Fill the relation registry."""
        from seawall.clearinghouse.coordination import models  # noqa: PLC0415 - models load first
        from seawall.clearinghouse.coordination.types import (  # noqa: PLC0415
            EmbargoManagement,
            ParticipantEmbargo,
            ReportManagement,
        )
        from seawall.foundation.access import relations  # noqa: PLC0415

        def content(actor: Actor) -> Q:
            # The query twin of rules.may_see_content; a test holds the two equal over all states.
            if actor.organization_id is None:
                return relations.NOTHING
            mine = models.Participant.objects.filter(organization_id=actor.organization_id).exclude(
                report_management=ReportManagement.START
            )
            no_embargo = Q(embargo__in=[EmbargoManagement.NONE, EmbargoManagement.EXITED])
            signed = mine.filter(consent=ParticipantEmbargo.SIGNATORY)
            return Q(pk__in=signed.values("case_id")) | (no_embargo & Q(pk__in=mine.values("case_id")))

        def participant(actor: Actor) -> Q:
            if actor.organization_id is None:
                return relations.NOTHING
            rows = models.Participant.objects.filter(organization_id=actor.organization_id)
            return Q(pk__in=rows.values("case_id"))

        def proved_in_my_case(actor: Actor) -> Q:
            cases = models.Case.objects.filter(content(actor))
            links = models.CaseReport.objects.filter(undone_at=None, case__in=cases)
            return Q(proved=True, pk__in=links.values("report_id"))

        relations.register_kind(models.Case, "case")
        relations.register("case", "signatory", content)
        relations.register("case", "participant", participant)
        relations.register("report", "proved_in_my_case", proved_in_my_case)

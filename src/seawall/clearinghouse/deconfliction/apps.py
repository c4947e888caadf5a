from django.apps import AppConfig
from django.db.models import Q

from seawall.foundation.access.types import Actor


class DeconflictionConfig(AppConfig):
    """Registers how actors stand to leases, claims of maintainers, commitments, introductions, networks and bookings."""

    name = "seawall.clearinghouse.deconfliction"

    def ready(self) -> None:
        """Fill the relation registry."""
        from seawall.clearinghouse.deconfliction import models  # noqa: PLC0415 - models load first
        from seawall.foundation.access import relations  # noqa: PLC0415

        owned = {models.ScanLease: "lease", models.Stewardship: "stewardship", models.Commitment: "commitment"}
        for model, kind in owned.items():
            relations.register_kind(model, kind)
            relations.register(kind, "own", relations.own_organization)
        relations.register_kind(models.Introduction, "introduction")
        relations.register("introduction", "party", relation_party)
        relations.register("introduction", "asked_of", relation_asked_of)


def relation_party(actor: Actor) -> Q:
    """Introductions that the actor asked for, or was asked about."""
    return Q(asker_id=actor.organization_id) | relation_asked_of(actor) if actor.organization_id else Q(pk__in=[])


def relation_asked_of(actor: Actor) -> Q:
    """Introductions that the actor was asked about: before the coordinator does, there is nothing to see."""
    return Q(holder_id=actor.organization_id) & ~Q(state="asked") if actor.organization_id else Q(pk__in=[])

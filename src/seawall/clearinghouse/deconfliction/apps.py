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
        relations.register_kind(models.Network, "network")
        relations.register("network", "own", relations.own_organization)
        relations.register("network", "admits", relation_admits)
        relations.register_kind(models.Booking, "booking")
        relations.register("booking", "own", relations.own_organization)
        relations.register("booking", "on_my_network", relation_on_my_network)
        relations.register_kind(models.Introduction, "introduction")
        relations.register("introduction", "party", relation_party)
        relations.register("introduction", "asked_of", relation_asked_of)


def relation_party(actor: Actor) -> Q:
    """Introductions that the actor asked for, or was asked about."""
    return Q(asker_id=actor.organization_id) | relation_asked_of(actor) if actor.organization_id else Q(pk__in=[])


def relation_asked_of(actor: Actor) -> Q:
    """Introductions that the actor was asked about: where the coordinator has not, there is nothing to see."""
    if not actor.organization_id:
        return Q(pk__in=[])
    return Q(holder_id=actor.organization_id, offered_at__isnull=False)


def relation_admits(actor: Actor) -> Q:
    """Networks whose operator was believed and lets the actor book."""
    if not actor.organization_id:
        return Q(pk__in=[])
    from seawall.clearinghouse.deconfliction.models import Admission  # noqa: PLC0415 - models load first

    admitted = Admission.objects.filter(organization_id=actor.organization_id).values("network_id")
    return (Q(open_to_all=True) | Q(pk__in=admitted)) & Q(state__in=["proved", "vouched"])


def relation_on_my_network(actor: Actor) -> Q:
    """Bookings on the actor's own networks."""
    return Q(operator_id=actor.organization_id) if actor.organization_id else Q(pk__in=[])

from django.apps import AppConfig


class MatchingConfig(AppConfig):
    """Registers how actors stand to inventories and exposures."""

    name = "seawall.clearinghouse.matching"

    def ready(self) -> None:
        """Fill the relation registry."""
        from django.db.models import Q  # noqa: PLC0415 - as below

        from seawall.clearinghouse.matching.models import (  # noqa: PLC0415 - models load first
            Asset,
            Exposure,
            Inventory,
            Judgment,
            Product,
        )
        from seawall.foundation.access import relations  # noqa: PLC0415
        from seawall.foundation.access.types import Actor  # noqa: PLC0415

        def own_published(actor: Actor) -> Q:
            # The embargo: a match that is not published does not exist for anybody, its own operator included.
            return relations.own_organization(actor) & Q(published_at__isnull=False)

        relations.register_kind(Inventory, "inventory")
        relations.register("inventory", "own", relations.own_organization)
        for model, kind in ((Asset, "asset"), (Judgment, "judgment"), (Product, "product")):
            relations.register_kind(model, kind)
            relations.register(kind, "own", relations.own_organization)
        relations.register_kind(Exposure, "exposure")
        relations.register("exposure", "own_published", own_published)

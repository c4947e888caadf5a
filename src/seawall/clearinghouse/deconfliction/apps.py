from django.apps import AppConfig


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

from django.apps import AppConfig


class DeconflictionConfig(AppConfig):
    """Registers how actors stand to leases."""

    name = "seawall.clearinghouse.deconfliction"

    def ready(self) -> None:
        """Fill the relation registry."""
        from seawall.clearinghouse.deconfliction.models import ScanLease  # noqa: PLC0415 - models load first
        from seawall.foundation.access import relations  # noqa: PLC0415

        relations.register_kind(ScanLease, "lease")
        relations.register("lease", "own", relations.own_organization)

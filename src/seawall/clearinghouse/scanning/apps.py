from django.apps import AppConfig


class ScanningConfig(AppConfig):
    """Registers how actors stand to scans and findings."""

    name = "seawall.clearinghouse.scanning"

    def ready(self) -> None:
        """Fill the relation registry."""
        from seawall.clearinghouse.scanning.models import Finding, Scan, ScannedProject  # noqa: PLC0415 - models load first
        from seawall.foundation.access import relations  # noqa: PLC0415

        for model, kind in ((Scan, "scan"), (ScannedProject, "scan"), (Finding, "finding")):
            relations.register_kind(model, kind)
        for kind in ("scan", "finding"):
            relations.register(kind, "own", relations.own_organization)

from django.apps import AppConfig


class IntakeConfig(AppConfig):
    """Registers how actors stand to reports."""

    name = "seawall.clearinghouse.intake"

    def ready(self) -> None:
        """Fill the relation registry."""
        from seawall.clearinghouse.intake.models import Report  # noqa: PLC0415 - models load first
        from seawall.foundation.access import relations  # noqa: PLC0415

        relations.register_kind(Report, "report")
        relations.register("report", "own", relations.own_organization)

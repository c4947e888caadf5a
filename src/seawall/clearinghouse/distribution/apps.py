from django.apps import AppConfig


class DistributionConfig(AppConfig):
    """Registers how actors stand to published documents and to notices."""

    name = "seawall.clearinghouse.distribution"

    def ready(self) -> None:
        """Fill the relation registry."""
        from seawall.clearinghouse.distribution.models import Document, Notice  # noqa: PLC0415 - models load first
        from seawall.foundation.access import relations  # noqa: PLC0415

        relations.register_kind(Document, "advisory")
        # A row exists only once its case is published: whatever is here is for everybody.
        relations.register("advisory", "public", lambda _: relations.EVERYTHING)
        relations.register_kind(Notice, "notice")
        relations.register("notice", "own", relations.own_organization)

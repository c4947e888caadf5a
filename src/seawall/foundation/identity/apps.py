from django.apps import AppConfig


class IdentityConfig(AppConfig):
    """Registers how actors stand to tokens."""

    name = "seawall.foundation.identity"

    def ready(self) -> None:
        """Fill the relation registry."""
        from seawall.foundation.access import relations  # noqa: PLC0415 - models load first
        from seawall.foundation.identity.models import ApiToken  # noqa: PLC0415

        relations.register_kind(ApiToken, "token")
        relations.register("token", "own", relations.own_organization)

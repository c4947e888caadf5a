from django.apps import AppConfig


class EmbargoesConfig(AppConfig):
    """Asks to be told of what ends embargoes. Embargoes are read through their cases, so no relation is needed."""

    name = "seawall.clearinghouse.coordination.embargoes"
    label = "embargoes"

    def ready(self) -> None:
        """Hear of the public, of exploits, of attacks and of invitations."""
        from seawall.clearinghouse.coordination import hooks  # noqa: PLC0415 - models load first
        from seawall.clearinghouse.coordination.embargoes.ending import after_case_state  # noqa: PLC0415

        hooks.on_case_state(after_case_state)

from django.apps import AppConfig


class RoutingConfig(AppConfig):
    """Registers the jobs that deliver what waits."""

    name = "seawall.clearinghouse.coordination.routing"
    label = "routing"

    def ready(self) -> None:
        """Make the handlers known."""
        from seawall.clearinghouse.coordination.routing import jobs  # noqa: F401, PLC0415 - registers its handlers

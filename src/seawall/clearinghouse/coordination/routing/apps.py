from django.apps import AppConfig


class RoutingConfig(AppConfig):
    """A room with rows of its own; its jobs are found like everybody's."""

    name = "seawall.clearinghouse.coordination.routing"
    label = "routing"

from django.apps import AppConfig


class DirectivesConfig(AppConfig):
    """Clocks are read through what they run for, so no relation is needed."""

    name = "seawall.clearinghouse.directives"

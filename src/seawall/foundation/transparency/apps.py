from django.apps import AppConfig


class TransparencyConfig(AppConfig):
    """The log stands on its own: it knows subjects only as text."""

    name = "seawall.foundation.transparency"

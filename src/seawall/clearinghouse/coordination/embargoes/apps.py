from django.apps import AppConfig


class EmbargoesConfig(AppConfig):
    """Embargoes are read through their cases, so no relation is needed."""

    name = "seawall.clearinghouse.coordination.embargoes"
    label = "embargoes"

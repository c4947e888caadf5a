from django.apps import AppConfig


class PrioritizationConfig(AppConfig):
    """Facts about vulnerabilities are public knowledge; no relation is needed."""

    name = "seawall.clearinghouse.prioritization"

from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules


class JobsConfig(AppConfig):
    """Finds every folder's ``jobs.py``."""

    name = "seawall.foundation.jobs"

    def ready(self) -> None:
        """Register all handlers."""
        autodiscover_modules("jobs")

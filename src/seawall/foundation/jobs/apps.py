from importlib import import_module
from importlib.util import find_spec

from django.apps import AppConfig, apps


class JobsConfig(AppConfig):
    """Imports every folder's ``jobs.py``, so that its handlers are known."""

    name = "seawall.foundation.jobs"

    def ready(self) -> None:
        """Find the handlers."""
        for app in apps.get_app_configs():
            # Only ours: a stranger's module called jobs is something else.
            if app.name.startswith("seawall.") and find_spec(f"{app.name}.jobs") is not None:
                import_module(f"{app.name}.jobs")

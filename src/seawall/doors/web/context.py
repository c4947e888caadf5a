"""What every template may use."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest


def site(request: HttpRequest) -> dict[str, Any]:
    """The actor and the publisher's name."""
    return {"actor": getattr(request, "actor", None), "publisher": settings.SEAWALL.publisher}

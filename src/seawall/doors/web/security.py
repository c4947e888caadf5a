"""What surrounds every page: a strict content security policy and the actor behind the request."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from seawall.foundation.access.types import Actor
from seawall.foundation.identity.models import User
from seawall.foundation.identity.queries import actor_of_person

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
"""No inline script or style, nothing from elsewhere: escaped report text has nothing to run with."""

Next = Callable[[HttpRequest], HttpResponse]


class ContentSecurityPolicy:
    """Adds the policy to every answer."""

    def __init__(self, get_response: Next) -> None:
        self._next = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer and mark."""
        response = self._next(request)
        response.headers.setdefault("Content-Security-Policy", POLICY)
        response.headers.setdefault("Permissions-Policy", "camera=(), microphone=(), geolocation=()")
        return response


class CurrentActor:
    """Puts ``request.actor`` beside ``request.user``: for pages the session's person, else anonymous."""

    def __init__(self, get_response: Next) -> None:
        self._next = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Resolve the actor, then answer."""
        user = request.user
        request.actor = (  # type: ignore[attr-defined]  # read by the doors as request.actor
            actor_of_person(user, request.session.get("organization")) if isinstance(user, User) else Actor.anonymous()
        )
        return self._next(request)

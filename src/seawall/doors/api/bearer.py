"""From ``Authorization: Bearer seawall_...`` to one actor. A session's cookie is worth nothing here, so there is
nothing for a foreign page to forge.

The action that an operation declares decides whether a caller without a credential is let in: only where the
permission table has a ``public`` row for it.
"""

from django.http import HttpRequest
from ninja.security import HttpBearer

from seawall.foundation.access.declarations import is_public
from seawall.foundation.access.services import admit
from seawall.foundation.access.types import Actor
from seawall.foundation.identity.queries import actor_of_token
from seawall.foundation.platform.errors import Unauthenticated

TOKEN_MAX = 200
"""Characters of a credential that are looked at; a real one has 69."""


class Bearer(HttpBearer):
    """Authenticates, then asks the table whether any row speaks for the actor."""

    openapi_description = "An API token of your organization: `Authorization: Bearer seawall_...`."

    def __init__(self, action: str) -> None:
        super().__init__()
        self.action = action
        self.public = is_public(action)

    def __call__(self, request: HttpRequest) -> Actor:
        """The actor; refusals are raised and never None, so that each has its problem document."""
        header = request.headers.get("Authorization", "")
        scheme, _, secret = header.partition(" ")
        if not header:
            actor = Actor.anonymous()
        elif scheme.lower() == "bearer":
            actor = self.authenticate(request, secret.strip())
        else:
            raise Unauthenticated("Only bearer tokens open the API.", "Send 'Authorization: Bearer <token>'.")
        admit(actor, self.action)
        request.actor = actor  # type: ignore[attr-defined]  # replaces the session's, see actor_of
        return actor

    def authenticate(self, request: HttpRequest, token: str) -> Actor:  # noqa: ARG002 - ninja's signature
        """The actor of a token; even where anybody may come in, a wrong token is refused."""
        return actor_of_token(token if token.isascii() and len(token) <= TOKEN_MAX else "")


def actor_of(request: HttpRequest) -> Actor:
    """The actor that ``Bearer`` found for this request."""
    actor = getattr(request, "auth", None)
    if not isinstance(actor, Actor):
        raise Unauthenticated("This needs a credential.", "Send 'Authorization: Bearer <token>'.")
    return actor

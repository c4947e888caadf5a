"""What can go wrong, in words that the reader can act on.

Every refusal that reaches a person or a program is a ``SeawallError`` with a stable code.
The doors turn it into a problem document (RFC 9457), a page, a tool error or a terminal line.
"""

from dataclasses import dataclass
from typing import ClassVar


@dataclass
class SeawallError(Exception):
    """A refusal with its reason.

    Attributes:
        detail: One or two sentences: what is wrong.
        action: What the reader may do next.
        field: The offending field (JSON pointer or name), if one is to blame.
        allowed_next: Names of operations that the thing's present state allows, where a state is the reason.
        code: Stable machine-readable name, part of the API's promise.
        title: Short human name of the kind of refusal.
        status: HTTP status that the HTTP doors answer with.
    """

    detail: str
    action: str = ""
    field: str | None = None
    allowed_next: tuple[str, ...] | None = None

    code: ClassVar[str] = "refused"
    title: ClassVar[str] = "Refused"
    status: ClassVar[int] = 400

    def __str__(self) -> str:
        return f"{self.detail} {self.action}".strip()


class BadInput(SeawallError):
    """The bytes sent do not say what they should."""

    code = "bad-input"
    title = "The input cannot be read"
    status = 422


class Unauthenticated(SeawallError):
    """No credential, or one that is not valid (any more)."""

    code = "unauthenticated"
    title = "Sign in first"
    status = 401


class Forbidden(SeawallError):
    """The actor may see the thing but may not do this to it."""

    code = "forbidden"
    title = "Not allowed"
    status = 403


class NotFound(SeawallError):
    """Absent, or not visible to the actor: the two are the same answer, letter for letter."""

    code = "not-found"
    title = "Not found"
    status = 404


class Conflict(SeawallError):
    """The thing is in a state that does not allow this."""

    code = "conflict"
    title = "Not in this state"
    status = 409


class TooLarge(SeawallError):
    """Over a named limit."""

    code = "too-large"
    title = "Too large"
    status = 413


class RateLimited(SeawallError):
    """Too many requests of this kind."""

    code = "rate-limited"
    title = "Slow down"
    status = 429


class IdempotencyMismatch(SeawallError):
    """The same Idempotency-Key came with different content."""

    code = "idempotency-mismatch"
    title = "Idempotency-Key was used for something else"
    status = 422


class Unavailable(SeawallError):
    """A part that the request needs is not working; nothing was changed."""

    code = "unavailable"
    title = "Not possible right now"
    status = 503


class NotAuthentic(SeawallError):
    """A document, its signature and the key do not belong together."""

    code = "not-authentic"
    title = "Not authentic"
    status = 422


class KeyUnusable(Unavailable):
    """The signing key is not there in the form it must have; nothing was signed."""

    code = "signing-key-unusable"
    title = "The signing key cannot be used"

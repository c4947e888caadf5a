"""The size limit of request bodies, held before a byte of them is read.

A WSGI layer around Django, because Django buffers first and asks later:

- ``Content-Length`` over the limit: 413 at once, nothing is read;
- chunked without a length: read up to the limit (Django itself would see an empty body), 413 beyond; what is over a
  mebibyte of it lies in a file meanwhile;
- a ``Content-Length`` that is no number: 400.

A few addresses take more: what they get is stored as it comes, never held in memory.

The answer is a problem document (RFC 9457) at every address, because whoever sends this much is a program.
"""

import json
from collections.abc import Callable, Mapping
from tempfile import SpooledTemporaryFile
from typing import Any, Generic, TypeVar
from uuid import uuid4
from wsgiref.types import StartResponse, WSGIEnvironment

from seawall.foundation.platform.errors import BadInput, SeawallError, TooLarge

Body = TypeVar("Body")
"""What the wrapped application answers with; handed on as it is."""

_PIECE = 64 * 1024
"""Bytes read at a time."""
_IN_MEMORY = 2**20
"""Bytes of a body without a length that are held in memory; the rest goes to a file."""


class BoundedBodies(Generic[Body]):
    """Wraps a WSGI application; no body over ``limit`` bytes reaches it.

    Args:
        application: The application.
        limit: Bytes.
        wider: Addresses with a limit of their own.
    """

    def __init__(
        self,
        application: Callable[[WSGIEnvironment, StartResponse], Body],
        limit: int,
        wider: Mapping[str, int] | None = None,
    ) -> None:
        self._application = application
        self._limit = limit
        self._wider = wider or {}

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Body | list[bytes]:
        """Answer, or hand on."""
        limit = self._wider.get(environ.get("PATH_INFO", ""), self._limit)
        length = environ.get("CONTENT_LENGTH") or ""
        if length:
            # isdecimal alone would let through digits of other scripts.
            if not (length.isascii() and length.isdecimal()):
                return _refuse(start_response, BadInput("Content-Length is not a number."), 400, "Bad Request")
            if len(length) > len(str(limit)) or int(length) > limit:
                return _too_large(start_response, limit)
        elif "chunked" in environ.get("HTTP_TRANSFER_ENCODING", "").lower():
            # Django has read what it wants of the body when it returns, whatever it still sends.
            with SpooledTemporaryFile(max_size=_IN_MEMORY) as kept:
                size = _copied(environ["wsgi.input"], kept, limit)
                if size is None:
                    return _too_large(start_response, limit)
                environ["wsgi.input"] = kept
                environ["CONTENT_LENGTH"] = str(size)
                return self._application(environ, start_response)
        return self._application(environ, start_response)


def _copied(stream: Any, kept: "SpooledTemporaryFile[bytes]", limit: int) -> int | None:
    """Bytes of a stream, which stand in ``kept`` then; None where there are more than the limit."""
    size = 0
    while piece := stream.read(_PIECE):
        size += len(piece)
        if size > limit:
            return None
        kept.write(piece)
    kept.seek(0)
    return size


def _too_large(start_response: StartResponse, limit: int) -> list[bytes]:
    error = TooLarge(
        f"The request body is over {limit} bytes.", "Send less; long evidence belongs into a smaller proof."
    )
    return _refuse(start_response, error, error.status, "Content Too Large")


def _refuse(start_response: StartResponse, error: SeawallError, status: int, phrase: str) -> list[bytes]:
    identifier = uuid4().hex
    body = json.dumps(
        {
            "type": f"urn:seawall:problem:{error.code}",
            "title": error.title,
            "status": status,
            "detail": error.detail,
            "code": error.code,
            "action": error.action,
            "request_id": identifier,
        }
    ).encode("ascii")
    start_response(
        f"{status} {phrase}",
        [
            ("Content-Type", "application/problem+json"),
            ("Content-Length", str(len(body))),
            ("Cache-Control", "no-store"),
            ("X-Content-Type-Options", "nosniff"),
            ("X-Request-ID", identifier),
        ],
    )
    return [body]

"""The size limit of request bodies, held before a byte of them is read.

A WSGI layer around Django, because Django buffers first and asks later:

- ``Content-Length`` over the limit: 413 at once, nothing is read;
- chunked without a length: read up to the limit into memory (Django itself would see an empty body), 413 beyond;
- a ``Content-Length`` that is no number: 400.

The answer is a problem document (RFC 9457) at every address, because whoever sends this much is a program.
"""

import io
import json
from collections.abc import Callable
from typing import Any, Generic, TypeVar
from uuid import uuid4
from wsgiref.types import StartResponse, WSGIEnvironment

from seawall.foundation.platform.errors import BadInput, SeawallError, TooLarge

Body = TypeVar("Body")
"""What the wrapped application answers with; handed on as it is."""

_PIECE = 64 * 1024
"""Bytes read at a time, so that a body is never larger in memory than the limit and one piece."""


class BoundedBodies(Generic[Body]):
    """Wraps a WSGI application; no body over ``limit`` bytes reaches it."""

    def __init__(self, application: Callable[[WSGIEnvironment, StartResponse], Body], limit: int) -> None:
        self._application = application
        self._limit = limit

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Body | list[bytes]:
        """Answer, or hand on."""
        length = environ.get("CONTENT_LENGTH") or ""
        if length:
            # isdecimal alone would let through digits of other scripts.
            if not (length.isascii() and length.isdecimal()):
                return _refuse(start_response, BadInput("Content-Length is not a number."), 400, "Bad Request")
            if len(length) > len(str(self._limit)) or int(length) > self._limit:
                return self._too_large(start_response)
        elif "chunked" in environ.get("HTTP_TRANSFER_ENCODING", "").lower():
            body = self._read(environ["wsgi.input"])
            if body is None:
                return self._too_large(start_response)
            environ["wsgi.input"] = io.BytesIO(body)
            environ["CONTENT_LENGTH"] = str(len(body))
        return self._application(environ, start_response)

    def _read(self, stream: Any) -> bytes | None:
        kept = bytearray()
        while piece := stream.read(_PIECE):
            kept += piece
            if len(kept) > self._limit:
                return None
        return bytes(kept)

    def _too_large(self, start_response: StartResponse) -> list[bytes]:
        error = TooLarge(
            f"The request body is over {self._limit} bytes.", "Send less; long evidence belongs into a smaller proof."
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

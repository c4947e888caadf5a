"""Bytes to JSON and back at the API: strict in, one spelling of times out."""

import json
from datetime import UTC, date, datetime
from typing import Any

from django.http import HttpRequest
from ninja.parser import Parser
from ninja.renderers import BaseRenderer

from seawall.foundation.platform import strict_json
from seawall.foundation.platform.errors import BadInput, TooLarge

OPERATION_BODY_MAX = 512 * 1024
"""Bytes of a JSON body that the server itself parses. Reports and inventories are larger, and go to a child
process; here 16 MiB of ``{}`` would become 300 MB of objects."""


class StrictParser(Parser):
    """Reads the JSON body of an operation."""

    def parse_body(self, request: HttpRequest) -> Any:
        """The body's value.

        Raises:
            UnsupportedMediaType: Not declared as JSON.
            TooLarge: Over ``OPERATION_BODY_MAX``.
            BadInput: Not strict JSON.
        """
        media_type = (request.content_type or "").lower()
        if media_type != "application/json":
            raise UnsupportedMediaType(
                f"The content type {media_type[:80]!r} is not read here.", "Send application/json."
            )
        if len(request.body) > OPERATION_BODY_MAX:
            raise TooLarge(f"The JSON body is over {OPERATION_BODY_MAX} bytes.", "Send less.")
        return strict_json.loads(request.body)


class UnsupportedMediaType(BadInput):
    """The body's content type is not one that this operation reads."""

    code = "unsupported-media-type"
    title = "This content type is not read here"
    status = 415


class JsonRenderer(BaseRenderer):
    """Writes answers: UTF-8, times in UTC with ``Z`` and microseconds as they are."""

    media_type = "application/json"

    def render(self, request: HttpRequest, data: Any, *, response_status: int) -> str:  # noqa: ARG002 - ninja's signature
        """The JSON text of an answer."""
        return json.dumps(data, ensure_ascii=False, default=_default, separators=(",", ":"))


def _default(value: object) -> str:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    if isinstance(value, date):  # after datetime, which is a date too
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} has no place in an answer")

"""A client of the HTTP API for this machine's commands and its MCP server. Knows nothing of Django.

    SEAWALL_URL=https://seawall.example SEAWALL_TOKEN=seawall_... seawall report list

- The token comes from the environment or a file, never from the command line, where other users could read it.
- It is sent over https, or to this machine; redirects are not followed, so it goes nowhere else.
- Every write carries a fresh Idempotency-Key and is repeated under it when the connection breaks or the server
  is busy: the worst that can happen is the first answer again.
- Answers are read up to a limit; what the server says is text of strangers until ``terminal.plain`` has seen it.

It runs where its user is and goes where its user said, so ``platform/outbound.py`` (which keeps a *server* from being
talked into its own network) is not asked: docs/decisions/0061.
"""

import ipaddress
import json
import os
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import httpx2

from seawall.foundation.platform.errors import BadInput, SeawallError, Unauthenticated, Unavailable

DEFAULT_URL = "http://127.0.0.1:8440"
ANSWER_MAX = 32 * 1024 * 1024
"""Bytes of an answer that are read."""
TIMEOUT = 60.0
"""Seconds without a byte after which a request is given up."""
TRIES = 4
PAUSE = 0.5
"""Seconds before the second try; doubled each time."""
_BUSY = frozenset({502, 503, 504})
_SERVER_ERROR = 500
_ERROR = 400


@dataclass
class Refused(SeawallError):
    """The server said no; ``problem`` is its problem document."""

    problem: dict[str, Any] = field(default_factory=dict)

    @property
    def remote_code(self) -> str:
        """The stable name of the refusal."""
        return str(self.problem.get("code", "refused"))


class Unreachable(Unavailable):
    """No answer, or an error of the server's own."""

    code = "unreachable"
    title = "The server does not answer"


def _checked(url: str) -> str:
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
    except ValueError as error:
        raise BadInput(f"The address is no URL: {error}.") from error
    if parts.scheme == "https" and host:
        return url
    if parts.scheme == "http" and is_loopback(host):
        return url
    raise BadInput(
        f"The address is {url[:200]!r}; a token is sent over https, or to this machine.",
        "Write https://... (SEAWALL_URL).",
    )


def is_loopback(host: str) -> bool:
    """Whether a host name means this machine."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


class Client:
    """Speaks to ``/api/v1`` of one server.

    Args:
        url: The server's address, https or loopback.
        token: Whose eyes and hands this client has.
        transport: Another way to the server than a socket, for tests.

    Raises:
        BadInput: The address would carry the token in the clear, or is none.
        Unauthenticated: The token cannot be one.
    """

    def __init__(self, url: str, token: str, *, transport: httpx2.BaseTransport | None = None) -> None:
        url = _checked(url.rstrip("/"))
        if not token or not (token.isascii() and token.isprintable()):
            raise Unauthenticated("The token is empty, or holds characters that no token has.")
        self._http = httpx2.Client(
            base_url=f"{url}/api/v1",
            headers={"Authorization": f"Bearer {token}", "User-Agent": "seawall"},
            timeout=TIMEOUT,
            follow_redirects=False,
            # A proxy from the environment has no business between this machine and itself.
            trust_env=not is_loopback(urlsplit(url).hostname or ""),
            transport=transport,
        )

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> "Client":
        """``SEAWALL_URL``, and ``SEAWALL_TOKEN`` or the file named by ``SEAWALL_TOKEN_FILE``.

        Raises:
            Unauthenticated: No token.
            BadInput: See the class.
        """
        token = environment.get("SEAWALL_TOKEN", "").strip()
        file = environment.get("SEAWALL_TOKEN_FILE", "")
        if not token and file:
            try:
                token = Path(file).read_text(encoding="utf-8").strip()
            except (OSError, ValueError) as error:
                raise Unauthenticated(f"The token file {file} cannot be read.") from error
        if not token:
            raise Unauthenticated(
                "There is no token.",
                "Put it into SEAWALL_TOKEN, or its file's name into SEAWALL_TOKEN_FILE; "
                "'seawall organization token' makes one on the server's machine.",
            )
        return cls(environment.get("SEAWALL_URL", DEFAULT_URL), token)

    def get(self, path: str, **params: Any) -> Any:
        """The JSON of an address.

        Raises:
            Refused: The server said no.
            Unreachable: No usable answer.
        """
        return self._ask("GET", path, params={key: value for key, value in params.items() if value is not None})

    def text(self, path: str, **params: Any) -> str:
        """The text of an address that answers with no JSON; see ``get`` for the errors."""
        return str(self._ask("GET", path, params=params, read=_text))

    def post(self, path: str, body: dict[str, Any] | None = None) -> Any:
        """Write JSON once, under a key of its own; see ``get`` for the errors."""
        return self._ask("POST", path, headers={"Idempotency-Key": str(uuid4())}, json=body or {})

    def upload(self, path: str, fields: Mapping[str, str], parts: Mapping[str, tuple[str, bytes]]) -> Any:
        """Write a form once, under a key of its own; see ``get`` for the errors.

        Args:
            path: Address below ``/api/v1``.
            fields: Name -> text.
            parts: Name -> (file name, bytes).
        """
        return self._ask("POST", path, headers={"Idempotency-Key": str(uuid4())}, data=dict(fields), files=dict(parts))

    def delete(self, path: str) -> None:
        """Delete what is at an address; see ``get`` for the errors."""
        self._ask("DELETE", path)

    def pages(self, path: str, *, most: int, **params: Any) -> Iterator[dict[str, Any]]:
        """Items of a paged list, at most ``most``."""
        cursor: str | None = None
        while most > 0:
            page = self.get(path, cursor=cursor, limit=min(most, 200), **params)
            yield from page["items"][:most]
            most -= len(page["items"])
            cursor = page.get("next")
            if cursor is None:
                return

    def close(self) -> None:
        """Let the connections go."""
        self._http.close()

    def _ask(self, method: str, path: str, *, read: Callable[[int, bytes], Any] | None = None, **arguments: Any) -> Any:
        pause = PAUSE
        for last in [*[False] * (TRIES - 1), True]:
            try:
                status, content = self._once(method, path, **arguments)
            except httpx2.TransportError as error:
                if last:
                    raise Unreachable(
                        f"No answer from {self._http.base_url}: {type(error).__name__}.",
                        "Is the server running, and SEAWALL_URL right?",
                    ) from error
            else:
                if status not in _BUSY or last:
                    return (read or _value)(status, content)
            time.sleep(pause)
            pause *= 2
        raise AssertionError("the last try returns or raises")

    def _once(self, method: str, path: str, **arguments: Any) -> tuple[int, bytes]:
        with self._http.stream(method, path, **arguments) as answer:
            content = bytearray()
            for piece in answer.iter_bytes():
                content += piece
                if len(content) > ANSWER_MAX:
                    raise Unreachable(f"The answer is over {ANSWER_MAX} bytes.")
            return answer.status_code, bytes(content)


def _text(status: int, content: bytes) -> Any:
    if status >= _ERROR:
        return _value(status, content)
    return content.decode("utf-8", "replace")


def _value(status: int, content: bytes) -> Any:
    try:
        value = json.loads(content) if content else None
    except (ValueError, RecursionError) as error:
        raise Unreachable(
            f"The answer (status {status}) is not JSON.", "Is SEAWALL_URL the address of a Seawall server?"
        ) from error
    if status < _ERROR:
        return value
    problem = value if isinstance(value, dict) else {}
    detail = str(problem.get("detail", f"The server answered with status {status}."))
    action = str(problem.get("action", ""))
    if status >= _SERVER_ERROR:
        raise Unreachable(detail, action)
    blamed = problem.get("field")
    raise Refused(detail, action, field=blamed if isinstance(blamed, str) else None, problem=problem)

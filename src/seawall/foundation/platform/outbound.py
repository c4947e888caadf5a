"""The one way to the outside: HTTP requests that cannot be turned inward.

A stranger's address (a reference, a webhook, a feed) must never make this server talk to itself, its
neighbors or its cloud's credentials. For each hop, in this order:

1. the address is parsed and its scheme, port and host are checked against the policy;
2. the host is resolved once; **every** answer must be public (``addresses.py``), or none is used;
3. the connection goes to a checked address by its number; the name is used for TLS and ``Host`` only
   and never resolved again (which is what DNS rebinding would need);
4. a redirect is a new hop: checked from 1, never from https to http, the caller's headers left behind
   when the origin changes.

Size, time and number of hops are bounded over the whole request; proxies from the environment,
cookies and compression are not used. Refusals do not say what a name resolved to, because that would
let a stranger map the inside.

    answer = fetch("https://feeds.example.org/kev.json", policy=Policy(max_bytes=50_000_000))
"""

import functools
import logging
import queue
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

import httpcore2
import httpx2

from seawall.foundation.platform.addresses import is_public
from seawall.foundation.platform.outbound_types import (
    Answer,
    OutboundFailed,
    OutboundRefused,
    OutboundTimeout,
    OutboundTooLarge,
    Policy,
    TooManyRedirects,
)

__all__ = [
    "Answer",
    "OutboundFailed",
    "OutboundRefused",
    "OutboundTimeout",
    "OutboundTooLarge",
    "Policy",
    "TooManyRedirects",
    "dial",
    "fetch",
    "resolve",
]

URL_MAX = 2048
"""Characters of an address; longer ones are refused by many servers and by us."""
ADDRESSES_MAX = 4
"""Addresses of one host that are tried."""
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_DEFAULT_PORTS = {"http": 80, "https": 443}

# httpx2 logs every address with its query, where webhooks carry their secret.
logging.getLogger("httpx2").setLevel(logging.WARNING)

Resolver = Callable[[str, int], list[str]]
"""From host and port to the addresses, as text."""
Dialer = Callable[[str, int, float], httpcore2.NetworkStream]
"""From address, port and seconds left to a connected stream."""


def resolve(host: str, port: int) -> list[str]:
    """The system's resolver: numeric hosts in any spelling that the C library takes, and names."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


def dial(address: str, port: int, timeout: float) -> httpcore2.NetworkStream:
    """A TCP connection to a numeric address."""
    return httpcore2.SyncBackend().connect_tcp(address, port, timeout=timeout)


def fetch(
    url: str,
    *,
    method: str = "GET",
    headers: Mapping[str, str] | None = None,
    content: bytes | None = None,
    policy: Policy | None = None,
    tls: ssl.SSLContext | None = None,
    resolver: Resolver = resolve,
    dialer: Dialer = dial,
) -> Answer:
    """Make one request and return the whole answer, whatever its status.

    Args:
        url: Absolute address.
        method: ``GET`` and ``HEAD`` follow redirects; others hand the redirect back.
        headers: Further headers; only the first origin sees them.
        content: Body of the request.
        policy: Limits; the default one where None.
        tls: Context with other trusted roots; the system's where None.
        resolver: How names become addresses.
        dialer: How a checked address becomes a connection.

    Raises:
        OutboundRefused: An address, of any hop, that is not allowed.
        OutboundTimeout, OutboundTooLarge, TooManyRedirects: A limit of the policy.
        OutboundFailed: No connection, no valid TLS, or no HTTP.
    """
    limits = policy or Policy()
    clock = _Clock(limits.deadline)
    context = tls or _system_roots()
    sent = {"user-agent": "seawall", "accept-encoding": "identity", **(headers or {})}
    target = _checked_url(url, limits)
    for _ in range(limits.max_redirects + 1):
        backend = _Backend(_host(target), _port(target), limits, clock, resolver, dialer)
        answer = _exchange(target, method, sent, content, limits, clock, backend, context)
        location = answer.headers.get("location")
        if answer.status not in _REDIRECTS or location is None or method not in {"GET", "HEAD"}:
            return answer
        following = _checked_url(_joined(target, location), limits)
        if target.scheme == "https" and following.scheme != "https":
            raise OutboundRefused("The answer points from https to http.", "Use an address that stays on https.")
        if (target.scheme, target.host, _port(target)) != (following.scheme, following.host, _port(following)):
            sent = {"user-agent": "seawall", "accept-encoding": "identity"}
        target = following
    raise TooManyRedirects(
        f"More than {limits.max_redirects} redirects.", "Use the address that the last one points to."
    )


@functools.cache
def _system_roots() -> ssl.SSLContext:
    # Once per process: reading the roots takes 20 ms.
    return ssl.create_default_context()


class _Clock:
    """Time left of the whole request."""

    def __init__(self, seconds: float) -> None:
        self._end = time.monotonic() + seconds

    def left(self) -> float:
        """Seconds left.

        Raises:
            OutboundTimeout: None are.
        """
        left = self._end - time.monotonic()
        if left <= 0:
            raise OutboundTimeout("The time for the whole request is over.", "Try again later.")
        return left


class _Backend(httpcore2.NetworkBackend):
    """Connects one host by its addresses, checked when this is made."""

    def __init__(self, host: str, port: int, policy: Policy, clock: _Clock, resolver: Resolver, dialer: Dialer) -> None:
        self._origin = (host, port)
        self._policy = policy
        self._clock = clock
        self._dialer = dialer
        self._addresses = _public_addresses(host, port, policy, clock, resolver)
        self.connected = ""

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ARG002 - the clock of the whole request holds instead
        local_address: str | None = None,  # noqa: ARG002 - the interface's signature
        socket_options: Iterable[httpcore2.SOCKET_OPTION] | None = None,  # noqa: ARG002
    ) -> httpcore2.NetworkStream:
        """Connect to the first checked address that answers."""
        if (host.strip("[]"), port) != self._origin:
            raise OutboundRefused("The connection was asked for another host than the one checked.")
        failure: httpcore2.NetworkError | httpcore2.TimeoutException = httpcore2.ConnectError("no address")
        for address in self._addresses:
            try:
                stream = self._dialer(address, port, self._clock.left())
            except (httpcore2.NetworkError, httpcore2.TimeoutException) as error:
                failure = error
                continue
            self.connected = address
            return _TimedStream(stream, self._clock)
        raise failure

    def connect_unix_socket(self, *_: Any, **__: Any) -> httpcore2.NetworkStream:
        """Never."""
        raise OutboundRefused("Sockets of this machine are not the outside.")


class _TimedStream(httpcore2.NetworkStream):
    """A stream whose every step ends with the whole request's time, so that a byte a minute does not keep it open."""

    def __init__(self, inner: httpcore2.NetworkStream, clock: _Clock) -> None:
        self._inner = inner
        self._clock = clock

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ARG002 - as above
        return self._inner.read(max_bytes, self._clock.left())

    def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ARG002
        connection: socket.socket = self._inner.get_extra_info("socket")
        view = memoryview(buffer)
        try:
            while view:
                connection.settimeout(self._clock.left())
                view = view[connection.send(view) :]
        except TimeoutError as error:
            raise httpcore2.WriteTimeout(str(error)) from error
        except OSError as error:
            raise httpcore2.WriteError(str(error)) from error

    def close(self) -> None:
        self._inner.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ARG002
    ) -> httpcore2.NetworkStream:
        return _TimedStream(self._inner.start_tls(ssl_context, server_hostname, self._clock.left()), self._clock)

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)


class _Transport(httpx2.BaseTransport):
    """httpx2 over one connection of the checked backend."""

    def __init__(self, backend: _Backend, context: ssl.SSLContext) -> None:
        self._pool = httpcore2.ConnectionPool(
            ssl_context=context, max_connections=1, max_keepalive_connections=0, network_backend=backend
        )

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        answer = self._pool.handle_request(
            httpcore2.Request(
                method=request.method,
                url=httpcore2.URL(
                    scheme=request.url.raw_scheme,
                    host=request.url.raw_host,
                    port=request.url.port,
                    target=request.url.raw_path,
                ),
                headers=request.headers.raw,
                content=request.read(),
            )
        )
        return httpx2.Response(answer.status, headers=answer.headers, stream=_Body(answer), request=request)

    def close(self) -> None:
        self._pool.close()


class _Body(httpx2.SyncByteStream):
    def __init__(self, answer: httpcore2.Response) -> None:
        self._answer = answer

    def __iter__(self) -> Iterator[bytes]:
        return self._answer.iter_stream()

    def close(self) -> None:
        self._answer.close()


def _exchange(
    target: httpx2.URL,
    method: str,
    headers: Mapping[str, str],
    content: bytes | None,
    policy: Policy,
    clock: _Clock,
    backend: _Backend,
    context: ssl.SSLContext,
) -> Answer:
    try:
        with (
            httpx2.Client(transport=_Transport(backend, context), trust_env=False, follow_redirects=False) as client,
            client.stream(method, target, headers=dict(headers), content=content) as response,
        ):
            return Answer(
                url=str(target),
                address=backend.connected,
                status=response.status_code,
                headers=dict(response.headers),
                content=_bounded_body(response, policy),
            )
    except (httpcore2.TimeoutException, httpx2.TimeoutException) as error:
        clock.left()
        raise OutboundTimeout("The other server took too long.", "Try again later.") from error
    except (httpcore2.NetworkError, httpcore2.ProtocolError, httpx2.HTTPError, ssl.SSLError) as error:
        clock.left()
        raise OutboundFailed(
            f"{target.host} did not answer as an HTTP server should ({type(error).__name__}).", "Try again later."
        ) from error


def _bounded_body(response: httpx2.Response, policy: Policy) -> bytes:
    if response.headers.get("content-encoding", "identity").lower() != "identity":
        # We asked for none; a small compressed body can unpack to any size.
        raise OutboundFailed("The other server sent a compressed answer.", "It must honor 'Accept-Encoding: identity'.")
    body = bytearray()
    for chunk in response.iter_raw():
        body += chunk
        if len(body) > policy.max_bytes:
            raise OutboundTooLarge(
                f"The answer is larger than {policy.max_bytes} bytes.", "Ask for a smaller one, or raise the limit."
            )
    return bytes(body)


def _public_addresses(host: str, port: int, policy: Policy, clock: _Clock, resolver: Resolver) -> list[str]:
    """The host's addresses, if there are any and all of them are public."""
    found: queue.SimpleQueue[list[str]] = queue.SimpleQueue()

    def ask() -> None:
        try:
            found.put(resolver(host, port))
        except (OSError, UnicodeError):
            found.put([])

    # The C library's resolver cannot be told to stop; its thread is left behind when time is over.
    threading.Thread(target=ask, daemon=True, name="resolve").start()
    try:
        addresses = found.get(timeout=clock.left())
    except queue.Empty as error:
        raise OutboundTimeout("The name did not resolve in time.", "Try again later.") from error
    if not addresses or not all(is_public(address, policy.permitted) for address in addresses):
        # One answer for "no such name" and "a name of the inside": the difference is a map of the inside.
        raise OutboundRefused(
            "The host has no public address.", "Use an address that anybody on the Internet can reach.", field="url"
        )
    return addresses[:ADDRESSES_MAX]


def _checked_url(url: str | httpx2.URL, policy: Policy) -> httpx2.URL:
    text = str(url)
    if len(text) > URL_MAX:
        raise OutboundRefused(f"The address is longer than {URL_MAX} characters.", field="url")
    try:
        parsed = httpx2.URL(url)
    except (httpx2.InvalidURL, ValueError, TypeError) as error:
        raise OutboundRefused("This is no address.", "Write https://host/path.", field="url") from error
    if parsed.scheme not in policy.schemes:
        raise OutboundRefused(f"Only {' and '.join(sorted(policy.schemes))} addresses are used.", field="url")
    if parsed.userinfo:
        raise OutboundRefused("An address must not carry a name or password.", "Leave out what is before the @.", "url")
    if not parsed.host or "%" in parsed.host:
        raise OutboundRefused("The address needs a host.", "Write https://host/path.", field="url")
    if _port(parsed) not in policy.ports:
        allowed = ", ".join(str(port) for port in sorted(policy.ports))
        raise OutboundRefused(f"Only port {allowed} is used.", field="url")
    return parsed


def _joined(base: httpx2.URL, location: str) -> httpx2.URL:
    try:
        return base.join(location)
    except (httpx2.InvalidURL, ValueError) as error:
        raise OutboundRefused("The answer points to something that is no address.", field="location") from error


def _host(url: httpx2.URL) -> str:
    # The form that goes over the wire: IDNA as ASCII, an IPv6 literal without brackets.
    return url.raw_host.decode("ascii").strip("[]")


def _port(url: httpx2.URL) -> int:
    return url.port if url.port is not None else _DEFAULT_PORTS.get(url.scheme, 0)

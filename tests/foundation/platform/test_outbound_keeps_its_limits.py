"""Redirects, sizes, times and TLS, against real servers on loopback that stand for the outside."""

import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpcore2
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from seawall.foundation.platform import outbound
from seawall.foundation.platform.outbound import (
    OutboundFailed,
    OutboundRefused,
    OutboundTimeout,
    OutboundTooLarge,
    Policy,
    TooManyRedirects,
    fetch,
)

OUTSIDE = "93.184.216.34"


@dataclass
class Outside:
    """A real server on loopback, reached as if it had a public address."""

    port: int
    requests: list[tuple[str, str, dict[str, str]]] = field(default_factory=list)
    names: list[str | None] = field(default_factory=list)

    def dialer(self, address: str, _port: int, timeout: float) -> httpcore2.NetworkStream:
        assert address == OUTSIDE
        return outbound.dial("127.0.0.1", self.port, timeout)

    @staticmethod
    def resolver(_host: str, _port: int) -> list[str]:
        return [OUTSIDE]

    def get(self, url: str, **options: object) -> outbound.Answer:
        options.setdefault("policy", Policy(frozenset({"http"}), frozenset({80}), max_bytes=10_000, deadline=5))
        return fetch(url, resolver=self.resolver, dialer=self.dialer, **options)


class _Handler(BaseHTTPRequestHandler):
    """Answers by path; the server carries the notes."""

    def do_GET(self) -> None:
        self.server.outside.requests.append((self.command, self.path, dict(self.headers)))
        getattr(self, f"_{self.path.split('?')[0].strip('/').replace('/', '_') or 'plain'}", self._plain)()

    do_POST = do_HEAD = do_GET  # noqa: N815 - the names that http.server calls

    def _plain(self) -> None:
        self._send(200, b"hello")

    def _send(self, status: int, body: bytes, **headers: str) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def _to(self) -> None:
        self._send(302, b"", Location=self.path.split("?", 1)[1])

    def _loop(self) -> None:
        self._send(302, b"", Location="/loop")

    def _large(self) -> None:
        self._send(200, b"x" * 20_000)

    def _gzip(self) -> None:
        self._send(200, b"\x1f\x8b", Content_Encoding="gzip")

    def _endless(self) -> None:
        self.send_response(200)
        self.end_headers()
        try:
            while True:
                self.wfile.write(b"x" * 4096)
        except OSError:
            self.close_connection = True

    def _drip(self) -> None:
        try:
            for letter in b"HTTP/1.1 200 OK\r\nX-Slow: " + b"a" * 1000:
                self.wfile.write(bytes([letter]))
                time.sleep(0.05)
        except OSError:
            self.close_connection = True

    def _garbage(self) -> None:
        self.wfile.write(b"\x00\xff not HTTP\r\n\r\n")
        self.close_connection = True

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def outside() -> Iterator[Outside]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    found = Outside(server.server_address[1])
    server.outside = found
    yield from _serving(server, found)


def _serving(server: ThreadingHTTPServer, found: Outside) -> Iterator[Outside]:
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    yield found
    server.shutdown()
    server.server_close()
    thread.join()


def test_an_answer_comes_whole_and_the_name_stays_in_the_host_header(outside: Outside) -> None:
    answer = outside.get("http://feed.example/x?q=1#fragment")
    assert (answer.status, answer.content, answer.address) == (200, b"hello", OUTSIDE)
    [(_, path, headers)] = outside.requests
    assert path == "/x?q=1"
    assert headers["Host"] == "feed.example"
    assert headers["accept-encoding"] == "identity"


def test_an_error_status_is_an_answer(outside: Outside) -> None:
    assert outside.get("http://feed.example/", method="HEAD").content == b""


REDIRECTS = [
    ("to loopback", "http://127.0.0.1/"),
    ("to metadata", "http://169.254.169.254/latest/meta-data/"),
    ("to mapped loopback", "http://[::ffff:127.0.0.1]/"),
    ("to a number", "http://2130706433/"),
    ("to another scheme", "file:///etc/passwd"),
    ("to another port", "http://feed.example:22/"),
    ("to credentials", "http://user@feed.example/"),
    ("to nonsense", "http://[::1"),
    ("without a scheme", "//127.0.0.1/"),
]


@pytest.mark.parametrize("location", [row[1] for row in REDIRECTS], ids=[row[0] for row in REDIRECTS])
def test_each_hop_is_checked_again(outside: Outside, location: str) -> None:
    def resolver(host: str, port: int) -> list[str]:
        return [OUTSIDE] if host == "feed.example" else outbound.resolve(host, port)

    policy = Policy(frozenset({"http"}), frozenset({80}), deadline=5)
    with pytest.raises(OutboundRefused):
        fetch(f"http://feed.example/to?{location}", policy=policy, resolver=resolver, dialer=outside.dialer)
    assert len(outside.requests) == 1


def test_a_name_that_rebinds_between_hops_is_refused(outside: Outside) -> None:
    answers = iter([[OUTSIDE], ["127.0.0.1"]])
    with pytest.raises(OutboundRefused):
        fetch(
            "http://feed.example/to?/plain",
            policy=Policy(frozenset({"http"}), frozenset({80})),
            resolver=lambda _host, _port: next(answers),
            dialer=outside.dialer,
        )
    assert len(outside.requests) == 1


def test_relative_redirects_are_followed_and_keep_the_headers(outside: Outside) -> None:
    answer = outside.get("http://feed.example/to?/plain", headers={"Authorization": "Bearer x"})
    assert (answer.url, answer.content) == ("http://feed.example/plain", b"hello")
    assert [headers.get("Authorization") for _, _, headers in outside.requests] == ["Bearer x", "Bearer x"]


def test_another_origin_does_not_see_the_caller_s_headers(outside: Outside) -> None:
    outside.get("http://feed.example/to?http://other.example/plain", headers={"Authorization": "Bearer x"})
    assert [headers.get("Authorization") for _, _, headers in outside.requests] == ["Bearer x", None]
    assert [headers["Host"] for _, _, headers in outside.requests] == ["feed.example", "other.example"]


def test_a_write_is_never_redirected(outside: Outside) -> None:
    answer = outside.get("http://feed.example/to?/plain", method="POST", content=b"{}")
    assert answer.status == 302
    assert len(outside.requests) == 1


def test_redirects_end(outside: Outside) -> None:
    with pytest.raises(TooManyRedirects):
        outside.get("http://feed.example/loop")
    assert len(outside.requests) == 4


@pytest.mark.parametrize("path", ["large", "endless"])
def test_a_large_answer_is_cut_off(outside: Outside, path: str) -> None:
    with pytest.raises(OutboundTooLarge):
        outside.get(f"http://feed.example/{path}")


def test_a_compressed_answer_is_refused(outside: Outside) -> None:
    with pytest.raises(OutboundFailed, match="compressed"):
        outside.get("http://feed.example/gzip")


def test_a_byte_now_and_then_does_not_hold_the_line(outside: Outside) -> None:
    started = time.monotonic()
    with pytest.raises(OutboundTimeout):
        outside.get("http://feed.example/drip", policy=Policy(frozenset({"http"}), frozenset({80}), deadline=0.5))
    assert time.monotonic() - started < 20  # the server goes on for much longer


def test_a_server_that_never_answers_is_given_up(outside: Outside) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        outside.port = silent.getsockname()[1]
        for scheme, port in (("http", 80), ("https", 443)):
            started = time.monotonic()
            with pytest.raises(OutboundTimeout):
                outside.get(
                    f"{scheme}://feed.example/",
                    policy=Policy(frozenset({scheme}), frozenset({port}), deadline=0.3),
                )
            assert time.monotonic() - started < 20  # the server goes on for much longer


def test_a_server_that_never_reads_is_given_up(outside: Outside) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        outside.port = silent.getsockname()[1]
        with pytest.raises(OutboundTimeout):
            outside.get(
                "http://feed.example/",
                method="POST",
                content=b"x" * 20_000_000,
                policy=Policy(frozenset({"http"}), frozenset({80}), deadline=0.5),
            )


def test_a_resolver_that_hangs_is_given_up() -> None:
    release = threading.Event()

    def resolver(_host: str, _port: int) -> list[str]:
        release.wait(10)
        return []

    with pytest.raises(OutboundTimeout):
        fetch("https://feed.example/", resolver=resolver, policy=Policy(deadline=0.2))
    release.set()


def test_what_is_not_http_is_a_failure(outside: Outside) -> None:
    with pytest.raises(OutboundFailed):
        outside.get("http://feed.example/garbage")


def test_a_closed_port_is_a_failure(outside: Outside) -> None:
    with socket.create_server(("127.0.0.1", 0)) as gone:
        outside.port = gone.getsockname()[1]
    with pytest.raises(OutboundFailed):
        outside.get("http://feed.example/")


def test_the_environment_s_proxy_is_not_used(outside: Outside, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:9")
    assert outside.get("http://feed.example/").status == 200


@pytest.fixture
def tls_outside(tmp_path: Path) -> Iterator[tuple[Outside, ssl.SSLContext]]:
    """A TLS server with a certificate for feed.example, and a context that trusts it."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "feed.example")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("feed.example")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    (tmp_path / "cert.pem").write_bytes(certificate.public_bytes(Encoding.PEM))
    (tmp_path / "key.pem").write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    server_context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server_context.load_cert_chain(tmp_path / "cert.pem", tmp_path / "key.pem")
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    found = Outside(server.server_address[1])
    server_context.sni_callback = lambda _socket, asked, _context: found.names.append(asked)
    server.socket = server_context.wrap_socket(server.socket, server_side=True)
    server.outside = found
    server.handle_error = lambda *_: None
    trusting = ssl.create_default_context(cafile=str(tmp_path / "cert.pem"))
    for outside in _serving(server, found):
        yield outside, trusting


HTTPS = Policy(max_bytes=10_000, deadline=5)


def test_tls_is_spoken_to_the_name_over_the_checked_address(tls_outside: tuple[Outside, ssl.SSLContext]) -> None:
    outside, trusting = tls_outside
    answer = outside.get("https://feed.example/x", policy=HTTPS, tls=trusting)
    assert (answer.content, answer.address) == (b"hello", OUTSIDE)
    assert outside.names == ["feed.example"]
    assert outside.requests[0][2]["Host"] == "feed.example"


@pytest.mark.parametrize(
    ("url", "trust"),
    [("https://other.example/", True), ("https://feed.example/", False)],
    ids=["other name", "no trust"],
)
def test_a_certificate_that_does_not_fit_is_a_failure(
    tls_outside: tuple[Outside, ssl.SSLContext], url: str, trust: bool
) -> None:
    outside, trusting = tls_outside
    with pytest.raises(OutboundFailed):
        outside.get(url, policy=HTTPS, tls=trusting if trust else None)
    assert outside.requests == []


def test_https_never_falls_back_to_http(tls_outside: tuple[Outside, ssl.SSLContext]) -> None:
    outside, trusting = tls_outside
    both = Policy(frozenset({"http", "https"}), frozenset({80, 443}), deadline=5)
    with pytest.raises(OutboundRefused, match="https to http"):
        outside.get("https://feed.example/to?http://feed.example/plain", policy=both, tls=trusting)
    assert len(outside.requests) == 1


@pytest.mark.parametrize("build", [lambda: b"x", lambda: None])
def test_headers_cannot_smuggle_lines(outside: Outside, build: Callable[[], bytes | None]) -> None:
    with pytest.raises(OutboundFailed):
        outside.get("http://feed.example/", headers={"X-A": "b\r\nX-Evil: 1"}, content=build())
    assert outside.requests == []

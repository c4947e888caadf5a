"""The limit on bodies, at the WSGI door: nothing over it is read, however it comes."""

import http.client
import io
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from seawall.doors.bounds import BoundedBodies

LIMIT = 1000


class Endless(io.RawIOBase):
    """A body that never ends, and knows how much was read of it."""

    def __init__(self) -> None:
        self.read_bytes = 0

    def read(self, size: int = -1) -> bytes:
        assert size >= 0, "the whole of an endless body was asked for"
        self.read_bytes += size
        return b"x" * size


def ask(**environ: Any) -> tuple[str, dict[str, str], bytes]:
    """Status, headers and body; the application behind the bounds echoes what it can read."""
    said: list[Any] = []

    def echo(environ: dict[str, Any], start: Any) -> Iterable[bytes]:
        start("200 OK", [("Content-Type", "text/plain")])
        return [environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))]

    body = b"".join(BoundedBodies(echo, LIMIT)(environ, lambda status, headers: said.append((status, dict(headers)))))
    return said[0][0], said[0][1], body


def test_a_body_at_the_limit_passes() -> None:
    status, _, body = ask(CONTENT_LENGTH=str(LIMIT), **{"wsgi.input": io.BytesIO(b"y" * LIMIT)})
    assert (status, len(body)) == ("200 OK", LIMIT)


@pytest.mark.parametrize("length", [LIMIT + 1, 20 * 2**20, 10**30])
def test_a_length_over_the_limit_is_refused_before_a_byte_is_read(length: int) -> None:
    stream = Endless()
    status, headers, body = ask(CONTENT_LENGTH=str(length), **{"wsgi.input": stream})
    assert (status, headers["Content-Type"]) == ("413 Content Too Large", "application/problem+json")
    assert json.loads(body)["code"] == "too-large"
    assert stream.read_bytes == 0


def test_a_chunked_body_is_read_to_the_limit_and_no_further() -> None:
    stream = Endless()
    status, _, _ = ask(HTTP_TRANSFER_ENCODING="chunked", **{"wsgi.input": stream})
    assert status == "413 Content Too Large"
    assert stream.read_bytes <= LIMIT + 64 * 1024


def test_a_small_chunked_body_arrives_whole() -> None:
    status, _, body = ask(HTTP_TRANSFER_ENCODING="Chunked", **{"wsgi.input": io.BytesIO(b"z" * 700)})
    assert (status, body) == ("200 OK", b"z" * 700)


@pytest.mark.parametrize("length", ["-1", "1e3", "+5", "٣", "0x10", " 7"])
def test_a_length_that_is_no_number_is_refused(length: str) -> None:
    status, _, body = ask(CONTENT_LENGTH=length, **{"wsgi.input": Endless()})
    assert status == "400 Bad Request"
    assert json.loads(body)["code"] == "bad-input"


def test_without_a_body_nothing_is_asked() -> None:
    assert ask(**{"wsgi.input": Endless()})[0] == "200 OK"


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """A server as ``seawall up`` starts it, with an empty database of its own."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        free = int(probe.getsockname()[1])
    folder: Path = tmp_path_factory.mktemp("server")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("SEAWALL_", "DJANGO_"))}
    with (folder / "server.log").open("wb") as log:
        server = subprocess.Popen(
            [sys.executable, "-m", "seawall", "up", "--port", str(free)],
            env=kept | {"SEAWALL_DATA_DIR": str(folder)}, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
        )  # fmt: skip
    try:
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            with suppress(OSError), socket.create_connection(("127.0.0.1", free), timeout=1):
                break
            assert server.poll() is None, (folder / "server.log").read_text()
            time.sleep(0.1)
        yield free
    finally:
        server.terminate()
        try:
            server.wait(60)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()


def send(port: int, pieces: int, *, chunked: bool) -> tuple[int, dict[str, Any]]:
    """Status and problem document for a body of so many MiB."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    connection.putrequest("POST", "/api/v1/reports")
    connection.putheader("Content-Type", "application/json")
    connection.putheader("Transfer-Encoding", "chunked") if chunked else connection.putheader(
        "Content-Length", str(pieces * 2**20)
    )
    connection.endheaders()
    piece = b"x" * 2**20
    # The server may answer and hang up before it has everything, which is the point.
    with suppress(BrokenPipeError, ConnectionResetError):
        for _ in range(pieces):
            connection.send(b"100000\r\n" + piece + b"\r\n" if chunked else piece)
        if chunked:
            connection.send(b"0\r\n\r\n")
    answer = connection.getresponse()
    body = answer.read()
    connection.close()
    assert answer.headers["Content-Type"] == "application/problem+json", body
    return answer.status, json.loads(body)


@pytest.mark.parametrize("chunked", [False, True], ids=["with its length", "in chunks"])
def test_twenty_mebibytes_are_refused_by_the_real_server_and_it_goes_on(port: int, *, chunked: bool) -> None:
    status, problem = send(port, 20, chunked=chunked)
    assert (status, problem["code"]) == (413, "too-large")
    assert "16777216" in problem["detail"]
    assert problem["action"]
    # Below the limit it is read, and refused for what it lacks: a credential.
    assert send(port, 1, chunked=chunked)[1]["code"] == "unauthenticated"

"""The limit on bodies, at the WSGI door: nothing over it is read, however it comes."""

import io
import json
from collections.abc import Iterable
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

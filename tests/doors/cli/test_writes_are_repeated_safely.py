"""The client against a server that breaks off, is busy, or is not ours: an in-memory other side."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx2
import pytest

from seawall.doors.cli import client
from seawall.doors.cli.client import Client, Refused, Unreachable
from seawall.foundation.platform.errors import BadInput, Unauthenticated

Reply = Callable[[httpx2.Request], httpx2.Response]
URL = "http://127.0.0.1:1"


@pytest.fixture(autouse=True)
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "PAUSE", 0.0)


def talking_to(*replies: Reply) -> tuple[Client, list[httpx2.Request]]:
    seen: list[httpx2.Request] = []
    script: Iterator[Reply] = iter(replies)

    def answer(request: httpx2.Request) -> httpx2.Response:
        request.read()
        seen.append(request)
        return next(script)(request)

    return Client(URL, "token", transport=httpx2.MockTransport(answer)), seen


def breaks(request: httpx2.Request) -> httpx2.Response:
    raise httpx2.ReadError("connection reset", request=request)


def says(status: int, body: object) -> Reply:
    return lambda _: httpx2.Response(status, content=json.dumps(body).encode())


def test_a_write_is_repeated_under_one_key_until_it_is_answered() -> None:
    api, seen = talking_to(breaks, says(503, {}), says(201, {"outcome": "granted"}))
    assert api.post("/leases", {"target": "pkg:pypi/a"}) == {"outcome": "granted"}
    assert len({request.headers["Idempotency-Key"] for request in seen}) == 1
    assert len({request.content for request in seen}) == 1


def test_an_upload_is_repeated_with_the_same_bytes() -> None:
    api, seen = talking_to(breaks, says(202, {"reports": []}))
    api.upload("/reports", {"format": "seawall"}, {"report": ("r.json", b"{}")})
    assert all(b'name="report"; filename="r.json"' in request.content for request in seen)
    assert len({request.headers["Idempotency-Key"] for request in seen}) == 1


def test_two_writes_have_two_keys() -> None:
    api, seen = talking_to(says(200, {}), says(200, {}))
    api.post("/leases")
    api.post("/leases")
    assert len({request.headers["Idempotency-Key"] for request in seen}) == 2


def test_it_gives_up_in_the_end() -> None:
    api, seen = talking_to(*[breaks] * 10)
    with pytest.raises(Unreachable):
        api.get("/me")
    assert len(seen) == client.TRIES


def test_a_refusal_is_not_repeated_and_keeps_its_problem() -> None:
    problem = {
        "code": "conflict",
        "detail": "no",
        "action": "ask anew",
        "field": "fence",
        "allowed_next": ["request_lease"],
    }
    api, seen = talking_to(says(409, problem))
    with pytest.raises(Refused) as refusal:
        api.post("/leases/x/renew")
    assert (refusal.value.remote_code, refusal.value.field, refusal.value.problem) == ("conflict", "fence", problem)
    assert len(seen) == 1


@pytest.mark.parametrize("content", [b"<html>", b"", b"[" * 100_000, b"\xff"])
def test_what_is_not_our_server_is_said_to_be_so(content: bytes) -> None:
    api, _ = talking_to(lambda _: httpx2.Response(502 if not content else 404, content=content), *[says(502, None)] * 9)
    with pytest.raises((Unreachable, Refused)):
        api.get("/me")


def test_an_endless_answer_is_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "ANSWER_MAX", 1000)
    api, _ = talking_to(lambda _: httpx2.Response(200, content=b'"' + b"x" * 2000 + b'"'))
    with pytest.raises(Unreachable):
        api.get("/me")


def test_a_redirect_is_not_followed_so_the_token_goes_nowhere_else() -> None:
    api, seen = talking_to(lambda _: httpx2.Response(302, headers={"Location": "https://evil.example/"}, content=b"{}"))
    api.get("/me")
    assert [request.url.host for request in seen] == ["127.0.0.1"]


def test_pages_are_read_to_the_limit() -> None:
    api, seen = talking_to(
        says(200, {"items": [{"n": 1}, {"n": 2}], "next": "c"}), says(200, {"items": [{"n": 3}, {"n": 4}], "next": "d"})
    )
    assert [item["n"] for item in api.pages("/reports", most=3)] == [1, 2, 3]
    assert seen[1].url.params["cursor"] == "c"


@pytest.mark.parametrize("token", ["", "with space\n", "tökén"])
def test_what_cannot_be_a_token_is_refused_here(token: str) -> None:
    with pytest.raises(Unauthenticated):
        Client(URL, token)


@pytest.mark.parametrize("url", ["http://seawall.example", "https://", "http://[::1", "//x", ""])
def test_an_address_that_would_show_the_token_is_refused(url: str) -> None:
    with pytest.raises(BadInput):
        Client(url, "token")


@pytest.mark.parametrize(
    "url", ["https://seawall.example", "http://127.0.0.1:8440", "http://[::1]:1", "http://localhost"]
)
def test_safe_addresses_are_taken(url: str) -> None:
    Client(url, "token").close()


def test_a_token_may_lie_in_a_file(tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text("seawall_x\n")
    Client.from_environment({"SEAWALL_TOKEN_FILE": str(file)}).close()
    with pytest.raises(Unauthenticated):
        Client.from_environment({"SEAWALL_TOKEN_FILE": str(tmp_path)})
    with pytest.raises(Unauthenticated):
        Client.from_environment({})

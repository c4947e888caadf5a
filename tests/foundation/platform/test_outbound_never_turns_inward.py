"""Every address that is not public, in every spelling, gets no connection; nor does a name that changes its mind."""

import itertools
import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import IPv4Address, IPv6Address, ip_address

import httpcore2
import pytest

from seawall.foundation.platform import outbound
from seawall.foundation.platform.addresses import is_public
from seawall.foundation.platform.outbound import OutboundFailed, OutboundRefused, Policy, fetch

# Written from the registries' own words, apart from the table in the code.
NOT_PUBLIC = [
    ("0.0.0.0", "this host"),  # noqa: S104 - an address under test, nothing binds to it
    ("0.255.255.255", "end of this network"),
    ("10.0.0.1", "private"),
    ("10.255.255.255", "end of private"),
    ("100.64.0.1", "carrier"),
    ("100.127.255.254", "end of carrier"),
    ("127.0.0.1", "loopback"),
    ("127.255.255.254", "end of loopback"),
    ("169.254.169.254", "cloud metadata"),
    ("169.254.0.1", "link-local"),
    ("172.16.0.1", "private"),
    ("172.31.255.254", "end of private"),
    ("192.0.0.8", "IPv4 dummy address"),
    ("192.0.0.170", "NAT64 discovery"),
    ("192.0.2.1", "TEST-NET-1"),
    ("192.31.196.1", "AS112"),
    ("192.52.193.1", "AMT"),
    ("192.88.99.1", "6to4 relay"),
    ("192.168.1.1", "private"),
    ("192.175.48.1", "AS112"),
    ("198.18.0.1", "benchmarking"),
    ("198.19.255.255", "end of benchmarking"),
    ("198.51.100.7", "TEST-NET-2"),
    ("203.0.113.7", "TEST-NET-3"),
    ("224.0.0.1", "multicast"),
    ("239.255.255.250", "SSDP"),
    ("240.0.0.1", "reserved"),
    ("255.255.255.255", "broadcast"),
    ("::", "unspecified"),
    ("::1", "loopback"),
    ("::7f00:1", "IPv4-compatible loopback"),
    ("::ffff:169.254.169.254", "mapped metadata"),
    ("::ffff:8.8.8.8", "mapped public"),
    ("64:ff9b::a9fe:a9fe", "NAT64 metadata"),
    ("64:ff9b:1::1", "local NAT64"),
    ("100::1", "discard"),
    ("100:0:0:1::1", "dummy prefix"),
    ("2001::1", "Teredo"),
    ("2001:0:7f00:1::", "Teredo with loopback inside"),
    ("2001:2::1", "benchmarking"),
    ("2001:10::1", "ORCHID"),
    ("2001:20::1", "ORCHIDv2"),
    ("2001:db8::1", "documentation"),
    ("2002:7f00:1::", "6to4 loopback"),
    ("2002:a9fe:a9fe::1", "6to4 metadata"),
    ("2620:4f:8000::1", "AS112"),
    ("3fff::1", "documentation"),
    ("5f00::1", "SRv6"),
    ("fc00::1", "unique local"),
    ("fd00:ec2::254", "cloud metadata"),
    ("fe80::1", "link-local"),
    ("fec0::1", "site-local"),
    ("ff02::1", "multicast"),
]
PUBLIC = [
    "1.1.1.1",
    "8.8.8.8",
    "9.255.255.255",
    "11.0.0.0",
    "100.63.255.255",
    "100.128.0.0",
    "126.255.255.255",
    "128.0.0.0",
    "169.253.255.255",
    "172.15.255.255",
    "172.32.0.0",
    "192.0.1.0",
    "198.17.255.255",
    "198.20.0.0",
    "223.255.255.255",
    "2001:200::1",
    "2001:4860:4860::8888",
    "2003::1",
    "2606:4700:4700::1111",
    "2a00:1450:4001::1",
]


def _spellings(text: str) -> Iterator[str]:
    """As a host of a URL; some are refused by the parser, which is as good."""
    address = ip_address(text)
    if isinstance(address, IPv4Address):
        number, parts = int(address), [int(part) for part in text.split(".")]
        yield text
        yield str(number)
        yield hex(number)
        yield ".".join(f"0{part:o}" for part in parts)
        yield ".".join(hex(part) for part in parts)
        yield f"{parts[0]}.{number & 0xFFFFFF}"
        yield f"{text}."
        yield text.translate(str.maketrans("0123456789.", "０１２３４５６７８９。"))
        yield f"[::ffff:{text}]"
        yield f"[::{text}]"
        yield f"[64:ff9b::{text}]"
        yield f"[{IPv6Address((0x2002 << 112) | (number << 80))}]"
        yield f"[{IPv6Address((0x20010000 << 96) | (number ^ 0xFFFFFFFF))}]"
    else:
        yield f"[{address}]"
        yield f"[{address.exploded}]"
        yield f"[{address.exploded.upper()}]"
        yield "[" + ":".join(part.lstrip("0") or "0" for part in address.exploded.split(":")) + "]"
        low = IPv4Address(int(address) & 0xFFFFFFFF)
        high = ":".join(address.exploded.split(":")[:6])
        yield f"[{high}:{low}]"
        yield f"[{address}%25lo]"


def _numeric(host: str, port: int) -> list[str]:
    """The C library's reading of numbers, without asking a name server about those that are none."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_NUMERICHOST)
    return [str(entry[4][0]) for entry in found]


class _Dialed:
    """Stands where the connection would be made, and remembers."""

    def __init__(self) -> None:
        self.addresses: list[str] = []

    def __call__(self, address: str, port: int, timeout: float) -> httpcore2.NetworkStream:
        assert port
        assert timeout > 0
        self.addresses.append(address)
        raise httpcore2.ConnectError("not in a test")


ANY_PORT = Policy(schemes=frozenset({"http", "https"}), ports=frozenset(range(65536)), deadline=5)


@pytest.mark.parametrize("text", [row[0] for row in NOT_PUBLIC], ids=[f"{row[0]} {row[1]}" for row in NOT_PUBLIC])
def test_no_spelling_of_a_non_public_address_is_dialed(text: str) -> None:
    spellings = list(_spellings(text))
    assert len(spellings) >= 6
    for spelling, scheme in itertools.product(spellings, ("http", "https")):
        dialed = _Dialed()
        with pytest.raises(OutboundRefused):
            fetch(f"{scheme}://{spelling}/", policy=ANY_PORT, dialer=dialed, resolver=_numeric)
        assert dialed.addresses == [], spelling


@pytest.mark.parametrize("text", [row[0] for row in NOT_PUBLIC])
def test_no_name_leads_to_a_non_public_address(text: str) -> None:
    for answers in ([text], ["8.8.8.8", text], [text, "8.8.8.8"]):
        dialed = _Dialed()
        with pytest.raises(OutboundRefused):
            fetch("https://name.example/", dialer=dialed, resolver=lambda _host, _port, found=answers: found)
        assert dialed.addresses == []


def test_the_spellings_are_read_as_the_address_they_spell() -> None:
    read = {spelling: _read(spelling) for spelling in _spellings("127.0.0.1")}
    assert [answer for answer in read.values() if answer == ["127.0.0.1"]] == [["127.0.0.1"]] * 7
    assert sum(answer is not None for answer in read.values()) == 12


def _read(spelling: str) -> list[str] | None:
    try:
        return _numeric(spelling.strip("[]"), 80)
    except OSError:
        return None


@pytest.mark.parametrize("text", PUBLIC)
def test_public_addresses_are_dialed_as_they_were_checked(text: str) -> None:
    dialed = _Dialed()
    with pytest.raises(OutboundFailed):
        fetch("https://name.example/", dialer=dialed, resolver=lambda _host, _port: [text])
    assert dialed.addresses == [text]


@pytest.mark.parametrize(
    "answer", ["", "localhost", "127.0.0.1 ", "8.8.8.8/32", "fe80::1%eth0", "2606:4700::1%eth0", "x" * 1000]
)
def test_what_is_no_plain_address_is_not_public(answer: str) -> None:
    assert not is_public(answer)


class _Canary(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.server.hits += 1
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def canary() -> Iterator[ThreadingHTTPServer]:
    """A real server inside, which must never be reached."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Canary)
    server.hits = 0
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


def test_the_real_way_in_is_closed(canary: ThreadingHTTPServer) -> None:
    port = canary.server_address[1]
    for host in (
        "127.0.0.1",
        "localhost",
        "[::1]",
        "0x7f000001",
        "2130706433",
        "127.1",
        "0.0.0.0",  # noqa: S104 - nothing binds to it
        "[::ffff:127.0.0.1]",
    ):
        with pytest.raises(OutboundRefused):
            fetch(f"http://{host}:{port}/", policy=ANY_PORT)
    assert canary.hits == 0


def test_the_canary_can_be_reached_where_the_operator_permits_it(canary: ThreadingHTTPServer) -> None:
    from ipaddress import ip_network  # noqa: PLC0415 - the one test that needs it

    policy = Policy(ANY_PORT.schemes, ANY_PORT.ports, permitted=(ip_network("127.0.0.1/32"),))
    assert fetch(f"http://127.0.0.1:{canary.server_address[1]}/", policy=policy).status == 200
    assert canary.hits == 1


def test_a_thousand_rebinding_names_reach_nothing_inside(canary: ThreadingHTTPServer) -> None:
    port = canary.server_address[1]
    reached: list[str] = []

    def dialer(address: str, at: int, timeout: float) -> httpcore2.NetworkStream:
        # The public address stands for somebody outside who does not answer; anything else is really dialed.
        reached.append(address)
        if address == "93.184.216.34":
            raise httpcore2.ConnectError("outside")
        return outbound.dial(address, at, timeout)

    for number in range(1000):
        # Each resolver changes its answer after a different number of questions, or mixes both at once.
        turns = itertools.chain([["93.184.216.34"]] * (number % 3), itertools.repeat(["127.0.0.1"]))
        if number % 5 == 0:
            turns = itertools.repeat(["93.184.216.34", "127.0.0.1"])
        with pytest.raises((OutboundRefused, OutboundFailed)):
            fetch(
                f"http://name{number}.example:{port}/",
                policy=ANY_PORT,
                resolver=lambda _host, _port, turns=turns: next(turns),
                dialer=dialer,
            )
    assert canary.hits == 0
    assert set(reached) == {"93.184.216.34"}


def test_a_name_is_asked_for_once_per_hop() -> None:
    asked: list[tuple[str, int]] = []

    def resolver(host: str, port: int) -> list[str]:
        asked.append((host, port))
        return ["93.184.216.34", "93.184.216.35"]

    dialed = _Dialed()
    with pytest.raises(OutboundFailed):
        fetch("https://bücher.example/", resolver=resolver, dialer=dialed)
    assert asked == [("xn--bcher-kva.example", 443)]
    assert dialed.addresses == ["93.184.216.34", "93.184.216.35"]


def test_absent_names_and_inside_names_are_refused_alike() -> None:
    def absent(_host: str, _port: int) -> list[str]:
        raise OSError("no such name")

    refusals = []
    for resolver in (absent, lambda _host, _port: ["10.0.0.1"], lambda _host, _port: []):
        with pytest.raises(OutboundRefused) as refusal:
            fetch("https://name.example/", resolver=resolver)
        refusals.append((str(refusal.value), refusal.value.field))
    assert len(set(refusals)) == 1


REFUSED_URLS = [
    ("http by default", "http://name.example/"),
    ("another scheme", "ftp://name.example/"),
    ("file", "file:///etc/passwd"),
    ("gopher", "gopher://name.example:443/"),
    ("no scheme", "//name.example/"),
    ("no host", "https:///path"),
    ("nothing", ""),
    ("another port", "https://name.example:8443/"),
    ("port 0", "https://name.example:0/"),
    ("no port number", "https://name.example:x/"),
    ("credentials", "https://user:password@name.example/"),
    ("a name before @", "https://8.8.8.8@name.example/"),
    ("line feed", "https://name.example/\r\nHost: inside"),
    ("NUL", "https://name.example/\x00"),
    ("blank in host", "https://name .example/"),
    ("lone surrogate", "https://name.example/\ud800"),
    ("zone", "https://[fe80::1%25eth0]/"),
    ("too long", "https://name.example/" + "a" * 2100),
    ("empty label", "https://name..example/"),
    ("label too long", "https://" + "a" * 64 + ".example/"),
]


@pytest.mark.parametrize("url", [row[1] for row in REFUSED_URLS], ids=[row[0] for row in REFUSED_URLS])
def test_addresses_outside_the_policy_are_refused_before_anything_is_resolved_or_dialed(url: str) -> None:
    dialed = _Dialed()
    asked: list[str] = []

    def resolver(host: str, _port: int) -> list[str]:
        asked.append(host)
        raise UnicodeError("label")

    with pytest.raises(OutboundRefused):
        fetch(url, dialer=dialed, resolver=resolver)
    assert dialed.addresses == []

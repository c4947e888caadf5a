"""Addresses, names, and where a scan finds room. Pure; time is passed in.

A window is *placed*: the first start, from the earliest wanted time on, at which the whole scan lies in the hours that the
operator welcomes, in no blackout, and at every moment leaves room for its rate and for itself among the others. So
bookings that would overlap are spread.
"""

import ipaddress
import re
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, time, timedelta

from seawall.clearinghouse.deconfliction.networks.types import Limits, Load, Span
from seawall.foundation.platform.errors import BadInput

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
Address = ipaddress.IPv4Address | ipaddress.IPv6Address

HEARTBEAT_SECONDS = 60
"""A running scan asks at least this often whether it may go on; so long a stop takes to reach it."""
MISSED_MAX = 3
"""Heartbeats that may be missed before the scan is no longer called ours."""
HORIZON = timedelta(days=31)
"""How far ahead a window can be booked."""
HOURS_MAX = 72
BOOKINGS_PER_NETWORK = 10
"""Windows that one scanner may hold ahead on a network."""
BOOKINGS_PER_ORGANIZATION = 100
SOURCES_MAX = 32
TARGETS_MAX = 64
WEEKLY_MAX = 50
BLACKOUTS_MAX = 200
RATE_MAX = 1_000_000
SMALLEST_PREFIX = {4: 16, 6: 32}
"""Nobody registers more than that in one piece; larger networks come in several."""
SOURCE_PREFIX = {4: 24, 6: 48}
"""Widest source of a scan: an address range that the scanner alone uses."""
GRACE = timedelta(seconds=HEARTBEAT_SECONDS * MISSED_MAX)

_NAME = re.compile(r"^(?:\*\.)?(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]$")


def normalize_value(text: str) -> str:
    """A network (``192.0.2.0/24``) or name (``www.example.org``, ``*.example.org``) in one spelling.

    Raises:
        BadInput: Neither, or too much of the Internet.
    """
    value = text.strip().lower().rstrip(".")
    if re.fullmatch(r"[0-9a-f:.]+(?:/\d{1,3})?", value) and (":" in value or re.search(r"\d$", value)):
        try:
            network = ipaddress.ip_network(value)
        except ValueError as error:
            raise BadInput(f"{text[:60]!r} is no network: {error}.", "Write 192.0.2.0/24.", field="value") from error
        if network.prefixlen < SMALLEST_PREFIX[network.version]:
            raise BadInput(
                f"{network} is larger than /{SMALLEST_PREFIX[network.version]}.", "Register its parts.", field="value"
            )
        return str(network)
    try:
        value = ("*." if value.startswith("*.") else "") + value.removeprefix("*.").encode("idna").decode("ascii")
    except ValueError:
        value = ""
    if len(value) > 253 or not _NAME.match(value):  # noqa: PLR2004 - the DNS's own limit
        raise BadInput(
            f"{text[:60]!r} is neither a network nor a name.", "Write 192.0.2.0/24 or *.example.org.", "value"
        )
    return value


def covers(outer: str, inner: str) -> bool:
    """Whether a registered network or name covers another (both normalized); ``*.x`` covers x and all below it."""
    one, other = as_network(outer), as_network(inner)
    if one is None or other is None:
        if one is not other:
            return False
        base = outer.removeprefix("*.")
        plain = inner.removeprefix("*.")
        return outer == inner or (outer.startswith("*.") and (plain == base or plain.endswith(f".{base}")))
    return one.version == other.version and other.subnet_of(one)  # type: ignore[arg-type]  # the versions are equal


def as_network(value: str) -> Network | None:
    """The network, or None for a name."""
    try:
        return ipaddress.ip_network(value)
    except ValueError:
        return None


def read_source(text: str) -> Network:
    """Where a scan comes from.

    Raises:
        BadInput: No network, or wider than one scanner uses.
    """
    try:
        network = ipaddress.ip_network(text.strip())
    except ValueError as error:
        raise BadInput(f"{text[:60]!r} is no address or network.", "Write 198.51.100.7.", field="sources") from error
    if network.prefixlen < SOURCE_PREFIX[network.version]:
        raise BadInput(
            f"A source is at most a /{SOURCE_PREFIX[network.version]}: {network} is too wide.",
            "Name the addresses that you scan from.",
            field="sources",
        )
    return network


def read_address(text: str) -> Address:
    """A single address; one of IPv4 that is written as IPv6 is the same.

    Raises:
        BadInput: None.
    """
    try:
        address = ipaddress.ip_address(text.strip())
    except ValueError as error:
        raise BadInput(f"{text[:60]!r} is no address.", "Write 198.51.100.7.", field="source") from error
    return address.ipv4_mapped or address if isinstance(address, ipaddress.IPv6Address) else address


def enclosing(address: Address) -> list[str]:
    """Every source network that could hold the address, as they are stored."""
    return [
        str(ipaddress.ip_network((address, prefix), strict=False))
        for prefix in range(SOURCE_PREFIX[address.version], address.max_prefixlen + 1)
    ]


def challenge_name(value: str) -> str | None:
    """Where in the DNS the challenge has to be; None where the coordinator has to vouch."""
    network = as_network(value)
    if network is None:
        return f"_seawall.{value.removeprefix('*.')}"
    step = 8 if network.version == 4 else 4  # noqa: PLR2004 - an octet or a nibble is a label
    if network.prefixlen % step:
        return None
    labels = network.network_address.reverse_pointer.split(".")
    drop = (network.max_prefixlen - network.prefixlen) // step
    return "_seawall." + ".".join(labels[drop:])


def place(limits: Limits, others: Sequence[Load], *, length: timedelta, rate: int, wanted: Span) -> datetime | None:
    """The first start at which a scan has room, or None where it has none before ``wanted.end``.

    Args:
        limits: What the operator allows.
        others: Scans that have their window already.
        length: Of the scan.
        rate: Requests a second.
        wanted: The earliest start, and the latest end.
    """
    if rate > limits.rate_max or wanted.begin + length > wanted.end:
        return None
    welcome = _welcome(limits, wanted)
    busy = [load for load in others if load.span.begin < wanted.end and wanted.begin < load.span.end]
    steps = _steps(busy)
    times = [at for at, _, _ in steps]
    starts = {wanted.begin, *(span.begin for span in welcome), *(load.span.end for load in busy)}
    for start in sorted(one for one in starts if wanted.begin <= one and one + length <= wanted.end):
        end = start + length
        if not any(span.begin <= start and end <= span.end for span in welcome):
            continue
        first = max(bisect_right(times, start) - 1, 0)
        fits = True
        for at, count, total in steps[first:]:
            if at >= end:
                break
            if count >= limits.bookings_max or total + rate > limits.rate_max:
                fits = False
                break
        if fits:
            return start
    return None


def _steps(loads: Iterable[Load]) -> list[tuple[datetime, int, int]]:
    """Scans and their rate from each moment at which they change."""
    changes: dict[datetime, tuple[int, int]] = {}
    for load in loads:
        for at, sign in ((load.span.begin, 1), (load.span.end, -1)):
            count, total = changes.get(at, (0, 0))
            changes[at] = (count + sign, total + sign * load.rate)
    found, count, total = [], 0, 0
    for at in sorted(changes):
        count += changes[at][0]
        total += changes[at][1]
        found.append((at, count, total))
    return found


def _welcome(limits: Limits, wanted: Span) -> list[Span]:
    """Times in which scans are welcome: the weekly hours without the blackouts, joined where they touch."""
    spans: list[Span] = []
    if not limits.weekly:
        spans = [wanted]
    else:
        day = datetime.combine(wanted.begin.astimezone(UTC).date(), time(), UTC)
        while day < wanted.end:
            for one in limits.weekly:
                if one.weekday == day.weekday():
                    spans.append(Span(day + timedelta(minutes=one.begin), day + timedelta(minutes=one.end)))
            day += timedelta(days=1)
    joined: list[Span] = []
    for span in sorted(spans, key=lambda one: one.begin):
        if joined and span.begin <= joined[-1].end:
            joined[-1] = Span(joined[-1].begin, max(joined[-1].end, span.end))
        else:
            joined.append(span)
    for dark in limits.blackouts:
        joined = [
            part
            for span in joined
            for part in (Span(span.begin, min(span.end, dark.begin)), Span(max(span.begin, dark.end), span.end))
            if part.begin < part.end
        ]
    return joined

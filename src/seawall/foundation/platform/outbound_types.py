"""What ``outbound.fetch`` takes, gives and refuses with."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from seawall.foundation.platform.addresses import IpNetwork
from seawall.foundation.platform.errors import SeawallError, Unavailable


class OutboundRefused(SeawallError):
    """The address is none that this server may talk to."""

    code = "outbound-refused"
    title = "Address not allowed"
    status = 422


class OutboundFailed(Unavailable):
    """The other side did not answer in HTTP."""

    code = "outbound-failed"
    title = "The other server did not answer"


class OutboundTimeout(OutboundFailed):
    """The whole exchange took longer than allowed."""

    code = "outbound-timeout"
    title = "The other server took too long"


class OutboundTooLarge(OutboundFailed):
    """The answer is larger than allowed; what had arrived was thrown away."""

    code = "outbound-too-large"
    title = "The answer is too large"


class TooManyRedirects(OutboundFailed):
    """The answer kept pointing elsewhere."""

    code = "outbound-redirects"
    title = "Too many redirects"


@dataclass(frozen=True, slots=True)
class Policy:
    """What one request may do."""

    schemes: frozenset[str] = frozenset({"https"})
    ports: frozenset[int] = frozenset({443})
    max_bytes: int = 10 * 1024 * 1024
    """Bytes of the answer's body."""
    deadline: float = 30.0
    """Seconds for everything: resolving, all hops, the last byte."""
    max_redirects: int = 3
    permitted: tuple[IpNetwork, ...] = ()
    """Networks allowed although they are not public; empty unless the operator of this server says so."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A complete answer."""

    url: str
    """Address of the last hop."""
    address: str
    """IP address that answered."""
    status: int
    headers: Mapping[str, str]
    content: bytes = field(repr=False)

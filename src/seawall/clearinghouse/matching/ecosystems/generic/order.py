"""Software of no ecosystem: only what can mean one thing is ordered, numbers with dots between.

``1.4.2``, ``v1.4`` and ``20240101`` have keys; ``1.1.1k``, ``9.6p1`` and ``2.0-rc1`` have none, because what the
letters mean is the maker's own rule. Those are matched by their exact text, and said to be.
"""

import re

from seawall.clearinghouse.matching.ecosystems.encoding import number, without_trailing_zeros
from seawall.clearinghouse.matching.ecosystems.interface import Ecosystem, Malformed

_DOTTED = re.compile(r"v?([0-9]+(?:\.[0-9]+)*)")
_END = b"\x01"


def _encode(version: str) -> bytes:
    match = _DOTTED.fullmatch(version)
    if match is None:
        raise Malformed("not numbers with dots between, and only its maker knows what the rest means")
    return b"".join(number(value) for value in without_trailing_zeros(match[1].split("."))) + _END


ECOSYSTEM = Ecosystem(
    name="generic",
    scheme="dotted/1",
    purl_types=frozenset({"generic"}),
    encode=_encode,
    normalize_name=str.lower,
    covers="numbers with dots between",
)

"""Maven: the part of ComparableVersion on which one order exists.

Maven's own comparison is not transitive (2.0.redhat-1 < 2.0-alpha < 2.0 < 2.0.redhat-1), so no key can agree with
it everywhere. Keys are given to numbers, one qualifier with at most one number, and ``-SNAPSHOT``: on these Maven
3.8 and 3.9 agree and the order is total. Everything else is matched by its exact text, and said to be.
"""

import re

from seawall.clearinghouse.matching.ecosystems.encoding import number, without_trailing_zeros, word
from seawall.clearinghouse.matching.ecosystems.interface import Ecosystem, Malformed

_VERSION = re.compile(
    r"(?P<numbers>[0-9]+(?:\.[0-9]+)*)"
    r"(?:(?:(?:(?P<dot>\.)|-)?(?P<word>[a-z]+)(?P<count>[0-9]*)|-(?P<spaced>[a-z]+)-(?P<spaced_count>[0-9]+))(?P<snapshot>-snapshot)?)?"
)
_RANKS = {"alpha": b"\x01", "beta": b"\x02", "milestone": b"\x03", "rc": b"\x04", "cr": b"\x04", "sp": b"\x07"}
_BEFORE_NUMBERS = {"a": "alpha", "b": "beta", "m": "milestone"}  # only where a number follows at once: 1.0b2
_SNAPSHOT, _END, _OTHER = b"\x05", b"\x06", b"\x08"
_RELEASES = frozenset({"ga", "final", "release"})


def _encode(version: str) -> bytes:
    match = _VERSION.fullmatch(version.lower())
    if match is None:
        raise Malformed("of a kind for which Maven's comparison is no order")
    key = b"".join(number(value) for value in without_trailing_zeros(match["numbers"].split(".")))
    qualifier = match["word"] or match["spaced"]
    if match["dot"] and match["snapshot"] and not match["count"]:
        raise Malformed("of a kind for which Maven's comparison is no order")
    count = match["count"] or match["spaced_count"] or ""
    if match["count"]:
        qualifier = _BEFORE_NUMBERS.get(qualifier, qualifier)
    if qualifier is None:
        return key + _END
    if qualifier in _RELEASES or qualifier == "snapshot":
        if count or match["snapshot"]:
            raise Malformed("of a kind for which Maven's comparison is no order")
        return key + (_SNAPSHOT if qualifier == "snapshot" else b"") + _END
    key += _RANKS.get(qualifier) or _OTHER + word(qualifier)
    key += b"".join(number(value) for value in without_trailing_zeros([count or "0"]))
    return key + (_SNAPSHOT if match["snapshot"] else b"") + _END


ECOSYSTEM = Ecosystem(
    name="Maven",
    scheme="maven-3/1",
    purl_types=frozenset({"maven"}),
    encode=_encode,
    covers="numbers, one qualifier with one number, and snapshots",
)

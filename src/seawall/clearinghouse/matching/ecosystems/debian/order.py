"""Debian and Ubuntu: dpkg's comparison, ``[epoch:]upstream[-revision]``.

Upstream and revision are runs of non-digits and digits in turn. In a run of non-digits, ``~`` stands before the
end of the run, that before letters, and those before all else. The end of a string counts as an empty run.
"""

import re

from seawall.clearinghouse.matching.ecosystems.encoding import digits
from seawall.clearinghouse.matching.ecosystems.interface import Ecosystem, Malformed

_UPSTREAM = re.compile(r"[0-9][A-Za-z0-9.+~:-]*")
_REVISION = re.compile(r"[A-Za-z0-9.+~]+")
_PAIR = re.compile(r"([^0-9]*)([0-9]*)")
_EPOCH_MAX = 2**31 - 1
_RUN_END = 0x02


def _encode(version: str) -> bytes:
    epoch, colon, rest = version.partition(":")
    if not colon:
        epoch, rest = "0", version
    if not epoch.isdigit() or int(epoch) > _EPOCH_MAX:
        raise Malformed("has an epoch that dpkg refuses")
    upstream, dash, revision = rest.rpartition("-")
    if not dash:
        upstream, revision = rest, "0"
    if _UPSTREAM.fullmatch(upstream) is None or _REVISION.fullmatch(revision) is None:
        raise Malformed("not a version that dpkg accepts")
    return digits(epoch) + _part(upstream) + _part(revision)


def _part(text: str) -> bytes:
    key = bytearray()
    for position, (run, count) in enumerate(_PAIR.findall(text)):
        if position and not run:
            break  # the empty pair at the end of the text
        key += bytes(_weight(character) for character in run)
        key.append(_RUN_END)
        key += digits(count or "0")
    key.append(_RUN_END)
    return bytes(key)


def _weight(character: str) -> int:
    if character == "~":
        return 0x01
    return ord(character) if character.isalpha() else ord(character) + 0x80


ECOSYSTEM = Ecosystem(
    name="Debian", scheme="dpkg/1", purl_types=frozenset({"deb"}), encode=_encode, normalize_name=str.lower
)

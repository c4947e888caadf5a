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
_WEIGHTS = bytes(code if chr(code).isalpha() else (code + 0x80) % 0x100 for code in range(256))
_WEIGHTS = _WEIGHTS[: ord("~")] + b"\x01" + _WEIGHTS[ord("~") + 1 :]


def _encode(version: str) -> bytes:
    epoch, colon, rest = version.partition(":")
    if not colon:
        epoch, rest = "0", version
    elif not epoch.isdigit() or int(epoch) > _EPOCH_MAX:
        raise Malformed("has an epoch that dpkg refuses")
    upstream, dash, revision = rest.rpartition("-")
    if not dash:
        upstream, revision = rest, "0"
    if _UPSTREAM.fullmatch(upstream) is None or _REVISION.fullmatch(revision) is None:
        raise Malformed("not a version that dpkg accepts")
    return digits(epoch) + _part(upstream) + (_part(revision) if dash else _NO_REVISION)


def _part(text: str) -> bytes:
    key = bytearray()
    for run, count in _PAIR.findall(text)[:-1]:  # the last pair is the empty one at the end of the text
        if run:
            key += run.encode("ascii").translate(_WEIGHTS)
        key.append(_RUN_END)
        key += digits(count or "0")
    key.append(_RUN_END)
    return bytes(key)


_NO_REVISION = _part("0")


ECOSYSTEM = Ecosystem(
    name="Debian", scheme="dpkg/1", purl_types=frozenset({"deb"}), encode=_encode, normalize_name=str.lower
)

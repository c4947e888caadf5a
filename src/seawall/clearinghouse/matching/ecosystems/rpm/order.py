"""RPM families: ``[epoch:]version[-release]``, each part by rpmvercmp.

In order: ``~``, the end, ``^``, letters, numbers; whatever else stands between only separates. A version
without a release stands before all its releases, even ``~1``.
"""

import re

from seawall.clearinghouse.matching.ecosystems.encoding import digits, word
from seawall.clearinghouse.matching.ecosystems.interface import Ecosystem, Malformed

_EVR = re.compile(r"(?:([0-9]+):)?([A-Za-z0-9._+~^]+)(?:-([A-Za-z0-9._+~^]+))?")
_TOKEN = re.compile(r"[0-9]+|[A-Za-z]+|[~^]")
_EPOCH_MAX = 2**32 - 1
_TILDE, _END, _CARET, _LETTERS = b"\x01", b"\x02", b"\x03", b"\x04"


def _encode(version: str) -> bytes:
    match = _EVR.fullmatch(version)
    if match is None:
        raise Malformed("not an RPM epoch, version and release")
    epoch, main, release = match.groups()
    if int(epoch or 0) > _EPOCH_MAX:
        raise Malformed("has an epoch over 32 bits")
    return digits(epoch or "0") + _part(main) + (b"" if release is None else _part(release))


def _part(text: str) -> bytes:
    key = bytearray()
    for token in _TOKEN.findall(text):
        if token.isdigit():
            key += digits(token)
        elif token == "~":  # noqa: S105 - a part of a version
            key += _TILDE
        elif token == "^":  # noqa: S105 - a part of a version
            key += _CARET
        else:
            key += _LETTERS + word(token)
    return bytes(key) + _END


ECOSYSTEM = Ecosystem(
    name="RPM", scheme="rpmvercmp/2", purl_types=frozenset({"rpm"}), encode=_encode, normalize_name=str
)

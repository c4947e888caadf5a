"""Alpine: apk-tools 2, ``1.2.3a_rc1_git20240101-r4``.

At each place: ``_alpha _beta _pre _rc``, the end, ``-r``, the other suffixes, a letter, a further number. A
number after a dot that begins with zeros stands before those that do not, more zeros first.
"""

import re

from seawall.clearinghouse.matching.ecosystems.encoding import digits
from seawall.clearinghouse.matching.ecosystems.interface import Ecosystem, Malformed

_BEFORE = ("alpha", "beta", "pre", "rc")
_AFTER = ("cvs", "svn", "git", "hg", "p")
_SUFFIX = rf"_(?:{'|'.join(_BEFORE + _AFTER)})[0-9]*"
_VERSION = re.compile(rf"([0-9]+)((?:\.[0-9]+)*)([a-z]?)([0-9]*)((?:{_SUFFIX})*)(?:-r([0-9]+))?")
_SUFFIXES = re.compile(r"_([a-z]+)([0-9]*)")
_SUFFIX_BEFORE, _END, _REVISION, _COUNT, _SUFFIX_AFTER, _LETTER, _REST, _FURTHER = (bytes([tag]) for tag in range(1, 9))
_ZEROS, _NO_ZEROS = b"\x01", b"\x02"


def _encode(version: str) -> bytes:
    match = _VERSION.fullmatch(version)
    if match is None:
        raise Malformed("not a version that apk accepts")
    first, further, letter, level, suffixes, revision = match.groups()
    key = bytearray(digits(first))
    for part in further.split(".")[1:]:
        key += _FURTHER
        value = part.lstrip("0")
        if value == part:
            key += _NO_ZEROS + digits(part)
        else:
            key += _ZEROS + bytes([255 - (len(part) - len(value))])
            key += _REST + digits(value) if value else b""
    key += _LETTER + letter.encode("ascii") if letter else b""
    key += _REST + digits(level) if level else b""
    for name, count in _SUFFIXES.findall(suffixes):
        key += _suffix(name)
        key += _COUNT + digits(count) if count else b""
    key += _REVISION + digits(revision) if revision is not None else b""
    return bytes(key) + _END


def _suffix(name: str) -> bytes:
    if name in _BEFORE:
        return _SUFFIX_BEFORE + bytes([_BEFORE.index(name)])
    return _SUFFIX_AFTER + bytes([_AFTER.index(name)])


ECOSYSTEM = Ecosystem(
    name="Alpine", scheme="apk-2/1", purl_types=frozenset({"apk"}), encode=_encode, normalize_name=str.lower
)

"""Alpine: apk-tools 3, ``1.2.3a_rc1_git20240101~8c0ffee-r4``.

At each place, from low to high: ``_alpha _beta _pre _rc``, the end, ``-r``, ``~`` and a commit, a suffix's number, the other
suffixes, a letter, a further number. After a dot, a number that begins with a zero stands before those that do not, and
such are compared as texts. apk-tools 2 reads these otherwise (docs/ecosystems.md): 1.02 stands before 1.015 there.
"""

import re

from seawall.clearinghouse.matching.ecosystems.encoding import number, word
from seawall.clearinghouse.matching.ecosystems.interface import Ecosystem, Malformed

_BEFORE = ("alpha", "beta", "pre", "rc")
_AFTER = ("cvs", "svn", "git", "hg", "p")
_SUFFIX = rf"_(?:{'|'.join(_BEFORE + _AFTER)})[0-9]*"
_VERSION = re.compile(rf"([0-9]+)((?:\.[0-9]+)*)([a-z]?)((?:{_SUFFIX})*)(?:~([0-9A-Fa-f]+))?(?:-r([0-9]+))?")
_SUFFIXES = re.compile(r"_([a-z]+)([0-9]*)")
_MAX = 2**64 - 1
_END, _REVISION, _COMMIT, _COUNT, _LETTER, _FURTHER = b"\x02", b"\x03", b"\x04", b"\x05", b"\x07", b"\x08"
_SUFFIX_BEFORE, _SUFFIX_AFTER = b"\x01", b"\x06"
_RANKS = {name: _SUFFIX_BEFORE + bytes([rank]) for rank, name in enumerate(_BEFORE)}
_RANKS |= {name: _SUFFIX_AFTER + bytes([rank]) for rank, name in enumerate(_AFTER)}
_FURTHER_TEXT = _FURTHER + b"\x01"  # numbers begin with 0x10


def _encode(version: str) -> bytes:
    match = _VERSION.fullmatch(version)
    if match is None:
        raise Malformed("not a version that apk accepts")
    first, further, letter, suffixes, commit, revision = match.groups()
    key = bytearray(_number(first))
    if further:
        for part in further[1:].split("."):
            key += _FURTHER_TEXT + word(part) if part[0] == "0" else _FURTHER + _number(part)
    if letter:
        key += _LETTER + word(letter)
    if suffixes:
        for name, count in _SUFFIXES.findall(suffixes):
            key += _RANKS[name]
            if count:
                key += _COUNT + _number(count)
    if commit:
        key += _COMMIT + word(commit)
    if revision:
        key += _REVISION + _number(revision)
    return bytes(key) + _END


def _number(text: str) -> bytes:
    value = int(text)
    if value > _MAX:
        raise Malformed("has a number over 64 bits, for which apk has no order")
    return number(value)


ECOSYSTEM = Ecosystem(
    name="Alpine", scheme="apk-3/1", purl_types=frozenset({"apk"}), encode=_encode, normalize_name=str.lower
)

"""Pub: SemVer 2.0.0, except that Dart's pub_semver orders build metadata too (1.0.0 before 1.0.0+1)."""

import re

from seawall.clearinghouse.matching.ecosystems.encoding import digits, word
from seawall.clearinghouse.matching.ecosystems.interface import Ecosystem, Malformed
from seawall.clearinghouse.matching.ecosystems.semver import order as semver

_LIST = r"([0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)"
_VERSION = re.compile(rf"([0-9]+)\.([0-9]+)\.([0-9]+)(?:-{_LIST})?(?:\+{_LIST})?")
_DART_READS_AS_NUMBER = re.compile(r"-[0-9]+|-?0[xX][0-9A-Fa-f]+")
_MAX = 2**63 - 1
_NO_BUILD, _BUILD = b"\x01", b"\x02"


def _encode(version: str) -> bytes:
    match = _VERSION.fullmatch(version)
    if match is None:
        raise Malformed("not a version that Pub accepts")
    major, minor, patch, pre, build = match.groups()
    key = semver.core(_bounded(major), _bounded(minor), _bounded(patch))
    key += semver.RELEASE if pre is None else semver.prerelease(_identifiers(pre))
    return key + (_NO_BUILD if build is None else _BUILD + b"".join(_identifiers(build)) + b"\x00")


def _identifiers(text: str) -> list[bytes]:
    found = []
    for item in text.split("."):
        if _DART_READS_AS_NUMBER.fullmatch(item):
            raise Malformed("has an identifier that Dart reads as a negative or hexadecimal number")
        found.append(digits(str(_bounded(item))) if item.isdigit() else b"\x80" + word(item))
    return found


def _bounded(text: str) -> int:
    if int(text) > _MAX:
        raise Malformed("has a number over 63 bits")
    return int(text)


ECOSYSTEM = Ecosystem(
    name="Pub", scheme="pub-semver/1", purl_types=frozenset({"pub"}), encode=_encode, normalize_name=str.lower
)

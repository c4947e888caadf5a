"""Bitnami: three numbers and the package's revision, ``2.4.58-1``. Unlike in SemVer, 1.2.3 stands before 1.2.3-1.

Bitnami's own library (go-version) reads every pre-release as a revision, so that 1.2.3-rc.1 would follow 1.2.3, while
OSV reads Bitnami's versions as SemVer. Only a plain number after the hyphen means one thing.
"""

import re

from seawall.clearinghouse.matching.ecosystems.encoding import number
from seawall.clearinghouse.matching.ecosystems.interface import Ecosystem, Malformed

_NUMBER = r"(0|[1-9][0-9]*)"
_BUILD = r"(?:\+[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)?"
_VERSION = re.compile(rf"{_NUMBER}\.{_NUMBER}\.{_NUMBER}(?:-{_NUMBER})?{_BUILD}")
_NO_REVISION, _REVISION = b"\x01", b"\x02"


def _encode(version: str) -> bytes:
    match = _VERSION.fullmatch(version)
    if match is None:
        raise Malformed("not three numbers and a revision")
    major, minor, patch, revision = match.groups()
    tail = _NO_REVISION if revision is None else _REVISION + number(int(revision))
    return number(int(major)) + number(int(minor)) + number(int(patch)) + tail


ECOSYSTEM = Ecosystem(
    name="Bitnami",
    scheme="bitnami/1",
    purl_types=frozenset({"bitnami"}),
    encode=_encode,
    normalize_name=str.lower,
    covers="three numbers, alone or with a revision",
)

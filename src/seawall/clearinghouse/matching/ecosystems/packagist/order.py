"""Packagist: Composer's normalization (four numbers, a stability, ``dev``), then PHP's version_compare.

Parts in order: dev, alpha, beta, RC, nothing, a number, patch. Branches (``dev-main``) have no order.
"""

import re

from seawall.clearinghouse.matching.ecosystems.encoding import digits
from seawall.clearinghouse.matching.ecosystems.interface import Ecosystem, Malformed

_MODIFIER = (
    r"(?:[._-]?(?P<stability>stable|beta|b|rc|alpha|a|patch|pl|p)(?P<count>(?:[.-]?[0-9]+)*))?(?P<dev>[.-]?dev)?"
)
_CLASSICAL = re.compile(rf"v?(?P<numbers>[0-9]{{1,5}}(?:\.[0-9]+){{0,3}}){_MODIFIER}")
_DATE = re.compile(rf"v?(?P<numbers>[0-9]{{4}}(?:[.:-]?[0-9]{{2}}){{1,6}}(?:[.:-]?[0-9]{{1,3}})?){_MODIFIER}")
_BRANCH = re.compile(r"v?(?P<numbers>[0-9]+(?:\.[0-9]+){0,2})\.[x*](?:\.[x*]){0,2}-dev")
_NUMBERS = 4
_OPEN_END = 9_999_999  # what Composer puts for the x of a branch
_LONG_NUMBER = re.compile(r"[0-9]{19}")  # PHP compares with 64-bit integers

_DEV, _END, _NUMBER = b"\x01", b"\x05", b"\x06"
_STABILITIES = {
    "alpha": b"\x02",
    "a": b"\x02",
    "beta": b"\x03",
    "b": b"\x03",
    "rc": b"\x04",
    "patch": b"\x80",
    "pl": b"\x80",
    "p": b"\x80",
}


def _encode(version: str) -> bytes:
    text, plus, build = version.lower().partition("+")
    if plus and (not build or " " in build or "@" in build):
        raise Malformed("not a version that Composer accepts")
    if _LONG_NUMBER.search(text):
        raise Malformed("has a number over 64 bits")
    branch = _BRANCH.fullmatch(text) if text.endswith("-dev") else None
    if branch is not None:
        numbers = [int(part) for part in branch["numbers"].split(".")]
        return _numbers(numbers + [_OPEN_END] * (_NUMBERS - len(numbers))) + _DEV + _END
    match = _CLASSICAL.fullmatch(text)
    if match is not None:
        numbers = [int(part) for part in match["numbers"].split(".")]
        key = _numbers(numbers + [0] * (_NUMBERS - len(numbers)))
    else:
        match = _DATE.fullmatch(text)
        if match is None:
            raise Malformed("a branch, or not a version that Composer accepts")
        key = _numbers([int(part) for part in re.split(r"[.:-]", match["numbers"])])
    if match["stability"] == "stable":
        if version[slice(*match.span("stability"))] != "stable":
            raise Malformed("has the word stable in capitals, which Composer reads as no stability that it knows")
        return key + _END  # Composer drops whatever follows the word stable
    if match["stability"]:
        key += _STABILITIES[match["stability"]]
        key += _numbers([int(part) for part in re.findall(r"[0-9]+", match["count"])])
    return key + (_DEV if match["dev"] else b"") + _END


def _numbers(values: list[int]) -> bytes:
    return b"".join(_NUMBER + digits(str(value)) for value in values)


ECOSYSTEM = Ecosystem(
    name="Packagist",
    scheme="composer/2",
    purl_types=frozenset({"composer"}),
    encode=_encode,
    normalize_name=str.lower,
    covers="all but branches",
)

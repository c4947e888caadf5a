"""Semantic Versioning 2.0.0, and the parts of it that other orders share.

A key is: major, minor, patch; then 0x02 for a release, or 0x01 and the pre-release's identifiers: numbers, then
0x80 and text, closed by 0x00. Build metadata has no place in the order.
"""

import re

from seawall.clearinghouse.matching.ecosystems.encoding import digits, number, word
from seawall.clearinghouse.matching.ecosystems.interface import Ecosystem, Malformed

_IDENTIFIER = r"(?:0|[1-9][0-9]*|[0-9]*[A-Za-z-][0-9A-Za-z-]*)"
_NUMBER = r"(0|[1-9][0-9]*)"
VERSION = re.compile(
    rf"{_NUMBER}\.{_NUMBER}\.{_NUMBER}(?:-({_IDENTIFIER}(?:\.{_IDENTIFIER})*))?(?:\+[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)?"
)
"""Groups: major, minor, patch, pre-release."""

RELEASE = b"\x02"
_PRERELEASE = b"\x01"
_TEXT = b"\x80"
_END = b"\x00"


def core(major: int, minor: int, patch: int) -> bytes:
    """The three numbers."""
    return number(major) + number(minor) + number(patch)


def identifier(text: str) -> bytes:
    """One identifier: numbers by value before texts by ASCII."""
    return digits(text) if text.isdigit() else _TEXT + word(text)


def prerelease(identifiers: list[bytes]) -> bytes:
    """A pre-release; fewer identifiers stand before more."""
    return _PRERELEASE + b"".join(identifiers) + _END


def encode(version: str) -> bytes:
    """Key of a version as SemVer 2.0.0 writes it, without a leading v."""
    match = VERSION.fullmatch(version)
    if match is None:
        raise Malformed("not a Semantic Versioning 2.0.0 version")
    return of_match(match)


def of_match(match: re.Match[str]) -> bytes:
    """Key of what ``VERSION`` matched."""
    major, minor, patch, pre = match.groups()
    tail = RELEASE if pre is None else prerelease([identifier(text) for text in pre.split(".")])
    return core(int(major), int(minor), int(patch)) + tail


ECOSYSTEM = Ecosystem(
    name="SemVer",
    scheme="semver/1",
    purl_types=frozenset({"swift"}),
    encode=lambda version: encode(version.removeprefix("v")),
    normalize_name=str.lower,
)

"""NuGet: one to four numbers, then SemVer pre-release labels compared without case; build metadata does not count."""

import re

from seawall.clearinghouse.matching.ecosystems.encoding import number, word
from seawall.clearinghouse.matching.ecosystems.interface import Ecosystem, Malformed
from seawall.clearinghouse.matching.ecosystems.semver import order as semver

_LABELS = r"[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*"
_VERSION = re.compile(rf"([0-9]+)(?:\.([0-9]+))?(?:\.([0-9]+))?(?:\.([0-9]+))?(?:-({_LABELS}))?(?:\+{_LABELS})?")
_SIGNED = re.compile(r"-[0-9]+")
_MAX = 2**31 - 1


def _encode(version: str) -> bytes:
    match = _VERSION.fullmatch(version)
    if match is None:
        raise Malformed("not a version that NuGet accepts")
    numbers = [int(text or 0) for text in match.groups()[:4]]
    if max(numbers) > _MAX:
        raise Malformed("has a number over 32 bits, which NuGet refuses")
    labels: str | None = match[5]
    tail = semver.RELEASE if labels is None else semver.prerelease([_label(text) for text in labels.split(".")])
    return b"".join(number(value) for value in numbers) + tail


def _label(text: str) -> bytes:
    if _SIGNED.fullmatch(text):
        raise Malformed("has a label that .NET reads as a negative number")
    if text.isdigit():
        if text[0] == "0" and text != "0":
            raise Malformed("has a numeric label with a zero before it, which NuGet refuses")
        if int(text) <= _MAX:
            return number(int(text))
    return b"\x80" + word(text.lower())  # digits that do not fit an int are text to NuGet


ECOSYSTEM = Ecosystem(
    name="NuGet", scheme="nuget/2", purl_types=frozenset({"nuget"}), encode=_encode, normalize_name=str.lower
)

r"""CPE versions: numbers with dots, and what may follow them with one meaning everywhere; the rest has no key.

A version is ``version`` or ``version:update``, as NIST's dictionary splits them. In order:

- pre-releases (dev, alpha, beta, milestone, preview, candidate), then the release, which zeros at its end do not change;
- updates of it (patch, update, hotfix, service pack), each kind by its number, and single letters (``1.1.1k``; after
  ``z``, ``za``);
- further numbers: ``1.0`` before ``1.0:sp1`` before ``1.0.1``.

``b2`` is beta 2 where it stands as an update (``1.0:b2``); in the version itself D-Link means build 2 by it, so it has no key.
``1.8.0_292`` is ``1.8.0:update292``, as Java counts. ``6.1.*`` is CVE's end of a series, above all of 6.1. A hyphen with a
number has no key: it is a patch to ImageMagick and a pre-release to SemVer. Cisco's ``12.2(33)sxi4`` and Juniper's ``r3-s2``
are orders of their makers.
"""

import re

from seawall.clearinghouse.matching.ecosystems.encoding import digits, number, without_trailing_zeros, word
from seawall.clearinghouse.matching.ecosystems.interface import Ecosystem, Malformed

_NUMBERS = re.compile(r"v?([0-9]+(?:\.[0-9]+)*)")
_DATE = re.compile(r"((?:19|20)[0-9]{2})-([0-9]{2})-([0-9]{2})")
_LETTERS = re.compile(r"[a-z]|z[a-z]")
_QUALIFIER = re.compile(r"([a-z]+)[._ -]?([0-9]*)")
_INITIAL = re.compile(r"[abm][._ -]?[0-9]+")
_JAVA = re.compile(r"(1\.[3-8]\.[0-2])_([0-9]+)")
_NOTHING = frozenset({"", "ga", "final", "release", "gold", "rtm"})
_PRE = {
    "dev": 1,
    "alpha": 2,
    "a": 2,
    "beta": 3,
    "b": 3,
    "milestone": 4,
    "m": 4,
    "preview": 5,
    "pre": 5,
    "rc": 6,
    "cr": 6,
}
_POST = {
    "p": 1, "pl": 1, "patch": 1,
    "update": 2, "u": 2,
    "hotfix": 3, "hf": 3,
    "sp": 4,
}  # fmt: skip
_BEFORE, _END, _LETTER, _AFTER, _SERIES = b"\x01", b"\x02", b"\x03", b"\x04", b"\xf0"


def _encode(version: str) -> bytes:
    text, colon, update = version.lower().partition(":")
    if colon and not update:
        raise Malformed("with a colon and no update after it")
    date = _DATE.fullmatch(text)
    if date is not None:
        return _release([*date.groups()]) + _tail("", update)
    java = _JAVA.fullmatch(text)
    if java is not None:
        return _release(java[1].split(".")) + _tail(f"u{java[2]}", update)
    series = text.endswith(".*")
    match = _NUMBERS.match(text)
    if match is None:
        raise Malformed("not numbers with dots between, and only its maker knows what the rest means")
    rest = text[match.end() :]
    if series:
        if rest != ".*" or colon:
            raise Malformed("neither a version nor the end of a series")
        # Above whatever begins with the same numbers, zeros at their end included.
        return b"".join(number(int(value)) for value in match[1].split(".")) + _SERIES
    return _release(match[1].split(".")) + _tail(rest, update)


def _release(numbers: list[str]) -> bytes:
    return b"".join(number(value) for value in without_trailing_zeros(numbers))


def _tail(rest: str, update: str) -> bytes:
    if rest and update and update not in _NOTHING:
        raise Malformed("with a qualifier and an update, whose order only its maker knows")
    if _LETTERS.fullmatch(rest):
        return _LETTER + word(rest) + _END
    if not rest:
        return _qualifier(update)
    qualifier = rest.lstrip("._- ")
    if not qualifier:
        raise Malformed("with a separator and nothing after it")
    if _INITIAL.fullmatch(qualifier):
        raise Malformed("with a letter that may stand for alpha, beta or milestone as well as for a build")
    return _qualifier(qualifier)


def _qualifier(text: str) -> bytes:
    if text in _NOTHING:
        return _END
    match = _QUALIFIER.fullmatch(text)
    if match is None or match[1] not in _PRE.keys() | _POST.keys():
        raise Malformed("with a qualifier whose place only its maker knows")
    if not match[2] and _LETTERS.fullmatch(text):
        raise Malformed("with a letter that may be a release of its own or stand for alpha")
    if match[1] in _PRE:
        return _BEFORE + bytes([_PRE[match[1]]]) + digits(match[2] or "0") + _END
    return _AFTER + bytes([_POST[match[1]]]) + digits(match[2] or "0") + _END


ECOSYSTEM = Ecosystem(
    name="CPE",
    scheme="cpe/1",
    purl_types=frozenset(),
    encode=_encode,
    normalize_name=str.lower,
    covers="numbers with dots between, single letters, and the usual words for pre-releases, patches and service packs",
)

"""RubyGems: Gem::Version. Missing segments count as zeros, and letters make a pre-release that stands before a zero.

Because the end of a version counts as zeros without end, a run of zeros is coded together with what follows it:

    0x20 <zeros> text    text after that many zeros: before the end; fewer zeros first
    0x30                 the end
    0x40 <255 - zeros>   a number after that many zeros: after the end; fewer zeros last
"""

import re
from itertools import takewhile

from seawall.clearinghouse.matching.ecosystems.encoding import number, word
from seawall.clearinghouse.matching.ecosystems.interface import Ecosystem, Malformed

_VERSION = re.compile(r"[0-9]+(?:\.[0-9a-zA-Z]+)*(?:-[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)?")
_SEGMENT = re.compile(r"[0-9]+|[a-zA-Z]+")
_TEXT, _END, _NUMBER = b"\x20", b"\x30", b"\x40"


def _encode(version: str) -> bytes:
    if _VERSION.fullmatch(version) is None:
        raise Malformed("not a version that RubyGems accepts")
    segments = _SEGMENT.findall(version.replace("-", ".pre."))
    numeric = list(takewhile(str.isdigit, segments))
    key = bytearray()
    zeros = 0
    # Zeros at the end of the numbers do not count even where letters follow: 1.0.a is 1.a.
    for segment in _stripped(numeric) + _stripped(segments[len(numeric) :]):
        if segment.isdigit() and int(segment) == 0:
            zeros += 1
        elif segment.isdigit():
            key += _NUMBER + bytes([255 - zeros]) + number(int(segment))
            zeros = 0
        else:
            key += _TEXT + bytes([zeros]) + word(segment)
            zeros = 0
    return bytes(key) + _END


def _stripped(segments: list[str]) -> list[str]:
    last = len(segments)
    while last and segments[last - 1].isdigit() and int(segments[last - 1]) == 0:
        last -= 1
    return segments[:last]


ECOSYSTEM = Ecosystem(name="RubyGems", scheme="gem/1", purl_types=frozenset({"gem"}), encode=_encode)

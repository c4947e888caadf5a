"""PyPI: PEP 440, names by PEP 503.

A key is: epoch; release without its zeros at the end, closed by 0x08; pre-release (0x01 for a development release
of the final version, then a, b, rc, and 0x05 for none); post-release; development release; local version.
"""

import re

from seawall.clearinghouse.matching.ecosystems.encoding import digits, number, without_trailing_zeros, word
from seawall.clearinghouse.matching.ecosystems.interface import Ecosystem, Malformed

_VERSION = re.compile(
    r"v?(?:(?P<epoch>[0-9]+)!)?(?P<release>[0-9]+(?:\.[0-9]+)*)"
    r"(?:[-_.]?(?P<phase>alpha|beta|preview|pre|rc|a|b|c)[-_.]?(?P<pre>[0-9]*))?"
    r"(?:-(?P<implicit>[0-9]+)|[-_.]?(?P<post>post|rev|r)[-_.]?(?P<post_number>[0-9]*))?"
    r"(?:[-_.]?(?P<dev>dev)[-_.]?(?P<dev_number>[0-9]*))?"
    r"(?:\+(?P<local>[a-z0-9]+(?:[-_.][a-z0-9]+)*))?"
)
_PHASES = {"a": b"\x02", "alpha": b"\x02", "b": b"\x03", "beta": b"\x03"}
_CANDIDATE = b"\x04"  # c, rc, pre and preview are one phase
_RELEASE_END = b"\x08"


def _encode(version: str) -> bytes:
    match = _VERSION.fullmatch(version.lower())
    if match is None:
        raise Malformed("not a PEP 440 version")
    part = match.groupdict()
    post = part["implicit"] if part["implicit"] is not None else part["post_number"]
    has_post = part["implicit"] is not None or part["post"] is not None
    key = bytearray(digits(part["epoch"] or "0"))
    for value in without_trailing_zeros(part["release"].split(".")):
        key += number(value)
    key += _RELEASE_END
    if part["phase"]:
        key += _PHASES.get(part["phase"], _CANDIDATE) + digits(part["pre"] or "0")
    elif part["dev"] and not has_post:
        key += b"\x01"  # 1.0.dev1 stands before 1.0a1
    else:
        key += b"\x05"
    key += b"\x02" + digits(post or "0") if has_post else b"\x01"
    key += b"\x01" + digits(part["dev_number"] or "0") if part["dev"] else b"\x02"
    return bytes(key) + _local(part["local"])


def _local(text: str | None) -> bytes:
    if text is None:
        return b"\x01"
    parts = (digits(part) if part.isdigit() else b"\x02" + word(part) for part in re.split(r"[-_.]", text))
    return b"\x02" + b"".join(parts) + b"\x01"


ECOSYSTEM = Ecosystem(
    name="PyPI",
    scheme="pep440/1",
    purl_types=frozenset({"pypi"}),
    encode=_encode,
    normalize_name=lambda name: re.sub(r"[-_.]+", "-", name).lower(),
)

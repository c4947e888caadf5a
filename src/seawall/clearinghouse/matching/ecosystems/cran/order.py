"""CRAN and Bioconductor: R's package versions, whole numbers with dots or hyphens between; 1.0 stands before 1.0.0."""

import re

from seawall.clearinghouse.matching.ecosystems.encoding import number
from seawall.clearinghouse.matching.ecosystems.interface import Ecosystem, Malformed

_VERSION = re.compile(r"[0-9]+(?:[.-][0-9]+)*")
_MAX = 2**31 - 1
_END = b"\x01"


def _encode(version: str) -> bytes:
    if _VERSION.fullmatch(version) is None:
        raise Malformed("not whole numbers with dots or hyphens between")
    numbers = [int(text) for text in version.replace("-", ".").split(".")]
    if max(numbers) > _MAX:
        raise Malformed("has a number over 32 bits, for which R has no order")
    return b"".join(map(number, numbers)) + _END


ECOSYSTEM = Ecosystem(name="CRAN", scheme="r-package/1", purl_types=frozenset({"cran"}), encode=_encode)

"""Hackage and GHC: Haskell's versions, whole numbers with dots between, compared one by one; 1.0 stands before 1.0.0."""

import re

from seawall.clearinghouse.matching.ecosystems.encoding import number
from seawall.clearinghouse.matching.ecosystems.interface import Ecosystem, Malformed

# Cabal refuses leading zeros and more than nine digits.
_VERSION = re.compile(r"(?:0|[1-9][0-9]{0,8})(?:\.(?:0|[1-9][0-9]{0,8}))*")
_END = b"\x01"


def _encode(version: str) -> bytes:
    if _VERSION.fullmatch(version) is None:
        raise Malformed("not a version that Cabal accepts")
    return b"".join([number(int(text)) for text in version.split(".")]) + _END


ECOSYSTEM = Ecosystem(name="Hackage", scheme="cabal/1", purl_types=frozenset({"hackage"}), encode=_encode)

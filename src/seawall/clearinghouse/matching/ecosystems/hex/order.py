"""Hex: SemVer 2.0.0, as Elixir's Version reads it."""

from seawall.clearinghouse.matching.ecosystems.interface import Ecosystem
from seawall.clearinghouse.matching.ecosystems.semver.order import encode

ECOSYSTEM = Ecosystem(
    name="Hex", scheme="hex-semver/1", purl_types=frozenset({"hex"}), encode=encode, normalize_name=str.lower
)

"""crates.io: SemVer 2.0.0 with 64-bit numbers, as Cargo reads it. Build metadata is not compared by requirements."""

from seawall.clearinghouse.matching.ecosystems.interface import Ecosystem, Malformed
from seawall.clearinghouse.matching.ecosystems.semver import order as semver

_MAX = 2**64 - 1


def _encode(version: str) -> bytes:
    match = semver.VERSION.fullmatch(version)
    if match is None:
        raise Malformed("not a version that Cargo accepts")
    if max(int(text) for text in match.groups()[:3]) > _MAX:
        raise Malformed("has a number over 64 bits, which Cargo refuses")
    return semver.of_match(match)


ECOSYSTEM = Ecosystem(
    name="crates.io",
    scheme="cargo-semver/1",
    purl_types=frozenset({"cargo"}),
    encode=_encode,
    # crates.io never has two crates that differ only in case, or in hyphens and underscores.
    normalize_name=lambda name: name.lower().replace("-", "_"),
)

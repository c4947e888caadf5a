"""npm: node-semver's strict reading of SemVer, with its limits on numbers.

node-semver compares larger numeric identifiers as floating point and then stops, which is no order: such versions
have no key.
"""

from seawall.clearinghouse.matching.ecosystems.interface import Ecosystem, Malformed
from seawall.clearinghouse.matching.ecosystems.semver import order as semver

_MAX_SAFE_INTEGER = 2**53 - 1


def _encode(version: str) -> bytes:
    match = semver.VERSION.fullmatch(version.removeprefix("v"))
    if match is None:
        raise Malformed("not a version that npm accepts")
    numbers = [int(text) for text in match.groups()[:3]]
    if max(numbers) > _MAX_SAFE_INTEGER:
        raise Malformed("has a number over 2**53 - 1, which npm refuses")
    pre: str | None = match[4]
    tail = semver.RELEASE if pre is None else semver.prerelease([_identifier(text) for text in pre.split(".")])
    return semver.core(*numbers) + tail


def _identifier(text: str) -> bytes:
    if text.isdigit() and int(text) > _MAX_SAFE_INTEGER:
        raise Malformed("has an identifier over 2**53 - 1, for which npm has no order")
    return semver.identifier(text)


ECOSYSTEM = Ecosystem(
    name="npm",
    scheme="node-semver/1",
    purl_types=frozenset({"npm"}),
    encode=_encode,
    # npm has lower-cased new names since 2017 and the purl specification asks for lower case; the few old names that
    # differ in case only are then looked at together, which can match too much but misses nothing.
    normalize_name=str.lower,
)

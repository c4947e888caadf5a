"""Go: module versions (SemVer with a leading v, which advisories leave out), and the toolchain's own (``go1.21rc2``).

Pseudo-versions are pre-releases and need no rule of their own; ``+incompatible`` is build metadata.
"""

import re

from seawall.clearinghouse.matching.ecosystems.interface import Ecosystem, Malformed
from seawall.clearinghouse.matching.ecosystems.semver import order as semver

_SHORT = re.compile(r"v(0|[1-9][0-9]*)(?:\.(0|[1-9][0-9]*))?")
_TOOLCHAIN = re.compile(r"(?:go)?([1-9][0-9]*)\.(0|[1-9][0-9]*)(?:\.(0|[1-9][0-9]*))?(?:(beta|rc)([1-9][0-9]*))?")


def _encode(version: str) -> bytes:
    if semver.VERSION.fullmatch(version.removeprefix("v")):
        return semver.encode(version.removeprefix("v"))
    short = _SHORT.fullmatch(version)
    if short is not None:
        return semver.core(int(short[1]), int(short[2] or 0), 0) + semver.RELEASE
    toolchain = _TOOLCHAIN.fullmatch(version)
    if toolchain is None:
        raise Malformed("neither a Go module version nor a Go release")
    major, minor, patch, phase, count = toolchain.groups()
    tail = semver.prerelease([semver.identifier(phase), semver.identifier(count)]) if phase else semver.RELEASE
    return semver.core(int(major), int(minor), int(patch or 0)) + tail


ECOSYSTEM = Ecosystem(
    name="Go",
    scheme="go-semver/1",
    purl_types=frozenset({"golang"}),
    encode=_encode,
    # Module paths are case-sensitive, but the purl specification lower-cases them, so both sides must be.
    normalize_name=str.lower,
)

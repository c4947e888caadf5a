"""Go: module versions (SemVer with a leading v, which advisories leave out), and the toolchain's own (``go1.21rc2``).

Pseudo-versions are pre-releases and need no rule of their own; ``+incompatible`` is build metadata.
"""

import re

from seawall.clearinghouse.matching.ecosystems.interface import Ecosystem, Malformed
from seawall.clearinghouse.matching.ecosystems.semver import order as semver

_SHORT = re.compile(r"v(0|[1-9][0-9]*)(?:\.(0|[1-9][0-9]*))?")
_TOOLCHAIN = re.compile(r"(?:go)?([1-9][0-9]*)\.(0|[1-9][0-9]*)(?:\.(0|[1-9][0-9]*))?(?:(beta|rc)([1-9][0-9]*))?")

_FIRST_WITH_PATCH = (1, 21)
"""Since this release the first of a series is written with its zero (go1.21.0), and go1.21 is only a language."""


def _encode(version: str) -> bytes:
    match = semver.VERSION.fullmatch(version.removeprefix("v"))
    if match is not None:
        return semver.of_match(match)
    short = _SHORT.fullmatch(version)
    if short is not None:
        return semver.core(int(short[1]), int(short[2] or 0), 0) + semver.RELEASE
    toolchain = _TOOLCHAIN.fullmatch(version)
    if toolchain is None:
        raise Malformed("neither a Go module version nor a Go release")
    major, minor, patch, phase, count = toolchain.groups()
    if phase:
        tail = semver.prerelease([semver.identifier(phase), semver.identifier(count)])
    elif version.startswith("go") and patch is None and (int(major), int(minor)) >= _FIRST_WITH_PATCH:
        tail = semver.prerelease([])  # the language: go1.21 stands before go1.21rc1, and the release is go1.21.0
    else:
        tail = semver.RELEASE
    return semver.core(int(major), int(minor), int(patch or 0)) + tail


ECOSYSTEM = Ecosystem(
    name="Go",
    scheme="go-semver/2",
    purl_types=frozenset({"golang"}),
    encode=_encode,
    # Module paths are case-sensitive, but the purl specification lower-cases them, so both sides must be.
    normalize_name=str.lower,
)

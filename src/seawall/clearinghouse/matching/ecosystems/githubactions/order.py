"""GitHub Actions: tags of a repository, ``v4.1.7``, ``4.1.7`` or, as most workflows have them, ``v4``.

Three numbers are Semantic Versioning. Fewer, or those that GitHub's own inventories write as ``4.*.*``, are placed at the
lowest release that they can mean: ``v4`` is 4.0.0. Such a tag is usually moved to each new release, so this finds too much
rather than too little, but for a flaw that came and went within one major version (decision 0080).
"""

import re

from seawall.clearinghouse.matching.ecosystems.interface import Ecosystem, Malformed
from seawall.clearinghouse.matching.ecosystems.semver import order as semver

_PARTIAL = re.compile(r"(0|[1-9][0-9]*)(?:\.(0|[1-9][0-9]*))?(?:\.\*){0,2}")


def _encode(version: str) -> bytes:
    text = version.removeprefix("v")
    match = semver.VERSION.fullmatch(text)
    if match is not None:
        return semver.of_match(match)
    partial = _PARTIAL.fullmatch(text)
    if partial is None or text.count(".") > 2:  # noqa: PLR2004 - major, minor and patch
        raise Malformed("neither a version nor the beginning of one; a branch or a commit has no place in the order")
    return semver.core(int(partial[1]), int(partial[2] or 0), 0) + semver.RELEASE


def _name(name: str) -> str:
    """The repository: an action in a folder of one (``github/codeql-action/init``) has the repository's tags."""
    return "/".join(name.lower().split("/")[:2])


ECOSYSTEM = Ecosystem(
    name="GitHub Actions",
    scheme="actions/1",
    purl_types=frozenset({"githubactions"}),
    encode=_encode,
    normalize_name=_name,
    covers="versions and their beginnings (v4 as 4.0.0), not branches and commits",
)

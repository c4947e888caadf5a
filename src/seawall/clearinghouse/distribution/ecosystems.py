"""How the formats name a package: OSV ecosystem and name, range type, ``vers`` scheme.

The purl type decides. A type that OSV does not know (``generic``, ``github``) has no ecosystem; the
renderers then say so instead of inventing one.
"""

import re
from dataclasses import dataclass
from urllib.parse import quote, unquote

from seawall.clearinghouse.distribution.types import AffectedPackage, VersionRange

_SEMVER = re.compile(
    r"^(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)"
    r"(-(0|[1-9]\d*|\d*[A-Za-z-][0-9A-Za-z-]*)(\.(0|[1-9]\d*|\d*[A-Za-z-][0-9A-Za-z-]*))*)?"
    r"(\+[0-9A-Za-z-]+(\.[0-9A-Za-z-]+)*)?$"
)


@dataclass(frozen=True, slots=True)
class _Ecosystem:
    osv: str
    semver: bool = False
    """Whether the registry itself enforces SemVer 2.0, which OSV asks for before ``SEMVER``."""
    separator: str = "/"
    """Between namespace and name in OSV's package name."""


_BY_TYPE: dict[str, _Ecosystem] = {
    "cargo": _Ecosystem("crates.io", semver=True),
    "composer": _Ecosystem("Packagist"),
    "conan": _Ecosystem("ConanCenter"),
    "cran": _Ecosystem("CRAN"),
    "gem": _Ecosystem("RubyGems"),
    "githubactions": _Ecosystem("GitHub Actions"),
    "golang": _Ecosystem("Go", semver=True),
    "hackage": _Ecosystem("Hackage"),
    "hex": _Ecosystem("Hex", semver=True),
    "maven": _Ecosystem("Maven", separator=":"),
    "npm": _Ecosystem("npm", semver=True),
    "nuget": _Ecosystem("NuGet"),
    "pub": _Ecosystem("Pub", semver=True),
    "pypi": _Ecosystem("PyPI"),
    "swift": _Ecosystem("SwiftURL", semver=True),
}
_DISTRIBUTIONS = {
    ("deb", "debian"): "Debian",
    ("deb", "ubuntu"): "Ubuntu",
    ("apk", "alpine"): "Alpine",
    ("apk", "wolfi"): "Wolfi",
    ("apk", "chainguard"): "Chainguard",
    ("rpm", "almalinux"): "AlmaLinux",
    ("rpm", "redhat"): "Red Hat",
    ("rpm", "rocky-linux"): "Rocky Linux",
    ("rpm", "opensuse"): "openSUSE",
    ("rpm", "suse"): "SUSE",
}


def osv_package(package: AffectedPackage) -> dict[str, str] | None:
    """OSV's ``affected[].package``, or None where OSV has no ecosystem for it."""
    ecosystem = package.ecosystem or osv_ecosystem(package)
    if ecosystem is None:
        return None
    return {"ecosystem": ecosystem, "name": _osv_name(package), "purl": package.purl}


def osv_ecosystem(package: AffectedPackage) -> str | None:
    """OSV's name of the ecosystem that the purl belongs to."""
    known = _BY_TYPE.get(package.type)
    if known is not None:
        return known.osv
    return _DISTRIBUTIONS.get((package.type, package.namespace.lower()))


def _osv_name(package: AffectedPackage) -> str:
    if (package.type, package.namespace.lower()) in _DISTRIBUTIONS:
        return package.name
    if package.type == "pypi":
        return re.sub(r"[-_.]+", "-", package.name).lower()
    separator = _BY_TYPE[package.type].separator if package.type in _BY_TYPE else "/"
    return separator.join(part for part in (package.namespace, package.name) if part)


def osv_range(package: AffectedPackage, versions: VersionRange) -> dict[str, object]:
    """One OSV range: ``SEMVER`` where the registry enforces it and both ends comply, else ``ECOSYSTEM``."""
    known = _BY_TYPE.get(package.type)
    ends = {"introduced": versions.introduced, "fixed": versions.fixed, "last_affected": versions.last_affected}
    given = {name: version for name, version in ends.items() if version is not None}
    # OSV's SEMVER has no leading v, which Go's module versions carry.
    bare = {name: version.removeprefix("v") for name, version in given.items()}
    semver = known is not None and known.semver and all(v == "0" or _SEMVER.fullmatch(v) for v in bare.values())
    events = [{name: version} for name, version in (bare if semver else given).items()]
    return {"type": "SEMVER" if semver else "ECOSYSTEM", "events": events}


def vers(package: AffectedPackage, versions: VersionRange) -> str:
    """The range as a ``vers`` specifier, such as ``vers:pypi/>=2.0|<3.1.6``."""
    constraints = []
    if versions.introduced != "0":
        constraints.append(f">={_quoted(versions.introduced)}")
    if versions.fixed is not None:
        constraints.append(f"<{_quoted(versions.fixed)}")
    if versions.last_affected is not None:
        constraints.append(f"<={_quoted(versions.last_affected)}")
    return f"vers:{package.type}/{'|'.join(constraints) or '*'}"


def purl_of_version(package: AffectedPackage, version: str) -> str:
    """The purl with a version in its place, before the qualifiers."""
    path, question, qualifiers = package.purl.partition("?")
    return f"{path}@{quote(version, safe='.-_~:')}{question}{qualifiers}"


def display_name(package: AffectedPackage) -> str:
    """Namespace and name as the ecosystem's people write them."""
    return unquote(_osv_name(package)) if package.type != "pypi" else package.name


def _quoted(version: str) -> str:
    return quote(version, safe=".-_~:+")

"""All ecosystems, found by OSV's name or by purl type.

An ecosystem's module is imported when it is first asked for: a command that reads one lock file compiles one order.
"""

from functools import cache
from importlib import import_module

from seawall.clearinghouse.matching.ecosystems.interface import Ecosystem

_APK = "alpine"
_DPKG = "debian"
_RPM = "rpm"

_BY_NAME = {
    # The names under which an order's own ECOSYSTEM goes.
    "Alpine": _APK,
    "Bitnami": "bitnami",
    "CPE": "cpe",
    "CRAN": "cran",
    "Debian": _DPKG,
    "GitHub Actions": "githubactions",
    "Go": "golang",
    "Hackage": "hackage",
    "Hex": "hex",
    "Maven": "maven",
    "NuGet": "nuget",
    "Packagist": "packagist",
    "Pub": "pub",
    "PyPI": "pypi",
    "RPM": _RPM,
    "RubyGems": "rubygems",
    "SemVer": "semver",
    "VSCode": "vscode",
    "crates.io": "cargo",
    "generic": "generic",
    "npm": "npm",
    # Others of OSV's names (schema 1.7), whose versions have the same order.
    "Alpaquita": _APK,
    "BellSoft Hardened Containers": _APK,
    "Chainguard": _APK,
    "CleanStart": _APK,
    "MinimOS": _APK,
    "Wolfi": _APK,
    "Echo": _DPKG,
    "Ubuntu": _DPKG,
    "AlmaLinux": _RPM,
    "Amazon Linux": _RPM,
    "Azure Linux": _RPM,
    "CentOS": _RPM,
    "Fedora": _RPM,
    "Mageia": _RPM,
    "Mariner": _RPM,
    "Oracle Linux": _RPM,
    "Photon OS": _RPM,
    "Red Hat": _RPM,
    "Rocky Linux": _RPM,
    "SUSE": _RPM,
    "openEuler": _RPM,
    "openSUSE": _RPM,
    "Bioconductor": "cran",
    "GHC": "hackage",
    "Kubernetes": "semver",
    "Linux": "generic",
    "SwiftURL": "semver",
}

_BY_PURL_TYPE = {
    "apk": _APK,
    "bitnami": "bitnami",
    "cargo": "cargo",
    "composer": "packagist",
    "cran": "cran",
    "deb": _DPKG,
    "gem": "rubygems",
    "generic": "generic",
    "githubactions": "githubactions",
    "golang": "golang",
    "hackage": "hackage",
    "hex": "hex",
    "maven": "maven",
    "npm": "npm",
    "nuget": "nuget",
    "pub": "pub",
    "pypi": "pypi",
    "rpm": _RPM,
    "swift": "semver",
    "vscode-extension": "vscode",
}

_WRAPPERS = frozenset({"Docker Hardened Images", "Echo", "Root", "TuxCare"})
"""Publishers who rebuild others' packages and keep their order: ``Root:Alpine:3.18``, ``TuxCare:npm``, ``Echo:PyPI``."""

WITHOUT_ORDER = frozenset(
    {"Android", "ConanCenter", "FreeBSD", "GIT", "GSD", "Homebrew", "Julia", "OSS-Fuzz", "UVI", "opam"}
)
"""OSV's names whose versions have no order here: theirs cannot be named exactly, or is not checked against their own tool.
Their versions are matched where an advisory lists them, and said to be."""

FOLDERS = tuple(sorted(set(_BY_NAME.values())))


@cache
def ecosystem_of_folder(folder: str) -> Ecosystem:
    """The ecosystem that a folder beside this module implements; only for names in ``FOLDERS``."""
    found: Ecosystem = import_module(f"seawall.clearinghouse.matching.ecosystems.{folder}.order").ECOSYSTEM
    return found


def of_purl_type(kind: str) -> Ecosystem | None:
    """The ecosystem of a purl type, or None where its versions have no order here; any text may be asked for."""
    folder = _BY_PURL_TYPE.get(kind)
    return None if folder is None else ecosystem_of_folder(folder)


def of_name(name: str) -> Ecosystem | None:
    """The ecosystem of an OSV name, or None where its versions have no order here; any text may be asked for.

    What follows a colon is a release, which does not change the order (``Debian:12``), or whose packages were rebuilt.
    """
    base, _, rest = name.partition(":")
    if base in _WRAPPERS:
        inner = rest.partition(":")[0]
        if inner in _BY_NAME and inner not in _WRAPPERS:
            base = inner
    folder = _BY_NAME.get(base)
    return None if folder is None else ecosystem_of_folder(folder)

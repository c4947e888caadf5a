"""What single values of a ``proof.toml`` may look like, and what goes with each type of package. Pure."""

import re

from packageurl import PackageURL

from seawall.clearinghouse.validation.archives import shown
from seawall.clearinghouse.validation.errors import BundleError
from seawall.clearinghouse.validation.types import Runtime

_BUILT = (Runtime.NATIVE, Runtime.JAVA, Runtime.GO, Runtime.RUST)
RUNS_AS: dict[str, tuple[Runtime, ...]] = {
    "pypi": (Runtime.PYTHON, *_BUILT),
    "npm": (Runtime.NODE, *_BUILT),
    "deb": _BUILT,
    "deb-source": _BUILT,
    "generic": (*_BUILT, Runtime.ROOT),
}
"""What can be run of each type of package."""
VERSION = re.compile(r"^[0-9A-Za-z][0-9A-Za-z.+!_~-]{0,99}$")
# Names become arguments of installers: nothing that could be read as an option, a path or an address.
NAMES = {
    "pypi": re.compile(r"^[A-Za-z0-9](?:[A-Za-z0-9._-]{0,98}[A-Za-z0-9])?$"),
    "npm": re.compile(r"^(?:@[A-Za-z0-9][A-Za-z0-9._~-]{0,98}/)?[A-Za-z0-9][A-Za-z0-9._~-]{0,98}$"),
    "deb": re.compile(r"^debian/[a-z0-9][a-z0-9.+-]{1,98}$"),
    "generic": re.compile(r"^(?:[A-Za-z0-9][A-Za-z0-9._-]{0,98}/)?[A-Za-z0-9][A-Za-z0-9._+-]{0,98}$"),
}
EXCEPTION = re.compile(r"^[A-Za-z_][A-Za-z0-9_.]{0,99}$")
NAME = re.compile(
    r"^(?:/(?:etc|home|root|opt|var|srv|mnt)/(?:[A-Za-z0-9_][A-Za-z0-9_.-]*/){0,6})?[A-Za-z0-9_.][A-Za-z0-9_.-]{0,99}$"
)
INSIDE = re.compile(r"^(?!.*\.\.)[A-Za-z0-9_.][A-Za-z0-9_./-]{0,199}$")
COMMAND = re.compile(r"^[A-Za-z0-9_][A-Za-z0-9_.+-]{0,49}$")
HOST = re.compile(r"^(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)*[A-Za-z0-9][A-Za-z0-9-]{0,61}$")
REPOSITORY = re.compile(r"^(?:https://[A-Za-z0-9.-]{1,100}|file://)/[A-Za-z0-9._~/+-]{1,200}$")
DEFINE = re.compile(r"^[A-Za-z_][A-Za-z0-9_]{0,99}(?:=[A-Za-z0-9_.+\"/ -]{0,100})?$")
DIGEST = re.compile(r"^sha256:[0-9a-f]{64}$")
"""An image in the cache."""
PATTERN = re.compile(r"^[A-Za-z0-9_*][A-Za-z0-9_.*/+-]{0,199}$")
SOURCES = {
    Runtime.NATIVE: ("*.c",),
    Runtime.JAVA: ("**/*.jar",),
    Runtime.GO: ("src", "*/share/gocode/src"),
    Runtime.RUST: ("Cargo.toml", "*/share/cargo/registry/*/Cargo.toml"),
}
"""What is built where build.sources is not given."""


def exact(field: str, value: str, kind: str) -> str:
    """The value, where it is one exact version of that type of package.

    Raises:
        BundleError: It is not.
    """
    # A registry's tag such as "latest" would mean another version tomorrow.
    # Debian's may begin with an epoch: 1:2.3-4.
    plain = re.sub(r"^[0-9]+:", "", value) if kind.startswith("deb") else value
    good = VERSION.match(plain) and (kind == "generic" or value[0].isdigit())
    if not good:
        raise BundleError(f"{field} {shown(value)} is not an exact version.", "Write one version, no range.", field)
    return value


def purl(value: str) -> PackageURL | None:
    """A package URL, or None where it is none."""
    try:
        return PackageURL.from_string(value)
    except ValueError:
        return None

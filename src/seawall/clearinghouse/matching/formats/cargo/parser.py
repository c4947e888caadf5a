"""Cargo.lock, versions 1 to 4 (https://doc.rust-lang.org/cargo/reference/manifest.html; its layout is told in Cargo's own
``resolver/encode`` documentation).

Packages without a source are the workspace's own. Only crates of crates.io can be matched: a crate of the same name in
another registry is another crate. Cargo does not say in it what only tests or builds need.
"""

from collections.abc import Iterator
from typing import Any

from seawall.clearinghouse.matching.errors import NotAnInventory, UnsupportedVersion
from seawall.clearinghouse.matching.formats.interface import Sbom
from seawall.clearinghouse.matching.formats.locks import Lock, of_git
from seawall.clearinghouse.matching.formats.reading import mapping, mappings, sequence, shown, text, toml_of

VERSIONS = (1, 2, 3, 4)
_CRATES_IO = (
    "registry+https://github.com/rust-lang/crates.io-index",
    "sparse+https://index.crates.io/",
    "registry+sparse+https://index.crates.io/",
)
Key = tuple[str, str, str]


def claims(path: str) -> bool:
    """The one name that Cargo writes."""
    return path.rpartition("/")[2] == "Cargo.lock"


def parse(data: bytes) -> Sbom:
    """Read a Cargo.lock.

    Raises:
        NotAnInventory: Not TOML, or not Cargo's.
        UnsupportedVersion: Another version of the format.
        InventoryTooLarge: Over a limit.
    """
    document = toml_of(data)
    if document.get("version", 1) not in VERSIONS:
        raise UnsupportedVersion(
            f"Cargo.lock version {shown(str(document['version']), 20)} is not read.", "Lock with version 1 to 4."
        )
    packages = mappings(document.get("package"))
    root = mapping(document.get("root"))  # of the first Cargos
    if not packages and not root and "version" not in document:
        raise NotAnInventory("This is no Cargo.lock: it has no package.", "Let Cargo write it.")
    if root:
        packages.append({**root, "source": None})
    own = [item for item in packages if not text(item.get("source"))]
    lock = Lock("cargo", " ".join(_key(own[0])[:2]) if len(own) == 1 else "Cargo.lock")
    by_name: dict[str, list[Key]] = {}
    for item in packages:
        key = _key(item)
        by_name.setdefault(key[0], []).append(key)
        if key[2]:
            lock.package(key, "cargo", key[0], key[1], why_not=_why_not(key[2]))
        elif key[0]:
            lock.own(key, " ".join(key[:2]))
    for item in packages:
        key = _key(item)
        targets = [target for one in sequence(item.get("dependencies")) for target in _targets(text(one), by_name)]
        if key[2]:
            lock.needs(key, targets)
            continue
        for target in targets:
            lock.root(target, part=key if len(own) > 1 else None)
    return lock.sbom()


def _key(item: dict[str, Any]) -> Key:
    return text(item.get("name")), text(item.get("version")), text(item.get("source"))


def _targets(needed: str, by_name: dict[str, list[Key]]) -> Iterator[Key]:
    """``name``, ``name version`` or ``name version (source)``, whatever says enough."""
    name, _, rest = needed.partition(" ")
    version, _, source = rest.partition(" ")
    for key in by_name.get(name, ()):
        if (not version or version == key[1]) and (not source or source.strip("()") == key[2]):
            yield key


def _why_not(source: str) -> str:
    if source in _CRATES_IO:
        return ""
    if source.startswith("git+"):
        url, _, commit = source.removeprefix("git+").partition("#")
        return of_git(url, commit)
    return f"it comes from another registry ({shown(source, 120)}), not from crates.io"

"""uv.lock, version 1 (https://docs.astral.sh/uv/concepts/projects/layout/#the-lockfile).

Members of the workspace are the project itself and no packages. A package may stand in several versions, for different
markers; a dependency then says which. What only an extra or a dependency group of a member needs is ``optional`` or ``dev``.
"""

from collections.abc import Iterator
from typing import Any

from seawall.clearinghouse.matching.errors import NotAnInventory, UnsupportedVersion
from seawall.clearinghouse.matching.formats.interface import Sbom
from seawall.clearinghouse.matching.formats.locks import Lock, of_file, of_git, of_url
from seawall.clearinghouse.matching.formats.reading import mapping, mappings, sequence, shown, text, toml_of

_LOCAL = ("editable", "virtual", "directory", "path")
Key = tuple[str, str]


def claims(path: str) -> bool:
    """The one name that uv writes; ``x.py.lock`` stands beside a script."""
    name = path.rpartition("/")[2]
    return name == "uv.lock" or name.endswith(".py.lock")


def parse(data: bytes) -> Sbom:
    """Read a uv.lock.

    Raises:
        NotAnInventory: Not TOML, or not uv's.
        UnsupportedVersion: Another version of the format.
        InventoryTooLarge: Over a limit.
    """
    document = toml_of(data)
    version = document.get("version")
    if not isinstance(version, int):
        raise NotAnInventory("This is no uv.lock: it has no version.", "Let 'uv lock' write it.")
    if version != 1:
        raise UnsupportedVersion(f"uv.lock version {shown(str(version), 20)} is not read.", "Lock with uv's version 1.")
    packages = mappings(document.get("package"))
    members = _members(document, packages)
    lock = Lock("uv", _subject(members) or "uv.lock")
    own = {_key(item) for item in members}
    by_name = _list(lock, packages, own)
    extras = _asked_extras(packages, document)
    for item in packages:
        if _key(item) not in own:
            _connect(lock, item, by_name, extras)
    begins: list[tuple[Key | None, str, Any]] = [
        (None if _is_root(item) else _key(item), scope, needed) for item in members for scope, needed in _needs(item)
    ]
    begins += [(None, scope, needed) for scope, needed in _script_needs(mapping(document.get("manifest")))]
    for part, scope, needed in begins:
        for target in _targets(needed, by_name):
            lock.root(target, scope, part=part)
    return lock.sbom()


def _list(lock: Lock, packages: list[dict[str, Any]], own: set[Key]) -> dict[str, list[Key]]:
    """Add all packages; the keys of each name."""
    by_name: dict[str, list[Key]] = {}
    for item in packages:
        key = _key(item)
        by_name.setdefault(key[0], []).append(key)
        if key in own:
            lock.own(key, " ".join(key))
        elif key[0]:
            lock.package(key, "pypi", key[0], key[1], why_not=_why_not(mapping(item.get("source"))))
        else:
            lock.left_out("Entries without a name are left out", str(item)[:40])
    return by_name


def _connect(lock: Lock, item: dict[str, Any], by_name: dict[str, list[Key]], extras: set[Key]) -> None:
    key = _key(item)
    lock.needs(key, _targets(item.get("dependencies"), by_name))
    for extra, needed in mapping(item.get("optional-dependencies")).items():
        if (key[0], extra) in extras:
            lock.needs(key, _targets(needed, by_name))


def _script_needs(manifest: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """What a script needs, or a workspace without a project at its root."""
    yield "", manifest.get("requirements")
    yield from (("dev", needed) for needed in mapping(manifest.get("dependency-groups")).values())


def _needs(member: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    yield "", member.get("dependencies")
    for scope, name in (("optional", "optional-dependencies"), ("dev", "dev-dependencies")):
        yield from ((scope, needed) for needed in mapping(member.get(name)).values())


def _key(item: dict[str, Any]) -> Key:
    return text(item.get("name")), text(item.get("version"))


def _members(document: dict[str, Any], packages: list[dict[str, Any]]) -> list[dict[str, Any]]:
    named = {name for name in sequence(mapping(document.get("manifest")).get("members")) if isinstance(name, str)}
    found = []
    for item in packages:
        source = mapping(item.get("source"))
        if _is_root(item) or (text(item.get("name")) in named and any(kind in source for kind in _LOCAL)):
            found.append(item)
    return found


def _is_root(item: dict[str, Any]) -> bool:
    source = mapping(item.get("source"))
    return "." in {text(source.get("editable")), text(source.get("virtual"))}


def _subject(members: list[dict[str, Any]]) -> str:
    return next((" ".join(filter(None, _key(item))) for item in members if _is_root(item)), "")


def _why_not(source: dict[str, Any]) -> str:
    for kind in _LOCAL:
        if isinstance(source.get(kind), str):
            return of_file(source[kind])
    if isinstance(source.get("git"), str):
        url, _, commit = source["git"].partition("#")
        return of_git(url, commit)
    if isinstance(source.get("url"), str):
        return of_url(source["url"])
    return ""


def _asked_extras(packages: list[dict[str, Any]], document: dict[str, Any]) -> set[Key]:
    """The (package, extra) pairs that something in the file asks for."""
    found = set()
    for item in [*packages, mapping(document.get("manifest"))]:
        lists = [item.get("dependencies"), item.get("requirements")]
        for name in ("optional-dependencies", "dev-dependencies", "dependency-groups"):
            lists += mapping(item.get(name)).values()
        for needed in lists:
            for one in mappings(needed):
                found |= {
                    (text(one.get("name")), extra) for extra in sequence(one.get("extra")) if isinstance(extra, str)
                }
    return found


def _targets(needed: Any, by_name: dict[str, list[Key]]) -> Iterator[Key]:
    for one in mappings(needed):
        name, version = _key(one)
        if version:
            yield name, version
        else:
            yield from by_name.get(name, ())

"""conan.lock of Conan 1 (a graph, version 0.4) and 2 (lists, version 0.5)
(https://docs.conan.io/2/tutorial/versioning/lockfiles.html). A reference is ``name/version@user/channel#revision%time``.
"""

import re
from typing import Any

from seawall.clearinghouse.matching.errors import NotAnInventory
from seawall.clearinghouse.matching.formats.interface import Sbom
from seawall.clearinghouse.matching.formats.locks import Lock
from seawall.clearinghouse.matching.formats.reading import json_of, mapping, sequence, text

_REFERENCE = re.compile(r"([^/@#:%\s]+)/([^@#:%\s]+)(?:@([^/#:%\s]*)/?([^#:%\s]*))?(?:#([^:%\s]*))?.*")
_LISTS = (("requires", ""), ("build_requires", "build"), ("python_requires", "build"), ("config_requires", "build"))


def claims(path: str) -> bool:
    """The one name that Conan writes by itself."""
    return path.rpartition("/")[2] == "conan.lock"


def parse(data: bytes) -> Sbom:
    """Read a conan.lock.

    Raises:
        NotAnInventory: Not JSON, or not Conan's.
        InventoryTooLarge: Over a limit.
    """
    document = json_of(data)
    nodes = mapping(document.get("graph_lock")).get("nodes")
    lock = Lock("conan", "conan.lock")
    if isinstance(nodes, dict):
        _graph(lock, {key: mapping(item) for key, item in nodes.items()})
    elif any(isinstance(document.get(name), list) for name, _ in _LISTS):
        for name, scope in _LISTS:
            for reference in sequence(document.get(name)):
                _add(lock, (name, text(reference)), text(reference), scope)
    else:
        raise NotAnInventory("This is no conan.lock: neither graph_lock nor requires is there.", "Let Conan write it.")
    return lock.sbom()


def _graph(lock: Lock, nodes: dict[str, dict[str, Any]]) -> None:
    for key, item in nodes.items():
        reference = text(item.get("ref"))
        # Node 0 is the consumer: a conanfile's own package, or a bare path.
        if key == "0" or not reference:
            lock.own(key, reference.partition("#")[0] or text(item.get("path")) or key)
        else:
            _add(lock, key, reference, "build" if item.get("context") == "build" else "")
    for key, item in nodes.items():
        needed = [one for one in sequence(item.get("requires")) if isinstance(one, str)]
        tools = [one for one in sequence(item.get("build_requires")) if isinstance(one, str)]
        if key == "0":
            for target in needed:
                lock.root(target)
            for target in tools:
                lock.root(target, "build")
        else:
            lock.needs(key, [*needed, *tools])


def _add(lock: Lock, key: Any, reference: str, scope: str) -> None:
    match = _REFERENCE.fullmatch(reference)
    if match is None:
        lock.left_out("References that are not of Conan's shape are left out", reference)
        return
    name, version, user, channel, _ = match.groups()
    about = [("user", user or ""), ("channel", channel or "")]
    about = [] if about[0][1] in {"", "_"} else about
    lock.package(key, "conan", name, version, scope=scope, qualifiers=about, ref=reference)

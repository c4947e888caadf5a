"""Installed npm packages: each ``package.json`` that lies directly in a package's folder under ``node_modules``."""

import json
import re

from seawall.clearinghouse.matching.systems.errors import NotASystem
from seawall.clearinghouse.matching.systems.interface import Entry
from seawall.clearinghouse.matching.systems.types import NOTHING, Found, Installed

SIZE_MAX = 4 * 2**20
LANGUAGE = True

_PATH = re.compile(r"(?:^|/)node_modules/(?:@[^/]+/)?[^/@.][^/]*/package\.json$")


def wants(path: str) -> bool:
    """See ``interface.Reader``."""
    return path.endswith("/package.json") and _PATH.search(path) is not None


def read(path: str, entry: Entry) -> Found:  # noqa: ARG001 - the interface's
    """See ``interface.Reader``."""
    try:
        value = json.loads(entry.read())
    except (ValueError, RecursionError):
        raise NotASystem("It is not JSON.") from None
    name, version = (value.get("name"), value.get("version")) if isinstance(value, dict) else (None, None)
    if not isinstance(name, str) or not isinstance(version, str) or not name or not version:
        return NOTHING  # npm does not install such; they mark the type of a folder's modules
    namespace, _, last = name.rpartition("/")
    return Found((Installed("npm", last, version, namespace=namespace),))

"""``/etc/os-release``: which distribution a system is, and which release of it (os-release(5))."""

import re

from seawall.clearinghouse.matching.systems.interface import Entry
from seawall.clearinghouse.matching.systems.types import Found, Release

SIZE_MAX = 64 * 1024
LANGUAGE = False

PATHS = ("etc/os-release", "usr/lib/os-release")
"""The first stands before the second; it is often a link to it."""
_LINE = re.compile(r"""(?m)^([A-Z][A-Z0-9_]*)=(?:"([^"\n]*)"|'([^'\n]*)'|([^\s"']*))[ \t\r]*$""")
_TEXT_MAX = 60


def wants(path: str) -> bool:
    """See ``interface.Reader``."""
    return path in PATHS


def read(path: str, entry: Entry) -> Found:  # noqa: ARG001 - the interface's
    """See ``interface.Reader``."""
    values: dict[str, str] = {}
    for name, *texts in _LINE.findall(entry.read().decode("utf-8", "replace")):
        values[name] = "".join(texts)[:_TEXT_MAX]
    version = values.get("VERSION_ID") or values.get("VERSION_CODENAME", "")
    title = values.get("PRETTY_NAME") or f"{values.get('NAME', '')} {version}".strip()
    return Found(release=Release(values.get("ID", "").lower(), version, title))

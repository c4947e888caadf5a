"""Installed Python distributions: the headers of their metadata (PEP 376, PEP 566)."""

from seawall.clearinghouse.matching.systems.errors import NotASystem
from seawall.clearinghouse.matching.systems.interface import Entry
from seawall.clearinghouse.matching.systems.types import NOTHING, Found, Installed

SIZE_MAX = 4 * 2**20
"""Bytes; a long README stands behind the headers."""
LANGUAGE = True

_ENDINGS = (".dist-info/METADATA", ".egg-info/PKG-INFO", ".egg-info")
_HEADERS_MAX = 256 * 1024
"""Bytes in which name and version are looked for; they stand at the top."""


def wants(path: str) -> bool:
    """See ``interface.Reader``."""
    return path.endswith(_ENDINGS)


def read(path: str, entry: Entry) -> Found:
    """See ``interface.Reader``."""
    fields: dict[str, str] = {}
    for line in entry.begin(_HEADERS_MAX).decode("utf-8", "replace").split("\n"):
        if not line.strip():
            break
        name, colon, value = line.partition(":")
        if colon and name.lower() in {"name", "version"}:
            fields.setdefault(name.lower(), value.strip())
    if not fields.get("name") or not fields.get("version"):
        if path.endswith(".egg-info"):
            return NOTHING  # also the name of files that tell where a development tree is
        raise NotASystem("It has no name or version.")
    return Found((Installed("pypi", fields["name"], fields["version"]),))

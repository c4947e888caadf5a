"""Alpine's package database: blocks of lines, one letter and a colon each."""

from collections.abc import Iterator

from seawall.clearinghouse.matching.systems.interface import Entry
from seawall.clearinghouse.matching.systems.readers.languages import of_languages
from seawall.clearinghouse.matching.systems.types import Found, Installed

SIZE_MAX = 128 * 2**20
"""Bytes; a desktop with 1,500 packages has 20 MB."""
LANGUAGE = False

PATHS = frozenset({"lib/apk/db/installed", "usr/lib/apk/db/installed"})


def wants(path: str) -> bool:
    """See ``interface.Reader``."""
    return path in PATHS


def read(path: str, entry: Entry) -> Found:  # noqa: ARG001 - the interface's
    """See ``interface.Reader``."""
    text = entry.read().decode("utf-8", "replace")
    return Found(installed=tuple(_packages(text)), owned=tuple(of_languages(_files(text))))


def _packages(text: str) -> Iterator[Installed]:
    fields: dict[str, str] = {}
    for line in (*text.split("\n"), ""):
        plain = line.rstrip("\r")
        if plain:
            if plain[1:2] == ":" and plain[0] in "PVAo":
                fields[plain[0]] = plain[2:].strip()
            continue
        name, version = fields.get("P", ""), fields.get("V", "")
        if name and version:
            origin = fields.get("o", "")
            yield Installed("apk", name, version, arch=fields.get("A", ""), source=origin if origin != name else "")
        fields = {}


def _files(text: str) -> Iterator[str]:
    folder = ""
    for line in text.split("\n"):
        if line.startswith("F:"):
            folder = line[2:].strip()
        elif line.startswith("R:"):
            yield f"{folder}/{line[2:].strip()}"

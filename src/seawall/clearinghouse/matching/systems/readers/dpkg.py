"""Debian's package database: ``status``, distroless images' ``status.d``, and the lists of files that packages brought.

Only packages whose files are on the disk count: one that was removed and left its configuration behind does not.
"""

import re
from collections.abc import Iterator

from seawall.clearinghouse.matching.systems.interface import Entry
from seawall.clearinghouse.matching.systems.readers.languages import of_languages
from seawall.clearinghouse.matching.systems.types import Found, Installed

SIZE_MAX = 128 * 2**20
"""Bytes of ``status``; a machine with 5,000 packages has 8 MB."""
LANGUAGE = False

_STATUS = "var/lib/dpkg/status"
_FOLDER = "var/lib/dpkg/status.d/"
_LISTS = "var/lib/dpkg/info/"
_ON_DISK = frozenset({"installed", "unpacked", "half-configured", "triggers-awaited", "triggers-pending"})
_WANTED = frozenset({"Package", "Version", "Architecture", "Source", "Status"})
_SOURCE = re.compile(r"(\S+)(?:\s+\((\S+)\))?")
_BLANK = re.compile(r"\n[ \t\r]*\n")


def wants(path: str) -> bool:
    """See ``interface.Reader``."""
    if path.startswith(_LISTS):
        return path.endswith(".list")
    return path == _STATUS or (path.startswith(_FOLDER) and "/" not in path[len(_FOLDER) :])


def read(path: str, entry: Entry) -> Found:
    """See ``interface.Reader``."""
    text = entry.read().decode("utf-8", "replace")
    if path.endswith(".list"):
        return Found(owned=tuple(of_languages(text.split("\n"))))
    if path.endswith(".md5sums"):
        return Found(owned=tuple(of_languages(line.partition("  ")[2] for line in text.split("\n"))))
    return Found(installed=tuple(_packages(text)))


def _packages(text: str) -> Iterator[Installed]:
    for stanza in _BLANK.split(text):
        fields = _fields(stanza)
        name, version = fields.get("Package", ""), fields.get("Version", "")
        status = fields.get("Status")
        if not name or not version or (status is not None and status.rpartition(" ")[2] not in _ON_DISK):
            continue
        yield Installed("deb", name, version, arch=fields.get("Architecture", ""), source=_source(fields))


def _fields(stanza: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for line in stanza.split("\n"):
        name, colon, value = line.partition(":")
        if colon and name in _WANTED:
            found[name] = value.strip()
    return found


def _source(fields: dict[str, str]) -> str:
    found = _SOURCE.match(fields.get("Source", ""))
    if found is None:
        return ""
    name, version = found[1], found[2] or fields["Version"]
    if version != fields["Version"]:
        return f"{name}@{version}"
    return name if name != fields["Package"] else ""

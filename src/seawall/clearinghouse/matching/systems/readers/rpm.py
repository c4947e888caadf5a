"""RPM's database, wherever a distribution keeps it; the file's name is its kind, its bytes decide."""

from seawall.clearinghouse.matching.systems.interface import Entry
from seawall.clearinghouse.matching.systems.readers.languages import of_languages
from seawall.clearinghouse.matching.systems.rpm.databases import headers
from seawall.clearinghouse.matching.systems.rpm.headers import Header, files, package
from seawall.clearinghouse.matching.systems.types import Found, Installed

SIZE_MAX = 1024 * 2**20
"""Bytes; a workstation with 3,000 packages has 200 MB. It is held in memory while it is read."""
LANGUAGE = False

_FOLDERS = ("var/lib/rpm", "usr/lib/sysimage/rpm", "usr/share/rpm")
PATHS = frozenset(f"{folder}/{name}" for folder in _FOLDERS for name in ("rpmdb.sqlite", "Packages.db", "Packages"))
_LOGS = frozenset(f"{folder}/rpmdb.sqlite-wal" for folder in _FOLDERS)


def wants(path: str) -> bool:
    """See ``interface.Reader``."""
    return path in PATHS or path in _LOGS


def read(path: str, entry: Entry) -> Found:
    """See ``interface.Reader``."""
    if path in _LOGS:
        note = f"{path} has changes that RPM has not written to its database yet; they are not seen."
        return Found(notes=(note,) if entry.size else ())
    installed: list[Installed] = []
    owned: list[str] = []
    for blob in headers(entry.read()):
        header = Header(blob)
        found = package(header)
        if found is not None:
            installed.append(found)
            owned += of_languages(files(header))
    return Found(tuple(installed), owned=tuple(owned))

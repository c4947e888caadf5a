"""Java archives that say which Maven artifact they are, and the archives inside of them, one level deep."""

import io
import zipfile
import zlib
from collections.abc import Iterator

from seawall.clearinghouse.matching.systems.errors import NotASystem
from seawall.clearinghouse.matching.systems.interface import Entry
from seawall.clearinghouse.matching.systems.types import Found, Installed

SIZE_MAX = 256 * 2**20
"""Bytes of an archive; it is held in memory while it is read."""
LANGUAGE = True

ENDINGS = (".ear", ".hpi", ".jar", ".jpi", ".sar", ".war")
MEMBERS_MAX = 200_000
"""Entries in an archive's directory, counted by their mark before it is read: each costs half a kilobyte of memory."""
INNER_MAX = 64 * 2**20
"""Bytes of an archive inside of another."""
UNPACKED_MAX = 512 * 2**20
"""Bytes unpacked of one archive; ``RATIO_MAX`` times its size where that is less, but always ``UNPACKED_MIN``."""
UNPACKED_MIN = 16 * 2**20
RATIO_MAX = 100
_METHODS = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})
"""What Java knows; others need memory that the archive chooses."""
_PROPERTIES_MAX = 64 * 1024
_MARK = b"PK\x01\x02"
_DAMAGE = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, OSError, ValueError)
"""What the standard library raises on damaged archives."""


def wants(path: str) -> bool:
    """See ``interface.Reader``."""
    return path.endswith(ENDINGS)


def read(path: str, entry: Entry) -> Found:  # noqa: ARG001 - the interface's
    """See ``interface.Reader``."""
    try:
        return _archive(entry.read())
    except _DAMAGE as error:
        raise NotASystem(f"The archive is damaged: {str(error)[:100]}.") from error


def _archive(data: bytes) -> Found:
    budget = _Budget(min(UNPACKED_MAX, max(UNPACKED_MIN, RATIO_MAX * len(data))))
    installed: list[Installed] = []
    unnamed = 0
    for archive in _archives(data, budget):
        before = len(installed)
        for name in archive.namelist():
            if name.startswith("META-INF/maven/") and name.endswith("/pom.properties"):
                installed += _artifact(budget.read(archive, name, _PROPERTIES_MAX))
        unnamed += len(installed) == before and any(name.endswith(".class") for name in archive.namelist())
    return Found(tuple(dict.fromkeys(installed)), unnamed=unnamed)


def _archives(data: bytes, budget: "_Budget") -> Iterator[zipfile.ZipFile]:
    outer = _open(data)
    yield outer
    for name in outer.namelist():
        if name.endswith(ENDINGS):
            inner = budget.read(outer, name, INNER_MAX)
            if zipfile.is_zipfile(io.BytesIO(inner)):
                yield _open(inner)


def _open(data: bytes) -> zipfile.ZipFile:
    if data.count(_MARK) > MEMBERS_MAX:
        raise NotASystem(f"The archive has over {MEMBERS_MAX} members.")
    return zipfile.ZipFile(io.BytesIO(data))


def _artifact(properties: bytes) -> Iterator[Installed]:
    fields: dict[str, str] = {}
    for line in properties.decode("utf-8", "replace").splitlines():
        name, _, value = line.partition("=")
        fields[name.strip()] = value.strip()
    group, artifact, version = (fields.get(name, "") for name in ("groupId", "artifactId", "version"))
    if group and artifact and version and "${" not in group + artifact + version:
        yield Installed("maven", artifact, version, namespace=group)


class _Budget:
    """Bytes that one file may still unpack to."""

    def __init__(self, left: int) -> None:
        self._left = left

    def read(self, archive: zipfile.ZipFile, name: str, most: int) -> bytes:
        """A member's bytes."""
        limit = min(most, self._left)
        if archive.getinfo(name).compress_type not in _METHODS:
            raise NotASystem("The archive is packed in a way that Java does not know.")
        with archive.open(name) as file:
            data = file.read(limit + 1)
        if len(data) > limit:
            raise NotASystem("The archive unpacks to more than is read.")
        self._left -= len(data)
        return data

"""Programs that carry the list of what they were built from: Go's build information, and Rust's of ``cargo auditable``.

Formats: Go's ``debug/buildinfo`` from Go 1.18 on (two strings with their lengths behind a mark), and a zlib-packed JSON in the
ELF section ``.dep-v0``.
"""

import json
import re
import struct
import zlib
from collections.abc import Iterator
from typing import Any

from seawall.clearinghouse.matching.systems.errors import NotASystem
from seawall.clearinghouse.matching.systems.interface import Entry
from seawall.clearinghouse.matching.systems.types import NOTHING, Found, Installed

SIZE_MAX = 512 * 2**20
"""Bytes of a program; it is held in memory while it is read."""
LANGUAGE = True

MODULES_MAX = 20_000
"""Modules of one program; Kubernetes' have about 200."""
_FOLDERS = re.compile(
    r"(?:^|/)(?:s?bin|libexec|cli-plugins|cni)/[^/]+$|^[^/.]+$|^(?:app|opt|srv|ko-app|workspace)/[^.]+$"
)
_ELF = b"\x7fELF"
_GO = b"\xff Go buildinf:"
_GO_INLINE = 2
_SENTINEL = 16
"""Bytes before and after Go's list."""
_RUST_SECTION = b".dep-v0\x00"
_RUST_MAX = 8 * 2**20
"""Bytes of Rust's list, unpacked."""
_SECTIONS_MAX = 1000
_ELF_HEADER = _SECTION_HEADER = 64
"""Bytes of either, in a 64-bit file."""
_MORE = 0x80
"""Bit of a varint's byte that says that another follows."""
_VARINT_SHIFT_MAX = 28


def wants(path: str) -> bool:
    """See ``interface.Reader``."""
    return _FOLDERS.search(path) is not None


def read(path: str, entry: Entry) -> Found:  # noqa: ARG001 - the interface's
    """See ``interface.Reader``."""
    if entry.begin(len(_ELF)) != _ELF:
        return NOTHING
    data = entry.read()
    found = list(_go(data))
    if _RUST_SECTION in data:
        found += _rust(data)
    return Found(tuple(dict.fromkeys(found))) if found else NOTHING


def _go(data: bytes) -> Iterator[Installed]:
    start = _go_start(data)
    if start is None:
        return
    version, position = _string(data, start + 32)
    listed, _ = _string(data, position)
    number = version.decode("utf-8", "replace").removeprefix("go").partition(" ")[0]
    if number[:1].isdigit():
        yield Installed("golang", "stdlib", number)
    last: tuple[str, str] | None = None
    for line in listed[_SENTINEL:-_SENTINEL].decode("utf-8", "replace").split("\n")[:MODULES_MAX]:
        kind, *words = line.split("\t")
        if kind in {"mod", "dep", "=>"} and len(words) > 1:
            # A replacement stands on the line after what it replaces.
            if last is not None and kind != "=>":
                yield from _module(*last)
            last = words[0], words[1]
    if last is not None:
        yield from _module(*last)


def _go_start(data: bytes) -> int | None:
    at = data.find(_GO)
    while at >= 0 and (at % 16 or len(data) < at + 32 or not data[at + 15] & _GO_INLINE):
        at = data.find(_GO, at + 1)
    return at if at >= 0 else None


def _string(data: bytes, at: int) -> tuple[bytes, int]:
    """A string with its length before it, as a varint."""
    length = shift = 0
    while True:
        if at >= len(data) or shift > _VARINT_SHIFT_MAX:
            raise NotASystem("Its Go build information is damaged.")
        byte = data[at]
        at += 1
        length |= (byte & ~_MORE) << shift
        shift += 7
        if not byte & _MORE:
            break
    if at + length > len(data):
        raise NotASystem("Its Go build information is damaged.")
    return data[at : at + length], at + length


def _module(path: str, version: str) -> Iterator[Installed]:
    namespace, _, name = path.rpartition("/")
    if version not in {"", "(devel)"}:
        yield Installed("golang", name, version, namespace=namespace)


def _rust(data: bytes) -> Iterator[Installed]:
    packed = _section(data, _RUST_SECTION)
    if packed is None:
        return
    unpacker = zlib.decompressobj()
    try:
        text = unpacker.decompress(packed, _RUST_MAX)
        if not unpacker.eof:
            raise NotASystem("Its list of Rust packages is cut or too long.")
        value: Any = json.loads(text)
    except (zlib.error, ValueError, RecursionError):
        raise NotASystem("Its list of Rust packages is damaged.") from None
    packages = value.get("packages") if isinstance(value, dict) else None
    for package in packages if isinstance(packages, list) else ():
        if not isinstance(package, dict) or package.get("source") not in {"crates.io", "registry"}:
            continue
        name, version = package.get("name"), package.get("version")
        if isinstance(name, str) and isinstance(version, str) and package.get("kind", "runtime") == "runtime":
            yield Installed("cargo", name, version)


def _section(data: bytes, wanted: bytes) -> bytes | None:
    """Bytes of a section of a 64-bit little-endian ELF file."""
    if data[4:6] != b"\x02\x01" or len(data) < _ELF_HEADER:
        return None
    table, size, count, names = struct.unpack_from("<Q", data, 40) + struct.unpack_from("<HHH", data, 58)
    if size != _SECTION_HEADER or count > _SECTIONS_MAX or names >= count or table + size * count > len(data):
        return None
    headers = [struct.unpack_from("<IIQQQQ", data, table + size * index) for index in range(count)]
    start = headers[names][4]
    for name, _, _, _, offset, length in headers:
        if data[start + name : start + name + len(wanted)] == wanted:
            return data[offset : offset + length]
    return None

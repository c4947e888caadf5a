"""Reads the members of a .zip, a .tar.gz or a folder as the hostile things they may be. Nothing is written.

Refused, each with its reason: names that step out (``../``, absolute, drive letters, backslashes, control
characters), links, devices, sparse and encrypted members, a name that is also another's folder, names that are equal but for
case or accents' spelling, more than ``ENTRIES_MAX`` members, more than ``UNPACKED_MAX`` bytes, a member that unpacks to
more than ``RATIO_MAX`` times its packed size, archives that end early or whose headers lie.

Memory: at most the archive, its unpacked members (``UNPACKED_MAX``) and a few MiB for the list of names.
"""

import io
import re
import stat
import struct
import tarfile
import unicodedata
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import NoReturn

from seawall.clearinghouse.validation.errors import BundleError

ENTRIES_MAX = 2_000
UNPACKED_MAX = 64 * 2**20
"""Bytes of all members together; a proof is small, a source tree for C fits."""
RATIO_MAX = 200
"""Unpacked to packed size of one member; text packs 3 to 20 times."""
RATIO_FLOOR = 512
"""Packed bytes below which the ratio is not asked: a few zeros pack well."""
NAME_MAX = 300
"""Characters of a whole name."""
PART_MAX = 255
"""Bytes of one part of a name: what file systems take."""
DIRECTORY_MARKS_MAX = 20_000
"""Entries in a ZIP's directory, counted by their mark before it is read: each costs half a kilobyte of memory."""
SHOWN = 120
"""Characters of a hostile name in a message."""

_METHODS = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}
_ENCRYPTED = 0x1
_GZIP = b"\x1f\x8b"
_DRIVE = re.compile(r"^[A-Za-z]:")
_HIDDEN = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
"""Unicode categories that show nothing: controls, marks that reorder, surrogates (bytes that are not UTF-8)."""
# What the standard library raises on damaged archives, found by fuzzing: more than its own error classes.
_DAMAGE = (
    zipfile.BadZipFile,
    tarfile.TarError,
    zlib.error,
    struct.error,
    EOFError,
    NotImplementedError,
    RuntimeError,
    OSError,
    ValueError,
    OverflowError,
    IndexError,
    MemoryError,
)


def read(name: str, data: bytes) -> dict[str, bytes]:
    """All plain files of an archive, by their relative names.

    Args:
        name: What the archive is called; only its ending counts.
        data: The archive.

    Raises:
        BundleError: See the module's docstring.
    """
    if data[:2] == _GZIP or name.endswith(".tar"):
        return _collected(_tar_members(data), "tar")
    if data[:2] == b"PK" and zipfile.is_zipfile(io.BytesIO(data)):
        return _collected(_zip_members(data), "ZIP")
    raise BundleError(
        "The proof is neither a ZIP nor a .tar.gz archive.", "Pack the folder with proof.toml at its root.", "proof"
    )


def read_folder(folder: Path) -> dict[str, bytes]:
    """All plain files below a folder, by their relative names.

    Raises:
        BundleError: See the module's docstring; also a file that cannot be read.
    """
    return _collected(_folder_members(folder), "folder")


def shown(text: str) -> str:
    """A stranger's text for a message: short, quoted, its invisible characters written out."""
    cut = text[:SHOWN].encode("unicode_escape", "backslashreplace").decode("ascii")
    return f"'{cut}{'…' if len(text) > SHOWN else ''}'"


def _collected(found: Iterator[tuple[str, bytes | None]], kind: str) -> dict[str, bytes]:
    """Names to contents; ``found`` yields None for a directory."""
    members: dict[str, bytes] = {}
    spellings: dict[str, str] = {}
    total = 0
    count = 0
    try:
        for raw, content in found:
            count += 1
            if count > ENTRIES_MAX:
                _refuse(f"The {kind} has more than {ENTRIES_MAX} members.", "Leave out what the proof does not use.")
            path = _safe(raw)
            if content is None:
                continue
            if spellings.setdefault(_spelling(path), path) != path or path in members:
                _refuse(f"Two members are called {shown(path)} (or differ only in spelling).", "Keep one of them.")
            total += len(content)
            if total > UNPACKED_MAX:
                _refuse(f"The {kind} unpacks to more than {UNPACKED_MAX >> 20} MiB.", "Leave out what is not used.")
            members[path] = content
    except _DAMAGE as error:
        raise BundleError(f"The {kind} is damaged: {shown(str(error))}.", "Pack it again.", "proof") from error
    for path in members:
        for folder in PurePosixPath(path).parents:
            taken = spellings.get(_spelling(folder.as_posix()))
            if taken is not None:
                _refuse(f"{shown(taken)} is a file and a folder.", "Rename one of them.")
    return members


def _spelling(path: str) -> str:
    return unicodedata.normalize("NFC", path).casefold()


def _zip_members(data: bytes) -> Iterator[tuple[str, bytes | None]]:
    if data.count(b"PK\x01\x02") > DIRECTORY_MARKS_MAX:
        _refuse(f"The ZIP has more than {ENTRIES_MAX} members.", "Leave out what the proof does not use.")
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        infos = archive.infolist()
        if len(infos) > ENTRIES_MAX:
            _refuse(f"The ZIP has {len(infos)} members; {ENTRIES_MAX} are read.", "Leave some out.")
        for info in infos:
            if info.is_dir():
                yield info.filename, None
                continue
            _check_zip_member(info)
            with archive.open(info) as file:
                # The header may lie; zipfile reads no more than it says and checks the sum.
                content = file.read(info.file_size + 1)
            if len(content) != info.file_size:
                _refuse(f"{shown(info.filename)} is not as long as its header says.", "Pack it again.")
            yield info.filename, content


def _check_zip_member(info: zipfile.ZipInfo) -> None:
    kind = stat.S_IFMT(info.external_attr >> 16)
    if kind and not stat.S_ISREG(kind):
        _refuse(f"{shown(info.filename)} is a link or device.", "Put plain files into the archive.")
    if info.flag_bits & _ENCRYPTED:
        _refuse(f"{shown(info.filename)} is encrypted.", "Pack it without a password.")
    if info.compress_type not in _METHODS:
        _refuse(f"{shown(info.filename)} is packed in a rare way.", "Use the usual deflate.")
    if info.file_size > UNPACKED_MAX or info.file_size > RATIO_MAX * max(info.compress_size, RATIO_FLOOR):
        _refuse(f"{shown(info.filename)} unpacks to far more than it holds.", "This looks like a bomb.")


def _tar_members(data: bytes) -> Iterator[tuple[str, bytes | None]]:
    raw = _gunzip(data) if data[:2] == _GZIP else data
    with tarfile.open(fileobj=io.BytesIO(raw), mode="r:") as archive:
        for info in archive:
            if info.isdir():
                yield info.name, None
                continue
            if not info.isreg() or info.issparse():
                _refuse(f"{shown(info.name)} is a link, a device or sparse.", "Put plain files into the archive.")
            if info.size > len(raw):
                _refuse(f"{shown(info.name)} is not as long as its header says.", "Pack it again.")
            file = archive.extractfile(info)
            content = file.read() if file else b""
            if len(content) != info.size:
                _refuse(f"{shown(info.name)} is not as long as its header says.", "Pack it again.")
            yield info.name, content
        end = archive.offset
    # tarfile takes an archive that stops in the middle, or at a broken header, for one that ends there.
    if raw[end : end + tarfile.BLOCKSIZE] != bytes(tarfile.BLOCKSIZE):
        _refuse("The tar archive has no end mark: it was cut off.", "Pack it again.")


def _gunzip(data: bytes) -> bytes:
    unpacker = zlib.decompressobj(wbits=31)
    raw = unpacker.decompress(data, UNPACKED_MAX + 1)
    if len(raw) > UNPACKED_MAX:
        _refuse(f"The archive unpacks to more than {UNPACKED_MAX >> 20} MiB.", "Leave out what is not used.")
    if not unpacker.eof:
        _refuse("The gzip stream ends early.", "Pack it again.")
    if unpacker.unused_data.strip(b"\0"):
        _refuse("Something follows the gzip stream.", "Pack it again, as one stream.")
    return raw


def _folder_members(folder: Path) -> Iterator[tuple[str, bytes | None]]:
    total = 0
    stack = [folder]
    while stack:
        here = stack.pop()
        for path in here.iterdir():
            name = path.relative_to(folder).as_posix()
            mode = path.lstat().st_mode
            if stat.S_ISDIR(mode):
                stack.append(path)
                yield name, None
                continue
            if not stat.S_ISREG(mode):
                _refuse(f"{shown(name)} is a link or device.", "Put plain files into the bundle.")
            total += path.stat().st_size
            if total > UNPACKED_MAX:
                _refuse(f"The folder holds more than {UNPACKED_MAX >> 20} MiB.", "Leave out what is not used.")
            yield name, path.read_bytes()


def _safe(raw: str) -> str:
    path = PurePosixPath(raw)
    wrong = (
        not path.parts
        or len(raw) > NAME_MAX
        or raw.startswith(("/", "~"))
        or "\\" in raw
        or _DRIVE.match(raw) is not None
        or ".." in path.parts
        or any(unicodedata.category(letter) in _HIDDEN for letter in raw)
        or any(len(part.encode()) > PART_MAX for part in path.parts)
    )
    if wrong:
        _refuse(f"The member name {shown(raw)} does not stay inside the bundle.", "Use plain relative names.")
    if "node_modules" in path.parts:
        _refuse(
            f"{shown(raw)} would stand in for the package under test.", "Leave node_modules out; name target.requires."
        )
    return path.as_posix()


def _refuse(detail: str, action: str) -> NoReturn:
    raise BundleError(detail, action, "proof")

"""Reads a source of advisories: a folder, a ZIP, a tarball or one file, as its publisher hands it out.

    for record in read(Path("pypa.tar.xz"), report=report): ...

Members are read one at a time, in order of their names, so that two readings are the same. What cannot be used is
reported, never raised: one broken record must not cost the others. Of a file with a record on each line (``.jsonl``, also
``.jsonl.xz`` and ``.jsonl.gz``), each line is a member: ``records.jsonl/000007.json``.
"""

import gzip
import io
import lzma
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import suppress
from itertools import islice
from pathlib import Path

from seawall.clearinghouse.matching.advisories.errors import NotAnAdvisory, NotASource
from seawall.clearinghouse.matching.advisories.formats.interface import BYTES_MAX, FORMATS, parser
from seawall.clearinghouse.matching.advisories.types import Record, Unread

MEMBERS_MAX = 2_000_000
"""Files of one source; all of OSV has about 500,000."""
TOTAL_MAX = 64 * 2**30
"""Unpacked bytes of one source; a bomb ends here."""
SAMPLE = 400
"""Members by which the format is told."""
TRIED = 20
"""Members that are parsed where the names fit several formats."""

Report = Callable[[Unread], None]
Member = tuple[str, bytes]


def read(source: Path, *, format_name: str = "", report: Report) -> Iterator[Record]:
    """The records of a source.

    Args:
        source: Folder, archive or file.
        format_name: One of ``FORMATS``; told from the names of the files where it is empty.
        report: Told what could not be used.

    Raises:
        NotASource: It cannot be opened, or holds nothing of any format.
    """
    chosen = parser(format_name or _told(source))
    for path, data in members(source):
        if not chosen.claims(path):
            continue
        try:
            for record in chosen.parse(path, data):
                for item in record.unread:
                    report(item)
                yield record
        except NotAnAdvisory as error:
            report(Unread(path[:300], error.detail))


def members(source: Path) -> Iterator[Member]:
    """Names and contents of the files of a source, in order of the names where the source allows it.

    Raises:
        NotASource: It cannot be opened, is damaged, or unpacks to more than is read.
    """
    try:
        total = 0
        for count, (path, data) in enumerate(_members(source), start=1):
            total += len(data)
            if count > MEMBERS_MAX or total > TOTAL_MAX:
                raise NotASource(f"{source.name} unpacks to more than is read.", "Is this a source of advisories?")
            yield path, data
    except (
        OSError,
        tarfile.TarError,
        zipfile.BadZipFile,
        zlib.error,
        lzma.LZMAError,
        EOFError,
        RuntimeError,
        NotImplementedError,
        ValueError,
    ) as error:
        raise NotASource(f"{source.name} cannot be read: {str(error)[:120]}.", "Fetch it again.") from error


def _members(source: Path) -> Iterator[Member]:
    if source.is_dir():
        yield from _of_folder(source)
    elif _has_lines(source.name):
        yield from _lines_of(source, source.name)
    elif zipfile.is_zipfile(source):
        yield from _of_zip(source)
    elif tarfile.is_tarfile(source):
        yield from _of_tarball(source)
    elif source.stat().st_size > BYTES_MAX:
        raise NotASource(f"{source.name} has over {BYTES_MAX >> 20} MiB.", "Send a folder or an archive.")
    else:
        yield source.name, source.read_bytes()


def _of_folder(source: Path) -> Iterator[Member]:
    for path in sorted(source.rglob("*")):
        if not path.is_file() or path.is_symlink():
            continue
        name = path.relative_to(source).as_posix()
        if _has_lines(name):
            yield from _lines_of(path, name)
        elif path.stat().st_size <= BYTES_MAX:
            yield name, path.read_bytes()


def _of_zip(source: Path) -> Iterator[Member]:
    with zipfile.ZipFile(source) as archive:
        for info in sorted(archive.infolist(), key=lambda item: item.filename):
            if not info.is_dir() and info.file_size <= BYTES_MAX:
                with archive.open(info) as file:
                    yield info.filename, file.read(BYTES_MAX + 1)


def _of_tarball(source: Path) -> Iterator[Member]:
    with tarfile.open(source) as tar:  # as it comes: sorting would unpack it once for each member
        for member in tar:
            if member.isfile() and member.size <= BYTES_MAX:
                opened = tar.extractfile(member)
                if opened is not None:
                    yield member.name, opened.read()


def _has_lines(name: str) -> bool:
    return name.endswith((".jsonl", ".jsonl.xz", ".jsonl.gz"))


def _lines_of(path: Path, name: str) -> Iterator[Member]:
    with _unpacked(path) as file:
        number = 0
        while line := file.readline(BYTES_MAX + 1):
            number += 1
            # Of a line over the limit the beginning is handed on, which its parser refuses, and the rest passed over.
            rest = line
            while rest and not rest.endswith(b"\n"):
                rest = file.readline(BYTES_MAX)
            if line.strip():
                yield f"{name}/{number:06}.json", line


def _unpacked(path: Path) -> io.BufferedIOBase:
    if path.suffix == ".xz":
        return lzma.open(path)
    if path.suffix == ".gz":
        return gzip.open(path)
    return path.open("rb")


def _told(source: Path) -> str:
    """The format whose publishers name their files so; where that is said by several, the one that reads most of them."""
    names = [path for path, _ in islice(members(source), SAMPLE)]
    claimed = {name: sum(parser(name).claims(path) for path in names) for name in FORMATS}
    likely = [name for name in FORMATS if claimed[name] == max(claimed.values())]
    if not claimed[likely[0]]:
        raise NotASource(f"{source.name} holds no file of {', '.join(FORMATS)}.", "Name the format with --format.")
    return likely[0] if len(likely) == 1 else max(likely, key=lambda name: _reads(name, source))


def _reads(name: str, source: Path) -> int:
    """How many of the first members the format reads."""
    chosen = parser(name)
    count = 0
    for path, data in islice((member for member in members(source) if chosen.claims(member[0])), TRIED):
        with suppress(NotAnAdvisory):
            count += any(True for _ in chosen.parse(path, data))
    return count

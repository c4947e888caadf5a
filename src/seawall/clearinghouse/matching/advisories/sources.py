"""Reads a source of advisories: a folder, a ZIP, a tarball or one file, as its publisher hands it out.

    for record in read(Path("pypa.tar.xz"), report=report): ...

Members are read one at a time, in order of their names, so that two readings are the same. What cannot be used is
reported, never raised: one broken record must not cost the others.
"""

import tarfile
import zipfile
from collections.abc import Callable, Iterator
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
            yield from chosen.parse(path, data)
        except NotAnAdvisory as error:
            report(Unread(path[:300], error.detail))


def members(source: Path) -> Iterator[Member]:
    """Names and contents of the files of a source, in order of the names where the source allows it.

    Raises:
        NotASource: It cannot be opened, is damaged, or unpacks to more than is read.
    """
    try:
        count = total = 0
        for path, data in _members(source):
            count += 1
            total += len(data)
            if count > MEMBERS_MAX or total > TOTAL_MAX:
                raise NotASource(f"{source.name} unpacks to more than is read.", "Is this a source of advisories?")
            yield path, data
    except (
        OSError,
        tarfile.TarError,
        zipfile.BadZipFile,
        EOFError,
        RuntimeError,
        NotImplementedError,
        ValueError,
    ) as error:
        raise NotASource(f"{source.name} cannot be read: {str(error)[:120]}.", "Fetch it again.") from error


def _members(source: Path) -> Iterator[Member]:
    if source.is_dir():
        for path in sorted(source.rglob("*")):
            if path.is_file() and not path.is_symlink() and path.stat().st_size <= BYTES_MAX:
                yield path.relative_to(source).as_posix(), path.read_bytes()
    elif zipfile.is_zipfile(source):
        with zipfile.ZipFile(source) as archive:
            for info in sorted(archive.infolist(), key=lambda item: item.filename):
                if not info.is_dir() and info.file_size <= BYTES_MAX:
                    with archive.open(info) as file:
                        yield info.filename, file.read(BYTES_MAX + 1)
    elif tarfile.is_tarfile(source):
        with tarfile.open(source) as tar:  # as it comes: sorting would unpack it once for each member
            for member in tar:
                if member.isfile() and member.size <= BYTES_MAX:
                    opened = tar.extractfile(member)
                    if opened is not None:
                        yield member.name, opened.read()
    elif source.stat().st_size > BYTES_MAX:
        raise NotASource(f"{source.name} has over {BYTES_MAX >> 20} MiB.", "Send a folder or an archive.")
    else:
        yield source.name, source.read_bytes()


def _told(source: Path) -> str:
    """The format whose publishers name their files so; the more particular formats are asked before OSV."""
    names: list[str] = []
    for path, _ in members(source):
        names.append(path)
        if len(names) >= SAMPLE:
            break
    best = max(reversed(FORMATS), key=lambda name: sum(parser(name).claims(path) for path in names))
    if not any(parser(best).claims(path) for path in names):
        raise NotASource(f"{source.name} holds no file of {', '.join(FORMATS)}.", "Name the format with --format.")
    return best

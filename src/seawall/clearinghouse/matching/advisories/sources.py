"""Reads a source of advisories: a folder, a ZIP, a tarball or one file, as its publisher hands it out.

    for record in read(Path("pypa.tar.xz"), report=report): ...

Members are read one at a time, in order of their names, so that two readings are the same. What cannot be used is
reported, never raised: one broken record must not cost the others. Of a file with a record on each line (``.jsonl``, also
``.jsonl.xz`` and ``.jsonl.gz``), each line is a member: ``records.jsonl/000007.json``.
"""

from collections import Counter
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from seawall.clearinghouse.matching.advisories import archives, documents
from seawall.clearinghouse.matching.advisories.archives import Member, Report
from seawall.clearinghouse.matching.advisories.errors import NotAnAdvisory, NotASource
from seawall.clearinghouse.matching.advisories.formats.interface import BYTES_MAX, FORMATS, bytes_max, parser
from seawall.clearinghouse.matching.advisories.types import Record, Unread

SAMPLE = 2_000
"""Members among which the format is looked for."""
TRIED = 60
"""Documents by which the format is told."""


def read(source: Path, *, format_name: str = "", report: Report) -> Iterator[Record]:
    """The records of a source.

    Args:
        source: Folder, archive or file.
        format_name: One of ``FORMATS``; told from the first files where it is empty.
        report: Told what could not be used.

    Raises:
        NotASource: It cannot be opened, or holds nothing of any format.
    """
    name = format_name or told(source)
    chosen = parser(name)
    for path, data in archives.members(source, limit=bytes_max(name), report=report):
        if not chosen.claims(path):
            continue
        try:
            for record in chosen.parse(path, data):
                for item in record.unread:
                    report(item)
                yield record
        except NotAnAdvisory as error:
            report(Unread(documents.text(path), error.detail))


def members(source: Path) -> Iterator[Member]:
    """Names and contents of the files of a source; see ``archives.members``."""
    return archives.members(source, limit=BYTES_MAX)


def told(source: Path) -> str:
    """The format of a source: the one that most of its first documents fit.

    Raises:
        NotASource: It cannot be opened, or its documents fit none.
    """
    counts: Counter[str] = Counter()
    tried = 0
    largest = max(bytes_max(name) for name in FORMATS)
    for path, data in islice(archives.members(source, limit=largest), SAMPLE):
        likely = [name for name in FORMATS if parser(name).claims(path)]
        if not likely:
            continue
        try:
            document = documents.load(path, data)
        except NotAnAdvisory:
            continue
        counts.update(name for name in likely if parser(name).fits(document))
        tried += 1
        if tried == TRIED:
            break
    if not counts:
        raise NotASource(f"{source.name} holds no file of {', '.join(FORMATS)}.", "Name the format with --format.")
    return max(FORMATS, key=lambda name: counts[name])

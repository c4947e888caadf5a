"""What a source says about vulnerabilities rather than packages: CISA's KEV catalog and Vulnrichment.

A snapshot carries it, so that a due date can be told offline.
"""

import hashlib
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from seawall.clearinghouse.matching.advisories.errors import NotASource
from seawall.clearinghouse.matching.advisories.sources import members
from seawall.clearinghouse.matching.advisories.types import Unread
from seawall.clearinghouse.matching.snapshot.types import Stated
from seawall.clearinghouse.prioritization.errors import NotAFeed
from seawall.clearinghouse.prioritization.formats.kev import parser as kev
from seawall.clearinghouse.prioritization.formats.vulnrichment import parser as vulnrichment
from seawall.clearinghouse.prioritization.rules import facts_of_entry

KEV_FILE = "known_exploited_vulnerabilities.json"
_CVE_RECORD = re.compile(r"(?:^|/)CVE-[0-9]{4}-[0-9]{4,19}\.json$|\.jsonl(?:\.xz|\.gz)?/[0-9]+\.json$")


@dataclass(frozen=True, slots=True)
class Catalog:
    """A KEV catalog was read."""

    as_of: date


def stated(source: Path, report: Callable[[Unread], None]) -> Iterator[Stated | Catalog]:
    """Every fact in a source; none in most. What cannot be read is reported."""
    for path, data in members(source):
        try:
            if path.rpartition("/")[2] == KEV_FILE:
                catalog = kev.parse(data)
                yield Catalog(catalog.released)
                for entry in catalog.entries:
                    yield from (Stated(entry.cve, fact) for fact in facts_of_entry(entry, catalog.released))
            elif _CVE_RECORD.search(path) and b'"CISA-ADP"' in data:
                record = vulnrichment.parse(data)
                yield from (Stated(record.cve, fact) for fact in record.facts)
        except NotAFeed as error:
            report(Unread(path[:300], error.detail))


def has_advisories(source: Path) -> bool:
    """Whether a source is more than a catalog of known exploited vulnerabilities."""
    return not any(path.rpartition("/")[2] == KEV_FILE for path, _ in _first(source, 20))


def _first(source: Path, count: int) -> Iterator[tuple[str, bytes]]:
    for number, member in enumerate(members(source)):
        if number >= count:
            return
        yield member


def digest(source: Path) -> str:
    """Of a source's bytes; of the names and digests of its files where it is a folder.

    Raises:
        NotASource: It cannot be read.
    """
    try:
        if not source.is_dir():
            with source.open("rb") as file:
                return f"sha256:{hashlib.file_digest(file, 'sha256').hexdigest()}"
        total = hashlib.sha256()
        for path in sorted(source.rglob("*")):
            if path.is_file() and not path.is_symlink():
                with path.open("rb") as file:
                    one = hashlib.file_digest(file, "sha256").hexdigest()
                total.update(f"{path.relative_to(source).as_posix()}\0{one}\n".encode("utf-8", "surrogateescape"))
    except OSError as error:
        raise NotASource(f"{source} cannot be read: {error.strerror}.", "Check the path.") from error
    return f"sha256:{total.hexdigest()}"


def require_distinct(titles: Sequence[str]) -> None:
    """Refuse two sources of one name.

    Raises:
        NotASource: Two have one name.
    """
    twice = sorted({title for title in titles if titles.count(title) > 1})
    if twice:
        raise NotASource(f"Two sources are called {twice[0]!r}.", "Name them: ONE=PATH OTHER=PATH.")
    odd = [title for title in titles if not title or ":" in title or not title.isprintable()]
    if odd:
        raise NotASource(f"{odd[0]!r} is no name for a source.", "Use letters, digits, dots and dashes.")

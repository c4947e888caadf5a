"""What an advisory format is: a folder with ``parser.py`` that exports ``claims``, ``fits`` and ``parse``.

- ``claims(path)``: whether a file of this name, inside its source, can be one of the format's. Names only, no bytes.
- ``fits(document)``: whether what ``documents.load`` read from such a file looks like the format. Cheap, and never true for a
  document of another format: the first documents of a source are shown to every format, and the most fits win.
- ``parse(path, data)``: its records; raises ``NotAnAdvisory`` for what is not one. What of a record cannot be used stands in
  the record's ``unread``, with the reason; what cannot be said exactly in events is flagged or unread, never guessed.
- ``BYTES_MAX``, where one file of the format is larger than the ``BYTES_MAX`` here.

A parser gets a stranger's bytes: it bounds what it reads, and it raises nothing else.
"""

from collections.abc import Iterable
from importlib import import_module
from typing import Any, Protocol

from seawall.clearinghouse.matching.advisories import documents
from seawall.clearinghouse.matching.advisories.errors import NotAnAdvisory
from seawall.clearinghouse.matching.advisories.types import Record

BYTES_MAX = 16 * 2**20
"""Of one advisory; the longest at hand has 1.2 MB."""
TITLE_MAX = 300
REFERENCES_MAX = 20
ID_MAX = 200
ALIASES_MAX = 100
UNREAD_MAX = 100
"""Parts of one record that are reported; the rest would say the same."""

FORMATS = ("csaf", "rubysec", "nodejs", "friendsofphp", "debian", "alpine", "cve5", "osv")
"""Names on the command line. Where a source fits several equally well, the first is taken."""


class Parser(Protocol):
    """A format's module."""

    def claims(self, path: str) -> bool:
        """Whether the format's publishers name their advisories so."""
        ...

    def fits(self, document: Any) -> bool:
        """Whether a document looks like one of the format's."""
        ...

    def parse(self, path: str, data: bytes) -> Iterable[Record]:
        """The records of one file."""
        ...


def parser(name: str) -> Parser:
    """The parser of a format.

    Raises:
        NotAnAdvisory: No such format.
    """
    if name not in FORMATS:
        raise NotAnAdvisory(f"The format {name[:40]!r} is not known.", f"Choose from {', '.join(FORMATS)}.", "format")
    module: Any = import_module(f"seawall.clearinghouse.matching.advisories.formats.{name}.parser")
    found: Parser = module
    return found


def bytes_max(name: str) -> int:
    """Bytes of the largest file of a format that are read."""
    found: int = getattr(parser(name), "BYTES_MAX", BYTES_MAX)
    return found


def bounded(path: str, data: bytes, limit: int = BYTES_MAX) -> Any:
    """The document in a file that is not too large.

    Raises:
        NotAnAdvisory: It is, or it cannot be parsed.
    """
    if len(data) > limit:
        raise NotAnAdvisory(f"It has over {limit >> 20} MiB.", "Split it.")
    return documents.load(path, data)


def text(value: Any, limit: int = TITLE_MAX) -> str:
    """A short text on one line, without what does not print; empty where the value is none."""
    return documents.text(value, limit)


def texts(value: Any, limit: int) -> tuple[str, ...]:
    """The texts of a list, each once, at most ``limit``."""
    return documents.texts(value, limit, 2000)


def identifier(value: Any) -> str:
    """An advisory's identifier.

    Raises:
        NotAnAdvisory: It is none that could be shown, or compared with another.
    """
    found = documents.scalar(value, ID_MAX + 1)
    if not found or len(found) > ID_MAX:
        raise NotAnAdvisory("Its identifier is missing, empty, too long or not printable.")
    return found

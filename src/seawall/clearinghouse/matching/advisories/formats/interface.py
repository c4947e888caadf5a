"""What an advisory format is: a folder with ``parser.py`` that exports ``claims`` and ``parse``.

- ``claims(path)``: whether a file of this name, inside its source, is one of the format's.
- ``parse(path, data)``: its records; raises ``NotAnAdvisory`` for what is not one. What it cannot say of a record it leaves out.

A parser gets a stranger's bytes: it bounds what it reads, and it raises nothing else.
"""

from collections.abc import Iterable
from importlib import import_module
from typing import Any, Protocol

from seawall.clearinghouse.matching.advisories.errors import NotAnAdvisory
from seawall.clearinghouse.matching.advisories.types import Record

BYTES_MAX = 16 * 2**20
"""Of one advisory; the longest at hand has 1.2 MB."""
TITLE_MAX = 300
REFERENCES_MAX = 20
ID_MAX = 100

FORMATS = ("osv",)
"""Names on the command line, in the order in which they are asked whether a source is theirs."""


class Parser(Protocol):
    """A format's module."""

    def claims(self, path: str) -> bool:
        """Whether the format's publishers name their advisories so."""
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


def text(value: Any, limit: int = TITLE_MAX) -> str:
    """A short text, or nothing where the value is none; on one line."""
    return " ".join(value.split())[:limit] if isinstance(value, str) else ""


def texts(value: Any, limit: int) -> tuple[str, ...]:
    """The texts of a list, each once, at most ``limit``."""
    if not isinstance(value, list):
        return ()
    return tuple(dict.fromkeys(item.strip() for item in value if isinstance(item, str) and item.strip()))[:limit]

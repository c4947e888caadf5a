"""What an inventory format is: a folder with ``parser.py`` that exports ``claims`` and ``parse``.

- ``claims(path)``: whether a file of this name, inside a folder, is one of the format's. Names only, no bytes.
- ``parse(data) -> Sbom``: its components, made with ``listings.listing``.
- ``parse_beside(data, beside) -> Sbom``, where other files of the tree help, such as a parent's pom.xml.

The service runs parsers in a child process with memory and CPU limits (``matching/parsing.py``); ``seawall check`` runs them
on its user's own files. They import no Django and raise only ``matching.errors``. A component that cannot be matched is kept
with the reason; only a document that is not of the format, or over a limit, is refused.
"""

from collections.abc import Callable
from importlib import import_module
from typing import Any, Protocol

from seawall.clearinghouse.matching.errors import NotAnInventory
from seawall.clearinghouse.matching.formats.types import Listing, Sbom

__all__ = ["Listing", "Sbom"]  # a parser needs both, and finds them with what it must keep to

COMPONENTS_MAX = 200_000
"""Components of one inventory; a large hospital's whole estate has about 60,000."""
TEXT_MAX = 300
"""Characters of a name or reference that are kept."""


Beside = Callable[[str], bytes | None]
"""Another file of the same tree, by its path from the folder of the file that is read (``../pom.xml``); None where it is
not there, is not allowed or is too large."""


def nothing_beside(_: str) -> bytes | None:
    """For a document that comes alone."""
    return None


class Parser(Protocol):
    """A format's module."""

    def claims(self, path: str) -> bool:
        """Whether files of the format are named so."""
        ...

    def parse(self, data: bytes) -> Sbom:
        """The inventory in a document."""
        ...


FORMATS: tuple[str, ...] = (
    "cyclonedx",
    "spdx",
    "actions",
    "bun",
    "cargo",
    "composer",
    "conan",
    "gemfile",
    "gomod",
    "gosum",
    "gradle",
    "gradle_verification",
    "mix",
    "npm",
    "nuget_config",
    "nuget_deps",
    "nuget_lock",
    "nuget_props",
    "pdm",
    "pipfile",
    "pnpm",
    "poetry",
    "pom",
    "pubspec",
    "pylock",
    "requirements",
    "swift",
    "uv",
    "yarn",
)
"""Folders beside this module, in the order in which they are asked whether a file is theirs."""

UPLOADED: tuple[str, ...] = ("cyclonedx", "spdx")
"""Formats that the service takes in; the others are read by ``seawall check`` on its user's machine."""


def parser(name: str) -> Parser:
    """The parser of a format.

    Raises:
        NotAnInventory: No such format.
    """
    if name not in FORMATS:
        raise NotAnInventory(
            f"The format {name[:40]!r} is not known.", f"Choose from {', '.join(FORMATS)}.", field="format"
        )
    module: Any = import_module(f"seawall.clearinghouse.matching.formats.{name}.parser")
    found: Parser = module
    return found

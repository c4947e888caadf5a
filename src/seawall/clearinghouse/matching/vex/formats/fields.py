"""What the formats share: values with their places, bounded, and products that are not too wide."""

from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from typing import Any, TypeVar

from seawall.clearinghouse.matching.errors import NotAnInventory
from seawall.clearinghouse.matching.formats import documents
from seawall.clearinghouse.matching.vex.errors import NotVex, VexTooLarge
from seawall.clearinghouse.matching.vex.patterns import pattern, too_wide
from seawall.clearinghouse.matching.vex.types import Pattern

T = TypeVar("T")

STATEMENTS_MAX = 100_000
"""Statements of one document; the largest of distributions have a few thousand."""
PRODUCTS_MAX = 500_000
"""Products of all statements of a document."""
TEXT_MAX = 2_000
"""Characters of a statement's text that are kept."""
IDENTIFIER_MAX = 100
"""Characters of an identifier."""
FLAGS_MAX = 20
"""Flags of one statement."""

_SHOWN = 100


class Budget:
    """Statements and products that a document may still have."""

    def __init__(self) -> None:
        self._statements = self._products = 0

    def statement(self) -> None:
        """Count one."""
        self._statements += 1
        if self._statements > STATEMENTS_MAX:
            raise VexTooLarge(f"The document has over {STATEMENTS_MAX} statements.", "Give one document per product.")

    def product(self) -> None:
        """Count one."""
        self._products += 1
        if self._products > PRODUCTS_MAX:
            raise VexTooLarge(f"The document names over {PRODUCTS_MAX} products.", "Give one document per product.")


class Flags:
    """What of a statement is not honored."""

    def __init__(self) -> None:
        self._kept: dict[str, None] = {}

    def add(self, flag: str) -> None:
        """Keep a sentence."""
        if len(self._kept) < FLAGS_MAX:
            self._kept[flag] = None

    def all(self) -> tuple[str, ...]:
        """All of them."""
        return tuple(self._kept)

    def purl(self, text: str) -> Pattern | None:
        """A package URL that may be honored; None, with a flag, where it may not."""
        found = pattern(text)
        if found is None:
            self.add(f"{text[:_SHOWN]!r} is no package URL, and is not honored.")
        elif too_wide(found):
            self.add(f"{text[:_SHOWN]!r} has a wildcard, and is not honored.")
            return None
        return found


def text(value: Any, pointer: str, limit: int | None = TEXT_MAX) -> str:
    """A text, cut at the limit; empty where there is none."""
    found = _held(lambda: documents.text(value, pointer, limit=limit))
    if found.isprintable():
        return found
    # Shown in terminals: nothing that moves a cursor.
    return "".join(
        letter if letter.isprintable() or letter == "\n" else "\N{REPLACEMENT CHARACTER}" for letter in found
    )


def items(value: Any, pointer: str) -> list[Any]:
    """A list; empty where there is none."""
    return _held(lambda: documents.items(value, pointer))


def record(value: Any, pointer: str) -> dict[str, Any]:
    """An object; empty where there is none."""
    return _held(lambda: documents.record(value, pointer))


def records(value: Any, pointer: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """The objects of a list, with their places."""
    for index, entry in enumerate(items(value, pointer)):
        yield f"{pointer}/{index}", record(entry, f"{pointer}/{index}")


def _held(take: Callable[[], T]) -> T:
    try:
        return take()
    except NotAnInventory as error:
        raise NotVex(error.detail, error.action, error.field) from error


def identifiers(names: Iterable[str]) -> tuple[str, ...]:
    """Identifiers of a flaw, each once, in capitals: publishers differ in how they write them."""
    return tuple(dict.fromkeys(name.strip().upper()[:IDENTIFIER_MAX] for name in names if name.strip()))


def moment(*candidates: Any) -> datetime | None:
    """The first of several values that is a time with its zone; one without a zone is taken as UTC."""
    for value in candidates:
        if not isinstance(value, str) or not value:
            continue
        try:
            found = datetime.fromisoformat(value)
            return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
        except (ValueError, OverflowError):
            continue
    return None

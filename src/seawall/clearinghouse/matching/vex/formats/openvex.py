"""OpenVEX 0.2 (and 0.0.1, whose products are texts)."""

from collections.abc import Iterator
from typing import Any

from seawall.clearinghouse.matching.vex.errors import NotVex
from seawall.clearinghouse.matching.vex.formats.fields import (
    Budget,
    Flags,
    identifiers,
    items,
    moment,
    record,
    records,
    text,
)
from seawall.clearinghouse.matching.vex.types import Pattern, Product, Statement, Status

CONTEXT = "https://openvex.dev/ns"


def claims(document: dict[str, Any]) -> bool:
    """Whether a document is OpenVEX."""
    context = document.get("@context")
    return isinstance(context, str) and context.startswith(CONTEXT)


def read(document: dict[str, Any], source: str) -> Iterator[Statement]:
    """Its statements.

    Raises:
        NotVex: Of the wrong shape; says where.
        VexTooLarge: Over a limit.
    """
    author = text(document.get("author"), "author")
    budget = Budget()
    for place, entry in records(document.get("statements"), "statements"):
        budget.statement()
        flags = Flags()
        names = identifiers(_names(entry, place))
        products = tuple(_products(entry, place, flags, budget))
        status = _status(entry, place)
        yield Statement(
            names,
            products,
            status,
            text(entry.get("justification"), f"{place}/justification"),
            _first(entry, place, "impact_statement", "action_statement", "status_notes"),
            text(entry.get("supplier"), f"{place}/supplier") or author,
            moment(
                entry.get("last_updated"),
                entry.get("timestamp"),
                document.get("last_updated"),
                document.get("timestamp"),
            ),
            f"{source}: {place}",
            flags.all(),
        )


def _status(entry: dict[str, Any], place: str) -> Status:
    value = text(entry.get("status"), f"{place}/status")
    try:
        return Status(value)
    except ValueError:
        raise NotVex(
            f"{place}/status {value[:40]!r} is none of VEX.", f"Use one of {', '.join(Status)}.", f"{place}/status"
        ) from None


def _names(entry: dict[str, Any], place: str) -> Iterator[str]:
    value = entry.get("vulnerability")
    if isinstance(value, str):
        yield value
        return
    flaw = record(value, f"{place}/vulnerability")
    yield text(flaw.get("name"), f"{place}/vulnerability/name")
    for index, alias in enumerate(items(flaw.get("aliases"), f"{place}/vulnerability/aliases")):
        yield text(alias, f"{place}/vulnerability/aliases/{index}")


def _first(entry: dict[str, Any], place: str, *names: str) -> str:
    return next((found for name in names if (found := text(entry.get(name), f"{place}/{name}"))), "")


def _products(entry: dict[str, Any], place: str, flags: Flags, budget: Budget) -> Iterator[Product]:
    for index, value in enumerate(items(entry.get("products"), f"{place}/products")):
        pointer = f"{place}/products/{index}"
        product = _pattern(value, pointer, flags, budget)
        parts = record(value, pointer).get("subcomponents") if isinstance(value, dict) else entry.get("subcomponents")
        listed = items(parts, f"{pointer}/subcomponents")
        if product is None:
            continue
        if not listed:
            # It may be the component itself, or what the component is in.
            yield Product(product)
            yield Product(None, product)
        for number, part in enumerate(listed):
            component = _pattern(part, f"{pointer}/subcomponents/{number}", flags, budget)
            if component is not None:
                yield Product(component, product)


def _pattern(value: Any, pointer: str, flags: Flags, budget: Budget) -> Pattern | None:
    budget.product()
    if isinstance(value, str):
        return flags.purl(value)
    entry = record(value, pointer)
    named = record(entry.get("identifiers"), f"{pointer}/identifiers")
    purl = text(named.get("purl"), f"{pointer}/identifiers/purl", None) or text(
        entry.get("@id"), f"{pointer}/@id", None
    )
    return flags.purl(purl)

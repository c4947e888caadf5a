"""Takes values out of a document from outside, each with the place it stands at, so that a refusal can name it.

    name = text(package.get("name"), "packages/0/name")

Places are JSON pointers without the first slash. Raises only ``matching.errors``.
"""

from typing import Any, TypeGuard

from seawall.clearinghouse.matching.errors import InventoryTooLarge, NotAnInventory
from seawall.clearinghouse.matching.formats.interface import COMPONENTS_MAX, TEXT_MAX
from seawall.foundation.platform import strict_json
from seawall.foundation.platform.errors import BadInput

DOCUMENT_MAX = 256 * 2**20
"""Bytes of one document: ``COMPONENTS_MAX`` components at 1,300 bytes each. Reading takes about 8 times as much memory."""
DEPTH_MAX = strict_json.DEPTH_MAX
"""Nesting of XML elements and YAML collections, as of JSON values."""
NOTES_MAX = 50

_ACTION = "Check the document against its schema."


def check_size(data: bytes) -> None:
    """Refuse a document before it is read.

    Raises:
        InventoryTooLarge: Over ``DOCUMENT_MAX``.
    """
    if len(data) > DOCUMENT_MAX:
        raise InventoryTooLarge(
            f"The document has {len(data) / 2**20:,.0f} MiB; {DOCUMENT_MAX // 2**20} are read.",
            "Send one inventory per system.",
        )


def too_many(what: str, most: int, field: str) -> InventoryTooLarge:
    """The refusal of a document with more things than are read."""
    return InventoryTooLarge(f"The inventory has over {most} {what}.", "Send one inventory per system.", field)


def too_many_components(field: str) -> InventoryTooLarge:
    """The refusal of a document with more than ``COMPONENTS_MAX`` components."""
    return too_many("components", COMPONENTS_MAX, field)


def read_json(data: bytes) -> Any:
    """The value of a strict JSON document.

    Raises:
        NotAnInventory: It is none.
    """
    try:
        return strict_json.loads(data)
    except BadInput as error:
        raise NotAnInventory(error.detail, error.action) from error


def unwrapped(value: Any) -> Any:
    """What an envelope holds: an in-toto statement its predicate, GitHub's answer for a repository its ``sbom``.

    Whether the statement is signed is not asked: who hands it in vouches for it.
    """
    if not isinstance(value, dict):
        return value
    if isinstance(value.get("_type"), str) and value["_type"].startswith("https://in-toto.io/Statement/"):
        return value.get("predicate")
    return value["sbom"] if len(value) == 1 and "sbom" in value else value


def decoded(data: bytes) -> str:
    """The text of a document.

    Raises:
        NotAnInventory: Not UTF-8.
    """
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise NotAnInventory(f"Byte {error.start} is not UTF-8.", "Send the document as UTF-8.") from error


def is_text(value: Any) -> TypeGuard[str]:
    """Whether it is a text with something in it."""
    return isinstance(value, str) and bool(value)


def text(value: Any, pointer: str, *, limit: int | None = TEXT_MAX) -> str:
    """A text, cut at the limit; empty where there is none."""
    if value is None:
        return ""
    if not isinstance(value, str):
        raise NotAnInventory(f"{pointer} must be a text.", _ACTION, field=pointer)
    # PostgreSQL's texts cannot hold a zero.
    clean = value.replace("\x00", "\N{REPLACEMENT CHARACTER}")
    return clean if limit is None else clean[:limit]


def items(value: Any, pointer: str) -> list[Any]:
    """A list; empty where there is none."""
    if value is None:
        return []
    if not isinstance(value, list):
        raise NotAnInventory(f"{pointer} must be a list.", _ACTION, field=pointer)
    return value


def record(value: Any, pointer: str) -> dict[str, Any]:
    """An object; empty where there is none."""
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise NotAnInventory(f"{pointer} must be an object.", _ACTION, field=pointer)
    return value

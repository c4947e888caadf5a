"""Helpers of the readers of other people's JSON: by place, and with what they do not know told apart.

Other formats grow: a member that a reader does not know is no reason to refuse a report, and no reason to forget the
member. It stays in the bytes as sent, and its JSON pointer is named (``Report.unread``).
"""

import base64
import binascii
import hashlib
from collections.abc import Iterable
from heapq import nsmallest
from typing import Any

from seawall.clearinghouse.intake.errors import NotThisFormat, ReportTooLarge
from seawall.clearinghouse.intake.formats import fields

UNREAD_MAX = 50
"""Pointers of unknown members that are named; a document with more is of another format than it says."""
PAYLOAD_MAX = 4 * 2**20
"""Characters of one base64 text."""


def obj(value: Any, where: str) -> dict[str, Any]:
    """An object; nothing is an empty one."""
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise NotThisFormat(f"{where} must be an object.", field=where)
    return value


def items(value: Any, where: str, most: int = fields.LIST_MAX) -> list[Any]:
    """A list; nothing is an empty one."""
    if value is None:
        return []
    if not isinstance(value, list):
        raise NotThisFormat(f"{where} must be a list.", field=where)
    if len(value) > most:
        raise ReportTooLarge(f"{where} has {len(value)} entries; {most} are read.", field=where)
    return value


def objs(value: Any, where: str, most: int = fields.LIST_MAX) -> list[tuple[dict[str, Any], str]]:
    """A list of objects, each with its place."""
    return [
        (obj(item if item is not None else 0, f"{where}/{index}"), f"{where}/{index}")
        for index, item in enumerate(items(value, where, most))
    ]


def unknown(held: Iterable[str], known: Iterable[str], where: str = "") -> list[str]:
    """Pointers of the members that are not among the known."""
    return [pointer(where, key) for key in nsmallest(UNREAD_MAX, set(held) - set(known))]


def pointer(where: str, key: str) -> str:
    """JSON pointer (RFC 6901) of a member, without the leading slash, cut."""
    step = key.replace("~", "~0").replace("/", "~1")
    return fields.word(f"{where}/{step}" if where else step)


def told(pointers: Iterable[str]) -> tuple[str, ...]:
    """Pointers without repeats, as many as are kept."""
    return tuple(dict.fromkeys(pointers))[:UNREAD_MAX]


def decoded(value: Any, where: str, *, required: bool = True) -> bytes:
    """The bytes of a standard base64 text with padding; line breaks are passed over.

    Raises:
        NotThisFormat: Missing, no text, or no base64.
        ReportTooLarge: Over ``PAYLOAD_MAX`` characters.
    """
    raw = fields.text(value, where, limit=PAYLOAD_MAX, required=required)
    try:
        return base64.b64decode(raw.replace("\n", "").replace("\r", ""), validate=True)
    except (binascii.Error, ValueError) as error:
        raise NotThisFormat(f"{where} is no base64.", "Use the standard alphabet, with padding.", where) from error


def shown(data: bytes) -> str:
    """How bytes that are no text are told of: their size and digest."""
    return f"{len(data)} bytes, sha256:{hashlib.sha256(data).hexdigest()}"


def description(parts: Iterable[str]) -> str:
    """Paragraphs as one text. What is too long is cut, and the text says so: the bytes as sent hold all of it."""
    whole = "\n\n".join(part.strip() for part in parts if part.strip())
    note = "\n\n[cut here; the report as sent has the rest]"
    return whole if len(whole) <= fields.TEXT_MAX else whole[: fields.TEXT_MAX - len(note)].rstrip() + note


def title(*candidates: str) -> str:
    """The first that says something, as one line."""
    for one in candidates:
        line = " ".join(one.split())
        if line:
            return line[: fields.TITLE_MAX].strip()
    return "Report without a title"

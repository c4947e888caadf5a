"""The lines of a log bundle: one spelling each, so that reading and writing are exact opposites. Pure."""

import json
import re

import rfc8785

_LEAF = re.compile(rb"(0|[1-9][0-9]{0,18}) ([0-9a-f]{64}) ([^\n]*)\n")
_OPENING_MEMBERS = {"content", "index", "salt"}
_SALT = re.compile(r"[0-9a-f]{64}")


def leaf_line(index: int, leaf: bytes, leaf_hash: bytes) -> bytes:
    """A line of ``leaves.txt``: ``index hash leaf``, the hash in hex."""
    return b"%d %s %s\n" % (index, leaf_hash.hex().encode("ascii"), leaf)


def opening_line(index: int, salt: bytes, content: bytes) -> bytes:
    """A line of ``openings.jsonl``: canonical JSON; the content stands in it as text, exactly as it was hashed."""
    return rfc8785.dumps({"content": content.decode(), "index": index, "salt": salt.hex()}) + b"\n"


def note_line(note: str) -> bytes:
    """A line of ``checkpoints.jsonl``: canonical JSON."""
    return rfc8785.dumps({"note": note}) + b"\n"


def parse_leaf(line: bytes) -> tuple[int, bytes, bytes]:
    """Index, recorded hash and leaf of a line.

    Raises:
        ValueError: It is not what ``leaf_line`` writes.
    """
    match = _LEAF.fullmatch(line)
    if match is None:
        raise ValueError("it is not 'index hash leaf' with a newline")
    index, stated, leaf = match.groups()
    return int(index), bytes.fromhex(stated.decode("ascii")), leaf


def parse_opening(line: bytes) -> tuple[int, bytes, bytes]:
    """Index, salt and content of a line.

    Raises:
        ValueError: It is not exactly what ``opening_line`` writes.
    """
    value = _object(line)
    match value:
        case {"content": str(content), "index": int(index), "salt": str(salt)} if value.keys() == _OPENING_MEMBERS:
            if _SALT.fullmatch(salt) is None or isinstance(index, bool) or index < 0:
                raise ValueError("its salt is no 64 hex digits, or its index is negative or no number")
            parsed = index, bytes.fromhex(salt), content.encode()
            if opening_line(*parsed) != line:
                raise ValueError("it is not in canonical form")
            return parsed
    raise ValueError("it is not a JSON object with content, index and salt")


def parse_note(line: bytes) -> str:
    """The note of a line.

    Raises:
        ValueError: It is not exactly what ``note_line`` writes.
    """
    value = _object(line)
    match value:
        case {"note": str(note)} if len(value) == 1 and note_line(note) == line:
            return note
    raise ValueError("it is not a JSON object with a note")


def _object(line: bytes) -> dict[str, object]:
    try:
        value = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise ValueError("it is no JSON") from error
    if not isinstance(value, dict):
        raise ValueError("it is no JSON object")  # noqa: TRY004 - one kind of error for everything unreadable
    return value

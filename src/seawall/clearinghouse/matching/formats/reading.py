"""Bytes of a lock file to plain values: text, JSON, TOML, YAML and XML, each bounded, none with recursion on the
sender's depth.

Lock files belong to the one who checks them, so their own tools' leniency holds (the last of two equal keys counts);
what these readers guard against is bombs and damage. YAML is built from libyaml's events: PyYAML's own composer
recurses in C, and a megabyte of ``[`` ends the process. XML with entities of its own is refused.
"""

import json
import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from xml.parsers import expat

from seawall.clearinghouse.matching.errors import InventoryTooLarge, NotAnInventory

BYTES_MAX = 64 * 2**20
"""Of one lock file; the largest that a search finds have about 10 MB."""
DEPTH_MAX = 200
"""Nesting of values; npm's first format nests one level per folder of folders, and real ones stay under 30."""
NODES_MAX = 5_000_000
"""Values of one YAML or XML document; 200,000 packages have about 2,000,000."""

KEY_PARTS_MAX = 100
"""Of one TOML key; tomllib takes 7 seconds for 20,000 of them, and four times as long for twice as many."""

_PART = r"""(?:[\w-]++|"[^"\n]*+"|'[^'\n]*+')[ \t]*+"""
_LONG_KEY = re.compile(rf"(?:^|[\[{{,])[ \t]*+(?:{_PART}\.[ \t]*+){{{KEY_PARTS_MAX}}}", re.MULTILINE)
_BOM_16 = (b"\xff\xfe", b"\xfe\xff")


def text_of(data: bytes) -> str:
    """UTF-8, or UTF-16 with its mark as Windows' shells write it; line ends become those of Unix.

    Raises:
        NotAnInventory: Neither, or it holds NUL.
        InventoryTooLarge: Over ``BYTES_MAX``.
    """
    if len(data) > BYTES_MAX:
        raise InventoryTooLarge(f"It has over {BYTES_MAX >> 20} MiB.", "Check what wrote it; real ones are smaller.")
    try:
        text = data.decode("utf-16" if data.startswith(_BOM_16) else "utf-8-sig")
    except UnicodeDecodeError as error:
        raise NotAnInventory(f"Byte {error.start} is not UTF-8.", "Save it as UTF-8.") from error
    if "\x00" in text:
        raise NotAnInventory("It holds NUL characters, so it is no text.", "Look at what wrote it.")
    return text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text


def json_of(data: bytes) -> dict[str, Any]:
    """A JSON object.

    Raises:
        NotAnInventory: It is none.
        InventoryTooLarge: Over ``BYTES_MAX``.
    """
    return json_of_text(text_of(data))


def json_of_text(text: str) -> dict[str, Any]:
    """A JSON object in a text.

    Raises:
        NotAnInventory: It is none.
    """
    try:
        value = json.loads(text)
    except json.JSONDecodeError as error:
        raise _damaged(f"Not JSON: {error.msg} at line {error.lineno}") from error
    except ValueError as error:
        raise _damaged("Not JSON: a number is too long") from error
    except RecursionError as error:
        raise _damaged("The JSON is nested too deeply") from error
    return _object(value)


def toml_of(data: bytes) -> dict[str, Any]:
    """A TOML document.

    Raises:
        NotAnInventory: It is none.
        InventoryTooLarge: Over ``BYTES_MAX``.
    """
    given = text_of(data)
    if _LONG_KEY.search(given):
        raise _damaged(f"A key in the TOML has over {KEY_PARTS_MAX} parts")
    try:
        return tomllib.loads(given)
    except tomllib.TOMLDecodeError as error:
        raise _damaged(f"Not TOML: {str(error)[:120]}") from error
    except ValueError as error:
        raise _damaged("Not TOML: a number or a date is out of range") from error
    except RecursionError as error:
        raise _damaged("The TOML is nested too deeply") from error


def yaml_of(data: bytes) -> list[dict[str, Any]]:
    """The mappings of a YAML file's documents. Every scalar is its text: ``1.10`` stays ``1.10``; a plain null is None.

    Raises:
        NotAnInventory: Not YAML, no mapping, nested too deeply, or with aliases that would multiply.
        InventoryTooLarge: Over ``BYTES_MAX`` or ``NODES_MAX``.
    """
    import yaml  # noqa: PLC0415 - 20 ms, and most formats need none

    text = text_of(data)
    loader: Any = getattr(yaml, "CBaseLoader", yaml.BaseLoader)
    try:
        return [_object(value) for value in _values(yaml, yaml.parse(text, Loader=loader)) if value is not None]
    except yaml.YAMLError as error:
        raise _damaged(f"Not YAML: {str(error).splitlines()[0][:120]}") from error
    except UnicodeEncodeError as error:
        raise _damaged("Not YAML: it holds half a character") from error


class _Builder:
    """A YAML document's value, from events, without recursion."""

    def __init__(self) -> None:
        self.stack: list[tuple[Any, list[str], str | None]] = []
        """Containers that are open, each with its key that waits for a value, and its anchor."""
        self.anchors: dict[str, Any] = {}

    def begin(self, container: Any, anchor: str | None) -> None:
        self.stack.append((container, [], anchor))
        if len(self.stack) > DEPTH_MAX:
            raise _damaged("The YAML is nested too deeply")

    def end(self) -> Any:
        value, _, anchor = self.stack.pop()
        return self.anchored(value, anchor)

    def anchored(self, value: Any, anchor: str | None) -> Any:
        if anchor:
            self.anchors[anchor] = value
        return value

    def alias(self, anchor: str) -> Any:
        # An alias of what is still open would be a cycle. Others are shared, not copied, so that none can multiply here.
        if anchor not in self.anchors:
            raise _damaged("An alias in the YAML stands for nothing")
        return self.anchors[anchor]

    def place(self, value: Any) -> None:
        container, waiting, _ = self.stack[-1]
        if isinstance(container, list):
            container.append(value)
        elif waiting:
            container[waiting.pop()] = value
        else:
            waiting.append(value if isinstance(value, str) else "")


def _values(yaml: Any, events: Any) -> Iterator[Any]:
    made = _Builder()
    for count, event in enumerate(events):
        if count > NODES_MAX:
            raise InventoryTooLarge(f"It has over {NODES_MAX:,} values.", "Check what wrote it.")
        kind = type(event)
        if kind is yaml.MappingStartEvent or kind is yaml.SequenceStartEvent:
            made.begin({} if kind is yaml.MappingStartEvent else [], event.anchor)
            continue
        if kind is yaml.ScalarEvent:
            empty = event.implicit[0] and event.value in {"", "~", "null"}
            value = made.anchored(None if empty else event.value, event.anchor)
        elif kind is yaml.MappingEndEvent or kind is yaml.SequenceEndEvent:
            value = made.end()
        elif kind is yaml.AliasEvent:
            value = made.alias(event.anchor)
        else:  # the stream's or a document's begin or end
            made = _Builder()
            continue
        if made.stack:
            made.place(value)
        else:
            yield value


@dataclass(slots=True)
class Element:
    """An XML element without its namespace."""

    tag: str
    attributes: dict[str, str]
    children: list["Element"] = field(default_factory=list)
    parts: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        """Its own text, trimmed."""
        return "".join(self.parts).strip()

    def first(self, tag: str) -> "Element | None":
        """The first child of a name."""
        return next((child for child in self.children if child.tag == tag), None)

    def all(self, *path: str) -> list["Element"]:
        """The elements at a path of names below this one."""
        found = [self]
        for tag in path:
            found = [child for element in found for child in element.children if child.tag == tag]
        return found

    def value(self, tag: str) -> str:
        """The text of the first child of a name; empty without one."""
        child = self.first(tag)
        return "" if child is None else child.text


def xml_of(data: bytes) -> Element:
    """The root element of an XML document.

    Raises:
        NotAnInventory: Not XML, nested too deeply, or with entities of its own.
        InventoryTooLarge: Over ``BYTES_MAX`` or ``NODES_MAX``.
    """
    if len(data) > BYTES_MAX:
        raise InventoryTooLarge(f"It has over {BYTES_MAX >> 20} MiB.", "Check what wrote it; real ones are smaller.")
    parser = expat.ParserCreate()
    root = Element("", {})
    stack = [root]
    count = 0

    def start(tag: str, attributes: dict[str, str]) -> None:
        nonlocal count
        count += 1
        if len(stack) > DEPTH_MAX:
            raise _damaged("The XML is nested too deeply")
        if count > NODES_MAX:
            raise InventoryTooLarge(f"It has over {NODES_MAX:,} elements.", "Check what wrote it.")
        element = Element(tag.rpartition(":")[2], attributes)
        stack[-1].children.append(element)
        stack.append(element)

    def end(_: str) -> None:
        stack.pop()

    def data_of(part: str) -> None:
        stack[-1].parts.append(part)

    def refuse(*_: Any) -> int:
        raise _damaged("The XML declares entities of its own, which no such file needs")

    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.CharacterDataHandler = data_of
    parser.EntityDeclHandler = refuse
    parser.UnparsedEntityDeclHandler = refuse
    parser.ExternalEntityRefHandler = refuse
    parser.SkippedEntityHandler = refuse
    parser.buffer_text = True
    try:
        parser.Parse(data, True)
    except expat.ExpatError as error:
        raise _damaged(f"Not XML: {expat.ErrorString(error.code)} at line {error.lineno}") from error
    except (LookupError, ValueError) as error:
        raise _damaged("Not XML: its encoding is not known") from error
    return root.children[0]


def _object(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise _damaged("It is a list or a single value, not an object")
    return value


def _damaged(what: str) -> NotAnInventory:
    return NotAnInventory(f"{what}.", "Let its own tool write it anew.")


def mapping(value: Any) -> dict[str, Any]:
    """``value`` where it is a mapping, else an empty one."""
    return value if isinstance(value, dict) else {}


def sequence(value: Any) -> list[Any]:
    """``value`` where it is a list, else an empty one."""
    return value if isinstance(value, list) else []


def mappings(value: Any) -> list[dict[str, Any]]:
    """The mappings of a list."""
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def text(value: Any) -> str:
    """``value`` where it is a text, else an empty one."""
    return value if isinstance(value, str) else ""


_CREDENTIALS = re.compile(r"(?<=//)[^/\s]{1,1000}@")


def shown(value: str, limit: int = 80) -> str:
    """A text from outside for people: cut, without characters that a terminal would obey, and without the user names and
    passwords that addresses in lock files may have: what is shown ends up in reports.
    """
    cut = _CREDENTIALS.sub("", value[: limit + 2000])[:limit] if "//" in value else value[:limit]
    return (
        cut if cut.isprintable() else "".join(one if one.isprintable() else "\N{REPLACEMENT CHARACTER}" for one in cut)
    )

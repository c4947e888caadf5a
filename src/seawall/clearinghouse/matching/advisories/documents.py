"""JSON and YAML as plain values, from strangers: bounded, without recursion on the sender's depth, texts kept as texts.

YAML goes by libyaml's events, not by its composer: that one recurses in C and a hundred thousand brackets end the process.
Scalars stay the text that stands there (a version of ``1.10`` is not the number 1.1), but for what YAML calls null; a name
that an alias repeats is one shared value, and aliases are counted, because walking a few nested ones never ends.
"""

import json
from typing import Any

import yaml

from seawall.clearinghouse.matching.advisories.errors import NotAnAdvisory

DEPTH_MAX = 100
"""Lists in lists; no advisory at hand has over 12, and CSAF's product trees stay under 20."""
ALIASES_MAX = 100
"""Of one YAML document; one of the 8,000 at hand has any."""
_NULLS = frozenset({"", "~", "null", "Null", "NULL"})
# libyaml's parser where it is there: ten times as fast. Both hand out the same events.
_EVENTS: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def load(path: str, data: bytes) -> Any:
    """The document in a file, YAML or JSON by its name.

    Raises:
        NotAnAdvisory: Neither, or nested deeper than is read.
    """
    try:
        return _yaml(data) if path.lower().endswith((".yaml", ".yml")) else json.loads(data)
    except (ValueError, RecursionError, yaml.YAMLError) as error:
        reason = next(iter(str(error).splitlines()), type(error).__name__)
        raise NotAnAdvisory(f"It cannot be parsed: {text(reason, 120)}") from error


def text(value: Any, limit: int = 300) -> str:
    """A short text on one line, without what does not print; empty where the value is none."""
    if not isinstance(value, str):
        return ""
    shown = " ".join(value.split())[:limit]
    return shown if shown.isprintable() else "".join(letter for letter in shown if letter.isprintable()).strip()


def scalar(value: Any, limit: int) -> str:
    """A text or a number as a text; empty for everything else, whose text could be without end."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return ""
    return text(value if isinstance(value, str) else str(value), limit)


def objects(value: Any, limit: int) -> list[dict[str, Any]]:
    """The objects of a list, at most ``limit``; none where it is no list."""
    return [item for item in value[:limit] if isinstance(item, dict)] if isinstance(value, list) else []


def texts(value: Any, count: int, limit: int) -> tuple[str, ...]:
    """The texts of a list, each once, at most ``count``."""
    if not isinstance(value, list):
        return ()
    found = dict.fromkeys(scalar(item, limit) for item in value)
    found.pop("", None)
    return tuple(found)[:count]


def _yaml(data: bytes) -> Any:
    reader = _EVENTS(data)
    try:
        return _composed(reader)
    finally:
        reader.dispose()


def _composed(reader: Any) -> Any:
    document = _Document()
    while (event := reader.get_event()) is not None:
        if isinstance(event, yaml.NodeEvent):
            document.node(event)
        elif isinstance(event, yaml.CollectionEndEvent):
            document.end()
        elif isinstance(event, yaml.DocumentStartEvent):
            document.begin()
    return document.value()


class _Document:
    """A document while its events come."""

    def __init__(self) -> None:
        self._root: list[Any] = []
        self._open: list[_Level] = [_Level(self._root)]
        self._anchors: dict[str, Any] = {}
        self._aliases = self._documents = 0

    def begin(self) -> None:
        self._documents += 1

    def value(self) -> Any:
        if self._documents != 1 or len(self._root) != 1:
            raise ValueError(f"{self._documents} documents where one is expected")
        return self._root[0]

    def node(self, event: yaml.NodeEvent) -> None:
        level = self._open[-1]
        if isinstance(event, yaml.ScalarEvent):
            plain_null = not event.style and event.tag is None and event.value in _NULLS
            value: Any = None if plain_null else event.value
        elif isinstance(event, yaml.AliasEvent):
            level.add(self._named(event.anchor or ""))
            return
        else:
            value = {} if isinstance(event, yaml.MappingStartEvent) else []
            if len(self._open) > DEPTH_MAX:
                raise ValueError(f"nested deeper than {DEPTH_MAX}")
            self._open.append(_Level(value))
        level.add(value)
        if event.anchor is not None:
            self._anchors[event.anchor] = value

    def end(self) -> None:
        self._open.pop()

    def _named(self, anchor: str) -> Any:
        self._aliases += 1
        value = self._anchors.get(anchor)
        if self._aliases > ALIASES_MAX or value is None or any(level.into is value for level in self._open):
            raise ValueError(f"over {ALIASES_MAX} aliases, or one of nothing, or of what it stands in")
        return value


class _Level:
    """A list or an object whose end has not come yet."""

    __slots__ = ("_key", "_waits", "into")

    def __init__(self, into: list[Any] | dict[str, Any]) -> None:
        self.into = into
        self._key = ""
        self._waits = False
        """The key has come, its value has not."""

    def add(self, value: Any) -> None:
        if isinstance(self.into, list):
            self.into.append(value)
        elif self._waits:
            self.into[self._key] = value
            self._waits = False
        elif value is None or isinstance(value, str):
            self._key = value or ""
            self._waits = True
        else:
            raise ValueError("a list or an object as a key")

"""YAML from outside, without what makes it dangerous: no tags, no aliases, no types; every scalar is its text.

PyYAML's own constructors recurse on the sender's depth and turn ``versionInfo: 1.10`` into 1.1, so values are built here, from
the parser's events.
"""

from typing import Any

from seawall.clearinghouse.matching.errors import NotAnInventory
from seawall.clearinghouse.matching.formats.documents import DEPTH_MAX, too_many

VALUES_MAX = 20_000_000
"""Keys and values of a document: ``COMPONENTS_MAX`` packages of 100."""


def read(text: str) -> Any:
    """The value of the first document: dictionaries, lists and texts; None for what is empty.

    Raises:
        NotAnInventory: Not YAML, or more of YAML than is read.
        InventoryTooLarge: Over ``VALUES_MAX``.
    """
    import yaml  # noqa: PLC0415 - takes 30 ms, and only this form needs it

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    builder = _Builder()
    try:
        for event in yaml.parse(text, Loader=loader):
            if isinstance(event, yaml.ScalarEvent):
                builder.add(event.value if event.value or event.style else None)
            elif isinstance(event, yaml.MappingStartEvent):
                builder.begin({})
            elif isinstance(event, yaml.SequenceStartEvent):
                builder.begin([])
            elif isinstance(event, yaml.CollectionEndEvent):
                builder.end()
            elif isinstance(event, yaml.AliasEvent):
                raise NotAnInventory("The YAML has aliases (*name).", "Write it without, or send SPDX JSON.")
            elif isinstance(event, yaml.DocumentEndEvent):
                break
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        place = f" at line {mark.line + 1}" if mark is not None else ""
        raise NotAnInventory(f"Not JSON, tag-value or YAML{place}.", "Send one SPDX document.") from error
    return builder.value


class _Builder:
    """Open collections, the outermost first, each with the key that waits for its value."""

    def __init__(self) -> None:
        self.value: Any = None
        self._count = 0
        self._open: list[Any] = []
        self._keys: list[str | None] = []

    def begin(self, collection: dict[str, Any] | list[Any]) -> None:
        if len(self._open) >= DEPTH_MAX:
            raise NotAnInventory("The YAML is nested too deeply.", f"Stay under {DEPTH_MAX} levels.")
        self.add(collection)
        self._open.append(collection)
        self._keys.append(None)

    def end(self) -> None:
        self._open.pop()
        self._keys.pop()

    def add(self, value: Any) -> None:
        self._count += 1
        if self._count > VALUES_MAX:
            raise too_many("values", VALUES_MAX, "packages")
        if not self._open:
            self.value = value
            return
        inside = self._open[-1]
        if isinstance(inside, list):
            inside.append(value)
            return
        key = self._keys[-1]
        if key is None:
            self._keys[-1] = _key(value, inside)
        else:
            inside[key] = value
            self._keys[-1] = None


def _key(value: Any, inside: dict[str, Any]) -> str:
    if isinstance(value, dict | list):
        raise NotAnInventory("A key of the YAML is a collection.", "Use texts as keys.")
    key = value or ""
    if key in inside:
        raise NotAnInventory(f"The key {key[:60]!r} stands twice in one object.", "Keep one of them.")
    return str(key)

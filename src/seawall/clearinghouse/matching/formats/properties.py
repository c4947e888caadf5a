"""Properties of build files, ``${name}`` of Maven and ``$(name)`` of MSBuild, put in where they are known.

Each property is filled once, however often it is used, so that properties made of properties cost no more than their
number. A circle stays open, and so does what is not known: the text then still has the property's sign.
"""

import re
from collections.abc import Mapping

VALUE_MAX = 500
"""Characters of a value that are kept; versions and names are far shorter."""
DEPTH_MAX = 20
"""Properties made of properties."""


class Properties:
    """The properties of one file and its parents."""

    def __init__(self, values: Mapping[str, str], sign: re.Pattern[str], *, ignore_case: bool = False) -> None:
        """Take the values as they are written.

        Args:
            values: By name; in lower case where ``ignore_case``.
            sign: How a property is used; its first group is the name.
            ignore_case: Whether names are looked up in lower case.
        """
        self._values = values
        self._sign = sign
        self._ignore_case = ignore_case
        self._filled: dict[str, str] = {}

    def fill(self, text: str, depth: int = 0) -> str:
        """A text with its properties put in."""
        cut = text[:VALUE_MAX]
        if "$" not in cut:
            return cut
        return self._sign.sub(lambda match: self._value(match[1], match[0], depth), cut)[:VALUE_MAX]

    def _value(self, name: str, written: str, depth: int) -> str:
        key = name.lower() if self._ignore_case else name
        if key in self._filled:
            return self._filled[key]
        given = self._values.get(key)
        if given is None or depth >= DEPTH_MAX:
            return written
        self._filled[key] = written  # while it is being filled: a circle stays open
        self._filled[key] = self.fill(given, depth + 1)
        return self._filled[key]

"""A JSON document value by value: containers that the reader names are walked, everything else is decoded in pieces of bounded size.

    document = Stream(file)
    for key in document.members():
        if key == "runs":
            for _ in document.elements():
                ...
        else:
            document.skip()

Only a window of the text is in memory. A single value is bounded in characters and depth, so that neither a text of
200 MB nor a million brackets costs more than its refusal. JSON's own decoder (in C) reads each value; nothing here recurses.
Strict as ``platform.strict_json``: UTF-8, no key twice, no NaN.
"""

import codecs
import json
import re
from collections.abc import Iterator
from typing import Any, Protocol

from seawall.clearinghouse.deduplication.bulk.errors import ScanTooLarge
from seawall.clearinghouse.intake.errors import NotThisFormat

PIECE = 2**20
"""Bytes read at a time."""
VALUE_MAX = 8 * 2**20
"""Characters of one value; the longest result at hand, with 60 code flows, has 400,000."""

_TAIL = 16
"""Characters that a cut-off word or escape of JSON has at most."""
_BLANK = re.compile(r"[ \t\n\r]*")
_BLANKS = " \t\n\r"


class Source(Protocol):
    """Where the bytes come from."""

    def read(self, size: int, /) -> bytes:
        """The next bytes, at most ``size``; none at the end."""
        ...


class Stream:
    """The text of a document, and how far it was read."""

    def __init__(self, file: Source) -> None:
        self._file = file
        self._utf8 = codecs.getincrementaldecoder("utf-8-sig")("strict")
        self._decoder = json.JSONDecoder(object_pairs_hook=_unique, parse_constant=_no_constant)
        self._text = ""
        self._at = 0
        self._dropped = 0
        self._bytes = 0
        self._ended = False

    def members(self) -> Iterator[str]:
        """The keys of the object that begins here; each value must be taken or skipped before the next.

        Raises:
            NotThisFormat: No object, or not JSON.
        """
        self._expect("{", "an object")
        seen: set[str] = set()
        if self._peek() == "}":
            self._at += 1
            return
        while True:
            if self._peek() != '"':
                raise self._broken("a key is missing")
            key = self.value()
            if key in seen:
                raise NotThisFormat(f"The key {key[:60]!r} stands twice in one object.", "Keep one of them.")
            seen.add(key)
            self._expect(":", "a colon")
            self._peek()
            yield key
            if self._closed("}"):
                return

    def elements(self) -> Iterator[int]:
        """The places of the array that begins here; each element must be taken or skipped before the next.

        Raises:
            NotThisFormat: No array, or not JSON.
        """
        self._expect("[", "a list")
        if self._peek() == "]":
            self._at += 1
            return
        place = 0
        while True:
            self._peek()
            yield place
            place += 1
            if self._closed("]"):
                return

    def value(self) -> Any:
        """The whole value that begins here.

        Raises:
            NotThisFormat: Not JSON.
            ScanTooLarge: Over ``VALUE_MAX`` characters or nested too deeply.
        """
        self._peek()
        wanted = PIECE // 4
        while True:
            try:
                value, end = self._decoder.raw_decode(self._text, self._at)
            except json.JSONDecodeError as error:
                if self._ended or _is_certain(error, len(self._text)):
                    raise self._broken(error.msg, error.pos) from error
            except RecursionError as error:
                raise ScanTooLarge("The JSON is nested too deeply.", "Ask the tool for less detail.") from error
            except ValueError as error:  # Python refuses to read integers of more than 4,300 digits
                raise NotThisFormat("A number is too long.", "Send numbers of ordinary size.") from error
            else:
                # A number at the end of the window may go on beyond it.
                if end < len(self._text) or self._ended:
                    self._check(end - self._at)
                    self._at = end
                    return value
            self._check(len(self._text) - self._at)
            wanted *= 2
            self._fill(wanted)

    def kind(self) -> str:
        """First character of the value that begins here; empty at the end."""
        return self._peek()

    def skip(self) -> None:
        """Pass over the value that begins here, a list element by element."""
        if self._peek() == "[":
            for _ in self.elements():
                self.value()
        else:
            self.value()

    def end(self) -> None:
        """Nothing but blanks may follow.

        Raises:
            NotThisFormat: Something does.
        """
        if self._peek():
            raise self._broken("the document goes on after its end")

    def _check(self, size: int) -> None:
        if size > VALUE_MAX:
            raise ScanTooLarge(
                f"One value of the document has over {VALUE_MAX} characters (from character {self._dropped + self._at}).",
                "Ask the tool to leave out file contents and long code flows.",
            )

    def _closed(self, bracket: str) -> bool:
        found = self._peek()
        if found not in {",", bracket}:
            raise self._broken(f"a comma or {bracket} is missing")
        self._at += 1
        return found == bracket

    def _expect(self, character: str, what: str) -> None:
        if self._peek() != character:
            raise self._broken(f"{what} is missing")
        self._at += 1

    def _peek(self) -> str:
        while True:
            blank = _BLANK.match(self._text, self._at)
            self._at = blank.end() if blank else self._at
            if self._at < len(self._text):
                return self._text[self._at]
            if self._ended:
                return ""
            self._fill(1)

    def _fill(self, wanted: int) -> None:
        """Read on until ``wanted`` characters stand ahead, or the document ends."""
        pieces = [self._text[self._at :]]
        ahead = len(pieces[0])
        self._dropped += self._at
        self._at = 0
        while ahead <= wanted and not self._ended:
            data = self._file.read(PIECE)
            try:
                text = self._utf8.decode(data, final=not data)
            except UnicodeDecodeError as error:
                raise NotThisFormat(
                    f"The document is not UTF-8 (near byte {self._bytes + error.start}).", "Export it as UTF-8."
                ) from error
            self._bytes += len(data)
            self._ended = not data
            pieces.append(text)
            ahead += len(text)
        self._text = "".join(pieces)

    def _broken(self, what: str, position: int | None = None) -> NotThisFormat:
        at = self._dropped + (self._at if position is None else position)
        text_open = what.startswith("Unterminated string")
        ended = self._ended and (text_open or self._at >= len(self._text.rstrip(_BLANKS)))
        where = "at its end; was it cut off?" if ended else f"at character {at}."
        return NotThisFormat(
            f"Not JSON: {what.removesuffix(' at')}, {where}", "Send the document as the tool wrote it."
        )


def _is_certain(error: json.JSONDecodeError, length: int) -> bool:
    """Whether more text would not mend it: a value that is merely cut off is noticed near the end, or at a text's start."""
    return error.pos < length - _TAIL and not error.msg.startswith("Unterminated string")


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise NotThisFormat("A key stands twice in one object.", "Keep one of them.")
    return found


def _no_constant(name: str) -> Any:
    raise NotThisFormat(f"{name} is not JSON.", "Use a number or null.")

"""Hostile bytes to lines that every later step can afford to look at. Pure.

A report is never split as a whole: known words are looked up in it (a plain search, faster than any expression), and
only the lines that hold one, and those after the headline, are cleaned and read. No line is given out longer than
``LINE_MAX``, so an expression that is linear in a line stays cheap in all.
"""

import re
from collections.abc import Iterator

REPORT_MAX = 64 * 2**20
"""Bytes of a report that are read: of a longer one the first three quarters and the last, for crashes stand at ends."""
LINE_MAX = 4_096
"""Characters of a line that are read; the longest frame of the public samples has 3,100."""
_BEFORE = 512
"""Characters kept before a word that stands far inside a long line."""
_COLORS = re.compile(r"\x1b\[[0-9;]{0,16}[A-Za-z]")
_PREFIX = re.compile(
    r"(?:<\d{1,2}>)?\[\s{0,8}\d{1,9}\.\d{3,9}\](?:\[\s{0,5}[TC]\d{1,7}\])?\s?"  # the kernel's clock, its task
    r"|CRASH LOG: "  # Centipede
    r"|[VDIWEF]/[^(\n]{1,40}\(\s{0,6}\d{1,7}\):\s"  # logcat -v brief
    r"|\d\d-\d\d \d\d:\d\d:\d\d\.\d{3}\s{1,4}(?:\d{1,7}\s{1,4}){1,3}[VDIWEF] [^:\n]{1,60}:\s"  # logcat -v threadtime
)
_PREFIX_FIRST = frozenset("<[CVDIWEF0123456789")


class Report:
    """A report that is being read."""

    def __init__(self, report: bytes | str) -> None:
        if len(report) > REPORT_MAX:
            head, tail = report[: REPORT_MAX // 4 * 3], report[-(REPORT_MAX // 4) :]
            text = _text(head) + "\n" + _text(tail)
        else:
            text = _text(report)
        if "\r" in text:
            text = text.replace("\r\n", "\n").replace("\r", "\n")
        if "\x1b" in text:
            text = _COLORS.sub("", text)
        self.text = "\n" + text

    def with_word(self, word: str, most: int) -> Iterator[tuple[int, str]]:
        """Where lines that hold a word begin, and those lines, at most ``most``."""
        at = -1
        for _ in range(most):
            at = self.text.find(word, at + 1)
            if at == -1:
                return
            if word[0] == "\n":
                at += 1  # the line after, which begins with the rest of the word
            start = self.text.rfind("\n", 0, at) + 1
            if at - start > LINE_MAX - _BEFORE:
                start = at - _BEFORE
            end = self._end(at)
            yield start, cleaned(self.text[start : min(end, start + LINE_MAX)])
            at = end

    def after(self, start: int, most: int) -> Iterator[tuple[int, str]]:
        """The line that begins at ``start`` and those after it, at most ``most``."""
        for _ in range(most):
            if start >= len(self.text):
                return
            end = self._end(start)
            yield start, cleaned(self.text[start : min(end, start + LINE_MAX)])
            start = end + 1

    def next_line(self, start: int) -> int:
        """Where the line after the one at ``start`` begins."""
        return self._end(start) + 1

    def lines_before(self, start: int, most: int) -> list[str]:
        """At most ``most`` lines before the one that begins at ``start``, the last one first."""
        found: list[str] = []
        end = start - 1
        while end > 0 and len(found) < most:
            begin = self.text.rfind("\n", 0, end) + 1
            found.append(cleaned(self.text[begin : min(end, begin + LINE_MAX)]))
            end = begin - 1
        return found

    def _end(self, at: int) -> int:
        end = self.text.find("\n", at)
        return len(self.text) if end == -1 else end


def _text(data: bytes | str) -> str:
    return data.decode("utf-8", errors="replace") if isinstance(data, bytes) else data


def cleaned(line: str) -> str:
    """Without what a log puts before each line."""
    if line[:1] in _PREFIX_FIRST:
        match = _PREFIX.match(line)
        if match:
            line = line[match.end() :]
    return line.rstrip()

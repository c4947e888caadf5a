"""Two fixes: do they change the same lines, functions or files? Pure.

The field's rule is one root cause and one fix; hunks that overlap are the strongest hint before a run.
"""

import re

from seawall.clearinghouse.deduplication.types import NOTHING, Finding, Hunk, Measure

NEAR = 3
"""Lines around a hunk, as many as a unified diff shows as context."""
HUNKS_MAX = 200
DIFF_MAX = 2_000_000
"""Characters of a diff that are read."""
SAME_FUNCTION = 0.8
SAME_FILE = 0.4
_HEADER = re.compile(r"@@ -(\d{1,9})(?:,(\d{1,9}))? \+(\d{1,9})(?:,(\d{1,9}))? @@ ?(.{0,200})")
_TEST = re.compile(r"(?:^|[/_.-])(?:tests?|spec|testdata|changelog|changes|news|docs?|readme)(?:[/_.-]|$)")


def measure(left: Finding, right: Finding) -> Measure:
    """1 where changed lines overlap, less for the same function or file, 0 where the fixes share nothing."""
    ours, theirs = left.hunks[:HUNKS_MAX], right.hunks[:HUNKS_MAX]
    if not ours or not theirs:
        return NOTHING
    best, told = 0.0, "The fixes change different files."
    for one in ours:
        for other in theirs:
            if one.file.lower() != other.file.lower():
                continue
            value, words = _pair(one, other)
            if (value, words) > (best, told if best else ""):
                best, told = value, words
    return Measure(best, told)


def _pair(one: Hunk, other: Hunk) -> tuple[float, str]:
    if one.start - NEAR <= other.start + other.length and other.start - NEAR <= one.start + one.length:
        return 1.0, f"Both fixes change the same lines of {one.file[:120]}."
    if one.function and one.function == other.function:
        return SAME_FUNCTION, f"Both fixes change {one.function[:80]} in {one.file[:120]}."
    return SAME_FILE, f"Both fixes change {one.file[:120]}, in different places."


def hunks(diff: str) -> tuple[Hunk, ...]:
    """The hunks of a unified diff, without those of tests and notes; at most ``HUNKS_MAX``.

    Lines are those of the unpatched file that are taken away, or between which lines are added.
    """
    reader = _Reader()
    for line in diff[:DIFF_MAX].splitlines():
        reader.read(line)
    reader.close()
    return tuple(reader.found[:HUNKS_MAX])


class _Reader:
    """Reads a diff line by line; the counts of a hunk's header say where it ends, not the look of a line."""

    def __init__(self) -> None:
        self.found: list[Hunk] = []
        self._file = self._function = ""
        self._at = self._left = self._right = 0
        self._changed: list[int] = []

    def read(self, line: str) -> None:
        if self._left > 0 or self._right > 0:
            self._body(line)
        elif match := _HEADER.match(line):
            self.close()
            self._at, self._function = int(match[1]), match[5].strip()
            self._left, self._right = int(match[2] or 1), int(match[4] or 1)
        elif line.startswith(("--- ", "+++ ")):
            self.close()
            name = line[4:].partition("\t")[0].strip()
            if name != "/dev/null":  # the old name where there is one
                kept = line.startswith("+++ ") and self._file
                self._file = self._file if kept else re.sub(r"^[ab]/", "", name)
        elif line.startswith("diff "):
            self.close()
            self._file = ""

    def _body(self, line: str) -> None:
        sign = line[:1]
        if sign == "-":
            self._changed.append(self._at)
        elif sign == "+":
            self._changed.append(self._at - 1)  # added after that line, which stays
        if sign != "+":
            self._at += 1
            self._left -= 1
        if sign != "-":
            self._right -= 1

    def close(self) -> None:
        """Keep the hunk that has been read."""
        if self._changed and self._file and not _TEST.search(self._file.lower()) and len(self.found) < HUNKS_MAX:
            first, last = min(self._changed), max(self._changed)
            self.found.append(Hunk(self._file, first, last - first + 1, self._function))
        self._changed = []

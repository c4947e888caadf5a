"""Where two texts differ, also where they are tens of thousands of lines long. Pure.

    for i1, i2, j1, j2 in ranges(before, after):    # before[i1:i2] became after[j1:j2]

``difflib`` compares every line with each of its likes, which takes minutes for a bundled file in which one line in three is a
bracket. Lines that are there once on either side cut such a text first (patience diff, after B. Cohen).
"""

import difflib
import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Sequence

LONG = 6_000
"""Lines of both texts together from which on they are cut first; a part that is still longer counts as one change."""
Lines = Sequence[str]
Range = tuple[int, int, int, int]
_TOKEN = re.compile(r"\w+|[^\w\s]")
_DECLARING = frozenset({"var", "let", "const"})


def ranges(before: Lines, after: Lines) -> Iterator[Range]:
    """Half-open ranges of lines that became others, in order; an empty one is where lines were put in or taken out."""
    if len(before) + len(after) <= LONG:
        yield from _compared(before, after, 0, 0)
        return
    old = new = 0
    for i, j in (*_anchors(before, after), (len(before), len(after))):
        yield from _compared(before[old:i], after[new:j], old, new)
        old, new = i + 1, j + 1


def _compared(before: Lines, after: Lines, old: int, new: int) -> Iterator[Range]:
    if len(before) + len(after) > LONG:  # two texts that have nothing in common
        yield old, old + len(before), new, new + len(after)
        return
    for kind, i1, i2, j1, j2 in difflib.SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if kind != "equal":
            yield old + i1, old + i2, new + j1, new + j2


def _anchors(before: Lines, after: Lines) -> list[tuple[int, int]]:
    """Places of lines that are there once on either side, as many as stand in one order on both."""
    once, twice = (Counter(text) for text in (before, after))
    there = {line: j for j, line in enumerate(after) if twice[line] == 1}
    pairs = [(i, there[line]) for i, line in enumerate(before) if once[line] == 1 and line in there]
    # The longest run of pairs whose second places rise: the last of each length, and what came before it.
    tails: list[int] = []
    ends: list[int] = []
    previous: list[int] = []
    for place, (_, j) in enumerate(pairs):
        length = bisect_left(tails, j)
        previous.append(ends[length - 1] if length else -1)
        if length == len(tails):
            tails.append(j)
            ends.append(place)
        else:
            tails[length], ends[length] = j, place
    found: list[tuple[int, int]] = []
    place = ends[-1] if ends else -1
    while place >= 0:
        found.append(pairs[place])
        place = previous[place]
    return found[::-1]


def plain(line: str) -> str:
    """A line without what a formatter, or somebody of another taste, changes: blanks, quotes, semicolons, braces, case, ``var`` for ``let``."""
    return " ".join(filter(None, map(_plain, _TOKEN.findall(line))))


def _plain(word: str) -> str:
    if word in _DECLARING or word in ";{}":
        return ""
    return "'" if word in "\"'`" else word.replace("_", "").lower() or word

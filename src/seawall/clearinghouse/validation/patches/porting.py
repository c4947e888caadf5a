"""Carries a fix from one line of releases over to another, where the same code stands in other words. Pure.

    port(hunks, before, {"Mime.js": there})    # [("Mime.js", its lines with the fix)], or nothing

A proof of 1.4 may not run on 2.0, whose interface is another one, and a patch for 1.4 does not apply there; yet one mistake stood in both, and
both were mended alike. Each changed line is looked for in the other's file, and what changed in it is put into the line as it stands there:
``offset += box.size`` may have become ``place += box.size``. What is taken away must be there; whether the place is the right one, runs have to say.
"""

import difflib
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from seawall.clearinghouse.validation.patches import differing
from seawall.clearinghouse.validation.patches.pieces import WORDY_MAX
from seawall.clearinghouse.validation.patches.types import Hunk

ALIKE = 0.6
"""Share of their words that two lines have in common at least, to be one line."""
LINES_MAX = 200_000
"""Lines of all files together in which a place is looked for; more are left to a person."""
AROUND = 4
"""Lines on either side by which a place is told from others."""
_AROUND_COUNTS = 0.5
"""How much those count beside the changed lines themselves."""
_NAME = re.compile(r"[^\W\d]\w*")
_TOKEN = re.compile(r"\w+|\s+|[^\w\s]")

Lines = Sequence[str]


@dataclass(frozen=True)
class _Change:
    """Old lines of the one line of releases, and what came in their place."""

    start: int
    """First old line, from 0."""
    old: tuple[str, ...]
    new: tuple[str, ...]


def port(hunks: Sequence[Hunk], before: Lines, there: Mapping[str, Lines]) -> list[tuple[str, list[str]]]:
    """Another version's files with a fix in them, each by itself; none where it does not fit.

    More than one where the very same lines stand in several, as bundles hold one function several times, and where what is put between
    two lines may go with either.

    Args:
        hunks: The fix, of one file.
        before: The lines that it was made for.
        there: The files that it is carried over to, by path.
    """
    if sum(map(len, there.values())) > LINES_MAX:
        return []
    words = {path: [_words(line) for line in lines] for path, lines in there.items()}
    made: list[tuple[str, list[str]]] = []
    for below in (False, True):
        changes = [change for hunk in hunks for change in _changes(hunk, before, below=below)]
        if not all(any(map(_words, change.old)) for change in changes):
            continue  # at the end of a file there is nothing to look for
        found = [_places(change, before, there, words) for change in changes]
        for path in found[0] if found else ():
            if all(path in places for places in found):
                text = _put(changes, [places[path] for places in found], there[path])
                if text is not None and text != list(there[path]) and (path, text) not in made:
                    made.append((path, text))
    return made


def _changes(hunk: Hunk, before: Lines, *, below: bool) -> Iterator[_Change]:
    at = hunk.start - 1
    start, old, new = at, list[str](), list[str]()
    for kind, line in (*hunk.lines, (" ", "")):
        if kind == " ":
            if old or new:
                yield _anchored(_Change(start, tuple(old), tuple(new)), before, below=below)
            at += 1
            start, old, new = at, [], []
        elif kind == "-":
            old.append(line)
            at += 1
        else:
            new.append(line)


def _anchored(change: _Change, before: Lines, *, below: bool) -> _Change:
    """A change whose old lines can be looked for: what is put between two lines goes with the one above or below."""
    if any(_words(line) for line in change.old):
        return change
    start, after = change.start - 1, change.start + len(change.old)
    if start >= 0 and _words(before[start]) and not below:
        return _Change(start, (before[start], *change.old), (before[start], *change.new))
    return _Change(change.start, (*change.old, *before[after : after + 1]), (*change.new, *before[after : after + 1]))


def _places(
    change: _Change, before: Lines, there: Mapping[str, Lines], words: Mapping[str, Sequence[Counter[str]]]
) -> dict[str, int]:
    """Where the old lines of a change stand in other files, by path: the likeliest place, and those whose lines are the very same."""
    size = len(change.old)
    wanted = [_words(line) for line in change.old]
    around = _around(before, change.start, size)
    scored: list[tuple[float, str, int]] = []
    for path, lines in words.items():
        for place in range(len(lines) - size + 1):
            likeness = _block_likeness(wanted, lines[place : place + size])
            if likeness:
                near = _likeness(around, _around(there[path], place, size))
                scored.append((likeness + _AROUND_COUNTS * near, path, place))
    scored.sort(key=lambda one: (-one[0], one[1], one[2]))
    found: dict[str, int] = {}
    for _, path, place in scored:
        _, first, at = scored[0]
        if there[path][place : place + size] == there[first][at : at + size]:
            found.setdefault(path, place)
    return found


def _words(line: str) -> Counter[str]:
    """What a line is known by; nothing for those that a bundler made."""
    return Counter(differing.plain(line).split() if len(line) <= WORDY_MAX else ())


def _around(lines: Lines, start: int, size: int) -> Counter[str]:
    near = (*lines[max(0, start - AROUND) : start], *lines[start + size : start + size + AROUND])
    return sum((_words(line) for line in near), Counter())


def _block_likeness(wanted: Sequence[Counter[str]], lines: Sequence[Counter[str]]) -> float:
    """The mean of lines that follow each other; 0 where one of them is another line."""
    total = 0.0
    for one, other in zip(wanted, lines, strict=True):
        likeness = _line_likeness(one, other)
        if likeness < ALIKE:
            return 0.0
        total += likeness
    return total / len(wanted)


def _line_likeness(one: Counter[str], other: Counter[str]) -> float:
    """As ``_likeness``; none where only punctuation is common."""
    named = one.total() == 0 or any(word in other for word in one if word[0].isalnum())
    return _likeness(one, other) if named else 0.0


def _likeness(one: Counter[str], other: Counter[str]) -> float:
    """Words that two have in common, of all that they have (Dice)."""
    total = one.total() + other.total()
    return 2 * (one & other).total() / total if total else float(one == other)


def _put(changes: Sequence[_Change], places: Sequence[int], there: Lines) -> list[str] | None:
    made = list(there)
    for change, place in sorted(zip(changes, places, strict=True), key=lambda one: -one[1]):
        old = made[place : place + len(change.old)]
        merged = _merged(_indented(change.old, old), _indented(change.new, old, change.old), "\n".join(old))
        if merged is None:
            return None
        made[place : place + len(change.old)] = merged.split("\n")
    return made


def _indented(lines: Sequence[str], there: Sequence[str], before: Sequence[str] = ()) -> str:
    """Lines as far to the right as the first of others stands."""
    first = (before or lines)[0]
    more = _blanks(there[0]) - _blanks(first)
    return "\n".join(
        " " * more + line if more > 0 and line.strip() else line[min(-more, _blanks(line)) :] if more < 0 else line
        for line in lines
    )


def _blanks(line: str) -> int:
    return len(line) - len(line.lstrip(" "))


def _merged(old: str, new: str, there: str) -> str | None:
    """A text with what made a new one of an old one; None where what changed is not there."""
    one, other, mine = (_TOKEN.findall(text) for text in (old, new, there))
    same: dict[int, int] = {}
    names: dict[str, str] = {}
    for kind, i1, i2, j1, j2 in difflib.SequenceMatcher(None, one, mine, autojunk=False).get_opcodes():
        if kind == "equal":
            same |= zip(range(i1, i2), range(j1, j2), strict=True)
        elif (i2 - i1, j2 - j1) == (1, 1) and _NAME.fullmatch(one[i1]) and _NAME.fullmatch(mine[j1]):
            names[one[i1]] = mine[j1]
    made = list(mine)
    edits = difflib.SequenceMatcher(None, one, other, autojunk=False).get_opcodes()
    for kind, i1, i2, j1, j2 in reversed(edits):
        if kind == "equal":
            continue
        if i1 < i2:
            first, last = same.get(i1, -1), same.get(i2 - 1, -2) + 1
            if last - first != i2 - i1 or any(i not in same for i in range(i1, i2)):
                return None
        elif i1 - 1 in same:
            first = last = same[i1 - 1] + 1
        elif i1 in same:
            first = last = same[i1]
        else:
            return None
        made[first:last] = [names.get(word, word) for word in other[j1:j2]]
    return "".join(made)

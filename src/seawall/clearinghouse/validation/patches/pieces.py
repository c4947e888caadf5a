"""Cuts what differs between two versions into pieces that can be left out one by one, and puts chosen ones together again. Pure.

    pieces = hunks("src/pier.py", before, after)    # as a reader of the diff sees them
    smaller = finer(pieces, {"src/pier.py": before})    # the same, line by line and word by word
    changes = put_together(smaller, {"src/pier.py": before})

A hunk may hold two fixes; lines that were changed one for one are cut into words, because a condition may have gained two
parts. Constants of a new list stay together, one to a line or all in one line: how a list is wrapped says nothing of what it is for.
"""

import difflib
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import accumulate
from typing import TypeVar

from seawall.clearinghouse.validation.patches import differing
from seawall.clearinghouse.validation.patches.types import FileChange, Hunk

CONTEXT = 1
"""Lines around a change."""
WORDY_MAX = 2_000
"""Characters of a line that is cut into words; longer ones are made by a bundler, and cut into statements first."""
_CONSTANT = r"""[a-zA-Z]{0,2}(?:"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')|-?\d[\w.]*|true|false|null|None|True|False"""
_ENTRY = re.compile(rf"\s*(?:{_CONSTANT})(?:\s*:\s*(?:{_CONSTANT}))?\s*,?\s*")
"""A line of a list, set or mapping of constants."""
_STATEMENT = re.compile(r"[^;{},]*[;{},]|[^;{},]+")
_WORD = re.compile(r"\w+|\s+|[^\w\s]")

_QUOTES = '"""'
_BRACKETS = (("(", ")"), ("[", "]"), ("{", "}"))

Lines = Sequence[str]
Word = tuple[int, int, str]
"""From which to which character of a line, and what comes in its place."""
Change = TypeVar("Change")


@dataclass(frozen=True, order=True)
class Edit:
    """Old lines of a file in exchange for new ones."""

    start: int
    """First old line, from 0."""
    end: int
    """The old line after the last; ``start`` where lines are only put in."""
    number: int
    """Order among edits that put lines in at one place."""
    lines: tuple[str, ...]
    words: tuple[Word, ...] = ()
    """In place of ``lines``, for one old line."""


@dataclass(frozen=True)
class Piece:
    """Edits of one file that are made together or not at all."""

    path: str
    edits: tuple[Edit, ...]
    new: bool = False
    """Whether the file is new; then it is one piece."""
    style: bool = False
    """Whether it is what a formatter, or new names, made of lines: half of that breaks the program and is never looked for."""


def hunks(path: str, before: Lines, after: Lines) -> list[Piece]:
    """What differs between two texts of a file, as groups of changes that lie close together."""
    edits = [Edit(i1, i2, 0, tuple(after[j1:j2])) for i1, i2, j1, j2 in differing.ranges(before, after)]
    return [Piece(path, tuple(group)) for group in _grouped(edits)]


def finer(pieces: Iterable[Piece], before: Mapping[str, Lines]) -> list[Piece]:
    """The same in the smallest pieces: lines, and words of lines that were changed one for one."""
    return apart(statements(pieces, before))


def statements(pieces: Iterable[Piece], before: Mapping[str, Lines]) -> list[Piece]:
    """The same in lines and words, of which those that open brackets are together with those that close them."""
    found: list[Piece] = []
    for piece in pieces:
        if piece.new:
            found.append(piece)
            continue
        lines = before[piece.path]
        edits: list[Edit] = []
        style: list[Edit] = []
        for edit in piece.edits:
            cut = _lines_of(edit, lines)
            edits += cut[0]
            style += cut[1]
        if len(style) > 1:
            moved = _moved_braces(style, edits, lines)
            edits = [edit for edit in edits if edit not in moved]
            found.append(Piece(piece.path, (*style, *moved), style=True))
        elif style:
            edits += _words_of(style[0].start, lines[style[0].start], style[0].lines[0])
        found += [Piece(piece.path, some) for some in _balanced(edits, partial(_turned, before=lines), _inside)]
    return found


def _moved_braces(style: list[Edit], edits: list[Edit], before: Lines) -> list[Edit]:
    """Braces that a line of their own was given or lost, because the lines of a style have them at their ends, or no longer."""
    gained = sum(new.count("{") - old.count("{") for edit in style for old, new in _turned(edit, before))
    went = [edit for edit in edits if not edit.lines and not edit.words and before[edit.start].strip() == "{"]
    came = [edit for edit in edits if edit.start == edit.end and [line.strip() for line in edit.lines] == ["{"]]
    return went[:gained] if gained > 0 else came[:-gained] if gained else []


def apart(pieces: Iterable[Piece]) -> list[Piece]:
    """Each edit by itself."""
    return [one for piece in pieces for one in ([piece] if piece.new or piece.style else _each(piece))]


def whole_lines(pieces: Iterable[Piece]) -> list[Piece]:
    """Each edit by itself, and the words of one line together."""
    found: dict[tuple[str, int, int], list[Edit]] = {}
    kept: list[Piece] = []
    for number, piece in enumerate(apart(pieces)):
        if piece.new or piece.style:
            kept.append(piece)
            continue
        (edit,) = piece.edits
        found.setdefault((piece.path, edit.start, -1 if edit.words else number), []).append(edit)
    return [*kept, *(Piece(path, tuple(edits)) for (path, _, _), edits in found.items())]


def _each(piece: Piece) -> list[Piece]:
    return [Piece(piece.path, (edit,)) for edit in piece.edits]


def _lines_of(edit: Edit, before: Lines) -> tuple[list[Edit], list[Edit]]:
    """One edit line by line, and apart from the rest the lines that a formatter may have made of others."""
    old, new = before[edit.start : edit.end], edit.lines
    found: list[Edit] = []
    style: list[Edit] = []
    one, other = ([differing.plain(line) or line.strip() for line in some] for some in (old, new))
    matcher = difflib.SequenceMatcher(None, one, other, autojunk=False)
    for kind, i1, i2, j1, j2 in matcher.get_opcodes():
        if kind == "equal":
            style += [
                Edit(edit.start + i, edit.start + i + 1, 0, (new[j],))
                for i, j in zip(range(i1, i2), range(j1, j2), strict=True)
                if old[i] != new[j]
            ]
            continue
        if i2 - i1 == j2 - j1:
            for i, j in zip(range(i1, i2), range(j1, j2), strict=True):
                found += _words_of(edit.start + i, old[i], new[j])
            continue
        place = edit.start + i1
        found += [Edit(edit.start + i, edit.start + i + 1, 0, ()) for i in range(i1, i2)]
        found += [Edit(place, place, first, tuple(new[first:last])) for first, last in _entries_together(new, j1, j2)]
    return found, style


def constants(lines: Lines) -> bool:
    """Whether lines are nothing but entries of a list of constants."""
    return bool(lines) and all(_ENTRY.fullmatch(line) for line in lines)


def _entries_together(lines: Lines, first: int, last: int) -> list[tuple[int, int]]:
    """Each line from the first to the one before the last, from where to where; constants that follow each other as one."""
    found: list[tuple[int, int]] = []
    for place in range(first, last):
        if found and constants(lines[place - 1 : place + 1]):
            found[-1] = (found[-1][0], place + 1)
        else:
            found.append((place, place + 1))
    return found


def _words_of(place: int, old: str, new: str) -> list[Edit]:
    if old == new:
        return []
    long = len(old) > WORDY_MAX or len(new) > WORDY_MAX
    changed = list(_statements_changed(old, new) if long else _words_changed(old, new))
    groups = _balanced(changed, lambda word: [(old[word[0] : word[1]], word[2])])
    return [Edit(place, place + 1, number, (), words) for number, words in enumerate(groups)]


def _words_changed(old: str, new: str, offset: int = 0) -> Iterator[Word]:
    one, other = _WORD.findall(old), _WORD.findall(new)
    starts = list(accumulate(map(len, one), initial=offset))
    for kind, i1, i2, j1, j2 in difflib.SequenceMatcher(None, one, other, autojunk=False).get_opcodes():
        if kind != "equal":
            yield starts[i1], starts[i2], "".join(other[j1:j2])


def _statements_changed(old: str, new: str) -> Iterator[Word]:
    """What a bundler put into one line, statement by statement, and word by word in those that became others."""
    one, other = _STATEMENT.findall(old), _STATEMENT.findall(new)
    starts = list(accumulate(map(len, one), initial=0))
    for i1, i2, j1, j2 in differing.ranges(one, other):
        before, after = "".join(one[i1:i2]), "".join(other[j1:j2])
        if before and after and len(before) + len(after) <= WORDY_MAX:
            yield from _words_changed(before, after, starts[i1])
        else:
            yield starts[i1], starts[i2], after


def _balanced(
    changes: Iterable[Change],
    turned: Callable[[Change], Iterable[tuple[str, str]]],
    inside: Callable[[Change, Change], bool] = lambda _one, _other: False,
) -> Iterator[tuple[Change, ...]]:
    """Changes so that those which open brackets or blocks and those which close them are made together.

    Half of such a pair stops a proof by breaking the program, also where the program is text that is read later.

    Args:
        changes: In order.
        turned: Of a change: which text became which.
        inside: Whether a block that the one begins has the other in it.
    """
    together: list[Change] = []
    depth: Counter[str] = Counter()
    for change in changes:
        if together and not any(depth.values()) and not inside(together[0], change):
            yield tuple(together)
            together = []
        together.append(change)
        for old, new in turned(change):
            depth[_QUOTES] = (depth[_QUOTES] + old.count(_QUOTES) + new.count(_QUOTES)) % 2
            for opening, closing in _BRACKETS:
                depth[opening] += new.count(opening) - new.count(closing) - old.count(opening) + old.count(closing)
    if together:
        yield tuple(together)


def _inside(one: Edit, other: Edit) -> bool:
    """Whether a line that comes is part of the block of another that does, as Python has them."""
    if not (one.lines and other.lines and one.start == one.end == other.start == other.end):
        return False
    first, next_one = one.lines[0], other.lines[0]
    return first.rstrip().endswith(":") and (not next_one.strip() or _indent(next_one) > _indent(first))


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())


def _turned(edit: Edit, before: Lines) -> Iterator[tuple[str, str]]:
    if edit.words:
        yield from ((before[edit.start][start:end], text) for start, end, text in edit.words)
    else:
        yield "".join(before[edit.start : edit.end]), "".join(edit.lines)


def put_together(pieces: Iterable[Piece], before: Mapping[str, Lines]) -> tuple[FileChange, ...]:
    """Chosen pieces as changes of files."""
    grouped: dict[str, list[Piece]] = {}
    for piece in pieces:
        grouped.setdefault(piece.path, []).append(piece)
    changes = []
    for path, some in grouped.items():
        if some[0].new:
            lines = tuple(("+", line) for edit in some[0].edits for line in edit.lines)
            changes.append(FileChange(None, path, (Hunk(0, lines),)))
            continue
        edits = _merged(sorted(edit for piece in some for edit in piece.edits), before[path])
        changes.append(FileChange(path, path, tuple(_hunk(group, before[path]) for group in _grouped(edits))))
    return tuple(changes)


def places(pieces: Iterable[Piece]) -> frozenset[tuple[str, int]]:
    """Old lines that pieces change, or before which they put something, by path."""
    return frozenset(
        (piece.path, line)
        for piece in pieces
        for edit in piece.edits
        for line in range(edit.start, max(edit.end, edit.start + 1))
    )


def _merged(edits: list[Edit], before: Lines) -> list[Edit]:
    """Words of one line as one edit of it."""
    found: list[Edit] = []
    for edit in edits:
        last = found[-1] if found else None
        if edit.words and last is not None and last.words and last.start == edit.start:
            found[-1] = replace(last, words=(*last.words, *edit.words))
        else:
            found.append(edit)
    return [
        replace(edit, lines=(_worded(before[edit.start], edit.words),), words=()) if edit.words else edit
        for edit in found
    ]


def _worded(line: str, words: Iterable[Word]) -> str:
    parts: list[str] = []
    taken = 0
    for start, end, text in sorted(words):
        parts += [line[taken:start], text]
        taken = end
    return "".join([*parts, line[taken:]])


def _grouped(edits: list[Edit]) -> list[list[Edit]]:
    groups: list[list[Edit]] = []
    for edit in edits:
        if groups and edit.start - groups[-1][-1].end <= 2 * CONTEXT:
            groups[-1].append(edit)
        else:
            groups.append([edit])
    return groups


def _hunk(edits: list[Edit], before: Lines) -> Hunk:
    start = max(0, edits[0].start - CONTEXT)
    ending = min(len(before), edits[-1].end + CONTEXT)
    lines: list[tuple[str, str]] = []
    place = start
    for edit in edits:
        lines += [(" ", line) for line in before[place : edit.start]]
        lines += [("-", line) for line in before[edit.start : edit.end]]
        lines += [("+", line) for line in edit.lines]
        place = edit.end
    lines += [(" ", line) for line in before[place:ending]]
    return _ended(lines, start + 1, at_end=ending == len(before))


def _ended(lines: list[tuple[str, str]], start: int, *, at_end: bool) -> Hunk:
    """A hunk whose empty last pieces (what follows a last line feed) are no lines."""
    if not at_end:
        return Hunk(start, tuple(lines))
    last_old = max((place for place, (kind, _) in enumerate(lines) if kind != "+"), default=-1)
    last_new = max((place for place, (kind, _) in enumerate(lines) if kind != "-"), default=-1)
    common = min(last_old, last_new)
    if last_old != last_new and common >= 0 and lines[common][0] == " ":
        # The last line of the one text stands in the middle of the other: it is another line there.
        text = lines[common][1]
        lines = [*lines[:common], ("-", text), ("+", text), *lines[common + 1 :]]
        return _ended(lines, start, at_end=True)
    bare_old, bare_new = last_old >= 0 and lines[last_old][1] != "", last_new >= 0 and lines[last_new][1] != ""
    gone = {place for place in (last_old, last_new) if place >= 0 and lines[place][1] == ""}
    kept = tuple(line for place, line in enumerate(lines) if place not in gone)
    from_empty = all(kind == "+" for kind, _ in kept)
    return Hunk(start - from_empty, kept, bare_old=bare_old, bare_new=bare_new)


def written(changes: Iterable[FileChange]) -> bytes:
    """The changes as a unified diff that ``reading.read`` and git take."""
    parts: list[str] = []
    for change in changes:
        parts += [f"--- {'a/' + change.old if change.old else '/dev/null'}", f"+++ b/{change.new}"]
        shift = 0
        for hunk in change.hunks:
            gone = sum(kind in " -" for kind, _ in hunk.lines)
            come = sum(kind in " +" for kind, _ in hunk.lines)
            parts.append(f"@@ -{hunk.start},{gone} +{max(hunk.start + shift, min(1, come))},{come} @@")
            shift += come - gone
            last = {
                side: max((i for i, (kind, _) in enumerate(hunk.lines) if kind in side), default=-1)
                for side in (" -", " +")
            }
            for place, (kind, text) in enumerate(hunk.lines):
                parts.append(f"{kind}{text}")
                if (hunk.bare_old and place == last[" -"]) or (hunk.bare_new and place == last[" +"]):
                    parts.append("\\ No newline at end of file")
    return ("\n".join(parts) + "\n").encode("utf-8", "surrogateescape")

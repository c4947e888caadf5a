"""Why a change that stops a proof may end more than one flaw, though no line of it can be left out. Pure.

    doubt(core, {"src/pier.py": before})    # "It changes more than 40 lines, ...", or ""

Two reasons are known: half a program that was written anew, and code that was taken away with all that went through it. How code is
wrapped, quoted and spelled is not counted: whoever runs a formatter over a file changes every line and nothing else. What is taken out of
a literal is no code taken away, for the literal stays and means something else. A line that a bundler made is a program: what comes or goes of
it whole is broad, and each change in it counts as a line.
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from seawall.clearinghouse.validation.patches import differing
from seawall.clearinghouse.validation.patches.pieces import WORDY_MAX, Edit, Piece, constants

BROAD = 40
"""Changed lines from which on a fix may well end more than one flaw."""
TAKES_AWAY = "It only takes code away, and whatever went through that is gone with it."
_COMMENT = re.compile(r"\s*(?://|/\*|\*(?:\s|/|$)|#)")
"""What a line begins with that holds nothing but a comment, in any of the languages."""
_LITERAL = re.compile(
    r"""\"(?:[^"\\]|\\.)*\"|'(?:[^'\\]|\\.)*'|`(?:[^`\\]|\\.)*`"""
    r"""|(?:(?<=[(,=:\[!&|?{};])|(?<=return)|^)\s*/(?![*/])(?:[^/\\\[]|\\.|\[(?:[^\]\\]|\\.)*\])+/"""
)
"""A string, or an expression of JavaScript where one may begin."""


def doubt(core: Sequence[Piece], before: Mapping[str, Sequence[str]]) -> str:
    """Why what stops a proof may end more than one flaw; empty where nothing says so.

    Args:
        core: The lines and words that are needed.
        before: Lines of the flawed version's files, by path.
    """
    edits = [(edit, before.get(piece.path, ())) for piece in core for edit in piece.edits if not piece.style]
    come = Counter(_plain([line for edit, _ in edits for line in edit.lines if not constants(edit.lines)]))
    gone = Counter(_plain(line for edit, old in edits if not edit.words for line in old[edit.start : edit.end]))
    lists = sum(constants(edit.lines) for edit, _ in edits)
    worded = {
        # What a bundler put into one line are as many lines as it has changes.
        (piece.path, edit.start, edit.number if _long(before[piece.path][edit.start]) else 0)
        for piece in core
        for edit in piece.edits
        if edit.words
    }
    if (come - gone).total() + (gone - come).total() + lists + len(worded) > BROAD or _long_lines(edits):
        return f"It changes more than {BROAD} lines, which may end more than one flaw."
    if edits and not come and not lists and not any(_put_in(edit, old) for edit, old in edits):
        return TAKES_AWAY
    return ""


def _long(line: str) -> bool:
    return len(line) > WORDY_MAX


def _long_lines(edits: Iterable[tuple[Edit, Sequence[str]]]) -> bool:
    """Whether lines that a bundler made come or go whole: each of them is a program."""
    return any(
        _long(line) for edit, old in edits if not edit.words for line in (*edit.lines, *old[edit.start : edit.end])
    ) or any(_long(text) or end - start > WORDY_MAX for edit, _ in edits for start, end, text in edit.words)


def _plain(lines: Iterable[str]) -> list[str]:
    """Lines without what a formatter changes; none for those that hold a comment or nothing but brackets."""
    kept = [differing.plain(line) for line in lines if not _COMMENT.match(line)]
    return [line for line in kept if any(letter.isalnum() for letter in line)]


def _put_in(edit: Edit, before: Sequence[str]) -> bool:
    """Whether words are put in, or a literal becomes another one."""
    return any(
        text.strip() or any(one.start() < start and end < one.end() for one in _LITERAL.finditer(before[edit.start]))
        for start, end, text in edit.words
    )

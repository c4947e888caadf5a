"""Output for a person at a terminal, or for a program with ``--json``.

Text of reports comes from strangers: a control character in it could move the cursor, set the window's title, or answer
the terminal's own questions; a bidirectional mark could show a version number backwards. ``plain`` makes all of
them visible instead.
"""

import json
import shutil
import sys
import unicodedata
from collections.abc import Iterable, Sequence
from itertools import zip_longest
from typing import Any

import click

_HIDDEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
"""Unicode categories without a shape of their own: controls, marks that reorder, surrogates, unassigned."""


_PIPED = 140
"""Columns of a table that no terminal shows."""
_NARROWEST = 12


def plain(text: object, *, lines: bool = False) -> str:
    r"""Text with every invisible character written out, such as ``\x1b``.

    Args:
        text: Anything; its ``str`` is taken.
        lines: Whether line breaks stay; else they are written out too.
    """
    shown = str(text)
    if shown.isascii() and shown.isprintable():
        return shown
    return "".join(
        character
        if (character == "\n" and lines) or unicodedata.category(character) not in _HIDDEN
        else character.encode("unicode_escape").decode("ascii")
        for character in shown
    )


def show_json(value: Any) -> None:
    """One JSON document on standard output, ASCII only; indented for a person at a terminal."""
    click.echo(json.dumps(value, indent=2 if sys.stdout.isatty() else None, ensure_ascii=True))


def show_table(title: str, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """A table; cells are plain text, never markup. A cell that is wider than its column goes on in the next line."""
    # Our own few lines: loading rich costs more than a whole check of an inventory.
    cells = [["" if cell is None else plain(cell) for cell in row] for row in rows]
    widths = _widths([list(columns), *cells])
    if title:
        click.secho(title, italic=True)
    click.secho(_line(list(columns), widths), bold=True)
    click.echo("  ".join("─" * width for width in widths))
    for row in cells:
        folded = [_folded(cell, width) for cell, width in zip(row, widths, strict=True)]
        for part in zip_longest(*folded, fillvalue=""):
            click.echo(_line(list(part), widths))


def _widths(rows: Sequence[Sequence[str]]) -> list[int]:
    """Of each column: what its cells need, or what the terminal has, taken from the widest."""
    widths = [max(map(_width, column), default=0) for column in zip(*rows, strict=True)]
    room = (shutil.get_terminal_size((_PIPED, 24)).columns if sys.stdout.isatty() else _PIPED) - 2 * (len(widths) - 1)
    while sum(widths) > room and max(widths) > _NARROWEST:
        widest = widths.index(max(widths))
        widths[widest] = max(_NARROWEST, widths[widest] - (sum(widths) - room), max(sorted(widths)[:-1], default=0) - 1)
    return widths


def _width(text: str) -> int:
    if text.isascii():
        return len(text)
    return sum(
        0 if unicodedata.combining(one) else 2 if unicodedata.east_asian_width(one) in "WF" else 1 for one in text
    )


def _folded(text: str, width: int) -> list[str]:
    """A text in pieces of at most ``width`` columns, broken at blanks where there are some."""
    lines: list[str] = []
    while _width(text) > width:
        end = width
        while _width(text[:end]) > width:
            end -= 1
        blank = text.rfind(" ", end // 2, end + 1)
        end = blank if blank > 0 else max(end, 1)
        lines.append(text[:end].rstrip())
        text = text[end:].lstrip(" ")
    return [*lines, text]


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    return "  ".join(cell + " " * (width - _width(cell)) for cell, width in zip(cells, widths, strict=True)).rstrip()


def show_fields(fields: Iterable[tuple[str, object]]) -> None:
    """Names and values, one a line; empty ones are left out."""
    shown = [(name, value) for name, value in fields if value is not None and value != ""]
    width = max((len(name) for name, _ in shown), default=0)
    for name, value in shown:
        text = plain(value, lines=True).replace("\n", "\n" + " " * (width + 2))
        click.echo(f"{name:<{width}}  {text}")

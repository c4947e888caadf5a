"""Output for a person at a terminal, or for a program with ``--json``.

Text of reports comes from strangers: a control character in it could move the cursor, set the window's title, or answer
the terminal's own questions; a bidirectional mark could show a version number backwards. ``plain`` makes all of
them visible instead.
"""

import json
import sys
import unicodedata
from collections.abc import Iterable, Sequence
from typing import Any

import click

_HIDDEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
"""Unicode categories without a shape of their own: controls, marks that reorder, surrogates, unassigned."""


def plain(text: object, *, lines: bool = False) -> str:
    r"""Text with every invisible character written out, such as ``\x1b``.

    Args:
        text: Anything; its ``str`` is taken.
        lines: Whether line breaks stay; else they are written out too.
    """
    return "".join(
        character
        if (character == "\n" and lines) or unicodedata.category(character) not in _HIDDEN
        else character.encode("unicode_escape").decode("ascii")
        for character in str(text)
    )


def show_json(value: Any) -> None:
    """One JSON document on standard output, ASCII only."""
    click.echo(json.dumps(value, indent=2, ensure_ascii=True))


def show_table(title: str, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """A table; cells are plain text, never markup."""
    from rich.console import Console  # noqa: PLC0415 - a third of a command's start-up, and --json does without
    from rich.table import Table  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    table = Table(title=title, title_justify="left", header_style="bold")
    for column in columns:
        table.add_column(column, overflow="fold")
    for row in rows:
        table.add_row(*[Text("" if cell is None else plain(cell)) for cell in row])
    Console(highlight=False, width=None if sys.stdout.isatty() else 140).print(table)


def show_fields(fields: Iterable[tuple[str, object]]) -> None:
    """Names and values, one a line; empty ones are left out."""
    shown = [(name, value) for name, value in fields if value is not None and value != ""]
    width = max((len(name) for name, _ in shown), default=0)
    for name, value in shown:
        text = plain(value, lines=True).replace("\n", "\n" + " " * (width + 2))
        click.echo(f"{name:<{width}}  {text}")

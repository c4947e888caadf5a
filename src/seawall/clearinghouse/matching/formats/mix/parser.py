"""mix.lock of Elixir (https://hexdocs.pm/mix/Mix.Tasks.Deps.html): a map of tuples, written as Elixir's terms.

Read by a small reader of just these terms (strings, atoms, lists, tuples, maps), without recursion. A package counts under its name
at Hex, which may differ from the application's; those of a private organization are other packages.
"""

import re
from typing import Any

from seawall.clearinghouse.matching.errors import InventoryTooLarge, NotAnInventory
from seawall.clearinghouse.matching.formats.interface import Sbom
from seawall.clearinghouse.matching.formats.locks import Lock, of_git
from seawall.clearinghouse.matching.formats.reading import NODES_MAX, sequence, shown, text, text_of

DEPTH_MAX = 32
"""Terms inside of terms; Mix writes five."""

_TOKEN = re.compile(
    r'\s*+(?:#[^\n]*+\s*+)*+(?:(?P<text>"(?:[^"\\]|\\.)*+")(?P<key>:(?!:))?|(?P<open>%\{|[\[{])|(?P<close>[\]}])'
    r'|(?P<skip>,|=>)|(?P<atom>:"(?:[^"\\]|\\.)*+"|:?[A-Za-z_][\w@.?!]*+:?|-?[0-9][0-9_.]*+))',
    re.DOTALL,
)
_CLOSES = {"%{": "}", "{": "}", "[": "]"}
_HEX, _REPOSITORY = 3, 6
Term = Any


def claims(path: str) -> bool:
    """The one name that Mix writes."""
    return path.rpartition("/")[2] == "mix.lock"


def parse(data: bytes) -> Sbom:
    """Read a mix.lock.

    Raises:
        NotAnInventory: Not a text, or not Mix's.
        InventoryTooLarge: Over a limit.
    """
    lock = Lock("mix", "mix.lock")
    entries = _terms(text_of(data))
    for name, term in zip(entries[::2], entries[1::2], strict=False):
        parts = sequence(term)
        kind = parts[0] if parts else ""
        key = text(name)
        if kind == "hex" and len(parts) >= _HEX:
            repository = text(parts[_REPOSITORY]) if len(parts) > _REPOSITORY else "hexpm"
            why = (
                ""
                if repository == "hexpm"
                else f"it comes from another repository ({shown(repository)}), not from hex.pm"
            )
            lock.package(key, "hex", text(parts[1]), text(parts[2]), why_not=why)
            for needed in sequence(parts[5]) if len(parts) > 5 else ():  # noqa: PLR2004 - the place of what it needs
                lock.needs(key, [text(one) for one in sequence(needed)[:1]])
        elif kind == "git" and len(parts) >= _HEX:
            lock.package(key, "hex", key, "", why_not=of_git(text(parts[1]), text(parts[2])))
        elif key:
            lock.left_out("Entries that are neither from Hex nor from Git are left out", key)
    lock.roots_are_what_nothing_needs()
    return lock.sbom()


def _terms(given: str) -> list[Term]:
    """Keys and values of the outermost map, one after the other."""
    root: list[Term] = []
    stack: list[tuple[list[Term], str]] = [(root, "")]
    position = count = 0
    while (match := _TOKEN.match(given, position)) is not None:
        position = match.end()
        count += 1
        if count > NODES_MAX:
            raise InventoryTooLarge(f"It has over {NODES_MAX:,} terms.", "Check what wrote it.")
        if match["open"]:
            if len(stack) > DEPTH_MAX:
                raise _damaged("it is nested too deeply")
            inner: list[Term] = []
            stack[-1][0].append(inner)
            stack.append((inner, _CLOSES[match["open"]]))
        elif match["close"]:
            if stack.pop()[1] != match["close"]:
                raise _damaged(f"a bracket is wrong at character {match.start()}")
        elif match["text"]:
            stack[-1][0].append(re.sub(r"\\(.)", r"\1", match["text"][1:-1], flags=re.DOTALL))
        elif match["atom"]:
            stack[-1][0].append(match["atom"].strip(":").strip('"'))
    if given[position:].strip() or len(stack) != 1 or len(root) != 1:
        raise _damaged(f"no term begins at character {position}")
    entries: list[Term] = sequence(root[0])
    return entries


def _damaged(why: str) -> NotAnInventory:
    return NotAnInventory(f"This is no mix.lock: {why}.", "Let 'mix deps.get' write it.")

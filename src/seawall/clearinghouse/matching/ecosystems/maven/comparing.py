"""Maven 3's ComparableVersion: the lists that it makes of a version, compared as it compares them.

A version becomes a list of whole numbers and words; a hyphen, or a change between letters and digits, begins a list in
the list, which is always the last item. So a version is a chain of lists, and nothing here recurses:

    1.0-rc-2          [1, [rc, [2]]]
    31.1-jre          [31, 1, [jre]]
    2.0.redhat-1      [2, 0, redhat, [1]]
    1.0.0.Final       [1]

Zeros, empty words (``ga``, ``final`` and ``release`` count as one) and empty lists are left out at the end of a list, and
right before the list in it. At one place, any number stands after any list and that after any word; nothing at all
stands where a zero or an empty word would. That is no order: 2.redhat-1 < 2-alpha < 2 < 2.redhat-1.

Own code, from the version order specification in Maven's POM reference and from asking Maven 3.8; docs/ecosystems.md says
how Maven 3.9 and 4 differ.
"""

import re
from functools import lru_cache

from seawall.clearinghouse.matching.ecosystems.interface import Malformed, trimmed

RANKS = {"alpha": 0, "beta": 1, "milestone": 2, "rc": 3, "snapshot": 4, "": 5, "sp": 6}
RELEASE = 5
"""Rank of the empty word, which is also where nothing stands."""
OTHER = 7
"""Rank of every other word; these are compared as texts."""

_ALIASES = {"cr": "rc", "ga": "", "final": "", "release": ""}
_BEFORE_DIGITS = {"a": "alpha", "b": "beta", "m": "milestone"}  # only where a digit follows at once: 1b2, not 1-b-2
_PIECE = re.compile(r"[0-9]+|[^0-9.-]+|[.-]")

_ZEROS_MAX = 9
"""Maven 3.8 leaves longer runs of zeros as they are and then reads them as numbers of a larger type."""

Word = tuple[int, str]
"""Rank, and the text of a word without a rank of its own."""
Item = int | Word | list["Item"]


def compare(first: str, second: str) -> int:
    """Below, at or above zero, as Maven has it.

    Refuses (``Malformed``) what is no version in any ecosystem, and more than nine zeros in a row for a number.
    """
    left, right = read(trimmed(first)), read(trimmed(second))
    place = 0
    while True:
        if place == len(left):
            return -beside_nothing(right, place)
        if place == len(right):
            return beside_nothing(left, place)
        one, other = left[place], right[place]
        if isinstance(one, int):
            if not isinstance(other, int):
                return 1
            order = (one > other) - (one < other)
        elif isinstance(one, list):
            if isinstance(other, list):
                left, right, place = one, other, 0  # a list is the last item, so nothing is left to come back to
                continue
            return -1 if isinstance(other, int) else 1
        elif isinstance(other, tuple):
            order = (one > other) - (one < other)
        else:
            return -1
        if order:
            return order
        place += 1


def beside_nothing(items: list[Item], place: int = 0) -> int:
    """How the items from a place on compare with none: the first that is not zero or empty decides."""
    while place < len(items):
        item = items[place]
        if isinstance(item, list):
            items, place = item, 0
            continue
        if isinstance(item, int):
            if item:
                return 1
        elif item[0] != RELEASE:
            return 1 if item[0] > RELEASE else -1
        place += 1
    return 0


@lru_cache(maxsize=4096)
def read(version: str) -> list[Item]:
    """The list of a version; do not change it."""
    lists: list[list[Item]] = [[]]
    run = ""  # digits or letters that no separator has ended yet
    for piece in _PIECE.findall(version.lower()):
        if piece in ".-":
            lists[-1].append(_item(run) if run else 0)
            run = ""
            if piece == "-":
                _begin_list(lists)
            continue
        if run.isdigit():
            lists[-1].append(_number(run))
            _begin_list(lists)
        elif run:  # a word with a digit right after it begins a list of its own
            if lists[-1]:
                _begin_list(lists)
            lists[-1].append(item_of(run, before_digit=True))
            _begin_list(lists)
        run = piece
    if run:
        if not run.isdigit() and lists[-1]:
            _begin_list(lists)
        lists[-1].append(_item(run))
    for items in reversed(lists):
        _leave_out_empty(items)
    return lists[0]


def _begin_list(lists: list[list[Item]]) -> None:
    begun: list[Item] = []
    lists[-1].append(begun)
    lists.append(begun)


def _item(run: str) -> int | Word:
    return _number(run) if run.isdigit() else item_of(run)


def _number(run: str) -> int:
    value = int(run)
    if not value and len(run) > _ZEROS_MAX:
        raise Malformed(f"has more than {_ZEROS_MAX} zeros for a number, which Maven takes for more than a zero")
    return value


def item_of(word: str, *, before_digit: bool = False) -> Word:
    """A word as it stands in a list."""
    text = word.lower()
    if before_digit:
        text = _BEFORE_DIGITS.get(text, text)
    text = _ALIASES.get(text, text)
    rank = RANKS.get(text, OTHER)
    return (rank, text if rank == OTHER else "")


def _leave_out_empty(items: list[Item]) -> None:
    for place in range(len(items) - 1, -1, -1):
        item = items[place]
        if not item or item == (RELEASE, ""):
            del items[place]
        elif not isinstance(item, list):
            return

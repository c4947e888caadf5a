"""Maven: the part of ComparableVersion on which one order exists.

Maven's own comparison is not transitive (2.redhat-1 < 2-alpha < 2 < 2.redhat-1), so no key can agree with it everywhere.
Keys are given to the lists of ``comparing.py`` in which every place is ordered whatever stands in the others:

- a word at the beginning of a version, or not the first of its list, is one that stands before the release (``alpha``
  to ``snapshot``) and does not follow a zero or an empty word, or another one that does, where no list can stand:
  2.0.redhat-1;
- a list that begins with a list stands after the release.

For all others there is ``compare``. At one place a key holds, from low to high: 0x01 and a rank, a word before the
release; 0x02 to 0x06, a list that begins with one; 0x07, the end; 0x08 to 0x0C, a list that begins with another word,
with a list or with a number; 0x0D to 0x0F, another word; numbers.
"""

import re

from seawall.clearinghouse.matching.ecosystems.encoding import number, without_trailing_zeros, word
from seawall.clearinghouse.matching.ecosystems.interface import Ecosystem, Malformed
from seawall.clearinghouse.matching.ecosystems.maven.comparing import (
    OTHER,
    RELEASE,
    Item,
    Word,
    beside_nothing,
    compare,
    item_of,
    read,
)

_USUAL = re.compile(r"([0-9]+(?:\.[0-9]+)*)(?:(?:(\.)|-)?([A-Za-z]+)(?:(-)?([0-9]+))?)?")
"""Numbers, a word, a number: nine in ten versions, whose bytes need no lists to be made."""
_EARLY_WORD = b"\x01"
_LIST_OF = (b"\x02", b"\x03", b"\x04", b"\x05", b"\x06", b"\x08", b"\x09", b"\x0a")  # by the rank of its first word
_END = b"\x07"
_LIST_OF_LIST, _LIST_OF_NUMBER = b"\x0b", b"\x0c"
_LATE_WORDS = {RELEASE: b"\x0d", 6: b"\x0e", OTHER: b"\x0f"}
_LIKE_NOTHING: tuple[Item | None, ...] = (0, (RELEASE, ""))
_NO_ORDER = "of a kind for which Maven's comparison is no order"


def _encode(version: str) -> bytes:
    if "0000000000" not in version:  # such a run may be refused
        match = _USUAL.fullmatch(version)
        if match is not None:
            numbers, dot, qualifier, hyphen, count = match.groups()
            key = b"".join(map(number, without_trailing_zeros(numbers.split("."))))
            if qualifier is None:
                return key + _END
            found = item_of(qualifier, before_digit=count is not None and not hyphen)
            if count is None or (found[0] != RELEASE and not (dot and hyphen)):
                return key + _list_of(found, int(count or 0)) + _END
    return _encode_any(version)


def _list_of(first: Word, count: int) -> bytes:
    """A list of one word, and the list of one number in it; what is empty is left out."""
    rank, text = first
    if rank == RELEASE:
        return b""
    return _LIST_OF[rank] + (word(text) if text else b"") + (_LIST_OF_NUMBER + number(count) if count else b"")


def _encode_any(version: str) -> bytes:
    key = bytearray()
    items = read(version)
    place = 0
    while place < len(items):
        item = items[place]
        if isinstance(item, int):
            key += number(item)
        elif isinstance(item, tuple):
            key += _word_in_place(item, after=items[place - 1] if place else None)
        else:
            items, place = item, 0
            first = item[0]
            if isinstance(first, tuple):
                key += _LIST_OF[first[0]]
                if first[0] == OTHER:
                    key += word(first[1])
                place = 1
            elif isinstance(first, list):
                if beside_nothing(first) < 0:
                    raise Malformed(_NO_ORDER)
                key += _LIST_OF_LIST
            else:
                key += _LIST_OF_NUMBER
            continue
        place += 1
    return bytes(key) + _END


def _word_in_place(item: tuple[int, str], *, after: Item | None) -> bytes:
    rank, text = item
    if (rank < RELEASE) == (after in _LIKE_NOTHING):
        raise Malformed(_NO_ORDER)
    if rank < RELEASE:
        return _EARLY_WORD + bytes([rank + 1])
    return _LATE_WORDS[rank] + (word(text) if rank == OTHER else b"")


ECOSYSTEM = Ecosystem(
    name="Maven",
    scheme="maven-3/2",
    purl_types=frozenset({"maven"}),
    encode=_encode,
    covers="all but those for which Maven's comparison is no order, such as 2.1.redhat-1; these can be compared in pairs",
    compare=compare,
)

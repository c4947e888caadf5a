"""Whether two tools may speak of the same weakness: near lines, and one family of CWE. Pure; only ever a suggestion."""

from collections.abc import Sequence

NEAR = 3
"""Lines that two tools' ideas of where a weakness is may be apart."""

_FAMILIES = (
    # Weaknesses that tools use for one another. CWE's own tree has most of them under one parent.
    {20, 74, 77, 78, 88},  # commands
    {79, 80, 83, 86, 87, 116},  # markup
    {89, 564, 943},  # queries
    {94, 95, 96, 913, 915},  # code
    {22, 23, 35, 36, 73, 99},  # paths
    {119, 120, 121, 122, 124, 125, 126, 127, 131, 786, 787, 788, 805, 823},  # memory bounds
    {415, 416, 672, 825},  # lifetimes
    {190, 191, 680, 681},  # numbers
    {256, 259, 312, 321, 522, 798},  # secrets
    {326, 327, 328, 338, 330, 331, 335, 759, 760, 916},  # cryptography
    {200, 209, 215, 532, 538},  # disclosure
    {284, 285, 287, 306, 639, 862, 863},  # access
    {611, 776, 827},  # XML entities
    {400, 407, 730, 770, 834, 835, 1333},  # resources
    {601, 918},  # addresses from outside
)


def families(weaknesses: Sequence[str]) -> frozenset[int]:
    """Numbers of the families; a weakness of none is its own."""
    found: set[int] = set()
    for weakness in weaknesses:
        number = weakness.removeprefix("CWE-")
        if number.isascii() and number.isdecimal():
            places = [place for place, family in enumerate(_FAMILIES) if int(number) in family]
            found.update(places or [len(_FAMILIES) + int(number)])
    return frozenset(found)


def alike(
    line: int, end: int, weaknesses: Sequence[str], other_line: int, other_end: int, other_weaknesses: Sequence[str]
) -> bool:
    """Whether two places of one file may be the same weakness."""
    near = line - NEAR <= max(other_line, other_end) and other_line - NEAR <= max(line, end)
    return near and bool(families(weaknesses) & families(other_weaknesses))

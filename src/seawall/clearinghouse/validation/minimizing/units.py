"""What can be taken away from an input or a script as one. Pure; linear in the content.

No format is parsed: lines, brackets, elements and tokens are found in anything, and what is not there yields no unit.
A member of a JSON text goes with its comma, because a field between two separators of one depth is a unit too.
"""

import re

from seawall.clearinghouse.validation.minimizing.types import Unit

UNITS_MAX = 200_000
"""Units of one way of cutting; of a longer content only those in front are tried, and the bytes later."""
_PAIRS = {b"(": b")", b"[": b"]", b"{": b"}"}
_SEPARATORS = frozenset(b",;&|\n")
_OPENING = frozenset(b"([{")
_CLOSING = {ord(")"): ord("("), ord("]"): ord("["), ord("}"): ord("{")}
_TOKEN = re.compile(
    rb"@@[A-Z_]{1,40}@@|[A-Za-z_$][\w$]*|\d+|\s+|\"(?:[^\"\\\n]|\\.)*\"|'(?:[^'\\\n]|\\.)*'|[^\w\s]|[\x80-\xff]+",
    re.DOTALL,
)
_TAG = re.compile(rb"<(/?)([A-Za-z_][\w:.-]{0,100})(?:[^<>]{0,2000}?)(/?)>")
_BACKSLASH, _HASH = ord("\\"), ord("#")
_QUOTES = frozenset(b"\"'`")


def lines(content: bytes) -> list[Unit]:
    """Each line with its end."""
    found: list[Unit] = []
    start = 0
    while start < len(content) and len(found) < UNITS_MAX:
        end = content.find(b"\n", start) + 1 or len(content)
        found.append(Unit(((start, end),)))
        start = end
    return found


def tokens(content: bytes) -> list[Unit]:
    """Words, numbers, strings, spaces and signs."""
    found = []
    for match in _TOKEN.finditer(content):
        found.append(Unit((match.span(),)))
        if len(found) == UNITS_MAX:
            break
    return found


def single_bytes(content: bytes) -> list[Unit]:
    """Each byte."""
    return [Unit(((at, at + 1),)) for at in range(min(len(content), UNITS_MAX))]


def _pairs(content: bytes) -> list[tuple[int, int]]:
    """Positions of brackets that belong together, in the order of their opening; without regard to strings."""
    stack: list[tuple[int, int]] = []
    found: list[tuple[int, int]] = []
    for at, letter in enumerate(content):
        if letter in _OPENING:
            stack.append((letter, at))
        elif letter in _CLOSING and stack and stack[-1][0] == _CLOSING[letter]:
            found.append((stack.pop()[1], at))
            if len(found) == UNITS_MAX:
                break
    return sorted(found)


def brackets(content: bytes) -> list[Unit]:
    """Each pair of brackets, without what is between them: takes depth away."""
    return [Unit(((start, start + 1), (end, end + 1))) for start, end in _pairs(content)]


def enclosed(content: bytes) -> list[Unit]:
    """Each pair of brackets with all that is between them."""
    return [Unit(((start, end + 1),)) for start, end in _pairs(content)]


def elements(content: bytes) -> list[Unit]:
    """Elements of markup: each with its content, and each pair of tags alone."""
    stack: list[tuple[bytes, int, int]] = []
    found: list[Unit] = []
    for match in _TAG.finditer(content):
        closing, name, empty = match.groups()
        start, end = match.span()
        if closing:
            while stack:
                opened, from_, to = stack.pop()
                if opened == name:
                    found += [Unit(((from_, end),)), Unit(((from_, to), (start, end)))]
                    break
        elif not empty:
            stack.append((name, start, end))
        if len(found) >= UNITS_MAX:
            break
    return sorted(found, key=lambda unit: (unit.ranges[0][0], -unit.ranges[-1][1]))


def fields(content: bytes) -> list[Unit]:
    """What stands between separators of one depth, with the separator after it, or before it for the last one."""
    found: list[Unit] = []
    outer: list[tuple[int, int | None]] = []
    start, separator = 0, None
    for at, letter in enumerate(content):
        if letter in _SEPARATORS:
            found.append(Unit(((start, at + 1),)))
            start, separator = at + 1, at
        elif letter in _OPENING:
            outer.append((start, separator))
            start, separator = at + 1, None
        elif letter in _CLOSING and outer:
            if separator is not None:
                found.append(Unit(((separator, at),)))
            start, separator = outer.pop()
        if len(found) >= UNITS_MAX:
            break
    if separator is not None and separator + 1 < len(content):
        found.append(Unit(((separator, len(content)),)))
    return sorted(found, key=lambda unit: (unit.ranges[0][0], -unit.ranges[0][1]))


def statements(content: bytes) -> list[Unit]:
    """Logical lines of a script in Python, JavaScript or their like, and blocks with what they hold.

    A line that opens more brackets than it closes goes on to where they are closed; a block is a line with the lines
    below it that stand further in.
    """
    logical = _logical(content)
    found = [Unit((span,)) for span, _ in logical]
    for number, ((start, _), depth) in enumerate(logical):
        end = number + 1
        while end < len(logical) and (logical[end][1] > depth or not content[slice(*logical[end][0])].strip()):
            end += 1
        if end > number + 1:
            found.append(Unit(((start, logical[end - 1][0][1]),)))
    return sorted(set(found), key=lambda unit: (unit.ranges[0][0], -unit.ranges[-1][1]))[:UNITS_MAX]


def _logical(content: bytes) -> list[tuple[tuple[int, int], int]]:
    """Spans of logical lines, and how far in each stands."""
    found: list[tuple[tuple[int, int], int]] = []
    depth, begin = 0, 0
    for unit in lines(content):
        start, end = unit.ranges[0]
        if depth == 0:
            begin = start
        depth = max(0, depth + _opened(content[start:end]))
        if depth == 0:
            found.append(((begin, end), _indent(content, begin)))
    if depth and begin < len(content):  # brackets that nothing closes: line by line after all
        return [((unit.ranges[0]), _indent(content, unit.ranges[0][0])) for unit in lines(content)]
    return found


def _indent(content: bytes, start: int) -> int:
    at = start
    while at < len(content) and content[at] in b" \t":
        at += 1
    return at - start


def _opened(line: bytes) -> int:
    """Brackets that a line leaves open, strings and comments left out as well as one line tells."""
    quote, depth, skip = 0, 0, False
    for at, letter in enumerate(line):
        if skip:
            skip = False
        elif quote:
            if letter == _BACKSLASH:
                skip = True
            elif letter == quote:
                quote = 0
        elif letter in _QUOTES:
            quote = letter
        elif letter == _HASH or line[at : at + 2] == b"//":
            break
        elif letter in _OPENING:
            depth += 1
        elif letter in _CLOSING:
            depth -= 1
    return depth


def without(content: bytes, units: list[Unit]) -> bytes:
    """The content without some units, which may overlap."""
    ranges = sorted(span for unit in units for span in unit.ranges)
    kept: list[bytes] = []
    at = 0
    for start, end in ranges:
        if start > at:
            kept.append(content[at:start])
        at = max(at, end)
    kept.append(content[at:])
    return b"".join(kept)

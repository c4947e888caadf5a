"""Version ranges in any ecosystem's order: ``vers:npm/>=1.2|<2.0``, and the plain ``< 2.0`` or ``>= 1.2, < 2.0`` of CSAF documents.

    versions(ECOSYSTEM, "vers:npm/>=1.2|<2.0")

The first is read by the rules of VERS: sorted, redundant bounds left out, then paired. In the second all comparisons hold.
"""

import re
from urllib.parse import unquote

from seawall.clearinghouse.matching.advisories.spans import (
    ALL,
    COMPARATORS,
    NONE,
    Spans,
    Unplaced,
    common,
    exactly,
    united,
)
from seawall.clearinghouse.matching.ecosystems.interface import Ecosystem, Unparsable

LENGTH_MAX = 8_000_000
"""Characters of a range."""
_VERS = re.compile(r"vers:([a-z][a-z0-9.+-]*)/(.+)", re.IGNORECASE)
_CONSTRAINT = re.compile(r"(<=|>=|!=|<|>|=)?([^<>=!|*]+)")
_PLAIN = re.compile(r"(<=|>=|==|!=|<|>|=)\s*([^\s<>=!|,;&]+)\s*[,;&|]?\s*")
_WORDS = re.compile(r"^(?:all versions\s+)?(.*)$", re.IGNORECASE)
_EVERYTHING = frozenset({"*", "all versions", "all", "vers:all/*"})


def versions(order: Ecosystem, text: str) -> Spans:
    """Versions in a range.

    Raises:
        Unplaced: It is none, or one of its versions has no place in the order.
    """
    if len(text) > LENGTH_MAX:
        raise Unplaced(f"a range of over {LENGTH_MAX} characters")
    text = text.strip()
    if text.lower() in _EVERYTHING:
        return ALL
    found = _VERS.fullmatch(text)
    return _plain(order, text) if found is None else _vers(order, found[2])


def _vers(order: Ecosystem, text: str) -> Spans:
    text = "".join(text.split())
    if text == "*":
        return ALL
    equal: list[Spans] = []
    unequal: list[Spans] = []
    bounds: list[tuple[bytes, str, str]] = []
    for part in text.strip("|").split("|"):
        match = _CONSTRAINT.fullmatch(part)
        if match is None:
            raise Unplaced(f"{part[:80]!r} is no constraint of VERS")
        operator, version = match[1] or "=", unquote(match[2])
        if operator in {"=", "!="}:
            (equal if operator == "=" else unequal).append(exactly(order, version))
            continue
        key = order.key(version)
        if isinstance(key, Unparsable):
            raise Unplaced(f"{version[:80]!r}: {key.why}")
        bounds.append((key, operator, version))
    # Exclusions alone leave out of everything; else they leave out of what the rest covers.
    covered = _paired(order, sorted(bounds)) if bounds or equal else ALL
    return (covered | united(equal)) - united(unequal)


def _paired(order: Ecosystem, bounds: list[tuple[bytes, str, str]]) -> Spans:
    """Bounds from low to high: of several beginnings in a row the first holds, of several ends the last."""
    spans: list[Spans] = []
    begin: Spans = ALL
    opened, closed = False, NONE
    for _, operator, version in bounds:
        here = COMPARATORS[operator](order, version)
        if operator[0] == "<":
            closed = begin & here
            continue
        if closed:
            spans.append(closed)
            opened, closed = False, NONE
        if not opened:
            begin, opened = here, True
    spans.append(closed or (begin if opened else NONE))
    return united(spans)


def _plain(order: Ecosystem, text: str) -> Spans:
    text = _WORDS.sub(r"\1", text)
    found: list[Spans] = []
    position = 0
    while position < len(text):
        match = _PLAIN.match(text, position)
        if match is None:
            raise Unplaced(f"{text[:80]!r} is no range")
        exact = exactly(order, match[2]) if match[1] == "!=" else COMPARATORS[match[1]](order, match[2])
        found.append(~exact if match[1] == "!=" else exact)
        position = match.end()
    if not found:
        raise Unplaced("an empty range")
    return common(found)

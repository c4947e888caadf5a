"""Where the finders say that the flaw is: symbols, files and lines. Pure; whoever writes can write anything.

A symbol counts by its last part and, better, with the class before it; a file by its name and, better, with its
folder: both may have moved. A line counts within ``DRIFT`` lines.
"""

import re

from seawall.clearinghouse.deduplication.types import NOTHING, Finding, Measure

DRIFT = 20
"""Lines that a place may move between two versions, or two people's reading."""
NAMES_MAX = 200
"""Names of one report that are read."""
MOVED = 0.8
"""What an equal last part is worth where the part before it differs."""
FILE = 0.6
"""What files alone are worth: two flaws often share one."""
_SPLIT = re.compile(r"[./:#\\]+")
_EXTENSION = re.compile(r"\.(?:py|js|cjs|mjs|ts|c|cc|cpp|h|hpp|go|rs|rb|java|php)$")


def measure(left: Finding, right: Finding) -> Measure:
    """The better of symbols and files, with a little more where both agree."""
    symbols = _best(_symbols(left), _symbols(right))
    files = _best(_files(left), _files(right))
    lines = _lines(left, right)
    known = [one for one in (symbols, files) if one is not None]
    if not known:
        return NOTHING
    value = max(symbols[0] if symbols else 0.0, FILE * files[0] if files else 0.0)
    if symbols and files and symbols[0] and files[0]:
        value = min(1.0, value + 0.1)
    if lines is not None:
        value = min(1.0, value + 0.1) if lines else value * 0.9
    parts = []
    if symbols:
        parts.append(f"the symbol {symbols[1]}" if symbols[0] else "no common symbol")
    if files:
        parts.append(f"the file {files[1]}" if files[0] else "no common file")
    return Measure(value, f"What the finders name: {', '.join(parts)}.")


def tails(names: frozenset[str]) -> frozenset[str]:
    """Last parts of names, for the index."""
    return frozenset(parts[-1] for parts in map(_parts, sorted(names)[:NAMES_MAX]) if parts)


def _symbols(finding: Finding) -> list[tuple[str, ...]]:
    named = {*finding.symbols, *(place.symbol for place in finding.places if place.symbol)}
    return [parts for parts in map(_parts, sorted(named)[:NAMES_MAX]) if parts]


def _files(finding: Finding) -> list[tuple[str, ...]]:
    named = {*finding.paths, *(place.file for place in finding.places if place.file)}
    return [parts for parts in map(_parts, sorted(named)[:NAMES_MAX]) if parts]


def _parts(name: str) -> tuple[str, ...]:
    """The last two parts of a dotted name or path, in lower case."""
    text = _EXTENSION.sub("", name[:400].strip().lower().rstrip("()"))
    return tuple(part for part in _SPLIT.split(text) if part)[-2:]


def _best(ours: list[tuple[str, ...]], theirs: list[tuple[str, ...]]) -> tuple[float, str] | None:
    """The best pair's worth and name; None where a side names nothing."""
    if not ours or not theirs:
        return None
    whole = sorted({*ours} & {*theirs})
    if whole:
        return 1.0, whole[0][-1]
    last = sorted({parts[-1] for parts in ours} & {parts[-1] for parts in theirs})
    return (MOVED, last[0]) if last else (0.0, "")


def _lines(left: Finding, right: Finding) -> bool | None:
    """Whether any line of the same file is near; None where lines of no common file are known."""
    pairs = [
        (one.line, other.line)
        for one in left.places[:NAMES_MAX]
        for other in right.places[:NAMES_MAX]
        if one.line is not None and other.line is not None and _parts(one.file)[-1:] == _parts(other.file)[-1:]
    ]
    return any(abs(one - other) <= DRIFT for one, other in pairs) if pairs else None

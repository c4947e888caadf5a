"""Composer's comparisons (``>=1.2,<1.4``), read as Composer reads them.

Composer sets ``< 1.4`` and ``>= 1.4`` at the lowest 1.4 there is, ``1.4-dev``: a beta of 1.4 has the fix, it is not before it.
"""

import re
from collections.abc import Iterable

from seawall.clearinghouse.matching.advisories.spans import COMPARATORS, Spans, Unplaced, common
from seawall.clearinghouse.matching.ecosystems.packagist.order import ECOSYSTEM

PARTS_MAX = 1000
"""Comparisons that hold together; real ones are two."""
LOWEST = "-dev"
_PART = re.compile(r"\s*(<=|>=|==|!=|<>|<|>|=)?\s*([0-9A-Za-z][0-9A-Za-z._+:-]*)\s*")
_STABILITY = re.compile(r"-(?:stable|beta|b|rc|alpha|a|patch|pl|p|dev)(?:[.-]?[0-9]+)*(?:[.-]?dev)?$", re.IGNORECASE)


def all_of(comparisons: Iterable[str]) -> Spans:
    """Versions for which every comparison holds.

    Raises:
        Unplaced: One is none.
    """
    parts = [part for text in comparisons for part in text.split(",", PARTS_MAX)]
    if not parts or len(parts) > PARTS_MAX:
        raise Unplaced(f"no comparison, or over {PARTS_MAX}")
    return common(_part(part) for part in parts)


def _part(text: str) -> Spans:
    found = _PART.fullmatch(text)
    if found is None:
        raise Unplaced(f"{text[:80]!r} is no comparison of Composer")
    operator, version = found[1] or "=", found[2]
    if operator in {"!=", "<>"}:
        return ~COMPARATORS["="](ECOSYSTEM, version)
    if operator in {"<", ">="} and not _STABILITY.search(version):
        version += LOWEST
    return COMPARATORS[operator](ECOSYSTEM, version)

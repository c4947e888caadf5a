"""RubyGems' requirements (``~> 1.2.3, >= 1.2.5``), read as Gem::Requirement reads them.

``~> 1.2.3`` is: at least 1.2.3, and the release without its letters below 1.3; so 1.3.0.beta is out. No version is the lowest
of 1.3's pre-releases; ``1.3.A`` stands for it here, below which only such as ``1.3.A.A`` would come, which nobody has used.
"""

import re
from collections.abc import Iterable

from seawall.clearinghouse.matching.advisories.spans import (
    COMPARATORS,
    Spans,
    Unplaced,
    at_least,
    below,
    common,
    united,
)
from seawall.clearinghouse.matching.ecosystems.rubygems.order import ECOSYSTEM

PARTS_MAX = 1000
"""Of one requirement; real ones have two."""
LOWEST = ".A"
"""After a release: the lowest of its pre-releases that is ever used."""
_PART = re.compile(r"\s*(=|!=|>=|<=|~>|>|<)?\s*([0-9]+(?:\.[0-9a-zA-Z]+)*(?:-[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)?)\s*")


def any_of(requirements: Iterable[str]) -> Spans:
    """Versions that satisfy one of the requirements at least.

    Raises:
        Unplaced: One is no requirement.
    """
    return united(requirement(text) for text in requirements)


def requirement(text: str) -> Spans:
    """Versions that satisfy every part of a requirement, parts by commas.

    Raises:
        Unplaced: It is none.
    """
    parts = text.split(",", PARTS_MAX)
    if len(parts) > PARTS_MAX:
        raise Unplaced(f"a requirement of over {PARTS_MAX} parts")
    return common(_part(part) for part in parts)


def _part(text: str) -> Spans:
    found = _PART.fullmatch(text)
    if found is None:
        raise Unplaced(f"{text[:80]!r} is no requirement of RubyGems")
    operator, version = found[1] or "=", found[2]
    if operator == "~>":
        return at_least(ECOSYSTEM, version) & below(ECOSYSTEM, _bumped(version) + LOWEST)
    if operator == "!=":
        return ~COMPARATORS["="](ECOSYSTEM, version)
    return COMPARATORS[operator](ECOSYSTEM, version)


def _bumped(version: str) -> str:
    """The next release one step up: 1.3 of 1.2.3, 2 of 1.2 and of 1."""
    segments = re.findall(r"[0-9]+|[a-zA-Z]+", version.replace("-", ".pre."))
    numbers: list[int] = []
    for segment in segments:
        if not segment.isdigit():
            break
        numbers.append(int(segment))
    if len(numbers) > 1:
        numbers.pop()
    numbers[-1] += 1
    return ".".join(map(str, numbers))

"""What was written: TF-IDF of words and pairs of words. Pure; it only ever suggests.

    value = sum(min(l, r) for common terms) / sum(min of both texts' sums),   l, r = (1 + ln count) * idf ** POWER

an overlap relative to the shorter text, for one sentence can say of a flaw what ten paragraphs say, with a floor for
very short texts. The idf comes from a small file, trained on public advisories (``scripts/train_deduplication.py``).
"""

import math
from collections.abc import Mapping
from functools import cache, lru_cache

from seawall.clearinghouse.deduplication.shipped import lines
from seawall.clearinghouse.deduplication.types import NOTHING, Finding, Measure
from seawall.clearinghouse.deduplication.words import terms

POWER = 1.5
UNKNOWN = 0.0005
"""Share of texts in which a term that the file does not hold is taken to stand."""
FLOOR = 120.0
"""Weight that the shorter text is taken to have at least: about five rare words."""
WEIGHTS = {"w": 1.0, "b": 0.5, "j": 0.0, "c": 1.0}
"""Of words, pairs, joined words (for the index only) and kinds of flaws."""
_SHOWN = 4
_NOTED = 0.05


def measure(left: Finding, right: Finding) -> Measure:
    """How much of the shorter text's weight both have."""
    ours, theirs = weights(left.text), weights(right.text)
    if not ours or not theirs:
        return NOTHING
    common = sorted(ours.keys() & theirs.keys())
    shared = math.fsum(min(ours[term], theirs[term]) for term in common)
    value = min(1.0, shared / max(FLOOR, min(math.fsum(ours.values()), math.fsum(theirs.values()))))
    if value < _NOTED:
        return Measure(value, "The texts have hardly a word in common.")
    rare = sorted((term for term in common if term[0] in "wc"), key=lambda term: (-min(ours[term], theirs[term]), term))
    return Measure(value, f"The texts agree by {value:.0%} (both say {', '.join(term[2:] for term in rare[:_SHOWN])}).")


@lru_cache(maxsize=4096)
def weights(text: str) -> Mapping[str, float]:
    """Weight of each term of a text."""
    return {
        term: (1 + math.log(count)) * idf(term) ** POWER * WEIGHTS[term[0]]
        for term, count in sorted(terms(text).items())
        if WEIGHTS[term[0]]
    }


def idf(term: str) -> float:
    """Natural logarithm of one over the share of texts with this term; 0 to about 7.6."""
    return math.log(1 / shares().get(term, UNKNOWN))


@cache
def shares() -> dict[str, float]:
    """Share of texts in which a common term stands, 0 to 1, the largest of the sources."""
    found = {}
    for line in lines("words.txt"):
        share, _, term = line.partition(" ")
        if term and not line.startswith("#"):
            found[term] = float(share)
    return found

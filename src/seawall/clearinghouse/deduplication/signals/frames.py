"""The crashing stacks: which functions called each other, weighted towards the top. Pure.

Names are normalized (templates, arguments, clones, closures), the frames of allocators, sanitizers and the C library
are dropped, and a recursion counts once. Two stacks are then aligned (Needleman and Wunsch 1970, without a penalty for
gaps: an inlined function is a gap), each frame weighing ``DECAY`` of the one further in, and what both hold in any
order counts for a part.

    value = 0.8 * (2 * weight of aligned frames) / (weight of both stacks) + 0.2 * |common| / |all|
"""

from functools import lru_cache

from seawall.clearinghouse.deduplication.types import NOTHING, Finding, Measure, Site
from seawall.clearinghouse.validation.understanding import names
from seawall.clearinghouse.validation.understanding.noise import is_noise

FRAMES_MAX = 24
"""Innermost functions that are compared; further out is how the program was called."""
DECAY = 0.75
PERIOD_MAX = 8
"""Functions of a recursion."""
METHOD = 0.5
"""What equal last parts of two names are worth: ``a::Reader::next`` and ``b::Reader::next``."""
_ORDERED = 0.8
_SHOWN = 3


def measure(left: Finding, right: Finding) -> Measure:
    """How much of both stacks agrees."""
    ours, theirs = sorted((functions(left.stack), functions(right.stack)))  # the sentence does not depend on the order
    if not ours or not theirs:
        return NOTHING
    value = similarity(ours, theirs)
    common = [name for name in ours if name in theirs]
    if not common:
        return Measure(value, f"The stacks have no function in common ({ours[0]} and {theirs[0]} are innermost).")
    top = "the same innermost function, " if ours[0] == theirs[0] else "different innermost functions; common are "
    shown = ", ".join(name[:80] for name in common[:_SHOWN])
    return Measure(value, f"The stacks agree by {value:.0%}: {top}{shown}.")


@lru_cache(maxsize=4096)
def functions(stack: tuple[Site, ...]) -> tuple[str, ...]:
    """Normalized functions, innermost first, each recursion once; at most ``FRAMES_MAX``."""
    return tuple(symbol for symbol, _ in folded(stack))


@lru_cache(maxsize=4096)
def folded(stack: tuple[Site, ...]) -> tuple[tuple[str, Site], ...]:
    """Normalized function and site of each frame, with recursions folded."""
    kept: list[tuple[str, Site]] = []
    for site in stack[: 8 * FRAMES_MAX]:
        shown = names.shown(site.symbol)
        symbol = names.symbol(site.symbol)
        if not symbol or is_noise(shown, site.file, "", "native", ""):
            continue
        kept.append((symbol, site))
        _fold(kept)
        if len(kept) >= FRAMES_MAX:
            break
    return tuple(kept)


def _fold(kept: list[tuple[str, Site]]) -> None:
    """Drop the last round of a recursion that has just been completed."""
    for period in range(1, min(PERIOD_MAX, len(kept) // 2) + 1):
        if all(kept[-at][0] == kept[-at - period][0] for at in range(1, period + 1)):
            del kept[-period:]
            return


@lru_cache(maxsize=65_536)
def similarity(ours: tuple[str, ...], theirs: tuple[str, ...]) -> float:
    """0 to 1, symmetric; 1 for equal stacks."""
    if ours == theirs:
        return 1.0
    if theirs < ours:  # sums of floats depend on their order
        ours, theirs = theirs, ours
    best = [0.0] * (len(theirs) + 1)
    for at, name in enumerate(ours):
        diagonal = 0.0
        for other, their in enumerate(theirs):
            above = best[other + 1]
            match = diagonal + likeness(name, their) * (DECAY**at + DECAY**other)
            best[other + 1] = max(match, above, best[other])
            diagonal = above
    weight = sum(DECAY**at for at in range(len(ours))) + sum(DECAY**at for at in range(len(theirs)))
    union = len({*ours, *theirs})
    return _ORDERED * best[-1] / weight + (1 - _ORDERED) * len({*ours} & {*theirs}) / union


def likeness(left: str, right: str) -> float:
    """1 for equal names, ``METHOD`` where only the last part is equal."""
    if left == right:
        return 1.0
    tail = _tail(left)
    return METHOD if tail == _tail(right) and len(tail) > 3 else 0.0  # noqa: PLR2004 - shorter ones are everybody's


def _tail(name: str) -> str:
    return name.rpartition(".")[2].rpartition("::")[2]

"""From the signals' measures to points that sum up to a score. Pure.

    points(signal) = weight * (value - center)          a signal that tells nothing gives no points
    score          = base + sum of points, held within 0 to 100
    odds           = 2 ** ((score - 50) / 10)           50 are even odds, each 10 points double them

Weights, centers and base stand in ``data/model.toml``, which ``scripts/train_deduplication.py`` writes. What the finders
wrote is held within ``WRITTEN_MIN`` and ``WRITTEN_MAX`` as a whole, so that words alone can neither bury a report under
another nor talk away what the runs agree on; where words and runs contradict each other, the score says so.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache

from seawall.clearinghouse.deduplication.shipped import toml
from seawall.clearinghouse.deduplication.signals import (
    affected,
    crash,
    failure,
    frames,
    identifiers,
    patch,
    places,
    proof,
    signature,
    sites,
    text,
    weakness,
)
from seawall.clearinghouse.deduplication.types import Contribution, Finding, Measure

SCORE_MAX = 100
WRITTEN_MAX = 60
"""Points that all that finders wrote can give together; with the base a copy of everything is likely, never certain."""
WRITTEN_MIN = -10
"""Points that it can take: two hands describe one flaw in ways that have nothing in common."""
COPIED = -20
"""Points where the words are those of the other report and the runs have nothing in common."""
COPIED_TEXT = 0.8
UNLIKE_RUNS = 0.35
"""Below this the stacks count as different."""


@dataclass(frozen=True)
class Signal:
    """One way to hold two findings against each other."""

    name: str
    measure: Callable[[Finding, Finding], Measure]
    seen: bool
    """Whether the harness saw it; all else was written by somebody."""


SIGNALS = (
    Signal("signature", signature.measure, seen=True),
    Signal("sites", sites.measure, seen=True),
    Signal("frames", frames.measure, seen=True),
    Signal("crash", crash.measure, seen=True),
    Signal("failure", failure.measure, seen=True),
    Signal("proof", proof.measure, seen=False),
    Signal("patch", patch.measure, seen=False),
    Signal("places", places.measure, seen=False),
    Signal("identifiers", identifiers.measure, seen=False),
    Signal("affected", affected.measure, seen=False),
    Signal("weakness", weakness.measure, seen=False),
    Signal("text", text.measure, seen=False),
)


@dataclass(frozen=True)
class Weight:
    """Of one signal."""

    weight: float
    """Points between a value of 0 and a value of 1."""
    center: float
    """Value that says neither yes nor no, 0 to 1."""


@dataclass(frozen=True)
class Model:
    """What the training wrote."""

    base: float
    """Points with which two findings of one package begin."""
    ask_from: int
    """Score from which a person or a run is asked."""
    weights: Mapping[str, Weight]


@cache
def model() -> Model:
    """The model that ships with this folder."""
    data = toml("model.toml")
    return Model(
        base=data["base"],
        ask_from=data["ask_from"],
        weights={name: Weight(row["weight"], row["center"]) for name, row in data["signals"].items()},
    )


def measured(left: Finding, right: Finding) -> dict[str, Measure]:
    """What every signal says, by its name."""
    return {signal.name: signal.measure(left, right) for signal in SIGNALS}


def contributions(measures: Mapping[str, Measure], used: Model) -> tuple[Contribution, ...]:
    """The points of each signal and what holds the sum within 0 to 100; they sum up to the score."""
    base = Contribution("base", round(used.base), "So many points have any two reports of one package.")
    seen: list[Contribution] = []
    written: list[Contribution] = []
    for signal in SIGNALS:
        said = measures[signal.name]
        if said.value is None:
            continue
        weight = used.weights[signal.name]
        points = round(weight.weight * (said.value - weight.center))
        (seen if signal.seen else written).append(Contribution(signal.name, points, said.sentence))
    found = [base, *seen, *written]
    total = sum(item.points for item in written)
    held = min(WRITTEN_MAX, max(WRITTEN_MIN, total))
    if held != total:
        found.append(Contribution("words", held - total, _held(total)))
    if _copied(measures):
        found.append(
            Contribution("copied", COPIED, "The words are those of the other report, but the runs differ: copied?")
        )
    total = sum(item.points for item in found)
    bound = min(SCORE_MAX, max(0, total))
    if bound != total:
        found.append(Contribution("bound", bound - total, "A score lies between 0 and 100."))
    return tuple(item for item in found if item.points or item.signal != "base")


def _held(total: int) -> str:
    if total > 0:
        return f"Words alone give {WRITTEN_MAX} points at most, for anybody can copy them."
    return f"Words alone take {-WRITTEN_MIN} points at most, for two people describe one flaw differently."


def _copied(measures: Mapping[str, Measure]) -> bool:
    said, stacks, kinds = (measures[name].value for name in ("text", "frames", "crash"))
    if said is None or said < COPIED_TEXT:
        return False
    return (stacks is not None and stacks < UNLIKE_RUNS) or (stacks is None and kinds == 0)

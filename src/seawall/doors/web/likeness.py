"""A comparison as a picture: the three zones, where this pair stands, and how each signal led there.

Plain numbers for an inline SVG of ``WIDTH`` user units, drawn by ``parts/likeness_picture.html``; no styles and no scripts.
"""

from dataclasses import dataclass

from seawall.clearinghouse.deduplication.types import Comparison, Zone

WIDTH = 340
LEFT, RIGHT = 8.0, 252.0
"""Ends of the scale from 0 to 100."""
SAME_LEFT, SAME_RIGHT = 266.0, 332.0
"""The zone that no score leads into: equal keys do, or runs, or a person."""
TOP, STEP = 74, 17
BARS_LEFT, BARS_RIGHT = 112.0, 296.0
NAMES = {
    "base": "Any two reports",
    "signature": "Signature",
    "sites": "Lines",
    "frames": "Stack",
    "crash": "Kind of crash",
    "failure": "What it does",
    "proof": "Proof's bytes",
    "patch": "Patch",
    "places": "Places named",
    "identifiers": "Identifiers",
    "affected": "Versions",
    "weakness": "Weakness",
    "text": "Words",
    "words": "Words held",
    "copied": "Copied?",
    "package": "Packages",
    "bound": "Held to 0-100",
}
SAID = {
    Zone.SAME: "same: the harness saw equal keys in both proofs, so such reports link by themselves",
    Zone.ASK: "ask: a run or a person decides",
    Zone.DIFFERENT: "different: too little speaks for it to ask anybody",
}


@dataclass(frozen=True)
class Bar:
    """One signal's step from the score before it to the score after it."""

    name: str
    points: int
    x: float
    y: int
    width: float
    text_y: int


@dataclass(frozen=True)
class Picture:
    """What the template draws."""

    height: int
    different_width: float
    ask_x: float
    ask_width: float
    marker: float
    """Where the score stands on the scale."""
    zone: str
    bars: tuple[Bar, ...]
    zero: float
    """Where the bars begin."""
    bottom: int
    description: str
    """The picture in words."""


def picture(said: Comparison, ask_from: int) -> Picture:
    """The picture of a comparison.

    Args:
        said: Its points sum up to its score.
        ask_from: Score from which anybody is asked.
    """
    marks = [0]
    for item in said.contributions:
        marks.append(marks[-1] + item.points)
    low, high = min(0, *marks), max(100, *marks)

    def at(points: float) -> float:
        return round(BARS_LEFT + (points - low) / (high - low) * (BARS_RIGHT - BARS_LEFT), 1)

    bars = tuple(
        Bar(
            name=NAMES.get(item.signal, item.signal),
            points=item.points,
            x=at(min(before, after)),
            y=TOP + STEP * number,
            width=max(1.0, round(at(max(before, after)) - at(min(before, after)), 1)),
            text_y=TOP + STEP * number + 9,
        )
        for number, (item, before, after) in enumerate(zip(said.contributions, marks, marks[1:], strict=False))
    )
    edge = _scale(ask_from)
    signed = ", ".join(f"{bar.name} {bar.points:+d}" for bar in bars)
    return Picture(
        height=TOP + STEP * len(bars) + 6,
        different_width=round(edge - LEFT, 1),
        ask_x=edge,
        ask_width=round(RIGHT - edge, 1),
        marker=_scale(said.score),
        zone=said.zone.value,
        bars=bars,
        zero=at(0),
        bottom=TOP + STEP * len(bars),
        description=f"{said.score} of 100 points, asked from {ask_from}. {SAID[said.zone].capitalize()}. {signed}.",
    )


def _scale(score: int) -> float:
    return round(LEFT + min(100, max(0, score)) / 100 * (RIGHT - LEFT), 1)

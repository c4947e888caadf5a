"""Is it the same flaw? Pure.

What may decide, and what may only suggest:

- Only a signature that the harness itself saw while both proofs ran, equal and of the same version, links
  automatically (``SAME``), and only within one package and one failure class.
- Everything that a finder wrote (identifiers, symbols, paths, CWE, text) only ever suggests (``ASK``): it can
  be written so as to hide a report in another case.
- A different package or, with both signatures known, a different failure class is ``DIFFERENT``.

Points are plain numbers that sum to a score of at most 100, shown to the person who decides.
"""

import re
from collections.abc import Iterable

from seawall.clearinghouse.deduplication.types import Comparison, Contribution, Finding, Zone

ASK_FROM = 30
"""Score from which a person is asked; below it the findings are taken as different."""

_POINTS = {"signature": 60, "identifier": 35, "symbol": 25, "path": 10, "failure": 10, "weakness": 10, "text": 20}
_WORD = re.compile(r"[a-z_][a-z0-9_]{2,}")
_TEXT_MIN = 0.12
"""Share of common word pairs below which the texts say nothing; two texts of one flaw by two hands have 0.1 to 0.4."""


def compare(left: Finding, right: Finding) -> Comparison:
    """Hold two proved findings against each other; symmetric."""
    if left.package != right.package:
        return Comparison(Zone.DIFFERENT, 0, (Contribution("package", 0, "The packages differ."),))
    contributions = tuple(_contributions(left, right))
    score = min(100, sum(item.points for item in contributions))
    same_signature = left.signature is not None and left.signature == right.signature
    if same_signature and left.failure == right.failure:
        return Comparison(Zone.SAME, score, contributions)
    return Comparison(Zone.ASK if score >= ASK_FROM else Zone.DIFFERENT, score, contributions)


def _contributions(left: Finding, right: Finding) -> Iterable[Contribution]:
    if left.signature is not None and left.signature == right.signature:
        yield _points("signature", f"Both proofs left the same signature while they ran ({left.signature}).")
    if left.failure == right.failure:
        yield _points("failure", f"Both end in {left.failure}.")
    for signal, ours, theirs, words in (
        ("identifier", left.identifiers, right.identifiers, "Both name"),
        ("symbol", _tails(left.symbols), _tails(right.symbols), "Both point at the symbol"),
        ("path", _tails(left.paths), _tails(right.paths), "Both point at the file"),
        ("weakness", left.weaknesses, right.weaknesses, "Both give"),
    ):
        common = sorted(ours & theirs)
        if common:
            yield _points(signal, f"{words} {', '.join(common[:3])}.")
    share = text_overlap(left.text, right.text)
    if share >= _TEXT_MIN:
        yield Contribution(
            "text", round(_POINTS["text"] * min(1.0, share * 2)), f"The texts share {share:.0%} of their words."
        )


def _points(signal: str, text: str) -> Contribution:
    return Contribution(signal, _POINTS[signal], text)


def _tails(names: frozenset[str]) -> frozenset[str]:
    """Last part of each dotted name or path: moves between folders do not matter."""
    return frozenset(
        re.split(r"[./:#]+", name.lower().removesuffix(".py").removesuffix(".js").rstrip("()"))[-1]
        for name in names
        if name
    )


def text_overlap(left: str, right: str) -> float:
    """Jaccard index of the words (three letters and more) of two texts, 0 to 1."""
    ours, theirs = set(_WORD.findall(left.lower())), set(_WORD.findall(right.lower()))
    union = ours | theirs
    return len(ours & theirs) / len(union) if union else 0.0

"""Fits the weights of the signals on training projects only: logistic regression with weights that are never negative."""

import json
import math
import random
import tempfile
from itertools import combinations
from pathlib import Path

from duplicates import crashes, texts
from seawall.clearinghouse.deduplication.scoring import SIGNALS
from seawall.clearinghouse.deduplication.types import Finding

POINTS_PER_NAT = 10 / math.log(2)
"""Ten points double the odds."""
BASE = 20.0
"""Points of two reports of one package of which nothing is known: odds of one to eight."""
MUTANTS = 1500
BY_HAND = {
    "failure": (6.0, 0.5), "proof": (25.0, 0.2), "patch": (40.0, 0.3), "places": (25.0, 0.2), "identifiers": (30.0, 0.1),
    "affected": (10.0, 0.5), "weakness": (10.0, 0.4),
}  # fmt: skip
"""Weight and center where no public set knows the truth: opinions, and marked so."""
DECIDED_MIN = 30
"""Decisions of each verdict from which a signal is fitted to them."""
_Row = dict[str, float]


def write(folder: Path, decided: Path | None = None) -> None:
    """Write the model.

    Args:
        folder: Where it goes.
        decided: What people decided at an installation, as ``seawall manage export_decisions`` prints it. Signals that it
            tells often enough are fitted to it instead of set by hand; those that public sets know stay theirs.
    """
    cache = Path(tempfile.gettempdir()) / "seawall-deduplication-crashes"
    chance = random.Random(1)
    runs = _fit(_crash_rows(cache), ("signature", "sites", "frames", "crash"), chance)
    words = _fit(_text_rows(chance), ("text",), chance)
    people = of_decisions(decided, chance) if decided else {}
    lines = [
        "# Weights of the signals in points; scoring.py says how they become a score. Written by",
        "# scripts/train_deduplication.py model, from crashes of bench/duplicates/targets/abacus.c and from the texts of",
        "# the projects that the benchmark does not hold out (Go vulnerability database, RubySec, CVE descriptions).",
        'trained = "2026-11-26"',
        f"base = {BASE}",
        "ask_from = 30",
        "",
        "[signals]",
    ]
    for signal in SIGNALS:
        weight, center = (runs | words | BY_HAND | people)[signal.name]
        how = "decided" if signal.name in people else "by hand" if signal.name in BY_HAND else "trained"
        lines.append(f'{signal.name} = {{ weight = {weight:.1f}, center = {center:.2f}, how = "{how}" }}')
    (folder / "model.toml").write_text("\n".join(lines) + "\n", encoding="utf-8")
    print("\n".join(lines))


def of_decisions(path: Path, chance: random.Random) -> dict[str, tuple[float, float]]:
    """Weights of the signals that are set by hand and that people's decisions tell often enough, either way.

    Raises:
        ValueError: A line is no decision.
    """
    rows: list[tuple[_Row, bool]] = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        said = json.loads(line)
        if not isinstance(said, dict) or said.get("format") != "seawall.deduplication-decision/1":
            raise ValueError(f"{path}: line {number} is no seawall.deduplication-decision/1")
        rows.append(({name: float(value) for name, value in said["signals"].items()}, bool(said["same"])))
    told = [
        name
        for name in BY_HAND
        if all(
            sum(name in values for values, same in rows if same is verdict) >= DECIDED_MIN for verdict in (True, False)
        )
    ]
    return _fit(rows, tuple(told), chance) if told else {}


def _values(left: Finding, right: Finding) -> _Row:
    said = {signal.name: signal.measure(left, right).value for signal in SIGNALS}
    return {name: value for name, value in said.items() if value is not None}


def _crash_rows(cache: Path) -> list[tuple[_Row, bool]]:
    found = [one for one in crashes.samples(MUTANTS, cache) if one.project == crashes.TRAINED]
    findings = [one.finding(str(number)) for number, one in enumerate(found)]
    return [
        (_values(findings[one], findings[other]), found[one].flaw == found[other].flaw)
        for one, other in combinations(range(len(found)), 2)
    ]


def _text_rows(chance: random.Random) -> list[tuple[_Row, bool]]:
    """True pairs, and for each the description of another flaw of the same project."""
    pairs = [one for one in texts.pairs() if not one.copied and not texts.held_out(one.project)]
    rows = []
    for one in pairs:
        query = texts.query(one, package=False)
        rows.append((_values(query, texts.answer(one.cve, texts.records()[one.cve], package=False)), True))
        others = sorted({other.cve for other in texts.pairs() if other.project == one.project} - {one.cve})
        rows += [
            (_values(query, texts.answer(cve, texts.records()[cve], package=False)), False)
            for cve in chance.sample(others, min(3, len(others)))
        ]
    return rows


def _fit(
    rows: list[tuple[_Row, bool]], names: tuple[str, ...], chance: random.Random
) -> dict[str, tuple[float, float]]:
    """Weight and center of each signal; classes count alike, and what is unknown gives nothing."""
    yes, no = [row for row in rows if row[1]], [row for row in rows if not row[1]]
    yes, no = chance.sample(yes, min(600, len(yes))), chance.sample(no, min(1200, len(no)))
    weights = dict.fromkeys(names, 1.0)
    knowns = dict.fromkeys(names, 0.0)
    for step in range(400):
        slopes = dict.fromkeys(names, 0.0)
        shifts = dict.fromkeys(names, 0.0)
        for group in (yes, no):
            for values, same in group:
                told = [name for name in names if name in values]
                logit = sum(weights[name] * values[name] + knowns[name] for name in told)
                error = (same - 1 / (1 + math.exp(-max(-30.0, min(30.0, logit))))) / len(group)
                for name in told:
                    slopes[name] += error * values[name]
                    shifts[name] += error
        rate = 4.0 / (1 + step / 100)
        for name in names:
            weights[name] = max(0.1, weights[name] + rate * (slopes[name] - 0.01 * weights[name]))
            knowns[name] += rate * (shifts[name] - 0.01 * knowns[name])
    # The fit begins at even odds, the score at BASE: the difference is shared among the signals by their weight.
    lack = (50 - BASE) / POINTS_PER_NAT / sum(weights.values())
    return {
        name: (weights[name] * POINTS_PER_NAT, min(1.0, max(0.0, -knowns[name] / weights[name] - lack)))
        for name in names
    }

"""Whether runs of fixes tell one flaw from two: every pair of proofs that the score asks about, through the job's own code.

    python bench/judge.py --size 12 --corpus corpus --cache ~/.cache/seawall/corpus

A pair is two proofs of one package, from the corpus, the demonstration and ``bench/judge/``; what is true of it, and by which
source, stands in ``bench/judge/pairs.csv``. ``--size`` is the number of further pairs, made of crashes of the programs with seeded
flaws, each of which has a fix of its own. ``--pairs heldout``, ``unseen``, ``fresh`` and ``later`` take the file of that name in place of
``pairs.csv``, and no seeded ones. Their packages have no pair there; what the first showed when it was judged has been learned from since
(docs/decisions/0187, 0189 and 0191). Only pairs in the zone "ask" count: those that link by themselves, and those that the score calls
different, are printed and left out.

``resolved`` are those that the runs decide, rightly or wrongly; ``merged_wrong`` must be 0. Progress goes to standard error.
"""

import argparse
import csv
import json
import random
import statistics
import sys
import tempfile
import threading
import time
import tomllib
from collections import Counter
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, replace
from fnmatch import fnmatch
from itertools import combinations
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "src"))
sys.path.insert(0, str(Path(__file__).parent))

from duplicates import bundles, crashes
from seawall.clearinghouse.deduplication import grouping, observing, rules
from seawall.clearinghouse.deduplication.trying import Tried, try_pair
from seawall.clearinghouse.deduplication.types import Comparison, Finding, Site, Zone
from seawall.clearinghouse.validation import replay
from seawall.clearinghouse.validation.types import Side, ValidationResult, Verdict

ROOT = Path(__file__).parents[1]
PAIRS = ROOT / "bench" / "judge"
DEMO = ROOT / "src" / "seawall" / "demo" / "proofs"
RUNS = 1
"""Runs on each side before two proofs are compared."""


@dataclass(frozen=True)
class Pair:
    """Two proofs and what is true of them."""

    left: str
    """``corpus/npm/flat``, ``demo/NAME``, ``judge/npm/NAME``, or ``seeded/NAME``."""
    right: str
    same: bool
    why: str
    source: str


@dataclass(frozen=True)
class Judged:
    """What came of a pair."""

    pair: Pair
    compared: Comparison
    tried: Tried | None
    """None where the score did not ask."""
    seconds: float = 0.0


def pairs(manifest: str = "pairs.csv") -> list[Pair]:
    """The rows of a manifest, in their order."""
    with (PAIRS / manifest).open(encoding="utf-8", newline="") as file:
        return [
            Pair(row["left"], row["right"], row["truth"] == "same", row["why"], row["source"])
            for row in csv.DictReader(file)
        ]


def words() -> dict[str, str]:
    """What a finder would have written with each proof."""
    found = tomllib.loads((PAIRS / "reports.toml").read_text(encoding="utf-8"))
    return {name: f"{one['title']}\n{one['text']}" for name, one in found.items()}


def folder(name: str, corpus: Path, seeded: Path) -> Path:
    """Where a proof lies."""
    kind, _, rest = name.partition("/")
    return {"corpus": corpus, "demo": DEMO, "judge": PAIRS, "seeded": seeded}[kind] / rest


def of_one_package(corpus: Path) -> list[tuple[str, str]]:
    """Every two proofs of the corpus and of the demonstration whose packages are the same."""
    packages: dict[str, list[str]] = {}
    for kind, place in (("corpus", corpus), ("demo", DEMO)):
        for manifest in sorted(place.rglob("proof.toml")):
            package = tomllib.loads(manifest.read_text(encoding="utf-8"))["target"]["package"].lower()
            packages.setdefault(package, []).append(f"{kind}/{manifest.parent.relative_to(place).as_posix()}")
    return [two for names in packages.values() for two in combinations(names, 2)]


def seeded_pairs(size: int, place: Path) -> tuple[list[Pair], frozenset[str]]:
    """Pairs of crashes of the held-out programs that the score asks about, half of one flaw and half of two, as bundles in a folder.

    Returns:
        The pairs, and the crowded functions of those programs, in which nothing links by itself.
    """
    cache = Path(tempfile.gettempdir()) / "seawall-deduplication-crashes"
    samples = [one for one in crashes.samples(1500, cache) if one.project != crashes.TRAINED] if size else []
    findings = [one.finding(str(number)) for number, one in enumerate(samples)]
    crowds = rules.crowded(findings)
    asked: dict[bool, list[tuple[int, int]]] = {True: [], False: []}
    for one, other in combinations(range(len(samples)), 2):
        if samples[one].project == samples[other].project:
            said = rules.compare(findings[one], findings[other], crowds=crowds)
            if said.zone is Zone.ASK:
                asked[samples[one].flaw == samples[other].flaw].append((one, other))
    chance = random.Random("judge")
    chosen: list[tuple[bool, tuple[int, int]]] = []
    for same, some in asked.items():
        chance.shuffle(some)
        seen: Counter[str] = Counter()
        for two in some:
            flaws = "+".join(sorted({samples[number].flaw for number in two}))
            if seen[flaws] == 0 and sum(kind is same for kind, _ in chosen) < (size + same) // 2:
                seen[flaws] += 1
                chosen.append((same, two))
    found = []
    for same, two in chosen:
        names = [bundles.write(samples[number], number, place) for number in two]
        flaws = " and ".join(sorted({samples[number].flaw for number in two}))
        found.append(Pair(f"seeded/{names[0]}", f"seeded/{names[1]}", same, flaws, "the one fix that stops each crash"))
    return found, crowds


class Findings:
    """What the clearinghouse compares of proofs; each is run once, when it is first asked for."""

    def __init__(self, places: dict[str, Path], cache: Path) -> None:
        self.places, self.cache, self.texts = places, cache, words()
        self.locks = {name: threading.Lock() for name in places}
        self.known: dict[str, Finding] = {}

    def of(self, name: str) -> Finding:
        """A proof's; nothing but its words is the finder's."""
        with self.locks[name]:
            if name not in self.known:
                result = replay.validate(self.places[name], cache=self.cache, runs=RUNS)
                if result.verdict is not Verdict.CONFIRMED:
                    raise SystemExit(f"{name} is not confirmed: {result.summary}")
                self.known[name] = _seen(name, self.places[name], self.texts.get(name, ""), result)
            return self.known[name]


def _seen(name: str, place: Path, text: str, result: ValidationResult) -> Finding:
    manifest = tomllib.loads((place / "proof.toml").read_text(encoding="utf-8"))
    runs = [run for run in result.runs if run.side is Side.VULNERABLE and run.triggered]
    nothing: frozenset[str] = frozenset()
    found = Finding(
        name,
        manifest["target"]["package"].lower(),
        manifest["claim"]["failure"],
        result.signature,
        nothing,
        nothing,
        nothing,
        frozenset(manifest["claim"].get("cwe", ())),
        text,
        worked_on=result.target[Side.VULNERABLE.value]["version"],
        stopped_in=result.target[Side.FIXED.value]["version"],
        stack=tuple(Site(one) for one in next((run.stack for run in runs if run.stack), ())),
    )
    crash = next((run.crash for run in runs if run.crash), None)
    return found if crash is None else observing.seen(found, crash)


def judged(pair: Pair, findings: Findings, crowds: frozenset[str] = frozenset()) -> Judged:
    """Compare, and let the runs answer where the score asks; first the older report's proof, as the job does."""
    left, right = findings.of(pair.left), findings.of(pair.right)
    compared = rules.compare(left, right, crowds=crowds)
    if compared.zone is Zone.SAME and not grouping.agree(left.package, _ran(left), _ran(right)):
        compared = replace(compared, zone=Zone.ASK)  # the fix of the one leaves the other working
    if compared.zone is not Zone.ASK:
        return Judged(pair, compared, None)
    start = time.monotonic()
    tried = try_pair(findings.places[pair.left], findings.places[pair.right], cache=findings.cache)
    return Judged(pair, compared, tried, time.monotonic() - start)


def _ran(one: Finding) -> grouping.Ran:
    return grouping.Ran(one.worked_on, one.stopped_in)


def figures(done: Iterable[Judged]) -> dict[str, object]:
    """What is counted."""
    results = list(done)
    asked = [(one, one.tried) for one in results if one.tried is not None]
    count = Counter((tried.zone, one.pair.same) for one, tried in asked)
    resolved = sum(number for (zone, _), number in count.items() if zone is not Zone.ASK)
    right = count[Zone.SAME, True] + count[Zone.DIFFERENT, False]
    unresolved = Counter(_reason(tried) for _, tried in asked if tried.zone is Zone.ASK)
    seconds = [one.seconds for one, _ in asked] or [0.0]
    return {
        "pairs": len(results),
        "linked": sum(one.compared.zone is Zone.SAME for one in results),
        "linked_wrong": sum(one.compared.zone is Zone.SAME and not one.pair.same for one in results),
        "not_asked": sum(one.compared.zone is Zone.DIFFERENT for one in results),
        "not_asked_wrong": sum(one.compared.zone is Zone.DIFFERENT and one.pair.same for one in results),
        "asked": len(asked),
        "asked_same": sum(one.pair.same for one, _ in asked),
        "resolved": resolved,
        "resolved_share": round(resolved / max(1, len(asked)), 4),
        "right_share": round(right / max(1, len(asked)), 4),
        "merged_right": count[Zone.SAME, True],
        "merged_wrong": count[Zone.SAME, False],
        "kept_apart_right": count[Zone.DIFFERENT, False],
        "kept_apart_wrong": count[Zone.DIFFERENT, True],
        "unresolved": count[Zone.ASK, True] + count[Zone.ASK, False],
        "unresolved_why": dict(unresolved.most_common()),
        "seconds_per_pair": round(statistics.median(seconds), 1),
        "seconds_per_pair_max": round(max(seconds), 1),
    }


def _reason(tried: Tried) -> str:
    why = [one.why for one in (tried.forward, tried.backward) if one.answer is None]
    return f"{tried.sentence} {why[0] if why else ''}".strip()[:240]


def line(one: Judged) -> str:
    """A pair for people, with what was said of it."""
    truth = "same" if one.pair.same else "different"
    head = f"{one.pair.left} | {one.pair.right}: {truth}, score {one.compared.score}"
    if one.tried is None:
        return f"      {head}, {one.compared.zone.value} without a run"
    word = {Zone.SAME: one.pair.same, Zone.DIFFERENT: not one.pair.same}.get(one.tried.zone)
    return (
        f"{'OPEN ' if word is None else 'right' if word else 'WRONG'} {head}, {one.tried.zone.value} "
        f"in {one.seconds:.0f} s: {_reason(one.tried)}"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", type=int, default=12, help="pairs of seeded flaws")
    parser.add_argument("--corpus", type=Path, default=ROOT / "corpus")
    parser.add_argument("--cache", type=Path, default=None, help="folder for packages; a temporary one by default")
    parser.add_argument("--jobs", type=int, default=2, help="pairs at once")
    parser.add_argument("--only", nargs="+", default=["*"], help="patterns, of which one of a pair's names has one")
    parser.add_argument(
        "--pairs", choices=("pairs", "heldout", "unseen", "fresh", "later"), default="pairs", help="which file of them"
    )
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="judge-") as scratch:
        place = Path(scratch)
        cache = given.cache or place / "cache"
        seeded, crowds = seeded_pairs(given.size if given.pairs == "pairs" else 0, place / "seeded")
        chosen = [*pairs(f"{given.pairs}.csv"), *seeded]
        chosen = [
            one for one in chosen if any(fnmatch(name, two) for name in (one.left, one.right) for two in given.only)
        ]
        names = sorted({name for one in chosen for name in (one.left, one.right)})
        places = {name: folder(name, given.corpus, place / "seeded") for name in names}
        findings, done = Findings(places, cache), []
        with ThreadPoolExecutor(given.jobs) as pool:
            for waiting in as_completed([pool.submit(judged, pair, findings, crowds) for pair in chosen]):
                if waiting.exception() is not None:
                    pool.shutdown(wait=False, cancel_futures=True)  # else it is told after the last pair
                print(line(waiting.result()), file=sys.stderr, flush=True)
                done.append(waiting.result())
    print(json.dumps(figures(done)))


if __name__ == "__main__":
    main()

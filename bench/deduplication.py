"""How well deduplication decides, and how fast: one JSON line.

    python bench/deduplication.py --size 1500

``--size`` is mutants of each crash target; ``--findings`` how many the lookup is measured against. Everything is measured
on projects that training did not see, against file and weakness, three frames, and ClusterFuzz's rule in the same run.
``crash_f1`` counts a pair as one flaw from LIKELY on; ``auto_precision`` looks at automatic links only.
"""

import argparse
import json
import random
import resource
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from itertools import combinations
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "src"))
sys.path.insert(0, str(Path(__file__).parent))

from duplicates import baselines, crashes, figures, texts
from seawall.clearinghouse.deduplication import rules
from seawall.clearinghouse.deduplication.index import Index
from seawall.clearinghouse.deduplication.types import Finding, Site, Zone

LIKELY = 60
"""Score from which a pair counts as one flaw; the best on the training target, where 50 takes in strangers."""
_Figures = dict[str, float | int | None]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", type=int, default=1500)
    parser.add_argument("--findings", type=int, default=1_000_000)
    parser.add_argument("--results", type=int, default=20_000, help="SARIF results that are folded")
    given = parser.parse_args()
    found = of_crashes(given.size) | of_states() | of_texts() | of_lookups(given.findings) | of_bulk(given.results)
    print(json.dumps(found))


def of_crashes(size: int) -> _Figures:
    cache = Path(tempfile.gettempdir()) / "seawall-deduplication-crashes"
    samples = [one for one in crashes.samples(size, cache) if one.project != crashes.TRAINED]
    findings = [one.finding(str(number)) for number, one in enumerate(samples)]
    truth = [one.flaw for one in samples]
    pairs = [
        (one, other)
        for one, other in combinations(range(len(samples)), 2)
        if samples[one].project == samples[other].project
    ]
    crowds = rules.crowded(findings)
    compared = {pair: rules.compare(findings[pair[0]], findings[pair[1]], crowds=crowds) for pair in pairs}
    blind = [pair for pair in pairs if rules.compare(findings[pair[0]], findings[pair[1]]).zone is Zone.SAME]
    auto = [pair for pair, said in compared.items() if said.zone is Zone.SAME]
    asked = [pair for pair, said in compared.items() if said.zone is Zone.ASK]
    likely = [pair for pair, said in compared.items() if said.zone is Zone.SAME or said.score >= LIKELY]

    def by(rule: Callable[[crashes.Sample, crashes.Sample], bool]) -> list[tuple[int, int]]:
        return [pair for pair in pairs if rule(samples[pair[0]], samples[pair[1]])]

    rows = {
        "ours": likely, "ours, automatic only": auto, "automatic, crowds unknown": blind, "top three frames": by(baselines.three_frames),
        "ClusterFuzz": by(baselines.clusterfuzz), "ClusterFuzz, equal state": by(baselines.clusterfuzz_exact),
        "file and CWE": by(baselines.file_and_weakness),
    }  # fmt: skip
    print(f"{len(samples)} crashes of {len(set(truth))} flaws, {len(pairs)} pairs")
    print(f"{'':<26}{'precision':>10}{'recall':>8}{'F1':>7}   B-cubed: precision, recall, F1")
    for name, said in rows.items():
        one, cubed = figures.pairwise(said, pairs, truth), figures.b_cubed(said, truth)
        print(f"{name:<26}{one[0]:>10.3f}{one[1]:>8.3f}{one[2]:>7.3f}   {cubed[0]:.3f}, {cubed[1]:.3f}, {cubed[2]:.3f}")

    def f1(name: str) -> float:
        return round(figures.pairwise(rows[name], pairs, truth)[2], 4)

    linked = {one for pair in auto for one in pair}
    waiting = {pair[1] for pair in asked} - {pair[1] for pair in auto}
    missed = [
        pair for pair, said in compared.items() if said.zone is Zone.DIFFERENT and truth[pair[0]] == truth[pair[1]]
    ]
    return {
        "crashes": len(samples), "crash_flaws": len(set(truth)),
        "crash_f1": f1("ours"), "crash_f1_auto": f1("ours, automatic only"), "crash_f1_top3": f1("top three frames"),
        "crash_f1_clusterfuzz": max(f1("ClusterFuzz"), f1("ClusterFuzz, equal state")),
        "crash_f1_file_cwe": f1("file and CWE"),
        "crash_bcubed_f1": round(figures.b_cubed(likely, truth)[2], 4),
        "auto_precision": round(figures.pairwise(auto, pairs, truth)[0], 4),
        "auto_recall": round(figures.pairwise(auto, pairs, truth)[1], 4),
        "auto_precision_without_crowds": round(figures.pairwise(blind, pairs, truth)[0], 4),
        "auto_share": round(len(linked) / len(samples), 4),
        "ask_share": round(len(waiting) / len(samples), 4),
        "ask_pairs_share": round(len(asked) / len(pairs), 4),
        "missed_pairs_share": round(len(missed) / max(1, sum(truth[a] == truth[b] for a, b in pairs)), 4),
    }  # fmt: skip


def of_states() -> _Figures:
    import crashes as states  # bench/crashes.py

    if not states.ARCHIVE.is_file():
        print("no ../shared/data: crash_states_right is null", file=sys.stderr)
        return {"crash_states_right": None}
    found = states.agreement()
    return {"crash_states_right": int(found["right"]), "crash_states": int(found["total"])}


def of_texts() -> _Figures:
    if not texts.DATA.is_dir():
        print("no ../shared/data: the text figures are null", file=sys.stderr)
        return {"text_hit5": None, "text_auto_merges": None}
    records = texts.records()
    pool = sorted({pair.cve for pair in texts.pairs()})
    queries = [pair for pair in texts.pairs() if not pair.copied and texts.held_out(pair.project)]
    found: _Figures = {"text_queries": len(queries), "text_pool": len(pool)}
    for package in (False, True):
        index = Index(texts.answer(cve, records[cve], package=package) for cve in pool)
        hits = sum(pair.cve in index.candidates(texts.query(pair, package=package), 5, across=True) for pair in queries)
        found["text_hit5_package" if package else "text_hit5"] = round(hits / len(queries), 4)
    # Truly new reports: whatever is found but the partner is wrong, and nothing at all may link by its text.
    index = Index(texts.answer(cve, records[cve], package=False) for cve in pool)
    merges = asked = 0
    for pair in queries:
        query = texts.query(pair, package=False)
        for cve in index.candidates(query, 5, across=True):
            said = rules.compare(query, texts.answer(cve, records[cve], package=False))
            merges += said.zone is Zone.SAME
            asked += said.zone is Zone.ASK and cve != pair.cve
    return found | {"text_auto_merges": merges, "text_wrong_asked": round(asked / (5 * len(queries)), 4)}


def of_lookups(count: int) -> _Figures:
    chance = random.Random(2)
    vocabulary = [f"{left}{right}" for left in _SYLLABLES for right in _SYLLABLES for _ in range(1)]
    vocabulary = [f"{one}{other}" for one in vocabulary[:300] for other in _SYLLABLES[:30]]
    weights = [1 / (rank + 10) for rank in range(len(vocabulary))]
    cumulated = [sum(weights[:1])]
    for weight in weights[1:]:
        cumulated.append(cumulated[-1] + weight)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    index, start = Index(), time.perf_counter()
    asked: list[Finding] = []
    for number in range(count):
        finding = _made(chance, number, vocabulary, cumulated)
        index.add(finding)
        if number % max(1, count // 300) == 0:
            asked.append(finding)
    built = time.perf_counter() - start
    spent = []
    found_again = 0
    for finding in asked:
        twin = replace(finding, report_id="new")
        begin = time.perf_counter()
        for other in index.candidates(twin, 20)[:20]:
            found_again += other == finding.report_id
        spent.append(1000 * (time.perf_counter() - begin))
    after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return {
        "lookup_findings": count, "lookup_ms": round(statistics.median(spent), 2),
        "lookup_ms_p99": round(sorted(spent)[int(len(spent) * 0.99)], 2), "lookup_found_share": round(found_again / len(asked), 4),
        "index_add_us": round(1e6 * built / count, 1), "index_mb": round((after - before) / 1024), "peak_mb": round(after / 1024),
    }  # fmt: skip


_SYLLABLES = [a + b + c for a in "bdfgklmnprst" for b in "aeiou" for c in "lnrs"]


def _made(chance: random.Random, number: int, vocabulary: list[str], cumulated: list[float]) -> Finding:
    """A made-up finding: a dozen words by Zipf's law, three frames, a file; one package in a hundred has half of all."""
    words = chance.choices(vocabulary, cum_weights=cumulated, k=12)
    package = chance.randrange(100) if chance.random() < 0.5 else chance.randrange(100_000)
    stack = tuple(Site(f"{chance.choice(vocabulary)}_{chance.randrange(50)}") for _ in range(3))
    return Finding(
        f"report_{number}", f"pkg:pypi/p{package}", "memory-safety",
        "crash/2:x@" + " < ".join(site.symbol for site in stack), frozenset(), frozenset({stack[0].symbol}),
        frozenset({f"src/{words[0]}.c"}), frozenset({"CWE-787"}), " ".join(words), stack=stack,
    )  # fmt: skip


def of_bulk(size: int) -> _Figures:
    try:
        from sarif import sarif_per_s  # bench/sarif.py
    except ImportError:
        print("no bench/sarif.py: sarif_per_s is null", file=sys.stderr)
        return {"sarif_per_s": None}
    return {"sarif_per_s": round(sarif_per_s(size), 1)}


if __name__ == "__main__":
    main()

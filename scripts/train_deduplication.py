"""Writes the two trained tables of deduplication, from public data in ../shared/data and from targets of our own.

    python scripts/train_deduplication.py words      # src/.../deduplication/data/words.txt
    python scripts/train_deduplication.py model      # src/.../deduplication/data/model.toml

    seawall manage export_decisions > decisions.jsonl
    python scripts/train_deduplication.py model --decisions decisions.jsonl

Only projects that ``bench/duplicates`` does not hold out for the benchmark are looked at. The same data gives the same
files, but for the date.
"""

import argparse
import sys
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT / "src"), str(ROOT / "bench")]

from duplicates import fitting, texts  # noqa: E402
from seawall.clearinghouse.deduplication.words import terms  # noqa: E402

DATA = ROOT / "src" / "seawall" / "clearinghouse" / "deduplication" / "data"
SHARE_MIN, COUNT_MIN = 0.002, 5
"""What is rarer is treated as unknown: it would only make the file long."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["words", "model"])
    parser.add_argument(
        "--decisions", type=Path, help="for model: what people decided, of seawall manage export_decisions"
    )
    given = parser.parse_args()
    if given.what == "words":
        _words(DATA)
    else:
        fitting.write(DATA, given.decisions)


def _words(folder: Path) -> None:
    """The largest share of texts in which a term stands, over the sources, each for itself.

    Each source has phrases of its own (a note that stands under every third advisory); the largest share finds them.
    """
    held = {pair.cve for pair in texts.pairs() if texts.held_out(pair.project)}
    sources: dict[str, list[str]] = {"go": [], "ruby": [], "pypa": []}
    for name, _, package, _, text in texts.advisories():
        if text.strip() and not texts.held_out(texts.project(package)):
            sources[name].append(text)
    sources["cve"] = [record.text for cve, record in sorted(texts.records().items()) if cve not in held][::3]
    shares: dict[str, float] = {}
    for documents in sources.values():
        counts = Counter(term for document in documents for term in terms(document))
        for term, count in counts.items():
            share = count / len(documents)
            if count >= COUNT_MIN and share >= SHARE_MIN and term[0] != "j":
                shares[term] = max(shares.get(term, 0.0), share)
    rows = sorted(((round(share, 4), term) for term, share in shares.items()), key=lambda row: (-row[0], row[1]))
    counted = ", ".join(f"{name} {len(documents)}" for name, documents in sources.items())
    head = f"""\
# Share of advisories in which a term stands: the largest of the sources, each counted for itself.
# w: stem of a word, b: two stems in a row, c: kind of flaw (seawall/clearinghouse/deduplication/words.py).
# Texts: {counted}. Go vulnerability database (CC-BY-4.0), RubySec (public domain),
# PyPA (CC-BY-4.0), CVE descriptions of CISA's Vulnrichment (CC0), without the projects held out for the benchmark.
# Written by scripts/train_deduplication.py words.
"""
    path = folder / "words.txt"
    path.write_text(head + "".join(f"{share:g} {term}\n" for share, term in rows), encoding="utf-8")
    print(f"{path}: {len(rows)} terms, {path.stat().st_size // 1024} KiB")


if __name__ == "__main__":
    main()

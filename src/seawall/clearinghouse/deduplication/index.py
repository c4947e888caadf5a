"""Which of very many findings may be the same as one: an inverted index. Pure, in memory.

    index = Index()
    index.add(finding)                       # milliseconds' thousandths; adding an id again replaces it
    index.candidates(finding, limit=20)      # identifiers of reports, the likeliest first
    index.remove(report_id)

What is indexed: signature, digest of the proof, functions of the stack, symbols, files, identifiers, words. A lookup
reads the rarest terms first and stops after ``POSTINGS_MAX`` postings, so its cost does not grow with the index; a word
that stands everywhere is not read at all. Words are weighed by Okapi BM25 (Robertson and Zaragoza 2009) with the idf to
the power of 1.5, the share of a term being the larger of the index's own and the trained one (``data/words.txt``).

Four bytes a posting: 24 bits of the finding's number, 8 bits of its weight. Ids of equal rank are ordered by
themselves, so the answer does not depend on the order in which findings were added.
"""

import heapq
import math
from array import array
from collections.abc import Iterable, Iterator
from zlib import crc32

from seawall.clearinghouse.deduplication.signals import frames, identifiers, places, text
from seawall.clearinghouse.deduplication.types import Finding
from seawall.clearinghouse.deduplication.words import terms

FINDINGS_MAX = 2**24 - 1
TERMS_MAX = 160
"""Terms kept of one finding, the weightiest; a finding costs at most 640 bytes of postings."""
POSTINGS_MAX = 60_000
"""Postings that one lookup reads; a million costs about 100 ms."""
FIRST_MAX = 4_000
"""Postings read of what the harness saw, however many there are: the oldest."""
PAIR_KEYS = 2**21
"""Keys of pairs and joined words, which would otherwise be as many as there are texts."""
K1, B, WORDS_USUAL = 1.2, 0.3, 45
"""BM25's saturation and length normalization, and words of a usual text (fixed, so that order does not matter)."""
WEIGHTS = {"w": 1.0, "b": 0.3, "j": 0.3, "c": 1.0, "s": 6.0, "d": 6.0, "f": 1.2, "y": 1.2, "p": 0.6, "i": 4.0}
_EXACT = frozenset("sdi")
_STEPS = 255 / (K1 + 1)


class Index:
    """All findings that a new one may be the same as."""

    def __init__(self, findings: Iterable[Finding] = ()) -> None:
        self._ids: list[str | None] = []
        self._packages = array("I")
        self._names: dict[str, int] = {}
        self._numbers: dict[str, int] = {}
        self._postings: dict[int, int | array[int]] = {}
        for finding in findings:
            self.add(finding)

    def __len__(self) -> int:
        return len(self._numbers)

    def __contains__(self, report_id: object) -> bool:
        return report_id in self._numbers

    def add(self, finding: Finding) -> None:
        """Index a finding; one of the same id is replaced.

        Raises:
            OverflowError: There are ``FINDINGS_MAX`` already, those that were removed among them.
        """
        self.remove(finding.report_id)
        number = len(self._ids)
        if number > FINDINGS_MAX:
            raise OverflowError(f"an index holds {FINDINGS_MAX} findings, removed ones among them; make it anew")
        self._ids.append(finding.report_id)
        self._packages.append(self._names.setdefault(finding.package, len(self._names)))
        self._numbers[finding.report_id] = number
        for key, impact in _kept(finding):
            posting = number << 8 | impact
            known = self._postings.get(key)
            if known is None:
                self._postings[key] = posting
            elif isinstance(known, int):
                self._postings[key] = array("I", (known, posting))
            else:
                known.append(posting)

    def remove(self, report_id: str) -> None:
        """Forget a finding; nothing happens if it is not there. Its postings stay until the index is made anew."""
        number = self._numbers.pop(report_id, None)
        if number is not None:
            self._ids[number] = None

    def candidates(self, finding: Finding, limit: int = 20, *, across: bool = False) -> list[str]:
        """Identifiers of the likeliest reports, the likeliest first, never the finding's own.

        Args:
            finding: Need not be indexed.
            limit: How many at most.
            across: Also those of other packages, which can only ever be ``DIFFERENT``.
        """
        scores = self._scores(finding)
        if not across:
            names = {self._names.get(name) for name in (finding.package, *finding.package_aliases)}
            packages = self._packages
            scores = {number: score for number, score in scores.items() if packages[number] in names}
        own = self._numbers.get(finding.report_id)
        ids = self._ids
        live = ((score, ids[number]) for number, score in scores.items() if number != own and ids[number] is not None)
        if len(scores) > 8 * limit:  # the threshold spares most of the comparisons of ids
            least = min(heapq.nlargest(4 * limit, scores.values()), default=0.0)
            live = ((score, name) for score, name in live if score >= least)
        best = heapq.nsmallest(limit, ((-round(score, 6), name or "") for score, name in live))
        return [name for _, name in best]

    def _scores(self, finding: Finding) -> dict[int, float]:
        found = []
        for name, count in _terms(finding):
            key = _key(name)
            known = self._postings.get(key)
            if known is None:
                continue
            size = 1 if isinstance(known, int) else len(known)
            weight = self._weight(name, size) * math.sqrt(min(count, 4))
            if weight > 0:
                found.append((size if name[0] not in _EXACT else 0, key, size, weight, known))
        found.sort(key=lambda row: row[:2])
        scores: dict[int, float] = {}
        left = POSTINGS_MAX
        for rank, _, size, weight, known in found:
            if rank and size > left:
                break
            postings = (known,) if isinstance(known, int) else known if size <= left else known[:FIRST_MAX]
            left -= len(postings)
            step = weight / _STEPS
            for posting in postings:
                number = posting >> 8
                scores[number] = scores.get(number, 0.0) + step * (posting & 255)
        return scores

    def _weight(self, name: str, size: int) -> float:
        share = (size + 0.5) / (len(self._ids) + 1)
        if name[0] in "wbjc":
            share = max(share, text.shares().get(name, 0.0))
        return WEIGHTS[name[0]] * max(0.0, math.log(1 / share)) ** text.POWER if share < 1 else 0.0


def _terms(finding: Finding) -> Iterator[tuple[str, int]]:
    """Every term and how often it stands there."""
    if finding.signature:
        yield f"s:{finding.signature}", 1
    if finding.proof is not None:
        yield f"d:{finding.proof.digest}", 1
    for symbol in frames.functions(finding.stack)[:8]:
        yield f"f:{symbol}", 1
    for symbol in sorted(places.tails(finding.symbols)):
        yield f"y:{symbol}", 1
    for path in sorted(places.tails(finding.paths)):
        yield f"p:{path}", 1
    for name in sorted(identifiers.clean(finding.identifiers)):
        yield f"i:{name}", 1
    yield from terms(f"{finding.text}\n{_package_words(finding.package)}").items()


def _package_words(package: str) -> str:
    """``github.com gogs gogs`` of ``pkg:golang/github.com/gogs/gogs``: what a text would call it."""
    return package.partition("/")[2].partition("@")[0].replace("/", " ").replace("%40", " ")


def _kept(finding: Finding) -> Iterator[tuple[int, int]]:
    """Key and impact (1 to 255) of the terms that are kept, each key once."""
    rows = list(_terms(finding))
    length = sum(count for name, count in rows if name[0] == "w")
    norm = K1 * (1 - B + B * length / WORDS_USUAL)
    if len(rows) > TERMS_MAX:
        rows.sort(key=lambda row: (-WEIGHTS[row[0][0]] * text.idf(row[0]) if row[0][0] in "wbjc" else -99, row[0]))
    kept: dict[int, int] = {}
    for name, count in rows[:TERMS_MAX]:
        impact = 255 if name[0] not in "wbjc" else max(1, min(255, round(_STEPS * count * (K1 + 1) / (count + norm))))
        key = _key(name)
        kept[key] = max(kept.get(key, 0), impact)
    yield from kept.items()


def _key(name: str) -> int:
    return (
        crc32(name.encode("utf-8", "surrogatepass"))
        if name[0] not in "bj"
        else -1 - crc32(name.encode("utf-8", "surrogatepass")) % PAIR_KEYS
    )

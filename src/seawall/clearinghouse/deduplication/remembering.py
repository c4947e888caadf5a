"""What was seen of proved reports, as rows: the keys that link, and an inverted index of what may suggest.

    lock(package)                       # one report of a package is folded at a time, in whichever process
    row = remember(finding)             # in the transaction that folds the report
    likely(finding, names, 20)          # identifiers of reports, the likeliest first

Every process sees the same rows, and a report is in the index exactly when it is folded. A look-up reads the rarest terms
first, some hundreds of each at most and ``POSTINGS_MAX`` in all, so its cost does not grow with what is stored.

Words, functions, symbols and files are looked for under the names of the package alone; what identifies a flaw anywhere
(identifiers, a whole signature, the three innermost functions) under every name. ``index.py`` is the same in memory.
"""

import hashlib
import math
from collections.abc import Collection, Iterator
from dataclasses import asdict
from typing import Any

from seawall.clearinghouse.deduplication import rules
from seawall.clearinghouse.deduplication.models import Observation, ObservedPackage, Posting
from seawall.clearinghouse.deduplication.signals import frames, identifiers, places, text
from seawall.clearinghouse.deduplication.types import Finding, Site

READER = 1
"""Number of the way in which rows are made; add one where keys or terms change, and packages are read anew."""
WORDS_KEPT = 24
"""Words of one report in the index, the rarest by the trained shares."""
NAMES_KEPT = 12
"""Of each of its symbols, files and identifiers."""
FUNCTIONS_KEPT = 6
POSTINGS_EACH = 300
"""Rows read of one term, the oldest: what stands in more reports of a package tells little."""
POSTINGS_NEW = 100
"""Of a term with more rows, the newest are read as well."""
POSTINGS_MAX = 6_000
TOP = 3
"""Innermost functions that are one term under every name of a package."""
WEIGHTS = {"s": 6.0, "i": 4.0, "t": 3.0, "f": 1.2, "y": 1.2, "p": 0.6, "w": 1.0}
USUAL = 6.0
"""What a term that is no word counts beside words, whose idf lies between 0 and 7.6."""
_EVERYWHERE = frozenset("sit")


def lock(package: str) -> ObservedPackage:
    """The row of a package, locked until the transaction ends; the caller's."""
    ObservedPackage.objects.get_or_create(name=package)
    return ObservedPackage.objects.select_for_update().get(name=package)


def remember(finding: Finding) -> Observation:
    """Write what is compared of a finding; what was written of it before is replaced."""
    row, created = Observation.objects.update_or_create(report_id=finding.report_id, defaults=row_of(finding))
    if not created:
        row.postings.all().delete()
    Posting.objects.bulk_create(Posting(term=key, observation=row) for key in keys_of(finding))
    return row


def row_of(finding: Finding) -> dict[str, Any]:
    """The fields of an observation."""
    key, place = rules.linked_by(finding), rules.innermost(finding)
    return {
        "package": finding.package,
        "link_key": _digest(*key) if key else "",
        "place": _digest(place) if place else "",
        "signature": _digest(finding.signature) if finding.signature else "",
        "worked_on": finding.worked_on[:200],
        "stopped_in": finding.stopped_in[:200],
        "seen": {
            "signature": finding.signature,
            "kind": finding.kind,
            "access": finding.access,
            "stack": [asdict(site) for site in finding.stack],
        },
    }


def keys_of(finding: Finding) -> list[int]:
    """The index's keys of a finding, each once."""
    return sorted({_key(finding.package, term) for term in terms_of(finding)})


def crowd(row: Observation) -> tuple[bool, bool]:
    """Whether many signatures end where this one does; and whether they do only since it is there."""
    if not row.place or not row.signature:
        return False, False
    rows = Observation.objects.filter(place=row.place).exclude(signature="")
    others = set(rows.exclude(pk=row.pk).values_list("signature", flat=True).distinct()[: rules.CROWD])
    is_crowd = len(others | {row.signature}) >= rules.CROWD
    return is_crowd, is_crowd and len(others) < rules.CROWD


def likely(finding: Finding, names: Collection[str], limit: int = 20) -> list[str]:
    """Identifiers of the reports that are likeliest the same flaw, never its own; equal ones in the order of receipt.

    Args:
        finding: Need not be remembered.
        names: Of its package, all under which the clearinghouse knows it.
        limit: How many at most.
    """
    scores: dict[int, float] = {}
    left = POSTINGS_MAX
    for term in sorted(terms_of(finding), key=lambda term: (-_worth(term), term)):
        for key in sorted({_key(name, term) for name in {finding.package, *names}}):
            if left <= 0:
                break
            rows = Posting.objects.filter(term=key).values_list("observation_id", flat=True)
            found = list(rows.order_by("observation_id")[:POSTINGS_EACH])
            if len(found) == POSTINGS_EACH:  # nobody's flood of words may cover what came later
                found += set(rows.order_by("-observation_id")[:POSTINGS_NEW]) - set(found)
            left -= len(found)
            step = _worth(term) * math.log(1 + POSTINGS_EACH / len(found)) if found else 0.0
            for number in found:
                scores[number] = scores.get(number, 0.0) + step
    best = sorted(scores, key=lambda number: (-round(scores[number], 6), number))[: limit + 1]
    named = dict(Observation.objects.filter(pk__in=best).values_list("pk", "report_id"))
    return [named[number] for number in best if named[number] != finding.report_id][:limit]


def seen_of(row: Observation) -> dict[str, Any]:
    """Signature, kind, access, stack and versions of a row, as fields of a ``Finding``."""
    return {
        "signature": row.seen["signature"],
        "kind": row.seen["kind"],
        "access": row.seen["access"],
        "stack": tuple(Site(**site) for site in row.seen["stack"]),
        "worked_on": row.worked_on,
        "stopped_in": row.stopped_in,
    }


def terms_of(finding: Finding) -> set[str]:
    """What a finding is found by; the first letter says what it is."""
    return set(_seen(finding)) | set(_written(finding))


def _seen(finding: Finding) -> Iterator[str]:
    if finding.signature:
        yield f"s:{finding.signature}"
    functions = frames.functions(finding.stack)
    for symbol in functions[:FUNCTIONS_KEPT]:
        yield f"f:{symbol}"
    if len(functions) >= TOP:
        yield f"t:{finding.failure} {' < '.join(functions[:TOP])}"


def _written(finding: Finding) -> Iterator[str]:
    for letter, names in (
        ("y", places.tails(finding.symbols)),
        ("p", places.tails(finding.paths)),
        ("i", identifiers.clean(finding.identifiers)),
    ):
        for name in sorted(names)[:NAMES_KEPT]:
            yield f"{letter}:{name}"
    words = sorted(
        (term for term in text.weights(finding.text) if term[0] == "w"), key=lambda term: (-text.idf(term), term)
    )
    yield from words[:WORDS_KEPT]


def _worth(term: str) -> float:
    return WEIGHTS[term[0]] * (text.idf(term) if term[0] == "w" else USUAL)


def _key(package: str, term: str) -> int:
    """63 bits and a sign of the digest of a term, under the package's name unless it counts everywhere."""
    said = term if term[0] in _EVERYWHERE else f"{package}\n{term}"
    return int.from_bytes(hashlib.sha256(said.encode("utf-8", "surrogatepass")).digest()[:8], signed=True)


def _digest(*parts: str) -> str:
    return hashlib.sha256("\n".join(parts).encode("utf-8", "surrogatepass")).hexdigest()

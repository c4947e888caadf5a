"""Is it the same flaw? Pure.

What may decide, and what may only suggest:

- Only a signature that the harness itself saw while both proofs ran, equal and of the same version, links
  automatically (``SAME``), and only within one package and one failure class. Where the harness knows the lines of the
  stack, the innermost calls must stand in the same lines too: two flaws in one function share a signature.
- Everything that a finder wrote (identifiers, symbols, paths, CWE, patches, proofs, text) only ever suggests
  (``ASK``): it can be written so as to hide a report in another case.
- A different package is ``DIFFERENT``; a name that the clearinghouse knows for the same package at most asks.

The order in which findings come never matters: ``linked_by`` is a key, so what is linked is an equivalence, and
``clusters`` of any permutation are the same.
"""

from collections import defaultdict
from collections.abc import Iterable

from seawall.clearinghouse.deduplication import scoring
from seawall.clearinghouse.deduplication.signals import sites
from seawall.clearinghouse.deduplication.types import Comparison, Contribution, Finding, Zone

_NO_LINES_KINDS = frozenset({"stack-overflow", "timeout", "out-of-memory", "hang"})
"""Where the innermost line is wherever the program happened to be."""


def ask_from() -> int:
    """Score from which a person or a run is asked; below it the findings are taken as different."""
    return scoring.model().ask_from


def compare(left: Finding, right: Finding) -> Comparison:
    """Hold two proved findings against each other; symmetric."""
    alias = _one_package(left, right)
    if alias is None:
        return Comparison(Zone.DIFFERENT, 0, (Contribution("package", 0, "The packages differ."),))
    used = scoring.model()
    contributions = scoring.contributions(scoring.measured(left, right), used)
    score = sum(item.points for item in contributions)
    if linked_by(left) is not None and linked_by(left) == linked_by(right):
        return Comparison(Zone.SAME, score, contributions)
    if left.signature is not None and left.signature == right.signature:
        return Comparison(Zone.ASK, score, contributions)  # not enough to link, never too little to ask
    return Comparison(Zone.ASK if score >= used.ask_from else Zone.DIFFERENT, score, contributions)


def linked_by(finding: Finding) -> tuple[str, ...] | None:
    """What findings that are linked automatically have in common; None where the harness saw no signature.

    Nothing that a finder wrote is part of it.
    """
    if not finding.signature:
        return None
    lines = () if finding.kind in _NO_LINES_KINDS else sites.key(finding.stack)
    return finding.package, finding.failure, finding.signature, *lines


def clusters(findings: Iterable[Finding]) -> frozenset[frozenset[str]]:
    """Identifiers of reports by what is linked automatically, each report in exactly one cluster."""
    groups: defaultdict[tuple[str, ...], set[str]] = defaultdict(set)
    for finding in findings:
        groups[linked_by(finding) or ("alone", finding.report_id)].add(finding.report_id)
    return frozenset(map(frozenset, groups.values()))


def _one_package(left: Finding, right: Finding) -> bool | None:
    """False for one name, True for two names of one package, None for two packages."""
    if left.package == right.package:
        return False
    ours, theirs = {left.package, *left.package_aliases}, {right.package, *right.package_aliases}
    return True if ours & theirs else None

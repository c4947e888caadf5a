"""Which reports are one flaw by what the harness saw alone: a function of the *set* of findings. Pure.

    clusters(findings)        # the same for every order in which they came

1. Findings with equal keys (``rules.linked_by``) belong together, but for those that end in a helper (``rules.crowded``).
2. Where the fix that one proof names leaves another proof working, the two are not one flaw. Of findings with equal keys
   those stay together that agree with exactly the same others: whoever agrees with both sides of a conflict belongs to
   neither, for no signature can say to which.

Both only ever get finer when a finding is added: a late report can take a link's ground away, and never make one between
two that were there before.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from seawall.clearinghouse.deduplication import rules
from seawall.clearinghouse.deduplication.fixes import outlives
from seawall.clearinghouse.deduplication.types import Finding


@dataclass(frozen=True)
class Ran:
    """Where the harness saw a proof work, and where it saw it do nothing; empty where it saw neither."""

    worked_on: str
    stopped_in: str


def agree(package: str, one: Ran, other: Ran) -> bool:
    """Whether no fix of the one leaves the other working; a proof agrees with itself."""
    return one == other or not (_outlives(package, one, other) or _outlives(package, other, one))


def parted(package: str, runs: Mapping[str, Ran]) -> frozenset[frozenset[str]]:
    """Findings of one key by what may stay together.

    Args:
        package: Package URL, for the order of its versions.
        runs: By identifier of the report.
    """
    kinds = set(runs.values())
    friends = {one: frozenset(other for other in kinds if agree(package, one, other)) for one in kinds}
    found: defaultdict[frozenset[Ran], set[str]] = defaultdict(set)
    for report_id, ran in runs.items():
        found[friends[ran]].add(report_id)
    return frozenset(map(frozenset, found.values()))


def clusters(findings: Iterable[Finding]) -> frozenset[frozenset[str]]:
    """Identifiers of reports by what is linked automatically, each report in exactly one cluster."""
    known = {one.report_id: one for one in findings}
    crowds = rules.crowded(known.values())
    found: set[frozenset[str]] = set()
    for group in rules.clusters(known.values(), crowds):
        package = known[next(iter(group))].package
        found |= parted(package, {name: Ran(known[name].worked_on, known[name].stopped_in) for name in group})
    return frozenset(found)


def _outlives(package: str, one: Ran, other: Ran) -> bool:
    if not one.worked_on or not other.stopped_in:
        return False
    return outlives(package, one.worked_on, [{"introduced": "", "fixed": other.stopped_in}]) is not None

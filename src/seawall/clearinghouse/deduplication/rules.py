"""Is it the same flaw? Pure.

What may decide, and what may only suggest:

- Only a signature that the harness itself saw while both proofs ran, equal and of the same version, links
  automatically (``SAME``), and only within one package and one failure class. Where the harness knows the lines of the
  stack, the innermost calls must stand in the same lines too: two flaws in one function share a signature. Where a program
  only took too long, its signature asks.
- Everything that a finder wrote (identifiers, symbols, paths, CWE, patches, proofs, text) only ever suggests
  (``ASK``): it can be written so as to hide a report in another case.
- A different package is ``DIFFERENT``, and at most asks where ``across`` is wanted; so does a name that the clearinghouse
  knows for the same package.

The order in which findings come never matters: ``linked_by`` is a key, so what is linked is an equivalence, and
``clusters`` of any permutation are the same (``grouping`` adds what crowds and fixes take away again).
"""

from collections import defaultdict
from collections.abc import Iterable

from seawall.clearinghouse.deduplication import scoring
from seawall.clearinghouse.deduplication.signals import frames, identifiers, sites
from seawall.clearinghouse.deduplication.types import Comparison, Contribution, Finding, Zone

CROWD = 4
"""Signatures that end in one function from which on it is taken for a helper."""
OTHER_PACKAGE = 15
"""Points that two packages take from a score."""
COPIED_CALLS = 3
"""Innermost calls that two packages must have in common before anybody is asked."""
_NO_LINES_KINDS = frozenset({"stack-overflow", "timeout", "out-of-memory", "hang"})
"""Where the innermost line is wherever the program happened to be."""

_SAMPLED = "hang/"
"""Signatures of where a program was while it took too long: in the engine of all lexers, whichever of them does not end."""


def ask_from() -> int:
    """Score from which a person or a run is asked; below it the findings are taken as different."""
    return scoring.model().ask_from


def compare(left: Finding, right: Finding, *, crowds: frozenset[str] = frozenset(), across: bool = False) -> Comparison:
    """Hold two proved findings against each other; symmetric.

    Args:
        left: One finding.
        right: The other.
        crowds: Innermost places in which many flaws of the package end (``crowded``); there, nothing is linked
            automatically. Empty where they are not known.
        across: Whether to ask about two packages too, where something that strangers do not share speaks for one
            flaw: code is copied from package to package.
    """
    alias = _one_package(left, right)
    if alias is None and not across:
        return Comparison(Zone.DIFFERENT, 0, (Contribution("package", 0, "The packages differ."),))
    used = scoring.model()
    measures = scoring.measured(left, right)
    contributions = scoring.contributions(measures, used)
    score = sum(item.points for item in contributions)
    if alias is None:
        return _across(left, right, score, contributions)
    key = linked_by(left, crowds)
    if key is not None and key == linked_by(right, crowds):
        return Comparison(Zone.SAME, score, contributions)
    if left.signature is not None and left.signature == right.signature:
        return Comparison(Zone.ASK, score, contributions)  # not enough to link, never too little to ask
    return Comparison(Zone.ASK if score >= used.ask_from else Zone.DIFFERENT, score, contributions)


def _across(left: Finding, right: Finding, score: int, contributions: tuple[Contribution, ...]) -> Comparison:
    """Two packages: never one case by itself, and a question only where calls or an identifier are the same."""
    told = Contribution(
        "package",
        -min(score, OTHER_PACKAGE),
        f"The packages differ ({' and '.join(sorted((left.package, right.package)))}): a copy of the same code?",
    )
    calls = [frames.functions(one.stack)[:COPIED_CALLS] for one in (left, right)]
    kin = (calls[0] == calls[1] and len(calls[0]) == COPIED_CALLS and left.failure == right.failure) or bool(
        identifiers.clean(left.identifiers) & identifiers.clean(right.identifiers)
    )
    score += told.points
    zone = Zone.ASK if kin and score >= ask_from() else Zone.DIFFERENT
    return Comparison(zone, score, (*contributions, told))


def linked_by(finding: Finding, crowds: frozenset[str] = frozenset()) -> tuple[str, ...] | None:
    """What findings that are linked automatically have in common; None where nothing may link.

    Nothing that a finder wrote is part of it.
    """
    if not finding.signature or finding.signature.startswith(_SAMPLED) or innermost(finding) in crowds:
        return None
    lines = () if finding.kind in _NO_LINES_KINDS else sites.key(finding.stack)
    return finding.package, finding.failure, finding.signature, *lines


def crowded(findings: Iterable[Finding]) -> frozenset[str]:
    """Innermost places in which at least ``CROWD`` different signatures end: helpers that many flaws run into.

    Whoever crashes there has the caller's flaw, and its signature may be that of another one too.
    """
    signatures: defaultdict[str, set[str]] = defaultdict(set)
    for finding in findings:
        place = innermost(finding)
        if place and finding.signature:
            signatures[place].add(finding.signature)
    return frozenset(place for place, known in signatures.items() if len(known) >= CROWD)


def innermost(finding: Finding) -> str:
    """Package and innermost function of the stack; empty where none is known."""
    functions = frames.functions(finding.stack)
    return f"{finding.package} {functions[0]}" if functions else ""


def clusters(findings: Iterable[Finding], crowds: frozenset[str] = frozenset()) -> frozenset[frozenset[str]]:
    """Identifiers of reports by what is linked automatically, each report in exactly one cluster."""
    groups: defaultdict[tuple[str, ...], set[str]] = defaultdict(set)
    for finding in findings:
        groups[linked_by(finding, crowds) or ("alone", finding.report_id)].add(finding.report_id)
    return frozenset(map(frozenset, groups.values()))


def _one_package(left: Finding, right: Finding) -> bool | None:
    """False for one name, True for two names of one package, None for two packages."""
    if left.package == right.package:
        return False
    ours, theirs = {left.package, *left.package_aliases}, {right.package, *right.package_aliases}
    return True if ours & theirs else None

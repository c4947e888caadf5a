"""Which version to run next, what the runs say of the others, and the ranges that come of it. Pure.

    while todo := wanted(branches, states): ...     # each answer may make more of a branch wanted
    outcomes = concluded(branches, releases, trials)
    events(outcomes, careful=True)                  # (("introduced", "0"), ("fixed", "1.2.3"))

Fixes are backported and flaws come back, so a package as a whole is seldom affected up to one version and not after it:
bisecting it finds one change of several. A branch mostly is. So, in every branch:

1. the first and the last release are run;
2. between two that were run and differ, the middle is run, until the change lies between neighbors;
3. between two that agree, the middle is run as long as more than ``STRIDE`` releases lie between;
4. beside a version that says nothing (not installable, control fails), nothing is inferred: all up to a version that does
   say something are run.

5. what was withdrawn is always run, and passed over in the steps above: it was mostly broken.

What is left has agreeing neighbors at most ``STRIDE`` releases apart, and is inferred.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby, pairwise

from seawall.clearinghouse.validation.affected.types import (
    HITS,
    UNKNOWN,
    Branch,
    Comparison,
    Difference,
    Event,
    Outcome,
    Release,
    State,
    Trial,
)

STRIDE = 8
"""Releases that may be inferred in a row. Of flaws that come and go within a branch, shorter visits can be missed."""
MAJOR_MAX = 12
"""Releases of a major branch that are looked at together; a longer one is split into its minor branches."""
_NUMBERS = re.compile(r"[vV]?(?:\d+!)?(\d{1,9})(?:\.(\d{1,9}))?")
_PEP440_PRE = re.compile(
    r"\d[-_.]?(?:a|b|c|rc|alpha|beta|pre|preview)[-_.]?\d*(?:\D|$)|[-_.]?dev\d*(?:\D|$)", re.IGNORECASE
)


def is_prerelease(version: str, package_type: str) -> bool:
    """Whether a version's text says that it is none for everybody."""
    if package_type == "npm":
        return "-" in version.partition("+")[0]
    return _PEP440_PRE.search(version.partition("+")[0]) is not None


def in_order(releases: Sequence[Release]) -> list[Release]:
    """Releases by their place; those without one last, by their text."""
    placed = sorted((release for release in releases if release.place is not None), key=_place)
    return placed + sorted((release for release in releases if release.place is None), key=lambda one: one.version)


def _place(release: Release) -> tuple[bytes, str]:
    return release.place or b"", release.version


def branches(releases: Sequence[Release]) -> list[Branch]:
    """Releases in order, by major version; a major version with many releases by minor version."""
    ordered = [release.version for release in in_order(releases) if release.place is not None]
    strays = tuple(release.version for release in in_order(releases) if release.place is None)
    withdrawn = frozenset(release.version for release in releases if release.withdrawn)
    found: list[Branch] = []
    for major, group in groupby(ordered, key=lambda version: _numbers(version)[0]):
        versions = tuple(group)
        back = withdrawn & set(versions)
        minors = [(minor, tuple(part)) for minor, part in groupby(versions, key=lambda version: _numbers(version)[1])]
        if len(versions) <= MAJOR_MAX or len(minors) == 1:
            found.append(Branch(f"{major}.x", versions, withdrawn=back))
        else:
            found += [Branch(f"{major}.{minor}.x", part, withdrawn=back & set(part)) for minor, part in minors]
    return [*found, Branch("other", strays, ordered=False)] if strays else found


def _numbers(version: str) -> tuple[str, str]:
    found = _NUMBERS.match(version)
    return (found[1], found[2] or "0") if found else ("?", "?")


def wanted(found: Sequence[Branch], states: Mapping[str, State], *, stride: int = STRIDE) -> list[str]:
    """Versions to run now; none depends on another's result, and those that tell most come first.

    Args:
        found: All branches.
        states: Of versions that have been run.
        stride: Releases that may be inferred in a row; 0: every version is run.
    """
    ends: list[str] = []
    middles: list[tuple[int, str]] = []
    for branch in found:
        chain = branch.chain
        ends += [version for version in branch.versions if version not in chain and version not in states]
        new = dict.fromkeys(version for version in (*chain[:1], *chain[-1:]) if version not in states)
        ends += new
        if not new:
            middles += [(gap, chain[at]) for gap, at in _middles(chain, states, stride)]
    middles.sort(key=lambda middle: -middle[0])
    return ends + [version for _, version in middles]


def _middles(versions: Sequence[str], states: Mapping[str, State], stride: int) -> Iterator[tuple[int, int]]:
    """Releases between two that were run, and the index of the middle one, where it has to be run."""
    known = [at for at, version in enumerate(versions) if version in states]
    for left, right in pairwise(known):
        gap = right - left - 1
        if gap and (gap > stride or not _agree(states[versions[left]], states[versions[right]])):
            yield gap, (left + right) // 2


def _agree(one: State, other: State) -> bool:
    """Whether what lies between two may be taken to be the same."""
    return one not in UNKNOWN and other not in UNKNOWN and (one in HITS) == (other in HITS)


def turns(found: Sequence[Branch], states: Mapping[str, State]) -> list[str]:
    """Versions beside a change, over all branches, and the flaky ones: what the ranges hang on."""
    told = [
        version
        for branch in found
        if branch.ordered
        for version in branch.versions
        if states.get(version, State.NOT_RUN) not in UNKNOWN
    ]
    beside = [pair for pair in pairwise(told) if (states[pair[0]] in HITS) != (states[pair[1]] in HITS)]
    flaky = [version for version, state in states.items() if state is State.FLAKY]
    return list(dict.fromkeys([*(version for pair in beside for version in pair), *flaky]))


def concluded(
    found: Sequence[Branch], releases: Sequence[Release], trials: Mapping[str, Trial], *, stride: int = STRIDE
) -> list[Outcome]:
    """What is known of each release, in order."""
    by_version = {release.version: release for release in releases}
    outcomes: list[Outcome] = []
    for branch in found:
        inferred = _inferred(branch.chain, trials, stride)
        for version in branch.versions:
            trial = trials.get(version)
            state, between = inferred.get(version, (State.NOT_RUN, None))
            outcomes.append(
                Outcome(
                    release=by_version[version],
                    branch=branch.name,
                    state=trial.state if trial else state,
                    trial=trial,
                    between=None if trial else between,
                )
            )
    return outcomes


def _inferred(
    chain: Sequence[str], trials: Mapping[str, Trial], stride: int
) -> dict[str, tuple[State, tuple[str, str] | None]]:
    known = [at for at, version in enumerate(chain) if version in trials]
    found: dict[str, tuple[State, tuple[str, str] | None]] = {}
    for left, right in pairwise(known):
        first, last = trials[chain[left]], trials[chain[right]]
        if right - left - 1 > stride or not _agree(first.state, last.state):
            continue
        state = State.AFFECTED if first.state in HITS else State.NOT_TRIGGERED
        for version in chain[left + 1 : right]:
            found[version] = state, (first.version, last.version)
    return found


def events(outcomes: Sequence[Outcome], *, careful: bool) -> tuple[Event, ...]:
    """OSV events of one range over the whole order.

    Args:
        outcomes: In order; versions without a place are left out.
        careful: Whether versions that say nothing and stand beside an affected one are inside. Otherwise they are
            outside, and a range that ends at one of them ends with ``last_affected``.
    """
    placed = [outcome for outcome in outcomes if outcome.release.place is not None]
    inside = _inside(placed, careful=careful)
    found: list[Event] = []
    for at, outcome in enumerate(placed):
        before = at > 0 and inside[at - 1]
        if inside[at] and not before:
            found.append(("introduced", outcome.release.version if at else "0"))
        elif before and not inside[at]:
            told = outcome.state is State.NOT_TRIGGERED
            found.append(
                ("fixed", outcome.release.version) if told else ("last_affected", placed[at - 1].release.version)
            )
    return tuple(found)


def _inside(placed: Sequence[Outcome], *, careful: bool) -> list[bool]:
    inside: list[bool] = []
    if not careful:
        return [outcome.state in HITS for outcome in placed]
    groups = [(kind, len(list(group))) for kind, group in groupby(placed, key=lambda one: _kind(one.state))]
    for at, (kind, length) in enumerate(groups):
        beside = {groups[near][0] for near in (at - 1, at + 1) if 0 <= near < len(groups)}
        inside += [kind == "hit" or (kind == "unknown" and "hit" in beside)] * length
    return inside


def _kind(state: State) -> str:
    return "hit" if state in HITS else "unknown" if state in UNKNOWN else "quiet"


def affected_versions(outcomes: Sequence[Outcome]) -> tuple[str, ...]:
    """Versions that triggered, or were inferred from such."""
    return tuple(outcome.release.version for outcome in outcomes if outcome.state in HITS)


def compared(
    outcomes: Sequence[Outcome], source: str, published: Mapping[str, bool], not_released: Sequence[str] = ()
) -> Comparison:
    """The runs beside a publication, version by version.

    Args:
        outcomes: Of the scan.
        source: The publication's identifier.
        published: Whether it counts a released version as affected; a version that is left out is passed over.
        not_released: Versions that it names and the registry has not.
    """
    differ: list[Difference] = []
    silent: list[str] = []
    agree = 0
    for outcome in outcomes:
        version = outcome.release.version
        if version not in published:
            continue
        if outcome.state in UNKNOWN:
            silent.append(version)
        elif (outcome.state in HITS) == published[version]:
            agree += 1
        else:
            differ.append(
                Difference(version, published[version], outcome.state, outcome.between is not None, outcome.evidence)
            )
    return Comparison(source, agree, tuple(differ), tuple(silent), tuple(not_released))

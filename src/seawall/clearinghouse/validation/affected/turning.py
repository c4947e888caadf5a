"""Between which two releases a proof stops working: those next to each other, by halves.

    turn(Path("proof.zip"), cache=Path("cache"), key=order)     # ("1.4.2", "1.4.3"), or None

Finders name the version that they had and one that they know to be mended, and years may lie between. What was changed between two neighbors is the
fix and little else. A flaw that comes and goes has more than one such place: any of them has a fix of it.

Answers are kept in the cache folder, beside those of ``running.affected``.
"""

from collections.abc import Callable
from pathlib import Path

from seawall.clearinghouse.validation.affected import rules
from seawall.clearinghouse.validation.affected.errors import NothingToScan
from seawall.clearinghouse.validation.affected.releases import listed_as, released
from seawall.clearinghouse.validation.affected.running import Tries, opened
from seawall.clearinghouse.validation.affected.types import HITS, Key, Release, State, Trial
from seawall.clearinghouse.validation.errors import TargetError
from seawall.clearinghouse.validation.runs import never
from seawall.clearinghouse.validation.sandboxes.interface import Provider

TRIES = 24
"""Versions that are run; of a thousand, ten are enough where each can be."""
RUNS = 3
"""On each of the two that are found."""


def turn(
    source: Path,
    *,
    cache: Path,
    key: Key,
    sandbox: Provider | None = None,
    tries: int = TRIES,
    cancelled: Callable[[], bool] = never,
) -> tuple[str, str] | None:
    """The last release on which a proof works and the next on which it does not, between the two versions that it names.

    Args:
        source: Folder, ZIP or .tar.gz.
        cache: Folder for built targets and for answers.
        key: The order of the package's ecosystem.
        sandbox: As in ``replay.validate``.
        tries: Versions that are run at most.
        cancelled: Asked before and during runs.

    Returns:
        None where the proof names no two releases, none lies between them, or none between them could be told.

    Raises:
        BundleError: The bundle cannot be used.
        Infrastructure: Something of ours failed; try again, and it goes on.
        SandboxUnavailable: No sandbox works here.
        Cancelled: ``cancelled`` said so.
    """
    with opened(source, cache, sandbox) as (bundle, chosen):
        manifest = bundle.manifest
        if manifest.vulnerable_tree is not None or manifest.fixed is None:
            return None
        try:
            found = released(manifest, key, prereleases=False)
            lower = listed_as(found, manifest.vulnerable, key)
            upper = listed_as(found, manifest.fixed, key)
            upper, between = _between(found, lower, upper)
            if not between:
                return None
            asked = Tries(bundle, cache, chosen, None, cancelled, fresh=False, unnamed=frozenset())
            asked.refer(lower)
        except (NothingToScan, TargetError):
            return None
        fixed = asked.until(upper, 1)
        if fixed.state is not State.NOT_TRIGGERED:
            return None
        for _ in range(tries):
            if not between:
                break
            at = len(between) // 2
            trial = asked.until(between[at], 1)
            if trial.state in HITS:
                lower, between = between[at], between[at + 1 :]
            elif _stopped(trial, fixed):
                upper, between = between[at], between[:at]
            else:
                del between[at]  # it says nothing: its neighbors may
        if (lower, upper) == (manifest.vulnerable, manifest.fixed):
            return None
        sure = asked.until(lower, RUNS).state is State.AFFECTED and _stopped(asked.until(upper, RUNS), fixed)
        return (lower, upper) if sure else None


def _between(found: list[Release], lower: str, upper: str) -> tuple[str, list[str]]:
    """The mended version, and the versions before it and after the flawed one, in order, without those that were withdrawn.

    Where the proof names a mended version of an older line, the newest one stands in its place.
    """
    ordered = [one.version for one in rules.in_order(found) if one.place is not None and not one.withdrawn]
    if lower not in ordered or upper not in ordered:
        return upper, []
    if ordered.index(upper) < ordered.index(lower):
        upper = ordered[-1]
    return upper, ordered[ordered.index(lower) + 1 : ordered.index(upper)]


def _stopped(trial: Trial, fixed: Trial) -> bool:
    """Whether a proof is over on a version, and not just without what it needs there."""
    return trial.state is State.NOT_TRIGGERED and (not trial.control_differs or fixed.control_differs)

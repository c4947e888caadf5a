"""Runs a proof over the released versions of its package: ``affected`` is the one way in.

    found = affected(Path("proof.zip"), cache=Path("cache"), key=order, ecosystem="PyPI")
    found.events        # (("introduced", "0"), ("fixed", "1.2.3"))

First the version that the proof names as flawed, five times: a proof that does not work there says nothing anywhere. Then
what ``rules.wanted`` asks for, once each, and five times beside a change. Each version is installed as for a validation
and gets the benign control first; if that does not work on it, its silence would say nothing.

Answers are kept in the cache folder, for this bundle, sandbox and interpreter.
"""

import contextlib
import hashlib
import re
import sys
import sysconfig
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from pathlib import Path

from seawall.clearinghouse.validation import preparing, scratch
from seawall.clearinghouse.validation import rules as verdicts
from seawall.clearinghouse.validation.affected import releases, rules
from seawall.clearinghouse.validation.affected.errors import NothingToScan
from seawall.clearinghouse.validation.affected.memory import Memory
from seawall.clearinghouse.validation.affected.scanning import CONFIRMATIONS, scan
from seawall.clearinghouse.validation.affected.types import (
    Affected,
    Budget,
    Key,
    Outcome,
    Progress,
    State,
    Trial,
)
from seawall.clearinghouse.validation.bundles import Bundle, open_bundle
from seawall.clearinghouse.validation.errors import BundleError, Infrastructure, TargetError
from seawall.clearinghouse.validation.sandboxes import cgroups
from seawall.clearinghouse.validation.sandboxes.choose import choose
from seawall.clearinghouse.validation.sandboxes.interface import Provider, RunLimits
from seawall.clearinghouse.validation.targets.interface import Built
from seawall.clearinghouse.validation.types import Side

ATTEMPTS = 3
"""Times that a version is tried where something of ours fails."""
PAUSE_S = 1.0
"""Before the second of them; twice that before the third."""
_EDITION = "3"
"""Raise when the same trial would be judged otherwise."""
_SAID_MAX = 400
_SHOWN = 120
_NUMBERS = re.compile(r"(?:0x)?[0-9a-fA-F]*[0-9][0-9a-fA-F.]*")
"""Sizes, addresses, random names and versions, which differ from run to run."""


def _tell_nobody(done: int, total: int, text: str) -> None:
    """The progress of a scan that nobody follows."""


def _never() -> bool:
    return False


@dataclass(frozen=True)
class Wishes:
    """How a scan is to go."""

    runs: int = 1
    """Of the proof on each version; beside a change there are five."""
    everything: bool = False
    """Run every version, infer none."""
    only: tuple[str, ...] = ()
    """These versions in place of the registry's list."""
    prereleases: bool = True
    jobs: int = 1
    budget: Budget = field(default_factory=Budget)
    fresh: bool = False
    """Forget the answers that are kept."""


def affected(
    source: Path,
    *,
    cache: Path,
    key: Key,
    ecosystem: str,
    wishes: Wishes | None = None,
    sandbox: Provider | None = None,
    at_most: RunLimits | None = None,
    progress: Progress = _tell_nobody,
    cancelled: Callable[[], bool] = _never,
) -> Affected:
    """Say which released versions a proof works on.

    Args:
        source: Folder, ZIP or .tar.gz.
        cache: Folder for built targets and for answers.
        key: The order of the package's ecosystem.
        ecosystem: OSV's name of it.
        wishes: How to go about it.
        sandbox: As in ``replay.validate``.
        at_most: As in ``replay.validate``.
        progress: Told of each version.
        cancelled: Asked before and during runs.

    Raises:
        BundleError: The bundle cannot be used.
        NothingToScan: The proof does not work on the version that it names, or there is no list of versions.
        TargetError: There is no such package.
        Infrastructure: Something of ours failed; try again, and it goes on.
        SandboxUnavailable: No sandbox works here.
        Cancelled: ``cancelled`` said so.
    """
    wish = wishes or Wishes()
    with opened(source, cache, sandbox) as (bundle, chosen):
        manifest = bundle.manifest
        found = releases.released(bundle.manifest, key, prereleases=wish.prereleases, only=wish.only)
        # uv takes no name that is not PEP 440's; npm's installer takes every one that npm lists.
        unnamed = {one.version for one in found if one.place is None and manifest.package_type == "pypi"}
        tries = Tries(bundle, cache, chosen, at_most, cancelled, fresh=wish.fresh, unnamed=unnamed)
        named = releases.listed_as(found, manifest.vulnerable, key)
        progress(0, len(found), f"{named}, which the proof names")
        reference = tries.refer(named)
        known = [reference]
        fixed = releases.listed_as(found, manifest.fixed or "", key)
        if fixed in {release.version for release in found}:
            known.append(tries.until(fixed, wish.runs))
        stride = 0 if wish.everything or wish.only else rules.STRIDE
        lines = rules.branches(found)
        trials, complete = scan(
            lines,
            tries.until,
            runs=CONFIRMATIONS if reference.state is State.FLAKY else wish.runs,
            stride=stride,
            jobs=wish.jobs,
            budget=wish.budget,
            spent=lambda: tries.spent,
            known=known,
            gone=lambda: _gone(chosen, bundle, key),
            progress=progress,
        )
        outcomes = rules.concluded(lines, found, trials, stride=stride)
        return summed(bundle, chosen, ecosystem, outcomes, trials, complete=complete, reference=reference)


@contextlib.contextmanager
def opened(source: Path, cache: Path, sandbox: Provider | None) -> Iterator[tuple[Bundle, Provider]]:
    """A bundle in a folder of ours, and a sandbox that works."""
    chosen = sandbox or choose(cache)
    scratch.sweep()
    cgroups.sweep()
    sysconfig.get_config_vars()  # the installer's finder asks; the first to ask must not be two threads (Python 3.11)
    with scratch.folder() as folder:
        yield open_bundle(source, folder / "bundle"), chosen


def summed(
    bundle: Bundle,
    sandbox: Provider,
    ecosystem: str,
    outcomes: Sequence[Outcome],
    trials: Mapping[str, Trial],
    *,
    complete: bool,
    reference: Trial,
    repository: str = "",
) -> Affected:
    """A scan's result."""
    return Affected(
        package=bundle.manifest.package,
        name=bundle.manifest.package_name,
        ecosystem=ecosystem,
        bundle_digest=bundle.digest,
        sandbox=sandbox.profile,
        outcomes=tuple(outcomes),
        complete=complete,
        events=rules.events(outcomes, careful=True),
        seen=rules.events(outcomes, careful=False),
        versions=rules.affected_versions(outcomes),
        sandbox_runs=sum(trial.sandbox_runs for trial in trials.values()),
        seconds=round(sum(trial.seconds for trial in trials.values()), 1),
        signature=reference.signature,
        repository=repository,
    )


def _gone(sandbox: Provider, bundle: Bundle, key: Key) -> str:
    """What of ours is out of reach; empty where nothing is."""
    try:
        releases.listed(bundle.manifest, key)
    except Infrastructure as error:
        return error.detail
    return sandbox.probe() or ""


def _check(reference: Trial, name: str) -> None:
    on = f"{name} {reference.version}, which the proof names"
    if reference.state is State.FAULTED:
        raise Infrastructure(reference.why, "It is tried again.")
    if reference.state is State.UNTESTABLE:
        raise NothingToScan(f"The proof cannot be run on {on}: {reference.why}", "See what `seawall validate` says.")
    if reference.state is State.NOT_TRIGGERED:
        raise NothingToScan(f"The proof does nothing on {on}. {reference.why}", "See what `seawall validate` says.")


class Tries:
    """Tries versions, with answers that are kept."""

    def __init__(
        self,
        bundle: Bundle,
        cache: Path,
        sandbox: Provider,
        at_most: RunLimits | None,
        cancelled: Callable[[], bool],
        *,
        fresh: bool,
        unnamed: AbstractSet[str],
    ) -> None:
        self._unnamed = unnamed
        self._bundle = bundle
        self._cache = cache
        self._sandbox = sandbox
        self._at_most = at_most
        self._cancelled = cancelled
        self._memory = Memory(cache / "affected" / f"{self._name()}.jsonl", fresh=fresh)
        self._lock = threading.Lock()
        self._built: Callable[[str], Built] | None = None
        self.reference: Trial | None = None
        self.spent = 0
        """Runs in the sandbox, without those of earlier commands."""

    def _name(self) -> str:
        made_of = (_EDITION, self._bundle.digest, self._sandbox.profile, sys.version_info[:2], self._at_most)
        return hashlib.sha256(repr(made_of).encode()).hexdigest()[:32]

    def refer(self, version: str) -> Trial:
        """Try the version that the proof names, by which the others are judged.

        Raises:
            NothingToScan: The proof does not work on it.
            Infrastructure: It could not be tried.
        """
        self.reference = None
        reference = self.until(version, CONFIRMATIONS)
        _check(reference, self._bundle.manifest.package_name)
        self.reference = reference
        return reference

    def build_with(self, build: Callable[[str], Built]) -> None:
        """From now on, versions are what this builds rather than what the registry has."""
        self._built = build

    def until(self, version: str, runs: int) -> Trial:
        """Run the proof on a version until it has been run that often, or cannot be."""
        if version in self._unnamed:
            return Trial(version, State.UNTESTABLE, 0, 0, "It is no PEP 440 version, so that no installer can name it.")
        before = self._memory.get(version)
        if before is not None and (before.state is State.UNTESTABLE or before.runs >= runs):
            return before
        trial = self._tried(version, runs - (before.runs if before else 0))
        with self._lock:
            self.spent += trial.sandbox_runs
            both = merged(before, trial)
            if both.state is not State.FAULTED:
                self._memory.put(both)
        return both

    def _tried(self, version: str, runs: int) -> Trial:
        begun = time.monotonic()
        why = ""
        for number in range(ATTEMPTS):
            if number:
                time.sleep(PAUSE_S * number)
            try:
                attempt = preparing.attempt(
                    self._bundle,
                    self._bundle.manifest.vulnerable if self._built else version,
                    runs,
                    cache=self._cache,
                    sandbox=self._sandbox,
                    built=self._built(version) if self._built else None,
                    at_most=self._at_most,
                    cancelled=self._cancelled,
                )
            except (TargetError, BundleError) as error:
                # The bundle itself was read before: it is the version that has no exact name.
                return Trial(version, State.UNTESTABLE, 0, 0, _in_short(error.detail), seconds=_since(begun))
            except Infrastructure as error:
                why = error.detail
            else:
                if attempt.refused and attempt.runs and attempt.runs[-1].exit_code is None and not number:
                    continue  # a control that was cut off may have met a busy machine; one that fails will fail again
                return judged(version, attempt, self.reference, _since(begun))
        return Trial(version, State.FAULTED, 0, 0, why, seconds=_since(begun))


def _in_short(detail: str) -> str:
    """Why a version cannot be installed, where the installer takes long to say it."""
    if "no usable wheels" in detail or "has no wheels" in detail:
        return "It cannot be installed: there is no wheel of it for this Python, and only wheels are taken from PyPI."
    return detail


def _since(begun: float) -> float:
    return round(time.monotonic() - begun, 3)


def judged(version: str, attempt: preparing.Attempt, reference: Trial | None, seconds: float) -> Trial:
    """What an attempt says of its version.

    Args:
        version: That was tried.
        attempt: Its runs.
        reference: The trial of the version that the proof names; None: this is it.
        seconds: That it took.
    """
    if not attempt.runs:
        return Trial(version, State.UNTESTABLE, 0, 0, attempt.refused, seconds=seconds)
    controls = [run for run in attempt.runs if run.side is Side.CONTROL]
    proofs = [run for run in attempt.runs if run.side is not Side.CONTROL]
    hits = [run for run in proofs if run.triggered]
    shown = (hits or proofs or controls)[-1]
    why = f"{shown.why} {verdicts.ending(shown)}"
    state = State.AFFECTED if len(hits) == len(proofs) else State.FLAKY if hits else State.NOT_TRIGGERED
    exit_code = controls[-1].exit_code if controls else None
    if attempt.refused:
        state, why = State.UNTESTABLE, f"{attempt.refused} {why} {_said(shown.output)}".strip()
    elif not hits and controls and exit_code != 0 and (reference is None or reference.control_exit == 0):
        # The harness's own control only loads the package. What does so on the flawed version must do so here.
        state, why = (
            State.UNTESTABLE,
            f"The package does not load. {verdicts.ending(controls[-1])} {_said(controls[-1].output)}",
        )
    said = _NUMBERS.sub("#", controls[-1].output)[:_SAID_MAX].strip() if controls else ""
    differs = reference is not None and said != reference.control_said
    if reference is not None and differs and state is State.NOT_TRIGGERED:
        why += f" The benign control printed something else than on {reference.version}: {said[:_SHOWN]!r}."
    return Trial(
        version=version,
        state=state,
        runs=len(proofs),
        hits=len(hits),
        why=why,
        signature=hits[0].signature if hits else None,
        control_exit=exit_code,
        control_said=said,
        control_differs=differs,
        sandbox_runs=len(attempt.runs),
        seconds=seconds,
    )


def _said(output: str) -> str:
    """The last line that a failed control printed, for people; hostile."""
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    return f"It printed: {lines[-1][:200]}" if lines else ""


def merged(before: Trial | None, trial: Trial) -> Trial:
    """Two trials of one version as one."""
    if before is None or before.runs == 0:
        return trial
    both = replace(
        trial,
        sandbox_runs=before.sandbox_runs + trial.sandbox_runs,
        seconds=round(before.seconds + trial.seconds, 3),
    )
    if trial.state is State.FAULTED:
        return replace(before, seconds=both.seconds)
    if trial.state is State.UNTESTABLE:
        # What was seen before stays seen; a control that works only sometimes makes silence worthless.
        return replace(both, state=State.FLAKY, runs=before.runs, hits=before.hits) if before.hits else both
    runs, hits = before.runs + trial.runs, before.hits + trial.hits
    state = State.AFFECTED if hits == runs else State.FLAKY if hits else State.NOT_TRIGGERED
    return replace(both, state=state, runs=runs, hits=hits, signature=trial.signature or before.signature)

"""Words of a scan over released versions. Standard library only."""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any


class State(StrEnum):
    """What is known of one version."""

    AFFECTED = "affected"
    """The proof triggered every time that it was run."""
    FLAKY = "flaky"
    """It triggered sometimes; counts as affected where ranges are made, and is named."""
    NOT_TRIGGERED = "not-triggered"
    """The benign control worked and the proof did nothing: this proof, which is less than ``unaffected``."""
    UNTESTABLE = "untestable"
    """It cannot be installed, or the benign control does not work on it, so that silence would say nothing."""
    FAULTED = "faulted"
    """Something of ours failed each time that it was tried."""
    NOT_RUN = "not-run"
    """The budget ended before it."""


HITS = frozenset({State.AFFECTED, State.FLAKY})
UNKNOWN = frozenset({State.UNTESTABLE, State.FAULTED, State.NOT_RUN})
"""States that say nothing of the flaw."""


@dataclass(frozen=True)
class Release:
    """One released version."""

    version: str
    prerelease: bool = False
    withdrawn: str = ""
    """Why it should not be used, such as ``yanked: broken wheel`` or ``unpublished``; empty where it may be."""
    place: bytes | None = b""
    """Its key in the ecosystem's order; None: it has none, and is known by its text alone."""


@dataclass(frozen=True)
class Branch:
    """Releases of one line of development, in the ecosystem's order."""

    name: str
    """``1.x``, ``1.4.x``, or ``other`` for versions that have no place in the order."""
    versions: tuple[str, ...]
    ordered: bool = True
    """False: nothing may be inferred from neighbors."""
    withdrawn: frozenset[str] = frozenset()
    """Those that were taken back, mostly because they are broken: nothing is inferred of them or from them."""

    @property
    def chain(self) -> tuple[str, ...]:
        """Versions that may say something of each other."""
        return tuple(version for version in self.versions if self.ordered and version not in self.withdrawn)


@dataclass(frozen=True)
class Trial:
    """All runs on one version."""

    version: str
    state: State
    runs: int
    """Of the proof."""
    hits: int
    why: str
    """The oracle's sentence and how it ended, or why it is untestable or faulted."""
    signature: str | None = None
    """Of a run that triggered."""
    control_exit: int | None = None
    """How the last benign control ended."""
    control_said: str = ""
    """Beginning of what the benign control printed, without numbers; hostile."""
    control_differs: bool = False
    """Whether that is something else than on the version that the proof names: a driver that catches errors may hide that the
    package has not what the proof needs."""
    sandbox_runs: int = 0
    """The proof's and the controls'."""
    seconds: float = 0.0
    """Installing included."""


@dataclass(frozen=True)
class Outcome:
    """What is said of one release, and on what ground."""

    release: Release
    branch: str
    state: State
    trial: Trial | None
    """None: it was inferred, or not run."""
    between: tuple[str, str] | None = None
    """Neighbors in its branch that were run and agree; only for what is inferred."""

    @property
    def evidence(self) -> str:
        """A sentence for people."""
        if self.between is not None:
            return (
                f"Not run: {self.between[0]} and {self.between[1]}, the nearest that were, are both {self.state.value}."
            )
        if self.trial is None:
            return "Not run: the budget ended."
        if self.state in UNKNOWN:
            return self.trial.why
        return f"Triggered {self.trial.hits} of {self.trial.runs} times. {self.trial.why}"


Event = tuple[str, str]
"""``introduced``, ``fixed`` or ``last_affected``, and the version; OSV's words."""


@dataclass(frozen=True)
class Difference:
    """A version about which a publication and the runs disagree."""

    version: str
    published: bool
    """Whether the publication counts it as affected."""
    state: State
    inferred: bool
    evidence: str


@dataclass(frozen=True)
class Comparison:
    """A published range beside the runs."""

    source: str
    """The advisory's identifier."""
    agree: int
    """Versions."""
    differ: tuple[Difference, ...]
    silent: tuple[str, ...]
    """Versions about which the runs say nothing."""
    not_released: tuple[str, ...]
    """Versions that the publication names and the registry has not."""

    @property
    def equal(self) -> bool:
        """Whether no version contradicts the publication."""
        return not self.differ


@dataclass(frozen=True)
class Affected:
    """What a proof does on the released versions of its package."""

    package: str
    """purl without version."""
    name: str
    ecosystem: str
    """OSV's name of it."""
    bundle_digest: str
    sandbox: str
    outcomes: tuple[Outcome, ...]
    """In the ecosystem's order; versions that have no place in it come last."""
    complete: bool
    """False: a budget ended it, and the same command goes on."""
    events: tuple[Event, ...]
    """Careful: versions that say nothing and stand beside an affected one are inside."""
    seen: tuple[Event, ...]
    """Narrow: only what triggered, or was inferred from what did, is inside."""
    versions: tuple[str, ...]
    """All that triggered, or were inferred from what did."""
    sandbox_runs: int
    """Behind the result, those of earlier commands included."""
    seconds: float
    """Of all trials, one after the other."""
    signature: str | None
    """Of the proof on the version that it names."""
    repository: str = ""
    """Where versions are commits of one: its address or folder."""

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values."""
        document = asdict(self)
        for outcome, shown in zip(self.outcomes, document["outcomes"], strict=True):
            del shown["release"]["place"]
            shown["evidence"] = outcome.evidence
        return document


Key = Callable[[str], bytes | None]
"""The ecosystem's order: a version's key, or None where it has no place."""
Try = Callable[[str, int], Trial]
"""Runs a version until the proof has been run that many times, and says all that is known of it."""
Progress = Callable[[int, int, str], None]
"""Told how many versions are done, how many at least there will be, and what is next."""


@dataclass(frozen=True)
class Budget:
    """When to stop, though there is more to run. Nothing means no limit."""

    sandbox_runs: int | None = None
    seconds: float | None = None

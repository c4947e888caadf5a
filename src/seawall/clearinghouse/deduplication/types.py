"""Words of deduplication. Standard library only."""

from dataclasses import dataclass
from enum import StrEnum


class Zone(StrEnum):
    """What a comparison says."""

    SAME = "same"
    ASK = "ask"
    DIFFERENT = "different"


@dataclass(frozen=True)
class Site:
    """One function of a crashing stack, as the harness saw it."""

    symbol: str
    """Function as written or normalized; ``signals.frames`` normalizes again, which changes nothing."""
    file: str = ""
    """As written; only its last two parts are compared, for build folders differ between machines."""
    line: int | None = None
    """From 1; None where the build tells none."""


@dataclass(frozen=True)
class Place:
    """Where a finder says that the flaw is."""

    file: str
    line: int | None = None
    symbol: str = ""


@dataclass(frozen=True)
class Hunk:
    """One changed piece of a patch, in lines of the unpatched file."""

    file: str
    start: int
    """First changed line, from 1."""
    length: int
    """Changed lines; 0 where lines are only added."""
    function: str = ""
    """What stands behind ``@@`` in a unified diff; often the function."""


@dataclass(frozen=True)
class Proof:
    """Sketch of a minimized proof; the bytes themselves stay where they are (``signals.proof.sketch`` makes it)."""

    digest: str
    """``sha256:`` and 64 hexadecimal digits."""
    shingles: frozenset[int]
    """The smallest hashes of the runs of 6 bytes, at most ``signals.proof.SHINGLES_MAX``."""


class Outcome(StrEnum):
    """What became of a suggestion."""

    OPEN = "open"
    SAME = "same"
    DIFFERENT = "different"


@dataclass(frozen=True)
class Finding:
    """What is compared of a proved report."""

    report_id: str
    package: str
    failure: str
    signature: str | None
    """Versioned signature seen by the harness while the proof ran, such as ``crash/2:...``; None if it left none."""
    identifiers: frozenset[str]
    symbols: frozenset[str]
    paths: frozenset[str]
    weaknesses: frozenset[str]
    text: str
    kind: str = ""
    """Kind of crash that the harness saw, such as ``heap-buffer-overflow``; empty if it saw none."""
    access: str = ""
    """``read``, ``write`` or empty, as the harness saw it."""
    stack: tuple[Site, ...] = ()
    """Crashing stack that the harness saw, innermost first."""
    places: tuple[Place, ...] = ()
    hunks: tuple[Hunk, ...] = ()
    """Of the fix that belongs to the report, if there is one."""
    proof: Proof | None = None
    affected: tuple[tuple[str, str], ...] = ()
    """Pairs (introduced, fixed) of versions, half open; an empty ``fixed`` where there is none yet."""
    worked_on: str = ""
    """Version on which the harness saw the proof work; empty where it is not known."""
    stopped_in: str = ""
    """Version on which the harness saw the same proof do nothing; empty where it ran on none."""
    package_aliases: frozenset[str] = frozenset()
    """Other names of the package that the clearinghouse knows (never the finder's word)."""


@dataclass(frozen=True)
class Measure:
    """What one signal says of two findings."""

    value: float | None
    """0 (unlike) to 1 (alike); None where either side tells nothing."""
    sentence: str
    """For a person; empty where ``value`` is None."""


NOTHING = Measure(None, "")
"""Either side tells nothing."""


@dataclass(frozen=True)
class Contribution:
    """One signal's part in a score."""

    signal: str
    points: int
    """May be negative: then it speaks against."""
    text: str
    """The sentence a person reads."""


@dataclass(frozen=True)
class Comparison:
    """Two findings held against each other."""

    zone: Zone
    score: int
    """Sum of the points, 0 to 100: 50 are even odds, and each 10 more double them."""
    contributions: tuple[Contribution, ...]

    @property
    def reason(self) -> str:
        """The sentences of what speaks for it in one line, the weightiest first."""
        ordered = sorted(self.contributions, key=lambda item: (-item.points, item.signal))
        return " ".join(item.text for item in ordered if item.points > 0) or "Nothing speaks for it."

    @property
    def doubt(self) -> str:
        """The sentences of what speaks against it in one line, the weightiest first; empty where nothing does."""
        ordered = sorted(self.contributions, key=lambda item: (item.points, item.signal))
        return " ".join(item.text for item in ordered if item.points < 0)

    @property
    def probability(self) -> float:
        """Chance that both are one flaw, 0 to 1, as calibrated on the public sets (docs/deduplication.md)."""
        return 1 / (1 + 2 ** ((50 - self.score) / 10))

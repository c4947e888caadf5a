"""Words of judging a patch. Standard library only."""

from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any


class PatchState(StrEnum):
    """How far a patch got; the house's vocabulary (there is no standard)."""

    PROPOSED = "proposed"
    APPLIES = "applies"
    BUILDS = "builds"
    MITIGATES = "mitigates"
    REGRESSION_FREE = "regression_free"
    BYPASSED = "bypassed"
    VERIFIED = "verified"


class Outcome(StrEnum):
    """What came of one step."""

    HELD = "held"
    FAILED = "failed"
    UNKNOWN = "unknown"
    """It could not be told, or nobody gave what it needs; never taken for held."""
    SKIPPED = "skipped"
    """An earlier step failed."""


class Weight(StrEnum):
    """What a finding does to the state."""

    REMARK = "remark"
    """Is said, and changes nothing."""
    CAPS = "caps"
    """The patch is never verified."""
    BREAKS = "breaks"
    """The patch is not free of regressions."""


@dataclass(frozen=True)
class Hunk:
    """One hunk of a unified diff."""

    start: int
    """Line in the old file, from 1; where nothing is old, the line after which it is put."""
    lines: tuple[tuple[str, str], ...]
    """Kind (blank, ``-``, ``+``) and text without its line's end."""
    bare_old: bool = False
    """Whether its last old line has no line's end."""
    bare_new: bool = False
    """Whether its last new line has none."""


@dataclass(frozen=True)
class FileChange:
    """What a patch does to one file; paths as they stand in it, without git's ``a/`` and ``b/``."""

    old: str | None
    """None: the file is new."""
    new: str | None
    """None: the file is deleted."""
    hunks: tuple[Hunk, ...]

    @property
    def path(self) -> str:
        """The path to call it by."""
        return self.new or self.old or ""


@dataclass(frozen=True)
class Place:
    """A change in the new file: lines that were put there, or the seam where some were taken away."""

    first: int
    """From 1."""
    last: int
    """Inclusive; less than ``first`` where lines were only taken away before ``first``."""


@dataclass(frozen=True)
class ChangedFile:
    """A file of the target as the patch leaves it."""

    path: str
    """Relative to the target's root."""
    before: bytes | None
    after: bytes | None
    places: tuple[Place, ...] = ()
    notes: tuple[str, ...] = ()
    """Where a hunk did not lie as it says: offset, fuzz, line ends."""


@dataclass(frozen=True)
class Applied:
    """A patch, applied to a target in memory."""

    files: tuple[ChangedFile, ...]
    left_out: tuple[str, ...]
    """Paths that are no code of the target: documentation, build files."""
    tests: tuple[str, ...]
    """Paths of tests, which are never taken from a patch."""
    code_left_out: tuple[str, ...] = ()
    """Paths that look like code and are not in the target as installed."""
    old_tests: tuple[str, ...] = ()
    """Those of ``tests`` that the patch changes or deletes rather than adds."""

    @property
    def notes(self) -> tuple[str, ...]:
        """All files' notes."""
        return tuple(f"{file.path}: {note}" for file in self.files for note in file.notes)

    @property
    def added(self) -> int:
        """Lines put in."""
        return sum(max(0, place.last - place.first + 1) for file in self.files for place in file.places)


@dataclass(frozen=True)
class Finding:
    """Something about a patch's text or about what it does to the target's interface."""

    weight: Weight
    what: str
    """A sentence for people; quotes a stranger's text."""


@dataclass(frozen=True)
class Step:
    """One step of the evidence."""

    name: str
    outcome: Outcome
    summary: str
    details: tuple[str, ...] = ()


@dataclass(frozen=True)
class Bypass:
    """A variant of a proof that works on the patched side as it does on the unpatched."""

    proof: str
    """Digest of the bundle that it was made from."""
    file: str
    """The bundle's file whose content it replaces."""
    kind: str
    """How it was made."""
    content: bytes
    why: str
    """The oracle's sentence on the patched side."""
    on_fixed: bool | None
    """Whether it works on the named fixed version too; None where none is named."""


@dataclass(frozen=True)
class PatchResult:
    """How far a patch got, with everything behind it."""

    state: PatchState
    summary: str
    """Sentences for a maintainer."""
    steps: tuple[Step, ...]
    reasons: tuple[str, ...] = ()
    """What keeps it from the next state, and what a person should look at."""
    plausible: bool = False
    """Nothing speaks against it, but neither tests nor variants are enough to call it verified."""
    version: str = ""
    """What it was applied to."""
    patch_digest: str = ""
    files: tuple[str, ...] = ()
    """Files of the target that it changes."""
    lines_added: int = 0
    lines_removed: int = 0
    tests_left_out: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()
    variants: dict[str, int] = field(default_factory=dict)
    """``made``, ``working`` (on the unpatched side), ``stopped``, ``bypassing``."""
    coverage: dict[str, Any] = field(default_factory=dict)
    """``places`` changed, ``reached`` by anything, ``by_variants``, ``by_tests``."""
    bypass: Bypass | None = None
    sandbox: str = ""
    seed: int = 0
    seconds: float = 0.0

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values; the bypassing content as text with odd bytes escaped."""
        plain = asdict(self)
        if self.bypass is not None:
            plain["bypass"]["content"] = self.bypass.content[:20_000].decode("utf-8", "backslashreplace")
        return plain


@dataclass(frozen=True)
class Budget:
    """What one judgment may use, beyond what the known proofs need."""

    variants: int = 60
    """Variants of each proof that are run on the flawed side."""
    benign: int = 16
    """Variants of each benign control."""
    seconds: float = 240.0
    """On the clock, for variants; a run that is under way is waited for."""


@dataclass(frozen=True)
class ProofEvidence:
    """What one known proof showed about a patch."""

    name: str
    digest: str = ""
    refused: str = ""
    """Why it says nothing here; empty where it does."""
    control: str = ""
    """Why its benign control does not pass on the patched side; empty where it does."""
    stopped: bool = False
    why: str = ""
    """How the patched side answered the proof."""
    flavors: tuple[str, ...] = ()
    """Builds of another flavor in which the proof still works, or that do not build."""
    made: int = 0
    working: int = 0
    """Variants that trigger on the flawed side."""
    on_fixed: int = 0
    """Variants that trigger on the patched and on the named fixed version."""
    on_fixed_example: str = ""
    """The beginning of the first of them, for people; hostile."""
    bypass: Bypass | None = None
    compared: int = 0
    """Benign runs compared with those on the flawed side."""
    silent: int = 0
    """Those that end alike, and of which nothing but the end is seen."""
    as_fixed: int = 0
    """Those that differ from the flawed side as the fixed version does."""
    differences: tuple[str, ...] = ()
    """Those that differ from both, or where no fixed version is named."""
    noisy: bool = False
    """Whether the flawed side differs from itself, so that nothing could be compared."""
    has_fix: bool = False
    places: int | None = None
    """Changed places that code can be reached at; None where it cannot be told."""
    reached: frozenset[int] = frozenset()
    """Those that the proof or its control reaches."""
    by_variants: frozenset[int] = frozenset()
    """Those that variants which work on the flawed side reach."""


@dataclass(frozen=True)
class OwnTests:
    """What the package's own tests showed."""

    given: bool = False
    before: int = 0
    """Tests that pass on the flawed side."""
    lost: tuple[str, ...] = ()
    """Those of them that do not on the patched side."""
    gained: int = 0
    reached: frozenset[int] = frozenset()
    why: str = ""
    """What went wrong with running them."""


@dataclass(frozen=True)
class Isolated:
    """The fix of one flaw, as far as it could be told from the rest of its release."""

    diff: bytes | None
    """Against the flawed version, in whole hunks; None where none was found."""
    why: str
    hunks: int = 0
    of: int = 0
    """Hunks between the two versions."""
    version: str | None = None
    """Released version that the diff is against; None where the bundle brings its own tree."""
    until: str | None = None
    """Released version that it was taken out of."""
    minimal: bool = False
    """Whether leaving out any one hunk of it lets the proof work again."""
    core: bytes | None = None
    """The lines and words of ``diff`` of which none can be left out; ``diff`` itself where nothing smaller was found."""
    places: frozenset[tuple[str, int]] = frozenset()
    """Lines of the flawed version that the core changes, by path."""
    touched: frozenset[tuple[str, int]] = frozenset()
    """The same of its whole hunks."""
    doubt: str = ""
    """Why it may end more than one flaw, though no hunk of it can be left out; empty where nothing says so."""
    control_kept: bool = True
    """Whether the proof's control does all that it did; else it does what it does in the release."""

    @property
    def clean(self) -> bool:
        """Whether it was found, and nothing seems to come with it but the end of the flaw."""
        return self.diff is not None and not self.doubt and self.control_kept

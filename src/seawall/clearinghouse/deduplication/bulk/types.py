"""Words of bulk results: what a tool says, reduced to what is kept and what is compared. Standard library only."""

from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    """How bad a tool calls a result (SARIF 3.27.10); the first is the worst."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"
    NONE = "none"


RANKS = {level: rank for rank, level in enumerate(Level)}
"""Place of each level in lists, the worst first."""


@dataclass(frozen=True, slots=True)
class Result:
    """One result of a tool, with its rule, path and message resolved and every text bounded."""

    rule: str
    title: str
    """What the rule calls itself."""
    level: str
    """One of ``Level``."""
    message: str
    path: str
    """Normalized, relative where the document says to what; empty where there is no file."""
    line: int
    """First line, from 1; 0 where the tool says none."""
    end_line: int
    column: int
    snippet: str
    """The code that the tool shows; empty where it shows none."""
    logical: str
    """Fully qualified name of the function, class or module around it; may be empty."""
    weaknesses: tuple[str, ...]
    """``CWE-79``, in the tool's order."""
    hints: tuple[str, ...]
    """The tool's own fingerprints, each as a short digest of its name and value."""
    suppressed: str
    """Kind and justification where the tool itself has put the result aside (SARIF 3.35)."""
    flows: int
    """Steps of its longest code flow."""
    code: str
    """Digest of the normalized code; empty without any."""
    said: str
    """Digest of the normalized message."""
    content: str
    """Digest of everything above: equal results are one."""


@dataclass(frozen=True, slots=True)
class Trace:
    """What is compared of a result or of a finding: nothing of it is shown."""

    rule: str
    path: str
    logical: str
    code: str
    said: str
    line: int
    column: int
    hints: tuple[str, ...]
    content: str

    @property
    def anchor(self) -> str:
        """What stands for the place within the file: its code, or where no code is shown, the words of the message."""
        return self.code or f"~{self.said}"


class How(StrEnum):
    """What brought a result to a finding, the surest first."""

    SAME = "same"
    """Same rule, path and code (or words, where no code is shown)."""
    HINT = "tool-fingerprint"
    """The tool's own fingerprint, in the same file or with the same code or function."""
    RENAMED = "function-renamed"
    """Same rule, path and code in a function of another name."""
    EDITED = "edited"
    """Same rule and function or line, other code."""
    MOVED = "moved"
    """Same rule and code in another file."""


@dataclass(frozen=True, slots=True)
class Pair:
    """A known finding and the result that it is now; both are places in the lists that were compared."""

    known: int
    seen: int
    how: How


@dataclass(frozen=True, slots=True)
class Folding:
    """A run held against what is known."""

    pairs: tuple[Pair, ...]
    new: tuple[int, ...]
    """Results that nothing known is."""
    missing: tuple[int, ...]
    """Known findings that no result is."""


@dataclass(frozen=True, slots=True)
class RunSummary:
    """What is known of one run besides its results."""

    tool: str
    tool_version: str
    category: str
    """From ``automationDetails.id`` without its last part; may be empty."""
    complete: bool
    """Whether what it does not list is not there."""
    why: str
    """Why it is not complete; else empty."""
    results: int
    notes: tuple[str, ...]
    """What was seen and left out."""

"""Words of validation. Standard library only."""

from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any


class Verdict(StrEnum):
    """What a proof turned out to be (shared vocabulary of validation)."""

    QUEUED = "queued"
    RUNNING = "running"
    CONFIRMED = "confirmed"
    NOT_REPRODUCED = "not_reproduced"
    FLAKY = "flaky"
    INCONCLUSIVE = "inconclusive"
    ERRORED = "errored"
    NOT_ATTEMPTED = "not_attempted"


class Failure(StrEnum):
    """What goes wrong when the flaw is used."""

    MEMORY_SAFETY = "memory-safety"
    CODE_EXECUTION = "code-execution"
    COMMAND_EXECUTION = "command-execution"
    FILE_DISCLOSURE = "file-disclosure"
    FILE_WRITE = "file-write"
    PATH_TRAVERSAL = "path-traversal"
    DENIAL_OF_SERVICE = "denial-of-service"
    PROTOTYPE_POLLUTION = "prototype-pollution"
    UNCAUGHT_EXCEPTION = "uncaught-exception"


class Runtime(StrEnum):
    """What runs the driver."""

    PYTHON = "python"
    NODE = "node"
    NATIVE = "native"


class OracleKind(StrEnum):
    """How an effect is judged; see ``oracles/``."""

    CANARY_WRITTEN = "canary-written"
    SECRET_READ = "secret-read"  # noqa: S105 - the name of an oracle
    TIME_BUDGET = "time-budget"
    UNCAUGHT_EXCEPTION = "uncaught-exception"
    PROTOTYPE_POLLUTED = "prototype-polluted"
    SANITIZER = "sanitizer"
    FILE_WRITTEN_OUTSIDE = "file-written-outside"


PROVES: dict[OracleKind, frozenset[Failure]] = {
    OracleKind.CANARY_WRITTEN: frozenset({Failure.CODE_EXECUTION, Failure.COMMAND_EXECUTION, Failure.FILE_WRITE}),
    OracleKind.SECRET_READ: frozenset({Failure.FILE_DISCLOSURE, Failure.PATH_TRAVERSAL}),
    OracleKind.TIME_BUDGET: frozenset({Failure.DENIAL_OF_SERVICE}),
    OracleKind.UNCAUGHT_EXCEPTION: frozenset({Failure.UNCAUGHT_EXCEPTION, Failure.DENIAL_OF_SERVICE}),
    OracleKind.PROTOTYPE_POLLUTED: frozenset({Failure.PROTOTYPE_POLLUTION}),
    OracleKind.SANITIZER: frozenset({Failure.MEMORY_SAFETY}),
    OracleKind.FILE_WRITTEN_OUTSIDE: frozenset({Failure.PATH_TRAVERSAL, Failure.FILE_WRITE}),
}
"""Failure classes that each oracle can show; a claim of another class is refused before anything runs."""

RUNTIMES: dict[OracleKind, frozenset[Runtime]] = {
    OracleKind.PROTOTYPE_POLLUTED: frozenset({Runtime.NODE}),
    OracleKind.SANITIZER: frozenset({Runtime.NATIVE}),
    OracleKind.UNCAUGHT_EXCEPTION: frozenset({Runtime.PYTHON, Runtime.NODE}),
}
"""Runtimes that an oracle is for; the others serve all."""

NEEDS_CONTROL = frozenset({OracleKind.TIME_BUDGET, OracleKind.FILE_WRITTEN_OUTSIDE})
"""Oracles that say nothing without a benign control: long compared to what, and files left by whom?"""


class Side(StrEnum):
    """Which build a run was on."""

    CONTROL = "control"
    VULNERABLE = "vulnerable"
    FIXED = "fixed"


@dataclass(frozen=True)
class Manifest:
    """A bundle's ``proof.toml``, checked."""

    package: str
    """purl without version."""
    package_type: str
    package_name: str
    """Name as the registry writes it, namespace included (``@scope/name``)."""
    vulnerable: str
    fixed: str | None
    requires: tuple[tuple[str, str], ...]
    """Further packages of the same registry: name and version."""
    vulnerable_tree: str | None
    fixed_tree: str | None
    failure: Failure
    cwe: tuple[str, ...]
    identifiers: tuple[str, ...]
    runtime: Runtime
    driver: str
    input: str
    control: str | None
    sources: tuple[str, ...]
    include: tuple[str, ...]
    oracle: OracleKind
    budget_s: float
    exception: str


@dataclass(frozen=True)
class Run:
    """One isolated run, and what was seen of it from outside."""

    side: Side
    triggered: bool
    """Whether the oracle saw the claimed effect."""
    why: str
    """The oracle's sentence."""
    exit_code: int | None
    signal: str | None
    killed_by: str | None
    wall_s: float
    cpu_s: float | None
    """Processor time of the whole tree; None where it could not be measured."""
    peak_memory_bytes: int | None
    output: str
    """Beginning of what the program printed; hostile, and never evidence."""
    signature: str | None = None
    stack: tuple[str, ...] = ()
    """Frames behind the signature, innermost first."""


@dataclass(frozen=True)
class ValidationResult:
    """A verdict with everything behind it."""

    verdict: Verdict
    summary: str
    """Sentences for a maintainer."""
    reasons: tuple[str, ...]
    runs: tuple[Run, ...] = ()
    signature: str | None = None
    """Versioned signature that all triggering runs share."""
    bundle_digest: str = ""
    target: dict[str, Any] = field(default_factory=dict)
    """What was installed on each side, with digests."""
    oracle: str = ""
    failure: str = ""
    sandbox: str = ""
    """Provider and digest of its profile."""
    input_preview: str = ""
    """Beginning of the attacker's input, for people; hostile."""
    driver_preview: str = ""
    """Beginning of the driver, which a person must read: an honest driver is what makes the verdict about the package."""
    seed: int = 0

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values."""
        return asdict(self)

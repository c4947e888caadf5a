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
    AUTHENTICATION_BYPASS = "authentication-bypass"
    PRIVILEGE_ESCALATION = "privilege-escalation"
    SQL_INJECTION = "sql-injection"
    REQUEST_FORGERY = "request-forgery"


class Style(StrEnum):
    """How a driver is written: as a program, or as a test file that expects a test runner's words."""

    SCRIPT = "script"
    JEST = "jest"
    MOCHA = "mocha"
    PYTEST = "pytest"


class Runtime(StrEnum):
    """What runs the driver."""

    PYTHON = "python"
    NODE = "node"
    NATIVE = "native"
    JAVA = "java"
    GO = "go"
    RUST = "rust"
    ROOT = "root"
    """A whole system of its own, out of an image."""


COMPILED = frozenset({Runtime.NATIVE, Runtime.JAVA, Runtime.GO, Runtime.RUST, Runtime.ROOT})
"""Runtimes whose target is built here, most together with the driver; no inert stub can stand in for that."""


class Flavor(StrEnum):
    """How C and C++ are compiled: the compiler, and what watches the program."""

    GCC_ADDRESS_UNDEFINED = "gcc-address-undefined"
    GCC_ADDRESS = "gcc-address"
    GCC_UNDEFINED = "gcc-undefined"
    GCC_LEAK = "gcc-leak"
    GCC_PLAIN = "gcc-plain"
    CLANG_ADDRESS_UNDEFINED = "clang-address-undefined"
    CLANG_ADDRESS = "clang-address"
    CLANG_UNDEFINED = "clang-undefined"
    CLANG_MEMORY = "clang-memory"
    CLANG_LEAK = "clang-leak"
    CLANG_PLAIN = "clang-plain"


LEAKS = frozenset({Flavor.GCC_LEAK, Flavor.CLANG_LEAK})
"""Flavors of the oracle ``leak``, and of no other."""


class OracleKind(StrEnum):
    """How an effect is judged; see ``oracles/``."""

    CANARY_WRITTEN = "canary-written"
    SECRET_READ = "secret-read"  # noqa: S105 - the name of an oracle
    TIME_BUDGET = "time-budget"
    UNCAUGHT_EXCEPTION = "uncaught-exception"
    PROTOTYPE_POLLUTED = "prototype-polluted"
    SANITIZER = "sanitizer"
    LEAK = "leak"
    FILE_WRITTEN_OUTSIDE = "file-written-outside"
    CODE_EVALUATED = "code-evaluated"
    COMMAND_EXECUTED = "command-executed"
    OUTBOUND_REQUEST = "outbound-request"
    GROWTH = "growth"
    MEMORY_BUDGET = "memory-budget"
    AUTHENTICATION_PASSED = "authentication-passed"
    PRIVILEGE_GAINED = "privilege-gained"
    SQL_CHANGED = "sql-changed"
    ASSERTION = "assertion"
    SIGNAL = "signal"


PROVES: dict[OracleKind, frozenset[Failure]] = {
    OracleKind.CANARY_WRITTEN: frozenset({Failure.CODE_EXECUTION, Failure.COMMAND_EXECUTION, Failure.FILE_WRITE}),
    OracleKind.SECRET_READ: frozenset({Failure.FILE_DISCLOSURE, Failure.PATH_TRAVERSAL}),
    OracleKind.TIME_BUDGET: frozenset({Failure.DENIAL_OF_SERVICE}),
    OracleKind.UNCAUGHT_EXCEPTION: frozenset({Failure.UNCAUGHT_EXCEPTION, Failure.DENIAL_OF_SERVICE}),
    OracleKind.PROTOTYPE_POLLUTED: frozenset({Failure.PROTOTYPE_POLLUTION}),
    OracleKind.SANITIZER: frozenset({Failure.MEMORY_SAFETY}),
    OracleKind.LEAK: frozenset({Failure.DENIAL_OF_SERVICE}),
    OracleKind.FILE_WRITTEN_OUTSIDE: frozenset({Failure.PATH_TRAVERSAL, Failure.FILE_WRITE}),
    OracleKind.CODE_EVALUATED: frozenset({Failure.CODE_EXECUTION}),
    OracleKind.COMMAND_EXECUTED: frozenset({Failure.COMMAND_EXECUTION, Failure.CODE_EXECUTION}),
    OracleKind.OUTBOUND_REQUEST: frozenset({Failure.REQUEST_FORGERY}),
    OracleKind.GROWTH: frozenset({Failure.DENIAL_OF_SERVICE}),
    OracleKind.MEMORY_BUDGET: frozenset({Failure.DENIAL_OF_SERVICE}),
    OracleKind.AUTHENTICATION_PASSED: frozenset({Failure.AUTHENTICATION_BYPASS}),
    OracleKind.PRIVILEGE_GAINED: frozenset({Failure.PRIVILEGE_ESCALATION}),
    OracleKind.SQL_CHANGED: frozenset({Failure.SQL_INJECTION}),
    OracleKind.ASSERTION: frozenset({Failure.UNCAUGHT_EXCEPTION, Failure.DENIAL_OF_SERVICE}),
    OracleKind.SIGNAL: frozenset({Failure.MEMORY_SAFETY, Failure.DENIAL_OF_SERVICE}),
}
"""Failure classes that each oracle can show; a claim of another class is refused before anything runs."""

RUNTIMES: dict[OracleKind, frozenset[Runtime]] = {
    OracleKind.PROTOTYPE_POLLUTED: frozenset({Runtime.NODE}),
    OracleKind.SANITIZER: frozenset({Runtime.NATIVE}),
    OracleKind.LEAK: frozenset({Runtime.NATIVE}),
    OracleKind.UNCAUGHT_EXCEPTION: frozenset({Runtime.PYTHON, Runtime.NODE, Runtime.JAVA, Runtime.GO, Runtime.RUST}),
    OracleKind.ASSERTION: frozenset({Runtime.PYTHON, Runtime.NODE}),
    OracleKind.CODE_EVALUATED: frozenset({Runtime.PYTHON, Runtime.NODE}),
    OracleKind.OUTBOUND_REQUEST: frozenset({Runtime.PYTHON, Runtime.NODE}),
}
"""Runtimes that an oracle is for; the others serve all."""

TOLD_BY_A_STUB = frozenset(
    {
        OracleKind.CANARY_WRITTEN,
        OracleKind.SECRET_READ,
        OracleKind.PROTOTYPE_POLLUTED,
        OracleKind.FILE_WRITTEN_OUTSIDE,
        OracleKind.CODE_EVALUATED,
        OracleKind.COMMAND_EXECUTED,
        OracleKind.OUTBOUND_REQUEST,
        OracleKind.SQL_CHANGED,
    }
)
"""Oracles whose effect an honest driver cannot have beside a package that does nothing. With the others it can: it waits for an
answer, takes the stub for a yes, or falls over it."""

NEEDS_CONTROL = frozenset(
    {
        OracleKind.TIME_BUDGET,
        OracleKind.LEAK,
        OracleKind.FILE_WRITTEN_OUTSIDE,
        OracleKind.GROWTH,
        OracleKind.MEMORY_BUDGET,
        OracleKind.AUTHENTICATION_PASSED,
        OracleKind.PRIVILEGE_GAINED,
        OracleKind.SQL_CHANGED,
    }
)
"""Oracles that say nothing without a benign control: long compared to what, files left by whom, let in with what?"""

STYLES: dict[Style, frozenset[Runtime]] = {
    Style.SCRIPT: frozenset(Runtime),
    Style.JEST: frozenset({Runtime.NODE}),
    Style.MOCHA: frozenset({Runtime.NODE}),
    Style.PYTEST: frozenset({Runtime.PYTHON}),
}
"""Runtimes that know a style."""


class Side(StrEnum):
    """Which build a run was on."""

    CONTROL = "control"
    VULNERABLE = "vulnerable"
    FIXED = "fixed"
    PLAIN = "plain"
    """The same sources compiled without sanitizers, as they ship: they must do what they do with them."""
    STUB = "stub"
    """The flawed version with the package itself inert: whoever has the effect there has it without the package."""
    PATCHED = "patched"
    """The flawed version with a patch applied."""


class Against(StrEnum):
    """What the control side is."""

    FIXED = "the fixed version"
    STUB = "an inert stub of the package"
    STUB_FOR_MISSING = "an inert stub in place of a fixed version that is not there"


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
    """The attack's file; empty where the driver alone is the attack."""
    control: str | None
    """The benign input; where the driver alone is the attack, another driver that does not attack."""
    sources: tuple[str, ...]
    include: tuple[str, ...]
    oracle: OracleKind
    budget_s: float
    exception: str
    style: Style = Style.SCRIPT
    budget_mib: int = 0
    """Of memory, for ``memory-budget``."""
    sizes: tuple[int, ...] = ()
    """Sizes of the attack, growing, for ``growth``."""
    pump: str = ""
    """What ``@@PUMPED@@`` repeats size times in the attack."""
    names: tuple[str, ...] = ()
    """Further files that hold the run's secret: names in the folders above the working folder, or absolute paths."""
    commands: tuple[str, ...] = ()
    """Programs whose start counts, beside those that no package has a use for."""
    inside: tuple[str, ...] = ()
    """Folders below the working folder that the package may write to, for ``file-written-outside``."""
    hosts: tuple[str, ...] = ()
    """Names of hosts that mean the run's own machine."""
    repository: str = ""
    """Address of a git repository, whose commits the versions then are."""
    archive: str = ""
    """Pattern of the one archive inside the package that holds what is built."""
    defines: tuple[str, ...] = ()
    """Macros for the compiler: ``NAME`` or ``NAME=value``."""
    flavor: Flavor = Flavor.GCC_ADDRESS_UNDEFINED
    """Of native programs."""

    @property
    def alone(self) -> bool:
        """Whether the driver alone is the attack: one script, written by somebody who knows nothing of this harness."""
        return not self.input


@dataclass(frozen=True)
class SeenFrame:
    """One function of a crashing stack, as a sanitizer told it."""

    symbol: str
    """Without template arguments, hashes and compilers' suffixes."""
    file: str
    """Its last two parts; build folders differ between machines."""
    line: int | None


@dataclass(frozen=True)
class SeenCrash:
    """What the harness read of a crash in the sanitizer's own report, never in what the program printed."""

    kind: str
    """Such as ``heap-buffer-overflow``."""
    access: str
    """``read``, ``write`` or empty."""
    frames: tuple[SeenFrame, ...]
    """Innermost first, at most ``crashes.FRAMES_MAX``."""


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
    crash: SeenCrash | None = None
    """Where a sanitizer ended it: two flaws of one function differ in their lines."""
    unseen: bool = False
    """Whether the oracle had nothing to look at, so that its silence says nothing."""


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

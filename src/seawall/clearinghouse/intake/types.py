"""Words of intake: what every format is parsed into. Standard library only."""

from dataclasses import dataclass, field
from enum import StrEnum


class ReportState(StrEnum):
    """Where a report stands."""

    RECEIVED = "received"
    VALIDATING = "validating"
    ANSWERED = "answered"


class FailureClass(StrEnum):
    """What goes wrong when the flaw is used; the oracle must match the claim."""

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
    OTHER = "other"


@dataclass(frozen=True)
class AffectedRange:
    """Half-open range of versions: from ``introduced`` (``0`` is the beginning) up to, not including, ``fixed``."""

    introduced: str
    fixed: str | None


@dataclass(frozen=True)
class Provenance:
    """How the finding was made; AI findings say so."""

    ai_assisted: bool = False
    model: str = ""
    tool: str = ""
    human_reviewed: bool = False


@dataclass(frozen=True)
class Report:
    """One finding, whatever format it came in. All text is hostile until escaped."""

    title: str
    description: str
    package: str
    """purl without version, normalized."""
    versions: tuple[str, ...] = ()
    """Versions that the finder names as flawed."""
    failure: FailureClass = FailureClass.OTHER
    weaknesses: tuple[str, ...] = ()
    """``CWE-<n>``."""
    identifiers: tuple[str, ...] = ()
    """Public identifiers such as CVE or GHSA ids."""
    affected: tuple[AffectedRange, ...] = ()
    paths: tuple[str, ...] = ()
    symbols: tuple[str, ...] = ()
    severity: str = ""
    """CVSS vector as claimed."""
    provenance: Provenance = field(default_factory=Provenance)
    fingerprints: dict[str, str] = field(default_factory=dict)
    """Fingerprints of the tool (SARIF); honored, not trusted."""

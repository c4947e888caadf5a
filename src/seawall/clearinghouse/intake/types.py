"""Words of intake: what every format is parsed into. Standard library only."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

FORMATS: dict[str, str] = {
    "seawall": "Seawall report (JSON)",
    "sarif": "SARIF 2.1.0",
    "akrites-tap": "Akrites TAP (JSON)",
    "csaf": "CSAF 2.1 vulnerability report",
    "aixcc": "AIxCC bundle (JSON)",
    "markdown": "Markdown with a proof of vulnerability",
}
"""Formats of reports by their names on the wire, and how people call them; ``formats/interface.py`` has the readers."""


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
class Cost:
    """What finding it cost, as the finder counts it. Empty where nothing was said."""

    amount: str = ""
    """Decimal number, such as ``12.50``; text, so that no rounding happens on its way."""
    currency: str = ""
    """ISO 4217, such as ``USD``."""
    tokens: int | None = None
    """Tokens of a model, all calls together."""


@dataclass(frozen=True)
class Provenance:
    """How the finding was made; AI findings say so. Everything is the finder's own word."""

    ai_assisted: bool = False
    model: str = ""
    tool: str = ""
    """Tool as the format names it, verbatim."""
    human_reviewed: bool = False
    """A person is said to have reviewed the finding. False is also where nothing was said."""
    model_version: str = ""
    harness: str = ""
    """What drove the model."""
    reviewer_role: str = ""
    """Who reviewed it, by role; no names."""
    method: str = ""
    """How it was found, in the format's own word, such as ``ai-discovered`` or ``manual``."""
    cost: Cost = field(default_factory=Cost)
    prompts_digest: str = ""
    """``sha256:<64 hex digits>`` over the prompts as the finder keeps them; the prompts stay with it."""

    def label(self) -> str:
        """One line for lists and pages, such as ``found by AI: model X, harness Y, not reviewed by a person``; ""
        where no AI took part. Holds the finder's words: escape it.
        """
        if not self.ai_assisted:
            return ""
        model = " ".join(one for one in (self.model, self.model_version) if one) or "not named"
        parts = [f"model {model}"]
        if self.harness or self.tool:
            parts.append(f"harness {self.harness}" if self.harness else f"tool {self.tool}")
        reviewer = f" ({self.reviewer_role})" if self.reviewer_role else ""
        parts.append(f"reviewed by a person{reviewer}" if self.human_reviewed else "not reviewed by a person")
        return f"found by AI: {', '.join(parts)}"


@dataclass(frozen=True)
class Credit:
    """Who is to be named for the finding, verbatim."""

    name: str = ""
    organization: str = ""
    note: str = ""
    urls: tuple[str, ...] = ()


@dataclass(frozen=True)
class Origin:
    """Where the finding is known under another name: a tracker, an advisory, a page."""

    system: str = ""
    identifier: str = ""
    url: str = ""


@dataclass(frozen=True)
class EmbargoTerms:
    """What a sender asks of whoever reads the report. None of it is changed on its way."""

    until: str = ""
    """RFC 3339 time in UTC to seconds, such as ``2026-12-24T09:00:00Z``: public from then on."""
    days: int | None = None
    """Days after the receipt by the first reader; instead of ``until``."""
    tlp: str = ""
    """Label of the Traffic Light Protocol 2.0."""
    text: str = ""


@dataclass(frozen=True)
class Hop:
    """One hand-over of a report: who gave it to whom, and the identifier that the recipient answered with."""

    reporter: str
    recipient: str
    identifier: str
    """The recipient's own identifier for it."""
    received_at: str
    """RFC 3339 time in UTC to seconds."""
    source_format: str
    source_digest: str
    """SHA-256 of the bytes as the recipient got them."""
    content_digest: str
    """SHA-256 of what the report says (``relays.content_digest``); one and the same along a chain."""
    embargo: EmbargoTerms | None
    previous: str
    """``digest`` of the hop before; empty for the first."""
    digest: str
    """SHA-256 over the other members in canonical JSON."""


@dataclass(frozen=True)
class Relay:
    """What travels with a report from clearinghouse to clearinghouse."""

    credits: tuple[Credit, ...] = ()
    origins: tuple[Origin, ...] = ()
    embargo: EmbargoTerms | None = None
    """Terms of whoever sends it now; they become part of the hop."""
    chain: tuple[Hop, ...] = ()


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
    relay: Relay = field(default_factory=Relay)
    unread: tuple[str, ...] = ()
    """JSON pointers of members that the reader does not know; the bytes as sent still hold them."""


@dataclass(frozen=True)
class Enclosed:
    """A file inside of a report that may be its proof bundle; hostile."""

    name: str
    data: bytes
    where: str
    """JSON pointer or line."""
    meant: bool = False
    """It calls itself a proof, so one that cannot be opened is refused and not passed over."""


def provenance_of(stored: dict[str, Any]) -> Provenance:
    """The provenance of a stored row; rows from before a field was known lack it."""
    return Provenance(**{**stored, "cost": Cost(**stored.get("cost", {}))})


def relay_of(stored: dict[str, Any]) -> Relay:
    """The inverse of ``dataclasses.asdict`` for what travels with a report."""
    return Relay(
        credits=tuple(Credit(**{**one, "urls": tuple(one["urls"])}) for one in stored.get("credits", ())),
        origins=tuple(Origin(**one) for one in stored.get("origins", ())),
        embargo=_terms(stored.get("embargo")),
        chain=tuple(Hop(**{**one, "embargo": _terms(one["embargo"])}) for one in stored.get("chain", ())),
    )


def _terms(stored: dict[str, Any] | None) -> EmbargoTerms | None:
    return EmbargoTerms(**stored) if stored else None

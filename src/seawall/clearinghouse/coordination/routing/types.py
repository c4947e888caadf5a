"""Words of pacing and routing. Standard library only."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Route(StrEnum):
    """How a case reaches a maintainer."""

    PAGE = "page"
    """Our own page, by one-time link."""
    GITHUB = "github"
    """GitHub private vulnerability reporting."""
    EMAIL = "email"
    """E-mail: encrypted where a key is known, else a notice with a one-time link."""
    VINCE = "vince"
    """A file for CERT/CC's VINCE."""


class DeliveryState(StrEnum):
    """How far a delivery has come."""

    PREPARED = "prepared"
    """Made; a person carries it."""
    QUEUED = "queued"
    SENDING = "sending"
    """Handed over to the other server, whose answer is not known (yet)."""
    SENT = "sent"
    OPENED = "opened"
    ANSWERED = "answered"
    BOUNCED = "bounced"
    UNKNOWN = "unknown"
    """The other server may have it: a person looks, because nothing is sent twice."""
    FAILED = "failed"


class TurnState(StrEnum):
    """Where a case stands with its maintainer."""

    WAITING = "waiting"
    DELIVERED = "delivered"
    OVER = "over"
    """Published, merged or given up before its turn came."""


class LinkState(StrEnum):
    """What may still be done with a one-time link."""

    READY = "ready"
    OPENED = "opened"
    """Its one use was had; the browser that had it may go on until the session ends."""
    EXPIRED = "expired"
    REVOKED = "revoked"


@dataclass(frozen=True)
class MintedLink:
    """A new one-time link. ``token`` is shown this once and stored nowhere."""

    id: str
    case_id: str
    token: str
    address: str
    """The whole address, for the maintainer."""
    expires_at: datetime


@dataclass(frozen=True)
class OpenedLink:
    """What the browser that opened a link gets."""

    link_id: str
    secret: str
    """Goes into the browser's cookie; only its digest is kept."""
    expires_at: datetime


@dataclass(frozen=True)
class CaseFacts:
    """What the order of the queue looks at."""

    case_id: str
    received_at: datetime
    """When the oldest report of the case came in."""
    attacks_observed: bool = False
    """Attacks were seen here, or CISA lists the flaw as exploited."""
    exploit_public: bool = False
    verdict: str = ""
    """State of the oldest report's validation."""
    score: float = 0.0
    """Claimed CVSS base score, 0 to 10; 0 where none."""
    total_impact: bool | None = None
    """SSVC's technical impact; None where nobody knows."""
    automatable: bool | None = None
    """SSVC's automatable; None where nobody knows."""


@dataclass(frozen=True)
class Ranked:
    """A case with its place in the order, and why."""

    case_id: str
    outcome: str
    """Of SSVC's coordinator table as CISA publishes it: ``track``, ``track_star``, ``attend`` or ``act``."""
    rows: tuple[str, ...]
    """Rows of the table that the facts leave possible."""
    due: datetime
    """The order is by this time: the time received, less what the outcome and the severity are worth."""
    why: str


@dataclass(frozen=True)
class Pace:
    """How many reports a maintainer takes."""

    open_limit: int | None
    """At once; None takes all."""
    weekly_limit: int | None
    """Within seven days; None takes all."""


@dataclass(frozen=True)
class Place:
    """What a finder sees of the queue: where its own case stands, and nothing of the others."""

    case_id: str
    waiting: bool
    first: int
    """The case's place is at least this one, counted from 1; 0 where it does not wait."""
    last: int
    """And at most this one; equal to ``first`` for the first three places."""
    expected_weeks: int | None
    """Weeks until its turn at the latest, if the maintainer keeps its pace; None where nobody can say."""
    text: str
    """All this in a sentence."""

"""Words of conversations. Standard library only."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class AudiencePart(StrEnum):
    """A part of an audience that fills itself from the case's participants."""

    EVERYBODY = "everybody"
    """Whoever may see the case."""
    VENDORS = "vendors"
    FINDERS = "finders"
    """Finders and reporters."""


@dataclass(frozen=True)
class Audience:
    """Who a thread is for: the union of its parts and of named organizations. Coordinators are always in it.

    Without parts and names it is for the coordinators only.
    """

    parts: frozenset[AudiencePart] = frozenset()
    organizations: frozenset[str] = frozenset()
    """Identifiers; whoever opened the thread is always among them."""


class MessageKind(StrEnum):
    """What an entry of a thread is."""

    TEXT = "text"
    """Somebody wrote it."""
    WIDENED = "widened"
    """The audience grows from here on. Those who come in do not see this entry, unless they see the history."""
    CLOSED = "closed"
    REOPENED = "reopened"


class Cadence(StrEnum):
    """How an organization wants to be told of a thread's messages. Mentions are told at once, whatever it is."""

    EVERY = "every"
    HOURLY = "hourly"
    DAILY = "daily"
    MENTIONS = "mentions"


DEFAULT_CADENCE = Cadence.DAILY


class DeliveryState(StrEnum):
    """Where a message is on its way to an organization; see ``rules.py``."""

    PENDING = "pending"
    """Somebody will be told when it is due."""
    TOLD = "told"
    """A notice was made, once."""
    SEEN = "seen"
    """It was read before a notice was due, or written by the organization itself."""
    QUIET = "quiet"
    """The organization wants no notice of it."""
    WITHHELD = "withheld"
    """The organization could not read it any more when it was due; pending again when it can."""


@dataclass(frozen=True)
class Reader:
    """How far an organization has read a thread."""

    organization_id: str
    read_until: datetime | None
    """Time of the latest message that somebody of it has read; None where nobody has read any."""
    unread: int
    """Messages that came to it and that nobody of it has read."""

"""What each read-in tier may see of a case before it is public. Data; the queries cut to it, on every door.

Nobody sees more than the row says: a part that is not named is not there, and after ``until`` nothing is.
"""

from datetime import datetime
from enum import StrEnum

from seawall.clearinghouse.coordination.types import Tier


class Part(StrEnum):
    """A part of a case."""

    FLAW = "flaw"
    """Title, failure, identifiers, weaknesses, severity, affected versions, reports and their evidence."""
    PEOPLE = "people"
    """Who else takes part, what they said of their products, and the timeline that names them."""
    PACKAGE = "package"
    FIX = "fix"
    """Fixed versions, and the links that vendors give to them."""
    DATE = "date"
    """When the embargo is to end."""
    ARTIFACT = "artifact"
    """Package and version of what is released, without what it fixes."""
    GO_LIVE = "go_live"
    """When that goes live."""


VISIBLE: dict[Tier, frozenset[Part]] = {
    Tier.MAKERS: frozenset({Part.FLAW, Part.PEOPLE, Part.PACKAGE, Part.FIX, Part.DATE}),
    Tier.EXPERTS: frozenset({Part.FLAW, Part.PACKAGE, Part.FIX, Part.DATE}),
    Tier.DISTRIBUTORS: frozenset({Part.PACKAGE, Part.FIX, Part.DATE}),
    Tier.REGISTRIES: frozenset({Part.ARTIFACT, Part.GO_LIVE}),
}
CONTENT = tuple(tier for tier, parts in VISIBLE.items() if Part.FLAW in parts)
"""Tiers whose participants read the case itself; the others read a brief."""


def is_over(until: datetime | None, now: datetime) -> bool:
    """Whether reading has ended."""
    return until is not None and until <= now

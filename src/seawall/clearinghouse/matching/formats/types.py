"""What is read of an inventory, whatever its format. Standard library only."""

from dataclasses import dataclass

from seawall.clearinghouse.matching.types import Reach


@dataclass(frozen=True, slots=True)
class Listing:
    """One component as the inventory has it, with what matching needs."""

    ref: str
    name: str
    version: str
    purl: str
    ecosystem: str
    """Ecosystem and normalized name; both empty where the component names no package."""
    package: str
    scheme: str
    """Order and edition of ``key``; empty without one."""
    key: bytes | None
    why_not: str
    """Why it is not matched, or only by exact text; empty where it is matched fully."""
    reach: Reach
    environment: str
    asset_type: str
    path: tuple[str, ...]
    """Shortest way from the root to it, both included; empty where the document has no tree."""
    scope: str = ""
    """``dev`` (development and tests only), ``build`` (tools of the build) or ``optional`` (an extra, a feature, a
    platform); empty where it is needed at run time, or where the document does not say."""


@dataclass(frozen=True, slots=True)
class Sbom:
    """A parsed inventory."""

    format: str
    subject: str
    """Name and version of what the inventory is of; may be empty."""
    listings: tuple[Listing, ...]
    notes: tuple[str, ...]
    """What was seen and left out, in sentences."""
    product: tuple[str, ...] = ()
    """Package URLs of what the inventory is of; empty where it names none. Statements (VEX) name products by them."""

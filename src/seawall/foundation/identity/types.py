"""Words of identity that need no database."""

from dataclasses import dataclass
from datetime import datetime

from seawall.foundation.access.types import OrganizationKind, Role

__all__ = ["MintedToken", "OrganizationKind", "Role", "Workplace"]


@dataclass(frozen=True)
class MintedToken:
    """A new API token. ``secret`` is shown this once and stored nowhere."""

    id: str
    secret: str
    scopes: tuple[str, ...]
    expires_at: datetime


@dataclass(frozen=True)
class Workplace:
    """An organization that a person works for."""

    organization_id: str
    name: str
    role: Role

"""Who acts. Every door turns its credential into one ``Actor``; nothing below a door sees a credential."""

from dataclasses import dataclass, field
from enum import StrEnum


class ActorKind(StrEnum):
    """What stands behind a request."""

    ANONYMOUS = "anonymous"
    PERSON = "person"
    TOKEN = "token"  # noqa: S105 - the kind of actor, not a credential
    LINK = "link"
    SYSTEM = "system"


class OrganizationKind(StrEnum):
    """What an organization comes for."""

    FINDER = "finder"
    VENDOR = "vendor"
    OPERATOR = "operator"
    COORDINATOR = "coordinator"
    AGENCY = "agency"
    AI_DEVELOPER = "ai_developer"
    EVALUATOR = "evaluator"


class Role(StrEnum):
    """What a member may do for an organization."""

    ADMIN = "admin"
    MEMBER = "member"
    VIEWER = "viewer"


@dataclass(frozen=True)
class Actor:
    """One authenticated (or anonymous) party, for the length of one request or job."""

    kind: ActorKind
    id: str
    """Identifier of the person, token or link; the worker's name for the system."""
    label: str
    """Name for the log and for pages; never a secret."""
    organization_id: str | None = None
    organization_kind: OrganizationKind | None = None
    role: Role | None = None
    scopes: frozenset[str] = field(default_factory=frozenset)
    """Scopes of a token; a person's follow from the role."""

    @staticmethod
    def anonymous() -> "Actor":
        """Somebody who showed no credential."""
        return Actor(kind=ActorKind.ANONYMOUS, id="anonymous", label="anonymous")

    @staticmethod
    def system(name: str) -> "Actor":
        """The clearinghouse itself, such as a worker finishing a job."""
        return Actor(kind=ActorKind.SYSTEM, id=f"system:{name}", label=f"Seawall {name}")

    @property
    def home(self) -> str:
        """The organization that the actor acts for.

        Raises:
            ValueError: None; ask ``access.require`` for an action of members first.
        """
        if self.organization_id is None:
            raise ValueError(f"{self.id} acts for no organization")
        return self.organization_id

    @property
    def is_authenticated(self) -> bool:
        """Whether a credential was shown."""
        return self.kind is not ActorKind.ANONYMOUS

    @property
    def is_coordinator(self) -> bool:
        """Whether the actor works for the clearinghouse."""
        return self.organization_kind is OrganizationKind.COORDINATOR

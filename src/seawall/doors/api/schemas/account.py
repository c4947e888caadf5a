"""Who you are, your tokens, your notices."""

from datetime import datetime

from ninja import Schema
from pydantic import Field

from seawall.clearinghouse.distribution.queries import NoticeRow
from seawall.foundation.access.types import Actor
from seawall.foundation.identity.queries import TokenRow


class OrganizationView(Schema):
    """An organization, as far as its members see it."""

    id: str
    kind: str


class ActorView(Schema):
    """Who you are here, and what the permission table has for you."""

    kind: str
    id: str
    label: str
    organization: OrganizationView | None
    scopes: list[str]
    actions: list[str] = Field(
        description="Actions for which some rule speaks for you; each object is still asked for."
    )

    @staticmethod
    def of(actor: Actor, actions: list[str]) -> "ActorView":
        """The view of an actor."""
        organization = (
            OrganizationView(id=actor.organization_id, kind=actor.organization_kind)
            if actor.organization_id and actor.organization_kind
            else None
        )
        return ActorView(
            kind=actor.kind,
            id=actor.id,
            label=actor.label,
            organization=organization,
            scopes=sorted(actor.scopes),
            actions=actions,
        )


class TokenView(Schema):
    """A token without its secret."""

    id: str
    name: str
    prefix: str
    scopes: list[str]
    created_at: datetime
    expires_at: datetime
    revoked_at: datetime | None
    last_used_at: datetime | None

    @staticmethod
    def of(row: TokenRow) -> "TokenView":
        """The view of a row."""
        return TokenView(
            id=row.id,
            name=row.name,
            prefix=row.prefix,
            scopes=list(row.scopes),
            created_at=row.created_at,
            expires_at=row.expires_at,
            revoked_at=row.revoked_at,
            last_used_at=row.last_used_at,
        )


class TokenPage(Schema):
    """Tokens of your organization, newest first."""

    items: list[TokenView]
    next: str | None = None


class MintedTokenView(Schema):
    """A new token; ``secret`` is shown this once and kept nowhere."""

    id: str
    secret: str
    scopes: list[str]
    expires_at: datetime


class NoticeView(Schema):
    """A message to your organization."""

    id: str
    kind: str
    subject: str
    title: str
    body: str
    reference: str
    created_at: datetime
    read_at: datetime | None

    @staticmethod
    def of(row: NoticeRow) -> "NoticeView":
        """The view of a row."""
        return NoticeView(
            id=row.id,
            kind=row.kind,
            subject=row.subject,
            title=row.title,
            body=row.body,
            reference=row.reference,
            created_at=row.created_at,
            read_at=row.read_at,
        )


class NoticePage(Schema):
    """Notices, newest first."""

    items: list[NoticeView]
    next: str | None = None

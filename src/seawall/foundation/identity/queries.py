"""Reads of identity: from a credential to an actor, and lists for administrators."""

from datetime import timedelta

from django.db.models import Q

from seawall.foundation.access.queries import visible_to
from seawall.foundation.access.rules import scopes_of_role
from seawall.foundation.access.types import Actor, ActorKind, OrganizationKind, Role
from seawall.foundation.identity import tokens
from seawall.foundation.identity.models import ApiToken, Membership, Organization, User
from seawall.foundation.identity.types import Workplace
from seawall.foundation.platform import clock
from seawall.foundation.platform.errors import NotFound, Unauthenticated

_LAST_USED_GRAIN = timedelta(minutes=5)
"""A token's last use is written at most this often, so that reads do not all become writes."""

TokenRow = ApiToken
"""The row, for the doors' annotations."""


def actor_of_token(secret: str) -> Actor:
    """The actor behind an API token.

    Raises:
        Unauthenticated: Malformed, unknown, expired or revoked; the answer does not say which.
    """
    refused = Unauthenticated("This token is not valid.", "Ask your organization's administrator for a new one.")
    if tokens.prefix_of(secret) is None:
        raise refused
    now = clock.now()
    token = ApiToken.objects.select_related("organization").filter(digest=tokens.digest(secret)).first()
    if token is None or token.revoked_at is not None or token.expires_at <= now:
        raise refused
    if token.last_used_at is None or now - token.last_used_at > _LAST_USED_GRAIN:
        ApiToken.objects.filter(pk=token.pk).update(last_used_at=now)
    return Actor(
        kind=ActorKind.TOKEN,
        id=token.id,
        label=f"{token.organization.name} / {token.name}",
        organization_id=token.organization_id,
        organization_kind=OrganizationKind(token.organization.kind),
        scopes=frozenset(token.scopes),
    )


def actor_of_person(user: User, organization_id: str | None = None) -> Actor:
    """The actor that a signed-in person is, for one of their organizations (the first by name if none is said)."""
    memberships = Membership.objects.select_related("organization").filter(user=user).order_by("organization__name")
    chosen = (memberships.filter(organization_id=organization_id).first() if organization_id else None) or (
        memberships.first()
    )
    if chosen is None:
        return Actor(kind=ActorKind.PERSON, id=user.id, label=str(user))
    role = Role(chosen.role)
    return Actor(
        kind=ActorKind.PERSON,
        id=user.id,
        label=f"{user} ({chosen.organization.name})",
        organization_id=chosen.organization_id,
        organization_kind=OrganizationKind(chosen.organization.kind),
        role=role,
        scopes=scopes_of_role(role),
    )


def person_behind(actor: Actor) -> str | None:
    """Identifier of the person who answers for an actor: themself, or whoever minted the token and still works there.

    None for tokens that a machine's keeper made, and for those whose maker has left: no person stands behind them.
    """
    if actor.kind is ActorKind.PERSON:
        return actor.id
    if actor.kind is not ActorKind.TOKEN:
        return None
    made_by = ApiToken.objects.filter(pk=actor.id).values_list("created_by", flat=True).first()
    working = Membership.objects.filter(
        user_id=made_by, user__is_active=True, organization_id=actor.organization_id
    ).exclude(role=Role.VIEWER)
    return made_by if made_by and working.exists() else None


def workplaces_of(actor: Actor) -> list[Workplace]:
    """The organizations that the person behind an actor works for, by name; none for machines."""
    if actor.kind is not ActorKind.PERSON:
        return []
    rows = Membership.objects.select_related("organization").filter(user_id=actor.id).order_by("organization__name")
    return [Workplace(row.organization_id, row.organization.name, Role(row.role)) for row in rows]


def tokens_of(actor: Actor) -> list[ApiToken]:
    """The tokens of the actor's organization, newest first."""
    return list(visible_to(actor, "token.read", ApiToken.objects.order_by("-created_at", "id")))


def organization_names(organization_ids: list[str]) -> dict[str, str]:
    """Names by identifier, for pages that already know they may show these organizations."""
    return dict(Organization.objects.filter(pk__in=organization_ids).values_list("id", "name"))


def sectors_of_operators() -> dict[str, str]:
    """The sector of each organization that runs software, by identifier; for counts, which a query protects."""
    kinds = [OrganizationKind.OPERATOR, OrganizationKind.AGENCY, OrganizationKind.VENDOR]
    return dict(Organization.objects.filter(kind__in=kinds).values_list("id", "sector"))


def coordinator_ids() -> list[str]:
    """Identifiers of the organizations that run this clearinghouse."""
    return list(Organization.objects.filter(kind=OrganizationKind.COORDINATOR).values_list("id", flat=True))


def all_organizations() -> list[Organization]:
    """Every organization by name, for the server's keeper on its own machine; no other door calls this."""
    return list(Organization.objects.order_by("name"))


def organization_named(name: str) -> Organization:
    """An organization by name or identifier, for the server's keeper; no other door calls this.

    Raises:
        NotFound: There is none.
    """
    found = Organization.objects.filter(Q(name=name) | Q(pk=name)).first()
    if found is None:
        raise NotFound(f"There is no organization named {name!r}.", "'seawall organization list' names them all.")
    return found

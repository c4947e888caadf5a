"""Writes of identity. Organizations and people are made by the server's keeper on its own machine
(``seawall`` command) or by the demo; tokens by an organization's administrator.
"""

from collections.abc import Iterable
from datetime import timedelta

from django.db import IntegrityError, transaction

from seawall.foundation.access.queries import get_visible
from seawall.foundation.access.services import require
from seawall.foundation.access.table import SCOPES
from seawall.foundation.access.types import Actor, OrganizationKind, Role
from seawall.foundation.identity import tokens
from seawall.foundation.identity.models import ApiToken, Membership, Organization, User
from seawall.foundation.identity.types import MintedToken
from seawall.foundation.platform import clock
from seawall.foundation.platform.errors import BadInput, Conflict
from seawall.foundation.transparency.services import record

TOKEN_DAYS_MAX = 366
"""Longest life of a token, in days: a forgotten one ends by itself."""


@transaction.atomic
def create_organization(actor: Actor, name: str, kind: OrganizationKind, sector: str = "") -> Organization:
    """Make an organization; only the server's keeper calls this (no door does).

    Raises:
        Conflict: One of this name exists.
    """
    try:
        with transaction.atomic():
            organization = Organization.objects.create(name=name, kind=kind, sector=sector, created_at=clock.now())
    except IntegrityError as error:
        raise Conflict(f"An organization named {name!r} exists already.", "Choose another name.") from error
    record(actor, "organization.created", organization.id, {"name": name, "kind": kind.value, "sector": sector})
    return organization


@transaction.atomic
def create_person(
    actor: Actor, organization: Organization, email: str, name: str, role: Role, password: str | None = None
) -> User:
    """Make a person and their membership; only the server's keeper calls this.

    Raises:
        Conflict: The address is taken.
    """
    try:
        with transaction.atomic():
            user = User.objects.create_user(email, password, name=name)
    except IntegrityError as error:
        raise Conflict(f"{email} has an account already.", "Add a membership instead.") from error
    Membership.objects.create(user=user, organization=organization, role=role)
    record(actor, "person.created", user.id, {"organization": organization.id, "role": role.value})
    return user


@transaction.atomic
def mint_token(actor: Actor, name: str, scopes: Iterable[str], *, days: int = 90) -> MintedToken:
    """Mint an API token for the actor's organization.

    Args:
        actor: An administrator of the organization.
        name: What the token is for.
        scopes: Names from the permission table; at most what the actor itself holds.
        days: Life in days.

    Raises:
        BadInput: Unknown or too wide scopes, or a life out of bounds.
        Forbidden: The actor is not an administrator.
    """
    require(actor, "token.mint")
    return _mint(actor, str(actor.organization_id), name, scopes, days=days, ceiling=actor.scopes)


@transaction.atomic
def mint_first_token(keeper: Actor, organization: Organization, name: str, scopes: Iterable[str]) -> MintedToken:
    """Mint a token on the server's own machine, before anybody can sign in; no door calls this."""
    return _mint(keeper, organization.id, name, scopes, days=90, ceiling=frozenset(SCOPES))


def _mint(
    actor: Actor, organization_id: str, name: str, scopes: Iterable[str], *, days: int, ceiling: frozenset[str]
) -> MintedToken:
    wanted = sorted(set(scopes))
    unknown = [scope for scope in wanted if scope not in SCOPES]
    if unknown:
        raise BadInput(f"Unknown scope {unknown[0]!r}.", f"Choose from {', '.join(SCOPES)}.", field="scopes")
    too_wide = [scope for scope in wanted if scope not in ceiling]
    if too_wide:
        raise BadInput(f"You do not hold {too_wide[0]!r} yourself.", "Leave it out.", field="scopes")
    if not 1 <= days <= TOKEN_DAYS_MAX:
        raise BadInput(f"A token lives 1 to {TOKEN_DAYS_MAX} days.", field="days")
    secret, prefix = tokens.generate()
    now = clock.now()
    token = ApiToken.objects.create(
        organization_id=organization_id,
        name=name[:100],
        prefix=prefix,
        digest=tokens.digest(secret),
        scopes=wanted,
        created_at=now,
        created_by=actor.id,
        expires_at=now + timedelta(days=days),
    )
    record(actor, "token.minted", token.id, {"organization": organization_id, "prefix": prefix, "scopes": wanted})
    return MintedToken(id=token.id, secret=secret, scopes=tuple(wanted), expires_at=token.expires_at)


@transaction.atomic
def revoke_token(actor: Actor, token_id: str) -> None:
    """End a token now. Revoking twice is the same as once.

    Raises:
        NotFound: Not one of the actor's organization.
    """
    token = get_visible(actor, "token.revoke", ApiToken.objects.select_for_update(), token_id)
    if token.revoked_at is None:
        token.revoked_at = clock.now()
        token.save(update_fields=["revoked_at"])
        record(actor, "token.revoked", token.id, {"prefix": token.prefix})

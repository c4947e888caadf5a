"""Which rows of the table speak for an actor. Pure: no database, no clock."""

from seawall.foundation.access.table import SCOPES, TABLE, Grant
from seawall.foundation.access.types import Actor, ActorKind, Role

_ROLE_SUFFIXES: dict[Role, tuple[str, ...]] = {
    Role.VIEWER: (":read",),
    Role.MEMBER: (":read", ":write", ":publish"),
    Role.ADMIN: (":read", ":write", ":publish", ":admin"),
}


def scopes_of_role(role: Role) -> frozenset[str]:
    """All scopes that a person with this role has."""
    return frozenset(scope for scope in SCOPES if scope.endswith(_ROLE_SUFFIXES[role]))


def holds_scope(actor: Actor, scope: str | None) -> bool:
    """Whether the actor carries the scope (None asks for none)."""
    return scope is None or scope in actor.scopes


def grants_for(actor: Actor, action: str) -> tuple[Grant, ...]:
    """The rows for this action that fit the actor, before its relation to an object is looked at.

    The system actor gets none: the clearinghouse's own jobs call the services' inner halves and
    never ask this table, so no credential can ever pass for the system.
    """
    return tuple(
        grant
        for grant in TABLE
        if grant.action == action
        and (
            grant.relation == "public"
            or (
                actor.kind not in {ActorKind.ANONYMOUS, ActorKind.SYSTEM}
                and actor.organization_kind in grant.kinds
                and holds_scope(actor, grant.scope)
            )
        )
    )


def missing_scopes(actor: Actor, action: str) -> frozenset[str]:
    """Scopes whose lack alone kept every row from fitting, for the refusal's text."""
    return frozenset(
        grant.scope
        for grant in TABLE
        if grant.action == action
        and grant.scope is not None
        and actor.organization_kind in grant.kinds
        and grant.scope not in actor.scopes
    )


def known_actions() -> frozenset[str]:
    """Every action that the table names."""
    return frozenset(grant.action for grant in TABLE)

"""The check that every write begins with."""

from typing import NoReturn

from django.db.models import Model

from seawall.foundation.access.queries import visible_to
from seawall.foundation.access.relations import kind_of
from seawall.foundation.access.rules import grants_for, known_actions, missing_scopes
from seawall.foundation.access.types import Actor
from seawall.foundation.platform.errors import Forbidden, NotFound, Unauthenticated


def admit(actor: Actor, action: str) -> None:
    """Let pass an actor for whom some row of the table speaks, before any object is looked at.

    A door asks this first: a list that nobody let the actor see is then a refusal that names what lacks, never an
    empty list. The answer depends on the actor and the table only, so it says nothing about any object.

    Raises:
        Unauthenticated: No credential, and the action is not public.
        Forbidden: No row fits; says which scope or kind lacks.
    """
    if not grants_for(actor, action):
        _refuse(actor, action)


def require(actor: Actor, action: str, target: Model | None = None) -> None:
    """Let pass or raise.

    Args:
        actor: Who asks.
        action: ``kind.verb`` from the table.
        target: The object; None for actions whose relation is ``member`` or ``public``.

    Raises:
        Unauthenticated: No credential, and the action is not public.
        NotFound: The actor may not even read the object.
        Forbidden: The actor may read it (or there is no object) but not do this; says which scope or kind lacks.
    """
    if action not in known_actions():
        raise Forbidden(f"No rule allows {action!r}.")
    grants = grants_for(actor, action)
    if target is None:
        if any(grant.relation in {"public", "member"} for grant in grants):
            return
    elif grants and visible_to(actor, action, type(target)._default_manager.filter(pk=target.pk)).exists():
        return
    if actor.is_authenticated and target is not None and not _may_read(actor, target):
        raise NotFound("There is nothing here that you may see.", "Check the address and who you are signed in as.")
    _refuse(actor, action)


def _refuse(actor: Actor, action: str) -> NoReturn:
    if not actor.is_authenticated:
        raise Unauthenticated("This needs a credential.", "Sign in, or send 'Authorization: Bearer <token>'.")
    lacking = missing_scopes(actor, action)
    raise Forbidden(
        f"You may not do {action!r} here.",
        f"It needs the scope {' or '.join(sorted(lacking))}."
        if lacking
        else "Your organization has another part in this.",
    )


def _may_read(actor: Actor, target: Model) -> bool:
    rows = type(target)._default_manager.filter(pk=target.pk)
    return visible_to(actor, f"{kind_of(target)}.read", rows).exists()

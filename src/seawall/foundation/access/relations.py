"""Relations between an actor and an object, as queries; each folder registers those of its objects.

A relation is a function from the actor to a ``Q`` over the object's model. The registry is filled
from the apps' ``ready()`` and never changes afterwards.
"""

from collections.abc import Callable
from typing import Any

from django.db.models import Model, Q, QuerySet

from seawall.foundation.access.types import Actor

Relation = Callable[[Actor], Q]

_RELATIONS: dict[tuple[str, str], Relation] = {}
_KINDS: dict[type[Model], str] = {}

EVERYTHING = Q()
NOTHING = Q(pk__in=[])


def register_kind(model: type[Model], kind: str) -> None:
    """Say which kind of object (first part of an action) a model is."""
    _KINDS[model] = kind


def register(kind: str, name: str, relation: Relation) -> None:
    """Register a relation of one kind of object.

    Raises:
        ValueError: It is registered already: one folder owns each relation.
    """
    if (kind, name) in _RELATIONS:
        raise ValueError(f"relation {name!r} of {kind!r} is registered twice")
    _RELATIONS[kind, name] = relation


def condition(kind: str, name: str, actor: Actor) -> Q:
    """The ``Q`` of a relation for an actor.

    Raises:
        LookupError: Nobody registered it, so nothing can be decided by it.
    """
    if name == "any":
        return EVERYTHING
    try:
        return _RELATIONS[kind, name](actor)
    except KeyError as error:
        raise LookupError(f"no relation {name!r} is registered for {kind!r}") from error


def kind_of(target: QuerySet[Any] | Model) -> str:
    """The registered kind of a query set's or an object's model."""
    model = target.model if isinstance(target, QuerySet) else type(target)
    return _KINDS[model]


def own_organization(actor: Actor) -> Q:
    """The usual relation ``own``: rows with the actor's ``organization_id``."""
    return Q(organization_id=actor.organization_id) if actor.organization_id else NOTHING

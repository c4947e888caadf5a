"""Reads of permission: the list and the check are one query."""

from typing import TypeVar

from django.db.models import Model, Q, QuerySet

from seawall.foundation.access.reads import is_read
from seawall.foundation.access.relations import condition, kind_of
from seawall.foundation.access.rules import grants_for
from seawall.foundation.access.types import Actor
from seawall.foundation.platform.errors import NotFound

M = TypeVar("M", bound=Model)


def visible_to(actor: Actor, action: str, queryset: QuerySet[M]) -> QuerySet[M]:
    """The rows of ``queryset`` to which the actor may do ``action``; none where no row of the table fits."""
    allowed: Q | None = None
    kind = kind_of(queryset)
    for grant in grants_for(actor, action):
        if grant.relation == "any":
            return queryset
        relation = condition(kind, grant.relation, actor)
        allowed = relation if allowed is None else allowed | relation
    return queryset.none() if allowed is None else queryset.filter(allowed)


def get_visible(actor: Actor, action: str, queryset: QuerySet[M], object_id: str) -> M:
    """One row by primary key, if the actor may do ``action`` to it; whoever asked to know of it is told (``reads``).

    Raises:
        NotFound: Absent or foreign; the answer is the same.
    """
    found = visible_to(actor, action, queryset).filter(pk=object_id).first()
    if found is None:
        raise NotFound("There is nothing here that you may see.", "Check the address and who you are signed in as.")
    is_read(actor, action, found)
    return found

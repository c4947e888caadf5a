"""Where a case waits, for the pages that show it."""

from typing import Any

from django import template

from seawall.clearinghouse.coordination.routing import pacing
from seawall.clearinghouse.coordination.routing.types import Place
from seawall.foundation.access.types import Actor

register = template.Library()


@register.simple_tag
def place_of(actor: Actor, case: Any) -> Place:
    """Where a case that the actor reads stands in its maintainer's queue."""
    return pacing.place_of(actor, case.id)

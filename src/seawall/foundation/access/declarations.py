"""What each door's function is for: the mark that the default-deny walk looks for."""

from collections.abc import Callable
from typing import TypeVar

from seawall.foundation.access.rules import grants_for, known_actions
from seawall.foundation.access.types import Actor

F = TypeVar("F", bound=Callable[..., object])

ATTRIBUTE = "seawall_action"


def declares(action: str) -> Callable[[F], F]:
    """Mark a view, operation, tool or command with the action that its service will require.

    Raises:
        ValueError: The permission table does not know the action.
    """
    if action not in known_actions():
        raise ValueError(f"{action!r} is not in the permission table")

    def mark(function: F) -> F:
        setattr(function, ATTRIBUTE, action)
        return function

    return mark


def declared_action(function: object) -> str | None:
    """The action a function was marked with, looking through ``functools.wraps`` chains."""
    while function is not None:
        action = getattr(function, ATTRIBUTE, None)
        if isinstance(action, str):
            return action
        function = getattr(function, "__wrapped__", None)
    return None


def is_public(action: str) -> bool:
    """Whether everybody may do it, signed in or not."""
    return bool(grants_for(Actor.anonymous(), action))


def actions_open_to(actor: Actor) -> list[str]:
    """The actions for which some row of the table speaks for the actor, sorted; each object is still asked for."""
    return sorted(action for action in known_actions() if grants_for(actor, action))

"""Who wants to know when a case's state moves. Filled from ``ready()`` of an app or a module of this folder; no Django.

    from seawall.clearinghouse.coordination import hooks

    hooks.on_case_state(lambda actor, case_id, events: ...)

Handlers run in the transaction of the change, in the order in which they came; what one raises refuses the change.
"""

from collections.abc import Callable

from seawall.clearinghouse.coordination.types import CaseEventKind
from seawall.foundation.access.types import Actor

CaseStateHandler = Callable[[Actor, str, tuple[CaseEventKind, ...]], None]
"""Called with who said it, the case's identifier, and what is new of P, X and A, in the order in which it happened."""

InvitedHandler = Callable[[Actor, str, tuple[str, ...]], None]
"""Called with who invited, the case's identifier, and the organizations that were invited."""

_CASE_STATE: list[CaseStateHandler] = []
_INVITED: list[InvitedHandler] = []


def on_case_state(handler: CaseStateHandler) -> None:
    """Have a handler called whenever P, X or A of a case is recorded; the same one counts once."""
    if handler not in _CASE_STATE:
        _CASE_STATE.append(handler)


def case_state_moved(actor: Actor, case_id: str, events: tuple[CaseEventKind, ...]) -> None:
    """Tell everybody who asked; the caller's transaction."""
    for handler in tuple(_CASE_STATE):
        handler(actor, case_id, events)


def on_invited(handler: InvitedHandler) -> None:
    """Have a handler called whenever people invite organizations into a case; the same one counts once."""
    if handler not in _INVITED:
        _INVITED.append(handler)


def invited(actor: Actor, case_id: str, organization_ids: tuple[str, ...]) -> None:
    """Tell everybody who asked; the caller's transaction."""
    for handler in tuple(_INVITED):
        handler(actor, case_id, organization_ids)

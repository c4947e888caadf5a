"""Who wants to know that somebody reads one object: called by ``queries.get_visible``, so that no door can forget it.

    reads.on_read("case.read", lambda actor, row: ...)

Handlers are registered from the apps' ``ready()``. They run before the object is handed out; what one raises, such as a log
that cannot be written, means that nothing is shown.
"""

from collections.abc import Callable
from typing import Any

from django.db.models import Model

from seawall.foundation.access.types import Actor

Handler = Callable[[Actor, Any], None]
"""Called with who reads and the row."""

_HANDLERS: dict[str, list[Handler]] = {}


def on_read(action: str, handler: Handler) -> None:
    """Have a handler called whenever one object is read under an action; the same one counts once."""
    handlers = _HANDLERS.setdefault(action, [])
    if handler not in handlers:
        handlers.append(handler)


def is_read(actor: Actor, action: str, row: Model) -> None:
    """Tell everybody who asked."""
    for handler in _HANDLERS.get(action, ()):
        handler(actor, row)

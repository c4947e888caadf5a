"""Which function does which kind of job. Folders register theirs in ``jobs.py``, found when the apps load."""

from collections.abc import Callable
from dataclasses import dataclass

from seawall.foundation.jobs.types import Claim

Handler = Callable[[Claim], None]


@dataclass(frozen=True)
class Registered:
    """A handler with its limits."""

    run: Handler
    max_attempts: int


_HANDLERS: dict[str, Registered] = {}


def handler(kind: str, *, max_attempts: int = 5) -> Callable[[Handler], Handler]:
    """Register the function that does jobs of this kind."""

    def register(function: Handler) -> Handler:
        if kind in _HANDLERS and _HANDLERS[kind].run is not function:
            raise ValueError(f"two handlers for {kind!r}")
        _HANDLERS[kind] = Registered(function, max_attempts)
        return function

    return register


def registered(kind: str) -> Registered | None:
    """The handler of a kind, if there is one."""
    return _HANDLERS.get(kind)


def kinds() -> tuple[str, ...]:
    """Every kind that somebody handles."""
    return tuple(sorted(_HANDLERS))

"""Which function does which kind of work.

Handlers live in the folders' ``jobs.py``, which are imported when the apps are ready:

    @handler("validation.replay", max_attempts=3)
    def replay(claim: Claim) -> None: ...
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from seawall.foundation.jobs.errors import UnknownKind
from seawall.foundation.jobs.types import Claim

Work = Callable[[Claim], None]

MAX_ATTEMPTS = 5
"""With the backoff of ``rules``, about half a minute of trying."""
SHORTEST_LEASE = timedelta(seconds=2)
"""Shorter ones would run out while their worker is merely busy."""
TIME_LIMIT = timedelta(hours=1)
"""An attempt that runs longer is taken for stuck: its lease is renewed no more."""

_KIND = re.compile(r"^[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)+$")


@dataclass(frozen=True, slots=True)
class Handler:
    """A function with the terms under which it runs."""

    kind: str
    work: Work
    max_attempts: int
    lease: timedelta | None
    """None: the server's setting ``lease_seconds``."""
    time_limit: timedelta
    when_failed: str | None
    """Kind of the job that is queued, for the same subject, in the transaction that fails this one for good."""


_HANDLERS: dict[str, Handler] = {}


def handler(
    kind: str,
    *,
    max_attempts: int = MAX_ATTEMPTS,
    lease: timedelta | None = None,
    time_limit: timedelta = TIME_LIMIT,
    when_failed: str | None = None,
) -> Callable[[Work], Work]:
    """Register a function as the one that does this kind of work.

    Args:
        kind: ``folder.verb``, such as ``validation.replay``.
        max_attempts: After so many, the job has failed.
        lease: How long a job stays with a worker that stopped answering; None takes the server's setting.
        time_limit: Longest attempt.
        when_failed: A kind of job that answers whoever waits, once this one has failed for good.

    Raises:
        ValueError: The kind has another shape, or a handler already; no attempts; too short a lease.
    """
    if not _KIND.match(kind):
        raise ValueError(f"{kind!r} is no kind of job; write it as folder.verb")
    if max_attempts < 1:
        raise ValueError(f"{kind}: a job needs at least one attempt")
    if lease is not None and lease < SHORTEST_LEASE:
        raise ValueError(f"{kind}: a lease has at least {SHORTEST_LEASE.total_seconds():g} seconds")

    def register(work: Work) -> Work:
        if kind in _HANDLERS:
            raise ValueError(f"{kind!r} has two handlers")
        _HANDLERS[kind] = Handler(kind, work, max_attempts, lease, time_limit, when_failed)
        return work

    return register


def unregister(kind: str) -> None:
    """Forget a kind; for tests that bring their own handlers."""
    _HANDLERS.pop(kind, None)


def lookup(kind: str) -> Handler:
    """The handler of a kind.

    Raises:
        UnknownKind: There is none.
    """
    try:
        return _HANDLERS[kind]
    except KeyError as error:
        raise UnknownKind(f"no handler is registered for {kind!r}; is its folder's jobs.py imported?") from error


def known_kinds() -> frozenset[str]:
    """All kinds that this process can do."""
    return frozenset(_HANDLERS)

"""Which part of the ground is free. Pure; time is passed in.

Paths are prefixes, so two of them either contain one another or are disjoint. A requested path that
lies inside a held one is taken. One that contains a held one is granted *except* the held part: the
answer lists the taken part and the grant carries it as an exclusion. ``any`` meets every technique.
Two shared leases never collide; an exclusive one collides with both kinds.
"""

import re
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from seawall.clearinghouse.deconfliction.types import Decision, HeldGround, Scope, Taken, Technique

LEASE_HOURS_MAX = 24 * 14
"""Longest lease, in hours: ground must not be held by somebody who has gone away."""
PATHS_MAX = 50
"""Paths of one request; more is a sign that the whole target is meant."""

_REPOSITORY = re.compile(r"^(?:git\+)?https?://(?P<rest>[^\s?#]+?)(?:\.git)?/*$", re.IGNORECASE)
_PATH = re.compile(r"^[^\x00-\x1f\\]{0,400}$")


def normalize_repository(address: str) -> str | None:
    """``https`` address of a repository in one spelling, or None where it is not one.

    The host is case-insensitive everywhere; the path is on the large forges, so it is lowered too:
    two spellings of one repository must meet, and a false meeting only costs a finder a question.
    """
    match = _REPOSITORY.match(address.strip())
    return f"https://{match['rest'].lower()}" if match else None


def normalize_path(path: str) -> str | None:
    """A path prefix in one spelling (no leading ``/`` or ``./``), or None where it steps out of the target."""
    if not _PATH.match(path):
        return None
    kept: list[str] = []
    for part in path.split("/"):
        if part in {"", "."}:
            continue
        if part == "..":
            return None
        kept.append(part)
    joined = "/".join(kept)
    return f"{joined}/" if joined and path.endswith("/") else joined


def contains(outer: str, inner: str) -> bool:
    """Whether the prefix ``outer`` covers ``inner`` (both normalized); a folder may come with or without its ``/``."""
    outer = outer.rstrip("/")
    inner = inner.rstrip("/")
    return not outer or inner == outer or inner.startswith(f"{outer}/")


def techniques_meet(ours: Iterable[Technique], theirs: Iterable[Technique]) -> bool:
    """Whether two sets of techniques disturb each other."""
    left, right = set(ours), set(theirs)
    return Technique.ANY in left or Technique.ANY in right or bool(left & right)


def decide(wanted: Scope, *, exclusive: bool, held: Sequence[HeldGround], now: datetime) -> Decision:
    """Split a request into what is free and what is taken.

    Args:
        wanted: The scope asked for.
        exclusive: Whether nobody else shall scan it meanwhile.
        held: Grounds of other organizations on the same target; expired ones are ignored.
        now: The time of the decision.

    Returns:
        Free ground as scopes (one per technique set that is free on the same paths), taken ground per
        path and technique with the latest end among its holders.
    """
    rivals = [
        ground
        for ground in held
        if ground.until > now and ground.scope.target == wanted.target and (exclusive or ground.exclusive)
    ]
    free: dict[Technique, list[str]] = {}
    taken: dict[tuple[str, Technique], datetime] = {}
    for technique in wanted.techniques:
        against = [ground for ground in rivals if techniques_meet([technique], ground.scope.techniques)]
        for path in wanted.paths:
            blocked = False
            for ground in against:
                for other in ground.scope.paths:
                    if contains(other, path):
                        blocked = True
                        overlap = path
                    elif contains(path, other):
                        overlap = other
                    else:
                        continue
                    spot = (overlap, technique)
                    taken[spot] = max(taken.get(spot, ground.until), ground.until)
            if not blocked:
                free.setdefault(technique, []).append(path)
    by_paths: dict[tuple[str, ...], list[Technique]] = {}
    for technique, paths in free.items():
        by_paths.setdefault(tuple(paths), []).append(technique)
    return Decision(
        granted=tuple(
            Scope(target=wanted.target, paths=paths, techniques=tuple(techniques))
            for paths, techniques in by_paths.items()
        ),
        taken=tuple(Taken(path=path, technique=technique, until=until) for (path, technique), until in taken.items()),
    )


def lease_end(now: datetime, hours: int) -> datetime | None:
    """End of a lease that starts now, or None where the length is out of bounds."""
    return now + timedelta(hours=hours) if 1 <= hours <= LEASE_HOURS_MAX else None

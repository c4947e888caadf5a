"""What was decided about pairs of reports: kept to be respected, and to learn from. Rows only; callers hold the transaction."""

import hashlib
from collections.abc import Collection, Iterable, Iterator
from dataclasses import asdict
from itertools import product
from typing import Any

from django.db.models import Q

from seawall.clearinghouse.deduplication.models import Decision
from seawall.clearinghouse.deduplication.types import Comparison
from seawall.foundation.access.types import Actor, ActorKind
from seawall.foundation.platform import clock

PAIRS_MAX = 400
"""Pairs noted for one decision: the oldest reports of both sides stand for the others."""
CHUNK = 500
"""Rows read at once."""


def decide(
    actor: Actor,
    left: Iterable[str],
    right: Iterable[str],
    *,
    same: bool,
    reason: str,
    comparison: dict[str, Any] | None = None,
) -> None:
    """Note that reports are, or are not, the same flaw, for each pair of the two sides.

    A person's word replaces an earlier one; a run's never replaces a person's.
    """
    by_person = actor.kind is not ActorKind.SYSTEM
    said = {
        "same": same,
        "by_person": by_person,
        "made_by": actor.label[:200],
        "made_at": clock.now(),
        "reason": reason,
        "comparison": comparison or {},
    }
    for one, other in list(product(left, right))[:PAIRS_MAX]:
        if one == other:
            continue
        first, second = sorted((one, other))
        known = Decision.objects.filter(left_id=first, right_id=second).first()
        if known is not None and known.by_person and not by_person:
            continue
        Decision.objects.update_or_create(left_id=first, right_id=second, defaults=said)


def held_apart(left: Collection[str], right: Collection[str], *, by_person: bool = False) -> Decision | None:
    """A decision that some report of one side is another flaw than some report of the other; None where there is none."""
    pairs = Q(left_id__in=left, right_id__in=right) | Q(left_id__in=right, right_id__in=left)
    rows = Decision.objects.filter(pairs, same=False)
    return (rows.filter(by_person=True) if by_person else rows).order_by("-by_person", "id").first()


def between(one: str, other: str) -> Decision | None:
    """What was decided about two reports, if anything was."""
    first, second = sorted((one, other))
    return Decision.objects.filter(left_id=first, right_id=second).first()


def by_people() -> Iterator[Decision]:
    """All that people decided; ordered by a digest, which tells nothing of when."""
    # Here and not in the database: PostgreSQL has no digest of its own without an extension.
    pairs = Decision.objects.filter(by_person=True).values_list("pk", "left_id", "right_id")
    ordered = sorted((hashlib.sha256(f"{left} {right}".encode()).digest(), pk) for pk, left, right in pairs)
    for start in range(0, len(ordered), CHUNK):
        keys = [pk for _, pk in ordered[start : start + CHUNK]]
        found = Decision.objects.in_bulk(keys)
        yield from (found[pk] for pk in keys)


def as_json(comparison: Comparison) -> dict[str, Any]:
    """A comparison as it is kept beside what followed from it."""
    return {
        "zone": comparison.zone.value,
        "score": comparison.score,
        "contributions": [asdict(item) for item in comparison.contributions],
    }

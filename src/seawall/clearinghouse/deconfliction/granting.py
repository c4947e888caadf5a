"""What stands in the way of a request: leases of others, closed ground, pacing and quotas. Under the target's lock."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db.models import Q

from seawall.clearinghouse.deconfliction import rules
from seawall.clearinghouse.deconfliction.ground.types import CONFIRMED
from seawall.clearinghouse.deconfliction.models import GroundRule, ScanLease, Target
from seawall.clearinghouse.deconfliction.types import HOLDING, HeldGround, Revision, Scope, Technique, Why
from seawall.foundation.access.types import Actor
from seawall.foundation.identity.queries import organization_names
from seawall.foundation.platform.errors import RateLimited

WEEK = timedelta(days=7)


@dataclass
class Ground:
    """A target under its lock, with the other name that it goes by."""

    target: Target
    also: str = ""
    rows: list[Target] = field(default_factory=list)

    @property
    def names(self) -> list[str]:
        """All names of the ground."""
        return [row.name for row in self.rows]

    def next_fence(self) -> int:
        """A number above every one that was handed out for the ground under any of its names."""
        fence = max(row.fence for row in self.rows) + 1
        for row in self.rows:
            row.fence = fence
            row.save(update_fields=["fence"])
        return fence


@dataclass(frozen=True)
class Wish:
    """Who asks for what."""

    actor: Actor
    scope: Scope
    exclusive: bool
    named: bool


def lock_ground(name: str, also: str) -> Ground:
    """Lock a target's rows, in the order of their names so that two requests never wait for each other.

    Args:
        name: Normalized.
        also: The repository that the caller names; what the coordinator confirmed goes before.
    """
    known = Target.objects.filter(name=name).values_list("repository", flat=True).first()
    also = known or also
    names = sorted({name, also} - {""})
    for one in names:
        Target.objects.get_or_create(name=one)
    rows = list(Target.objects.select_for_update().filter(name__in=names).order_by("name"))
    target = next(row for row in rows if row.name == name)
    return Ground(target, also if also != name else "", rows)


def obstacles(ground: Ground, wish: Wish, now: datetime, *, without: str = "") -> list[HeldGround]:
    """What is not to be had, all under the wanted target's name; ``without`` is a lease that does not count."""
    rows = list(
        ScanLease.objects.filter(
            Q(target__in=ground.names) | Q(also__in=ground.names), state__in=HOLDING, expires_at__gt=now
        )
        .exclude(organization_id=wish.actor.organization_id)
        .exclude(pk=without)
    )
    named = [row.organization_id for row in rows if row.named] if wish.named else []
    names = organization_names(named) if named else {}
    held = [
        HeldGround(
            scope_of_lease(row, wish.scope.target),
            until=row.expires_at,
            exclusive=row.exclusive,
            holder=names.get(row.organization_id) if row.named else None,
        )
        for row in rows
    ]
    rules_of_it = GroundRule.objects.select_related("stewardship").filter(
        target__in=ground.names, stewardship__state__in=CONFIRMED
    )
    everything = Scope(wish.scope.target, ("",), (Technique.ANY,))
    for rule in rules_of_it.exclude(stewardship__organization_id=wish.actor.organization_id):
        if rule.closed_paths and (rule.closed_until is None or rule.closed_until > now):
            closed = Scope(wish.scope.target, tuple(rule.closed_paths), (Technique.ANY,))
            held.append(HeldGround(closed, rule.closed_until, exclusive=True, why=Why.OPTED_OUT))
        until = _paced_until(rule, ground, rows, wish, now)
        if until is not None:
            held.append(HeldGround(everything, until, exclusive=True, why=Why.PACED))
    return held


def scope_of_lease(row: ScanLease, target: str) -> Scope:
    """A lease's ground under the name that is asked for."""
    return Scope(
        target=target,
        paths=tuple(row.paths),
        techniques=tuple(Technique(technique) for technique in row.techniques),
        weaknesses=tuple(row.weaknesses),
        excluded_paths=tuple(row.excluded_paths),
        excluded_weaknesses=tuple(row.excluded_weaknesses),
        revision=Revision(row.commit, row.introduced, row.fixed),
    )


def _paced_until(
    rule: GroundRule, ground: Ground, others: list[ScanLease], wish: Wish, now: datetime
) -> datetime | None:
    """Until when the maintainer takes no further scanner; None where one more is welcome."""
    on_it = Q(target__in=ground.names) | Q(also__in=ground.names)
    found: list[datetime] = []
    if rule.scanners_max is not None:
        ends: dict[str, datetime] = {}
        for row in others:
            ends[row.organization_id] = max(ends.get(row.organization_id, row.expires_at), row.expires_at)
        mine = ScanLease.objects.filter(on_it, organization_id=wish.actor.organization_id, state__in=HOLDING)
        if len(ends) >= rule.scanners_max and not mine.filter(expires_at__gt=now).exists():
            # With n too many, the n-th end makes room.
            found.append(sorted(ends.values())[len(ends) - rule.scanners_max] if ends else now + WEEK)
    if rule.leases_per_week is not None:
        recent = ScanLease.objects.filter(on_it, granted_at__gt=now - WEEK).order_by("granted_at")
        # One request that was cut into several leases is one disturbance.
        asked = sorted(set(recent.values_list("granted_at", "organization_id")))
        if len(asked) >= rule.leases_per_week:
            free_at = asked[len(asked) - rule.leases_per_week][0] if rule.leases_per_week else now
            found.append(free_at + WEEK)
    return max(found, default=None)


def refuse_squatting(actor: Actor, ground: Ground, now: datetime, *, exclusive: bool) -> datetime:
    """Quotas of an organization, and the longest time that it may keep others off.

    Returns:
        Since when it keeps this ground exclusively.

    Raises:
        RateLimited: It holds too many leases, or this ground for too long.
    """
    mine = ScanLease.objects.filter(organization_id=actor.home)
    held = mine.filter(state__in=HOLDING, expires_at__gt=now)
    here = mine.filter(Q(target__in=ground.names) | Q(also__in=ground.names))
    if held.count() >= rules.LEASES_PER_ORGANIZATION:
        raise RateLimited(
            f"Your organization holds {rules.LEASES_PER_ORGANIZATION} leases.", "Give back what you do not scan."
        )
    if here.filter(state__in=HOLDING, expires_at__gt=now).count() >= rules.LEASES_PER_TARGET:
        raise RateLimited(
            f"Your organization holds {rules.LEASES_PER_TARGET} leases on this target.",
            "Give some back, or ask for their parent folder in one.",
        )
    if not exclusive:
        return now
    window = now - timedelta(days=rules.HOLD_DAYS_MAX, hours=rules.REST_HOURS + 24 * rules.HOLD_DAYS_MAX)
    earlier = here.filter(exclusive=True, expires_at__gt=window)
    since = rules.held_since(
        now, [(row.held_since or row.granted_at, min(row.ended_at or row.expires_at, now)) for row in earlier]
    )
    if rules.latest_end(since) <= now:
        raise RateLimited(
            f"Your organization has kept this target from others for {rules.HOLD_DAYS_MAX} days.",
            f"Ask for a shared lease; after {rules.REST_HOURS} hours without an exclusive one you may ask again.",
        )
    return since

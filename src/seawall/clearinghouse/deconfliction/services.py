"""Writes of deconfliction: each decision holds the target's row, so no ground is granted twice."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from packageurl import PackageURL

from seawall.clearinghouse.deconfliction import rules
from seawall.clearinghouse.deconfliction.models import ScanLease, Target
from seawall.clearinghouse.deconfliction.types import Decision, HeldGround, LeaseState, Scope, Taken, Technique
from seawall.foundation.access.queries import get_visible
from seawall.foundation.access.services import require
from seawall.foundation.access.types import Actor
from seawall.foundation.platform import clock
from seawall.foundation.platform.errors import BadInput, Conflict
from seawall.foundation.transparency.services import record


@dataclass(frozen=True)
class LeaseAnswer:
    """What a finder is told: outcome, the leases granted, and what is taken until when."""

    outcome: str
    leases: tuple[ScanLease, ...]
    taken: tuple[Taken, ...]


def normalize_target(target: str) -> str:
    """A purl (version dropped) or repository address in one spelling.

    Raises:
        BadInput: Neither.
    """
    if target.startswith("pkg:"):
        try:
            purl = PackageURL.from_string(target)
        except ValueError as error:
            raise BadInput(
                f"{target[:120]!r} is not a package URL.", "Write it like pkg:pypi/jinja2.", field="target"
            ) from error
        return PackageURL(purl.type, purl.namespace, purl.name).to_string()
    repository = rules.normalize_repository(target)
    if repository is None:
        raise BadInput(
            "The target is neither a package URL nor an https repository address.",
            "Write pkg:pypi/jinja2 or https://example.org/team/project.",
            field="target",
        )
    return repository


def _scope(target: str, paths: Sequence[str], techniques: Sequence[str]) -> Scope:
    if len(paths) > rules.PATHS_MAX:
        raise BadInput(f"At most {rules.PATHS_MAX} paths fit one lease.", "Ask for their parent folder.", field="paths")
    normalized: list[str] = []
    for path in paths or [""]:
        clean = rules.normalize_path(path)
        if clean is None:
            raise BadInput(f"The path {path[:120]!r} does not stay below the target.", "Drop '..'.", field="paths")
        normalized.append(clean)
    try:
        chosen = tuple(dict.fromkeys(Technique(technique) for technique in techniques or ["any"]))
    except ValueError as error:
        raise BadInput(
            f"{error}.", f"Choose from {', '.join(item.value for item in Technique)}.", field="techniques"
        ) from error
    return Scope(target=normalize_target(target), paths=tuple(dict.fromkeys(normalized)), techniques=chosen)


@transaction.atomic
def request_lease(
    actor: Actor,
    *,
    target: str,
    paths: Sequence[str] = (),
    techniques: Sequence[str] = (),
    hours: int = 24,
    exclusive: bool = True,
) -> LeaseAnswer:
    """Grant what is free of a scope, and say until when the rest is taken, never by whom.

    Args:
        actor: A finder.
        target: purl or repository address; a purl's version is dropped.
        paths: Path prefixes below the target; none means everything.
        techniques: Names of ``Technique``; none means any.
        hours: Length, 1 to 336.
        exclusive: Whether others shall keep off meanwhile.

    Raises:
        BadInput: A field does not fit; it is named.
        Forbidden: The actor is not a finder or lacks ``leases:write``.
    """
    require(actor, "lease.request")
    wanted = _scope(target, paths, techniques)
    now = clock.now()
    end = rules.lease_end(now, hours)
    if end is None:
        raise BadInput(f"A lease lasts 1 to {rules.LEASE_HOURS_MAX} hours.", "Renew it while you work.", field="hours")
    Target.objects.get_or_create(name=wanted.target)
    ground = Target.objects.select_for_update().get(name=wanted.target)
    decision = rules.decide(wanted, exclusive=exclusive, held=_held(ground, actor, now), now=now)
    leases = tuple(
        _grant(actor, ground, scope, decision, exclusive=exclusive, now=now, end=end) for scope in decision.granted
    )
    return LeaseAnswer(outcome=decision.outcome, leases=leases, taken=decision.taken)


def _held(ground: Target, actor: Actor, now: datetime) -> list[HeldGround]:
    rows = ScanLease.objects.filter(target=ground, state=LeaseState.ACTIVE, expires_at__gt=now)
    return [
        HeldGround(
            scope=Scope(
                target=ground.name,
                paths=tuple(row.paths),
                techniques=tuple(Technique(technique) for technique in row.techniques),
            ),
            until=row.expires_at,
            exclusive=row.exclusive,
        )
        for row in rows.exclude(organization_id=actor.organization_id)
    ]


def _grant(
    actor: Actor, ground: Target, scope: Scope, decision: Decision, *, exclusive: bool, now: datetime, end: datetime
) -> ScanLease:
    ground.fence += 1
    ground.save(update_fields=["fence"])
    excluded = [
        taken.path
        for taken in decision.taken
        if taken.technique in scope.techniques and any(rules.contains(path, taken.path) for path in scope.paths)
    ]
    lease = ScanLease.objects.create(
        organization_id=actor.home,
        target=ground,
        paths=list(scope.paths),
        excluded_paths=excluded,
        techniques=[technique.value for technique in scope.techniques],
        exclusive=exclusive,
        state=LeaseState.ACTIVE,
        fence=ground.fence,
        granted_at=now,
        expires_at=end,
    )
    record(
        actor,
        "lease.granted",
        lease.id,
        {"target": ground.name, "paths": lease.paths, "techniques": lease.techniques, "fence": lease.fence},
    )
    return lease


@transaction.atomic
def renew_lease(actor: Actor, lease_id: str, *, fence: int, hours: int = 24) -> ScanLease:
    """Extend a lease that is still active.

    Raises:
        NotFound: Not the actor's.
        Conflict: Expired or given back, or the fence is not the lease's: ask anew.
        BadInput: The length is out of bounds.
    """
    lease = get_visible(actor, "lease.change", ScanLease.objects.select_for_update(), lease_id)
    now = clock.now()
    if lease.state != LeaseState.ACTIVE or lease.expires_at <= now or lease.fence != fence:
        raise Conflict("This lease is over, or the fence is not its own.", "Ask for a new lease.")
    end = rules.lease_end(now, hours)
    if end is None:
        raise BadInput(f"A lease lasts 1 to {rules.LEASE_HOURS_MAX} hours.", field="hours")
    lease.expires_at = end
    lease.save(update_fields=["expires_at"])
    record(actor, "lease.renewed", lease.id, {"until": end.isoformat(), "fence": fence})
    return lease


@transaction.atomic
def release_lease(actor: Actor, lease_id: str, *, completed: bool = True) -> ScanLease:
    """Give ground back. Doing it twice is the same as once.

    Raises:
        NotFound: Not the actor's.
    """
    lease = get_visible(actor, "lease.change", ScanLease.objects.select_for_update(), lease_id)
    if lease.state == LeaseState.ACTIVE:
        lease.state = LeaseState.COMPLETED if completed else LeaseState.WITHDRAWN
        lease.save(update_fields=["state"])
        record(actor, "lease.released", lease.id, {"state": lease.state})
    return lease

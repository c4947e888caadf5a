"""Writes on leases: each decision holds the target's row, so no ground is granted twice."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from django.core import signing
from django.db import transaction

from seawall.clearinghouse.deconfliction import revisions, rules, targets
from seawall.clearinghouse.deconfliction.granting import (
    Ground,
    Wish,
    lock_ground,
    obstacles,
    refuse_squatting,
    scope_of_lease,
)
from seawall.clearinghouse.deconfliction.models import Coverage, ScanLease
from seawall.clearinghouse.deconfliction.types import (
    HOLDING,
    Effort,
    LeaseState,
    Scope,
    Taken,
    Why,
)
from seawall.clearinghouse.deconfliction.wishes import revision_of, scope_of
from seawall.clearinghouse.distribution.services import notify
from seawall.foundation.access.queries import get_visible
from seawall.foundation.access.services import require
from seawall.foundation.access.types import Actor
from seawall.foundation.platform import clock
from seawall.foundation.platform.errors import BadInput, Conflict
from seawall.foundation.transparency.services import record

HAND_OVER_HOURS = 24
"""How long a hand-over code is good."""
LOGGED_MAX = 16_000
"""Characters of prefixes that an entry of the log lists."""
_HAND_OVER = "seawall.lease.hand-over"


@dataclass(frozen=True)
class LeaseAnswer:
    """What a finder is told: outcome, the leases granted, and what is taken until when."""

    outcome: str
    leases: tuple[ScanLease, ...]
    taken: tuple[Taken, ...]


@dataclass(frozen=True)
class HandOver:
    """What the holder gives to whoever shall have the lease, by a way of their own."""

    code: str
    expires_at: datetime


def normalize_target(target: str) -> str:
    """A purl (version dropped) or repository address in one spelling.

    Raises:
        BadInput: Neither.
    """
    return targets.normalize_target(target).name


@transaction.atomic
def request_lease(
    actor: Actor,
    *,
    target: str,
    paths: Sequence[str] = (),
    techniques: Sequence[str] = (),
    weaknesses: Sequence[str] = (),
    hours: int = 24,
    exclusive: bool = True,
    named: bool = False,
    repository: str = "",
    commit: str = "",
    introduced: str = "",
    fixed: str = "",
) -> LeaseAnswer:
    """Grant what is free of a scope, and say until when the rest is taken; by whom only where both sides agreed.

    Args:
        actor: A finder.
        target: purl or repository address; a purl's version is dropped.
        paths: Path prefixes below the target; none means everything.
        techniques: Names of ``Technique``; none means any.
        weaknesses: ``CWE-79`` and the like; none means every class.
        hours: Length, 1 to 336.
        exclusive: Whether others shall keep off meanwhile.
        named: Whether the holder may be named to those who meet this lease and agreed too.
        repository: The repository of a package, so that leases on either name meet.
        commit: Full identifier of what is scanned, for the coverage map.
        introduced: First version meant.
        fixed: First version not meant any more.

    Raises:
        BadInput: A field does not fit; it is named.
        Forbidden: The actor is not a finder or lacks ``leases:write``.
        RateLimited: The organization holds too much, or this ground for too long.
    """
    require(actor, "lease.request")
    named_target = targets.normalize_target(target)
    also = named_target.repository
    if repository:
        also = targets.normalize_repository(repository) or ""
        if not also:
            raise BadInput("The repository is no address.", "Write https://example.org/team/x.", field="repository")
    wanted = scope_of(named_target.name, paths, techniques, weaknesses, revision_of(commit, introduced, fixed))
    now = clock.now()
    end = rules.lease_end(now, hours)
    if end is None:
        raise BadInput(f"A lease lasts 1 to {rules.LEASE_HOURS_MAX} hours.", "Renew it while you work.", field="hours")
    ground = lock_ground(wanted.target, also)
    since = refuse_squatting(actor, ground, now, exclusive=exclusive)
    wish = Wish(actor, wanted, exclusive=exclusive, named=named)
    decision = rules.decide(
        wanted,
        exclusive=exclusive,
        held=obstacles(ground, wish, now),
        now=now,
        apart=partial(revisions.apart, wanted.target),
    )
    fine = any(len(scope.paths) + len(scope.excluded_paths) > rules.PREFIXES_MAX for scope in decision.granted)
    if fine or len(decision.granted) > rules.SCOPES_MAX:
        raise BadInput("What is free of this falls into too many parts.", "Ask for less.", field="paths")
    ends = min(end, rules.latest_end(since)) if exclusive else end
    leases = tuple(
        _grant(wish, ground, scope, now=now, end=ends, since=since, hours=hours) for scope in decision.granted
    )
    return LeaseAnswer(outcome=decision.outcome, leases=leases, taken=decision.taken[: rules.TAKEN_MAX])


def _grant(
    wish: Wish, ground: Ground, scope: Scope, *, now: datetime, end: datetime, since: datetime, hours: int
) -> ScanLease:
    lease = ScanLease.objects.create(
        organization_id=wish.actor.home,
        target=ground.target,
        also=ground.also,
        paths=list(scope.paths),
        excluded_paths=list(scope.excluded_paths),
        techniques=[technique.value for technique in scope.techniques],
        weaknesses=list(scope.weaknesses),
        excluded_weaknesses=list(scope.excluded_weaknesses),
        commit=scope.revision.commit,
        introduced=scope.revision.introduced,
        fixed=scope.revision.fixed,
        exclusive=wish.exclusive,
        named=wish.named,
        state=LeaseState.ACTIVE,
        fence=ground.next_fence(),
        hours=hours,
        granted_at=now,
        held_since=since if wish.exclusive else now,
        heartbeat_at=now,
        expires_at=end,
    )
    _log_grant(wish.actor, lease)
    return lease


def _log_grant(actor: Actor, lease: ScanLease) -> None:
    record(
        actor,
        "lease.granted",
        lease.id,
        {
            "target": lease.target_id,
            "paths": _logged(lease.paths),
            "except": _logged(lease.excluded_paths),
            "techniques": lease.techniques,
            "weaknesses": lease.weaknesses,
            "commit": lease.commit,
            "exclusive": lease.exclusive,
            "fence": lease.fence,
            "until": lease.expires_at.isoformat(),
        },
    )


def _logged(paths: list[str]) -> list[str] | dict[str, int | str]:
    """Prefixes as the log says them: many long ones by their digest, since an entry has a largest size."""
    if sum(map(len, paths)) <= LOGGED_MAX:
        return paths
    return {"count": len(paths), "sha256": hashlib.sha256("\n".join(paths).encode()).hexdigest()}


def _held(actor: Actor, lease_id: str, fence: int | None, *states: LeaseState) -> ScanLease:
    """The actor's lease, locked, in one of the states and within its time.

    Raises:
        NotFound: Not the actor's.
        Conflict: Over, in another state, or the fence is not the lease's.
    """
    seen = get_visible(actor, "lease.change", ScanLease.objects.all(), lease_id)
    # Under the ground's lock, and the time is read after it: else a rival could be granted what expires just now, while
    # this transaction, which began before, extends it.
    lock_ground(seen.target_id, seen.also)
    lease = ScanLease.objects.select_for_update(of=("self",)).get(pk=seen.pk)
    over = lease.state not in HOLDING or lease.expires_at <= clock.now()
    if over or (fence is not None and lease.fence != fence):
        raise Conflict("This lease is over, or the fence is not its own.", "Ask for a new lease.")
    if lease.state not in states:
        raise Conflict(f"The lease is {lease.state}.", "Resume it first." if lease.state == LeaseState.PAUSED else "")
    return lease


def _extend(lease: ScanLease, now: datetime, hours: int) -> None:
    end = rules.lease_end(now, hours)
    if end is None:
        raise BadInput(f"A lease lasts 1 to {rules.LEASE_HOURS_MAX} hours.", field="hours")
    if lease.exclusive:
        latest = rules.latest_end(lease.held_since or lease.granted_at)
        if latest <= now:
            raise Conflict(
                f"This ground was kept for {rules.HOLD_DAYS_MAX} days.",
                f"Give it back, or ask for a shared lease; after {rules.REST_HOURS} hours the count begins anew.",
            )
        end = min(end, latest)
    lease.expires_at = end
    lease.heartbeat_at = now


@transaction.atomic
def renew_lease(actor: Actor, lease_id: str, *, fence: int, hours: int = 24) -> ScanLease:
    """Extend a lease that is still active.

    Raises:
        NotFound: Not the actor's.
        Conflict: Expired, paused or given back, kept for too long, or the fence is not the lease's: ask anew.
        BadInput: The length is out of bounds.
    """
    lease = _held(actor, lease_id, fence, LeaseState.ACTIVE)
    _extend(lease, clock.now(), hours)
    lease.hours = hours
    lease.save(update_fields=["expires_at", "heartbeat_at", "hours"])
    record(actor, "lease.renewed", lease.id, {"until": lease.expires_at.isoformat(), "fence": fence})
    return lease


@transaction.atomic
def heartbeat(actor: Actor, lease_id: str, *, fence: int) -> ScanLease:
    """Say that the scan goes on: the lease lasts its own length from now. Within a minute of the last one, nothing changes.

    Raises:
        NotFound: Not the actor's.
        Conflict: The lease is over or paused, or was given to somebody else: stop scanning.
    """
    lease = _held(actor, lease_id, fence, LeaseState.ACTIVE)
    now = clock.now()
    last = lease.heartbeat_at or lease.granted_at
    if now - last < timedelta(seconds=rules.HEARTBEAT_SECONDS_MIN):
        return lease
    _extend(lease, now, lease.hours)
    lease.save(update_fields=["expires_at", "heartbeat_at"])
    record(actor, "lease.heartbeat", lease.id, {"until": lease.expires_at.isoformat(), "fence": fence})
    return lease


@transaction.atomic
def pause_lease(actor: Actor, lease_id: str, *, fence: int) -> ScanLease:
    """Stop for a while and keep the ground, for ``rules.PAUSE_HOURS_MAX`` hours at most.

    Raises:
        NotFound: Not the actor's.
        Conflict: Not active, or the fence is not the lease's.
    """
    lease = _held(actor, lease_id, fence, LeaseState.ACTIVE)
    lease.state = LeaseState.PAUSED
    lease.expires_at = min(lease.expires_at, clock.now() + timedelta(hours=rules.PAUSE_HOURS_MAX))
    lease.save(update_fields=["state", "expires_at"])
    record(actor, "lease.paused", lease.id, {"until": lease.expires_at.isoformat(), "fence": fence})
    return lease


@transaction.atomic
def resume_lease(actor: Actor, lease_id: str, *, fence: int) -> ScanLease:
    """Go on with a paused lease, for its own length from now.

    Raises:
        NotFound: Not the actor's.
        Conflict: Not paused, or over.
    """
    lease = _held(actor, lease_id, fence, LeaseState.PAUSED)
    _extend(lease, clock.now(), lease.hours)
    lease.state = LeaseState.ACTIVE
    lease.save(update_fields=["state", "expires_at", "heartbeat_at"])
    record(actor, "lease.resumed", lease.id, {"until": lease.expires_at.isoformat(), "fence": fence})
    return lease


@transaction.atomic
def release_lease(
    actor: Actor,
    lease_id: str,
    *,
    completed: bool = True,
    tell: bool = False,
    effort: Effort | None = None,
    commit: str = "",
) -> ScanLease:
    """Give ground back. Doing it twice is the same as once.

    Args:
        actor: The holder.
        lease_id: The lease.
        completed: False where the ground was given up unscanned.
        tell: Put the scan on the coverage map, without the organization's name.
        effort: What it cost, for the map.
        commit: What was scanned in the end, if it is another commit than the lease names.

    Raises:
        NotFound: Not the actor's.
        BadInput: A number or the commit does not fit.
    """
    lease = get_visible(actor, "lease.change", ScanLease.objects.select_for_update(of=("self",)), lease_id)
    scanned = revision_of(commit, "", "").commit
    spent = effort or Effort()
    if not all(0 <= number < 2**31 for number in (spent.machine_hours, spent.person_hours, spent.model_tokens)):
        raise BadInput("An effort is a whole number from 0 on.", field="effort")
    if lease.state in HOLDING:
        now = clock.now()
        lease.state = LeaseState.COMPLETED if completed else LeaseState.WITHDRAWN
        lease.ended_at = min(now, lease.expires_at)
        lease.commit = scanned or lease.commit
        lease.save(update_fields=["state", "ended_at", "commit"])
        if completed and tell:
            Coverage.objects.create(
                organization_id=lease.organization_id,
                lease_id=lease.id,
                target_id=lease.also or lease.target_id,
                paths=lease.paths,
                excluded_paths=lease.excluded_paths,
                techniques=lease.techniques,
                weaknesses=lease.weaknesses,
                commit=lease.commit,
                machine_hours=spent.machine_hours,
                person_hours=spent.person_hours,
                model_tokens=spent.model_tokens,
                scanned_at=now,
            )
        record(actor, "lease.released", lease.id, {"state": lease.state, "told": completed and tell})
    return lease


@transaction.atomic
def stop_lease(actor: Actor, lease_id: str, *, reason: str) -> ScanLease:
    """End somebody's lease as the coordinator; the holder is told why.

    Raises:
        NotFound: There is none.
        Forbidden: Not a coordinator.
        Conflict: It is over already.
    """
    row = get_visible(actor, "lease.read", ScanLease.objects.all(), lease_id)
    require(actor, "lease.stop", row)
    lease = ScanLease.objects.select_for_update(of=("self",)).get(pk=row.pk)
    if lease.state not in HOLDING or lease.expires_at <= clock.now():
        raise Conflict("This lease is over already.")
    withdraw(actor, lease, reason)
    return lease


def withdraw(actor: Actor, lease: ScanLease, reason: str) -> None:
    """End a locked lease and tell its holder; inner half of services that checked already."""
    lease.state = LeaseState.WITHDRAWN
    lease.ended_at = clock.now()
    lease.save(update_fields=["state", "ended_at"])
    record(actor, "lease.stopped", lease.id, {"reason": reason})
    notify(
        lease.organization_id,
        kind="lease",
        subject=lease.id,
        title=f"Your lease on {lease.target_id} was ended",
        body=reason,
        reference="/leases",
    )


@transaction.atomic
def hand_over(actor: Actor, lease_id: str, *, fence: int) -> HandOver:
    """A code with which another organization takes the lease over, within a day. Nobody else learns of either.

    Raises:
        NotFound: Not the actor's.
        Conflict: Not active, or the fence is not the lease's.
    """
    lease = _held(actor, lease_id, fence, LeaseState.ACTIVE)
    until = min(clock.now() + timedelta(hours=HAND_OVER_HOURS), lease.expires_at)
    record(actor, "lease.offered", lease.id, {"until": until.isoformat(), "fence": fence})
    return HandOver(signing.dumps([lease.id, lease.fence, until.timestamp()], salt=_HAND_OVER), until)


@transaction.atomic
def take_over(actor: Actor, code: str) -> ScanLease:
    """Take a lease over with its holder's code: a new lease on the same ground, with a higher fence, until the same time.

    Raises:
        BadInput: The code is none, or of another server.
        Conflict: It was used, or the lease is over.
    """
    require(actor, "lease.request")
    try:
        lease_id, fence, until = signing.loads(code[:1000], salt=_HAND_OVER)
    except (signing.BadSignature, ValueError) as error:
        raise BadInput("This is no hand-over code of ours.", "Ask the holder for a new one.", field="code") from error
    now = clock.now()
    given = ScanLease.objects.filter(pk=lease_id).first()
    gone = Conflict("This code was used already, or its lease is over.", "Ask the holder for a new one.")
    if given is None or until <= now.timestamp():
        raise gone
    ground = lock_ground(given.target_id, given.also)
    given = ScanLease.objects.select_for_update(of=("self",)).get(pk=lease_id)
    if given.state != LeaseState.ACTIVE or given.expires_at <= now or given.fence != fence:
        raise gone
    if given.organization_id == actor.home:
        raise Conflict("This lease is yours already.")
    refuse_squatting(actor, ground, now, exclusive=given.exclusive)
    # The giver may hold the same ground by a second lease, which would become a rival's.
    wish = Wish(actor, scope_of_lease(given, ground.target.name), exclusive=given.exclusive, named=False)
    others = [one for one in obstacles(ground, wish, now, without=given.id) if one.why is Why.HELD]
    if rules.decide(wish.scope, exclusive=given.exclusive, held=others, now=now).taken:
        raise Conflict(
            "Part of this ground is held by another lease too.", "Ask the holder to give that one back, and try again."
        )
    given.state = LeaseState.COMPLETED
    given.ended_at = now
    given.save(update_fields=["state", "ended_at"])
    record(actor, "lease.handed_over", given.id, {"fence": given.fence})
    taken = ScanLease.objects.get(pk=given.pk)
    taken._state.adding = True  # noqa: SLF001 - Django's way to copy a row
    taken.pk = ScanLease._meta.pk.get_default()  # noqa: SLF001 - as above
    taken.organization_id = actor.home
    taken.state = LeaseState.ACTIVE
    taken.fence = ground.next_fence()
    taken.named = False
    taken.granted_at = taken.heartbeat_at = now
    taken.ended_at = None
    taken.save()
    _log_grant(actor, taken)
    return taken

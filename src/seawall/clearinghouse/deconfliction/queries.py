"""Reads of leases."""

from datetime import datetime

from django.db.models import QuerySet

from seawall.clearinghouse.deconfliction.models import ScanLease
from seawall.clearinghouse.deconfliction.types import HOLDING, LeaseState
from seawall.foundation.access.queries import get_visible, visible_to
from seawall.foundation.access.rules import grants_for
from seawall.foundation.access.types import Actor

LeaseRow = ScanLease
"""The row, for other folders' annotations: they read it, and write only through services."""


def leases_of(actor: Actor) -> QuerySet[ScanLease]:
    """The leases that the actor may see, newest first."""
    return visible_to(actor, "lease.read", ScanLease.objects.order_by("-granted_at", "id"))


def lease(actor: Actor, lease_id: str) -> ScanLease:
    """One lease.

    Raises:
        NotFound: Absent or foreign.
    """
    return get_visible(actor, "lease.read", ScanLease.objects.all(), lease_id)


def state_at(row: ScanLease, now: datetime) -> LeaseState:
    """The state of a lease: one whose time is over has expired, whether or not anybody marked it."""
    state = LeaseState(row.state)
    return LeaseState.EXPIRED if state in HOLDING and row.expires_at <= now else state


def allowed_next(actor: Actor, row: ScanLease, now: datetime) -> list[str]:
    """What the actor may do with a lease that it sees, as names of operations."""
    state = state_at(row, now)
    if row.organization_id == actor.organization_id and grants_for(actor, "lease.change"):
        if state is LeaseState.ACTIVE:
            return ["renew_lease", "heartbeat_lease", "pause_lease", "hand_over_lease", "release_lease"]
        if state is LeaseState.PAUSED:
            return ["resume_lease", "release_lease"]
    if state in HOLDING and grants_for(actor, "lease.stop"):
        return ["stop_lease"]
    return ["request_lease"] if grants_for(actor, "lease.request") else []

"""Reads of deconfliction."""

from datetime import datetime

from django.db.models import QuerySet

from seawall.clearinghouse.deconfliction.models import ScanLease
from seawall.clearinghouse.deconfliction.types import LeaseState
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
    return LeaseState.EXPIRED if state is LeaseState.ACTIVE and row.expires_at <= now else state


def allowed_next(actor: Actor, row: ScanLease, now: datetime) -> list[str]:
    """What the actor may do with a lease that it sees, as names of operations."""
    holder = row.organization_id == actor.organization_id and bool(grants_for(actor, "lease.change"))
    if holder and state_at(row, now) is LeaseState.ACTIVE:
        return ["renew_lease", "release_lease"]
    return ["request_lease"] if grants_for(actor, "lease.request") else []

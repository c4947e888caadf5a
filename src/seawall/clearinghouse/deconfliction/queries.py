"""Reads of deconfliction."""

from django.db.models import QuerySet

from seawall.clearinghouse.deconfliction.models import ScanLease
from seawall.foundation.access.queries import get_visible, visible_to
from seawall.foundation.access.types import Actor


def leases_of(actor: Actor) -> QuerySet[ScanLease]:
    """The leases that the actor may see, newest first."""
    return visible_to(actor, "lease.read", ScanLease.objects.order_by("-granted_at", "id"))


def lease(actor: Actor, lease_id: str) -> ScanLease:
    """One lease.

    Raises:
        NotFound: Absent or foreign.
    """
    return get_visible(actor, "lease.read", ScanLease.objects.all(), lease_id)

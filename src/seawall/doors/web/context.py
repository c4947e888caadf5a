"""What every template may use."""

from dataclasses import dataclass
from functools import partial
from typing import Any

from django.conf import settings
from django.http import HttpRequest

from seawall.clearinghouse.distribution.queries import notices_of
from seawall.doors.web.pages import actor_of
from seawall.foundation.access.rules import grants_for
from seawall.foundation.access.types import Actor, OrganizationKind
from seawall.foundation.identity.queries import workplaces_of
from seawall.foundation.identity.types import Workplace

NOTICES_SHOWN = 9
"""Unread notices are counted up to here; more is "9+"."""


@dataclass(frozen=True)
class Stop:
    """A link of the navigation."""

    label: str
    route: str
    action: str
    """Action without which the link is not shown."""


QUEUE = Stop("Queue", "queue", "case.decide")
CASES = Stop("Cases", "cases", "case.read")
REPORTS = Stop("Reports", "reports", "report.submit")
SCANS = Stop("Scans", "scans", "scan.upload")
LEASES = Stop("Leases", "leases", "lease.request")
COMMITMENTS = Stop("Commitments", "commitments", "commitment.read")
NETWORKS = Stop("Networks", "networks", "network.read")
INVITATIONS = Stop("Invitations", "invitations", "case.respond")
PACE = Stop("Pace", "pace", "pacing.read")
EXPOSURES = Stop("What to fix", "exposures", "exposure.read")
INVENTORIES = Stop("Inventories", "inventories", "inventory.read")
ASSETS = Stop("Assets", "assets", "asset.read")
ADVISORIES = Stop("Advisories", "advisories", "advisory.read")
LOG = Stop("Log", "log", "log.read")

_FINDER = (REPORTS, SCANS, LEASES, COMMITMENTS, CASES, ADVISORIES, LOG)
_OPERATOR = (EXPOSURES, INVENTORIES, ASSETS, NETWORKS, ADVISORIES, LOG)
NAVIGATION: dict[OrganizationKind, tuple[Stop, ...]] = {
    OrganizationKind.COORDINATOR: (QUEUE, CASES, COMMITMENTS, NETWORKS, ADVISORIES, LOG),
    OrganizationKind.FINDER: _FINDER,
    OrganizationKind.AI_DEVELOPER: _FINDER,
    OrganizationKind.EVALUATOR: _FINDER,
    OrganizationKind.VENDOR: (
        INVITATIONS,
        CASES,
        PACE,
        REPORTS,
        SCANS,
        EXPOSURES,
        INVENTORIES,
        ASSETS,
        ADVISORIES,
        LOG,
    ),
    OrganizationKind.OPERATOR: _OPERATOR,
    OrganizationKind.AGENCY: _OPERATOR,
}
"""What each kind of organization needs, first things first; the first one is its home."""


def stops_of(actor: Actor) -> tuple[Stop, ...]:
    """The navigation of an actor: what its kind needs and its role may open."""
    if actor.organization_kind is None:
        return (ADVISORIES, LOG)
    return tuple(stop for stop in NAVIGATION[actor.organization_kind] if grants_for(actor, stop.action))


def _unread(actor: Actor) -> str:
    found = notices_of(actor, unread_only=True)[: NOTICES_SHOWN + 1].count() if actor.organization_id else 0
    return f"{NOTICES_SHOWN}+" if found > NOTICES_SHOWN else str(found or "")


def _workplaces(actor: Actor) -> list[Workplace]:
    return workplaces_of(actor) if actor.organization_id else []


def site(request: HttpRequest) -> dict[str, Any]:
    """The actor, its navigation and organizations, and the publisher's name."""
    actor = actor_of(request)
    route = request.resolver_match.url_name if request.resolver_match else None
    return {
        "actor": actor,
        "publisher": settings.SEAWALL.publisher,
        "navigation": stops_of(actor),
        "route": route,
        # Called by the template where it shows them, so that a page without the menu asks nothing.
        "unread_notices": partial(_unread, actor),
        "workplaces": partial(_workplaces, actor),
        "may_mint": bool(grants_for(actor, "token.mint")),
    }

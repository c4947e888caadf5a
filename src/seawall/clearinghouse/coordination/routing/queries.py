"""Reads of pacing and routing."""

import hashlib
import re
from dataclasses import dataclass

from seawall.clearinghouse.coordination import rules as states
from seawall.clearinghouse.coordination.models import Case, Participant
from seawall.clearinghouse.coordination.routing import rules
from seawall.clearinghouse.coordination.routing.models import Address, Delivery, Guest, Link
from seawall.clearinghouse.coordination.routing.types import LinkState
from seawall.clearinghouse.coordination.types import ReportManagement
from seawall.foundation.access.queries import get_visible
from seawall.foundation.access.services import require
from seawall.foundation.access.types import Actor, ActorKind, OrganizationKind
from seawall.foundation.platform import clock
from seawall.foundation.platform.errors import NotFound

DeliveryRow = Delivery
LinkRow = Link
"""The rows, for other folders' annotations."""

SCOPES = frozenset({"cases:read", "cases:write", "reports:read"})
"""What a guest's actor carries; its organization takes part in one case, so this opens that case alone."""
_SECRET = re.compile(r"[A-Za-z0-9_-]{43}", re.ASCII)
"""32 random bytes, base64url."""


def digest(secret: str) -> str:
    """What is kept of a token or a session's secret: hex SHA-256; 256 random bits need no slow hash."""
    return hashlib.sha256(secret.encode("ascii")).hexdigest()


def is_secret(text: str) -> bool:
    """Whether a text has the shape of a token or a session's secret."""
    return _SECRET.fullmatch(text) is not None


def not_here() -> NotFound:
    """The one answer to whatever is absent, foreign, expired or revoked."""
    return NotFound("There is nothing here that you may see.", "Check the address and who you are signed in as.")


@dataclass(frozen=True)
class Visit:
    """A browser that opened a link, and what it may do."""

    actor: Actor
    link: Link
    guest: Guest


def link_of_token(token: str) -> Link:
    """The link of a token; looking uses nothing up.

    Raises:
        NotFound: There is none.
    """
    row = Link.objects.select_related("guest__case").filter(digest=digest(token)).first() if is_secret(token) else None
    if row is None:
        raise not_here()
    return row


def state_of(link: Link) -> LinkState:
    """What may still be done with a link, now."""
    return rules.link_state(
        clock.now(), expires_at=link.expires_at, opened_at=link.opened_at, revoked_at=link.revoked_at
    )


def visit(link_id: str, secret: str) -> Visit:
    """Who stands behind a link's cookie, asked anew at every request: a revoked link is over at once.

    Args:
        link_id: The link that the page's address names.
        secret: What the cookie holds.

    Raises:
        NotFound: Another link's cookie, a revoked link, an old session, or nothing like it.
    """
    if not is_secret(secret):
        raise not_here()
    link = Link.objects.select_related("guest__case").filter(pk=link_id, session_digest=digest(secret)).first()
    if (
        link is None
        or link.revoked_at is not None
        or link.session_expires_at is None
        or link.session_expires_at <= clock.now()
    ):
        raise not_here()
    return Visit(actor=actor_of_guest(link), link=link, guest=link.guest)


def actor_of_guest(link: Link) -> Actor:
    """The actor behind a link: its guest's organization, which takes part in one case and has no other rights."""
    return Actor(
        kind=ActorKind.LINK,
        id=link.id,
        label=f"{link.guest.name} (by link)",
        organization_id=link.guest.organization_id,
        organization_kind=OrganizationKind.VENDOR,
        scopes=SCOPES,
    )


def participant_of(guest: Guest) -> Participant:
    """How the guest stands to its case.

    Raises:
        NotFound: It takes no part any more.
    """
    row = Participant.objects.filter(case_id=guest.case_id, organization_id=guest.organization_id).first()
    if row is None:
        raise not_here()
    return row


def steps_of(participant: Participant) -> list[str]:
    """What the guest may say of the report now."""
    return list(states.allowed(states.RM_TABLE, ReportManagement(participant.report_management)))


def decidable_case(actor: Actor, case_id: str) -> Case:
    """A case that the actor reads and may decide on.

    Raises:
        NotFound: Absent or foreign.
        Forbidden: The actor is no coordinator.
    """
    case = get_visible(actor, "case.read", Case.objects.all(), case_id)
    require(actor, "case.decide", case)
    return case


def links_of(actor: Actor, case_id: str) -> list[Link]:
    """The one-time links of a case, newest first, for those who make them.

    Raises:
        NotFound, Forbidden: See ``decidable_case``.
    """
    case = decidable_case(actor, case_id)
    return list(Link.objects.select_related("guest").filter(guest__case=case).order_by("-created_at", "id"))


def deliveries_of(actor: Actor, case_id: str) -> list[Delivery]:
    """What was sent of a case on which route, and what became of it, newest first.

    Raises:
        NotFound, Forbidden: See ``decidable_case``.
    """
    case = decidable_case(actor, case_id)
    return list(Delivery.objects.select_related("link").filter(case=case).order_by("-made_at", "id"))


def address_of(package: str) -> Address | None:
    """Where a package's maintainer is reached, for services and those who decide."""
    return Address.objects.filter(pk=package).first()

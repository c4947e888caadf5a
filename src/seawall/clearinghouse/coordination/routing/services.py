"""One-time links: how a maintainer without an account reads a case and answers in it.

- A coordinator mints a link. Its token has 256 random bits, is shown once, and only its digest is kept.
- Looking at the address uses nothing up: scanners of mail look at every address. One POST opens the link, once, whoever
  else tries at the same moment; the browser that had it gets a secret of its own in a cookie.
- Behind the cookie stands a guest: an organization without people or tokens that takes part in this one case. What it
  may do follows from the permission table, as for everybody.
- Every request asks whether the link still holds; revoking ends it at once.
"""

import re
import secrets
from datetime import timedelta
from pathlib import Path

from django.conf import settings
from django.db import transaction

from seawall.clearinghouse.coordination import models as cases
from seawall.clearinghouse.coordination import participants, statements
from seawall.clearinghouse.coordination import rules as states
from seawall.clearinghouse.coordination import services as coordination
from seawall.clearinghouse.coordination.conversations import queries as conversing
from seawall.clearinghouse.coordination.conversations import services as conversations
from seawall.clearinghouse.coordination.conversations.queries import MessageRow, ThreadRow
from seawall.clearinghouse.coordination.conversations.types import Audience, AudiencePart
from seawall.clearinghouse.coordination.embargoes import binding
from seawall.clearinghouse.coordination.routing import queries, rules
from seawall.clearinghouse.coordination.routing.models import Delivery, Guest, Link
from seawall.clearinghouse.coordination.routing.queries import Visit
from seawall.clearinghouse.coordination.routing.types import DeliveryState, LinkState, MintedLink, OpenedLink, Route
from seawall.clearinghouse.coordination.timeline import note
from seawall.clearinghouse.coordination.types import (
    EmbargoManagement,
    ParticipantEmbargo,
    ParticipantRole,
    ReportManagement,
    VendorStatus,
)
from seawall.clearinghouse.distribution.services import notify
from seawall.clearinghouse.intake import queries as intake
from seawall.foundation.access.queries import get_visible
from seawall.foundation.access.types import Actor, OrganizationKind
from seawall.foundation.identity.queries import coordinator_ids
from seawall.foundation.identity.services import create_organization
from seawall.foundation.platform import clock, storage
from seawall.foundation.platform.errors import BadInput, Conflict
from seawall.foundation.transparency.services import record

NAME_MAX = 120
"""Characters of a guest's name."""
TEXT_MAX = 8000
"""Characters of an answer; longer things are files."""
GUESTS_MAX = 20
"""Guests of one case."""
LINKS_MAX = 20
"""Links of one guest."""
MESSAGES_SHOWN = 200
"""Messages on a guest's page."""
TOPIC = "With the maintainer"
"""Topic of the thread that a guest's first message opens, for everybody in the case."""
STEPS = ("validate", "invalidate", "accept", "defer", "close")
"""What a maintainer says of a report, in the words of Vultron's RM."""
_ENDING = re.compile(r"(\.[A-Za-z0-9]{1,8}){1,2}")
"""File endings that are kept for a download."""


@transaction.atomic
def mint_link(actor: Actor, case_id: str, *, name: str, days: int = rules.LINK_DAYS) -> MintedLink:
    """Make a one-time link to a case for somebody without an account; older links of theirs that nobody opened end.

    Args:
        actor: A coordinator.
        case_id: The case; it must be open.
        name: Who it is for, as the other participants will read it, such as ``Ana, maintainer of tidegate``.
        days: Until it ends by itself, where nobody opens it.

    Raises:
        NotFound, Forbidden: See ``queries.decidable_case``.
        BadInput: No name, too long a one, or too many days.
        Conflict: The case is published or merged, or has too many guests or links.
    """
    case = cases.Case.objects.select_for_update().get(pk=queries.decidable_case(actor, case_id).pk)
    return make_link(actor, case, name=name, days=days)


def make_link(actor: Actor, case: cases.Case, *, name: str, days: int = rules.LINK_DAYS) -> MintedLink:
    """``mint_link`` after its check, for mail that the clearinghouse sends; the caller's transaction.

    Raises:
        BadInput, Conflict: See ``mint_link``.
    """
    name = " ".join(name.split())
    if not name or len(name) > NAME_MAX:
        raise BadInput(f"The name has 1 to {NAME_MAX} characters.", "Say who the link is for.", field="name")
    if not 1 <= days <= rules.LINK_DAYS_MAX:
        raise BadInput(f"A link lives 1 to {rules.LINK_DAYS_MAX} days.", "Choose fewer.", field="days")
    if case.published_at is not None or case.merged_into_id is not None:
        raise Conflict("The case is published or merged.", "Send the address of what is public, or of the other case.")
    now = clock.now()
    guest = _guest(actor, case, name)
    if guest.links.count() >= LINKS_MAX:
        raise Conflict(f"{name} has had {LINKS_MAX} links.", "Find out on another way why none arrives.")
    guest.links.filter(opened_at=None, revoked_at=None).update(revoked_at=now)
    token = secrets.token_urlsafe(32)
    link = Link.objects.create(
        guest=guest,
        digest=queries.digest(token),
        created_at=now,
        created_by=actor.label[:200],
        expires_at=now + timedelta(days=days),
    )
    Delivery.objects.filter(case=case, route=Route.PAGE, target=guest.name, ended_at=None).update(ended_at=now)
    Delivery.objects.create(
        case=case,
        route=Route.PAGE,
        target=guest.name,
        state=DeliveryState.PREPARED,
        link=link,
        identifier=link.id,
        made_by=actor.label[:200],
        made_at=now,
    )
    note(actor, case, "link-minted", f"A one-time link was made for {guest.name}.", link=link.id)
    address = f"{settings.SEAWALL.base_url.rstrip('/')}/m/{token}"
    return MintedLink(id=link.id, case_id=case.id, token=token, address=address, expires_at=link.expires_at)


def _guest(actor: Actor, case: cases.Case, name: str) -> Guest:
    """The guest of this name, invited (anew) to the case."""
    now = clock.now()
    guest = Guest.objects.filter(case=case, name=name).first()
    if guest is None:
        if case.guests.count() >= GUESTS_MAX:
            raise Conflict(f"The case has {GUESTS_MAX} guests.", "Organizations that stay get accounts.")
        # The name of an organization is unique here; the case's own identifier makes it so.
        organization = create_organization(actor, f"{name} ({case.advisory_id}, by link)", OrganizationKind.VENDOR)
        guest = Guest.objects.create(case=case, organization_id=organization.id, name=name, invited_at=now)
        bound = case.embargo not in {EmbargoManagement.NONE, EmbargoManagement.EXITED}
        coordination.join(
            case,
            organization.id,
            ParticipantRole.VENDOR,
            ReportManagement.START,
            ParticipantEmbargo.INVITED if bound else ParticipantEmbargo.NO_EMBARGO,
        )
    else:
        participant = queries.participant_of(guest)
        if participant.consent in {ParticipantEmbargo.DECLINED, ParticipantEmbargo.LAPSED}:
            participant.consent = states.step(states.PEC_TABLE, ParticipantEmbargo(participant.consent), "invite")
            participant.save(update_fields=["consent"])
        guest.invited_at = now
        guest.save(update_fields=["invited_at"])
    if queries.participant_of(guest).consent == ParticipantEmbargo.INVITED:
        binding.await_answer(case, guest.organization_id)  # silence is declined
    return guest


@transaction.atomic
def revoke_link(actor: Actor, case_id: str, link_id: str) -> Link:
    """End a link and the session that it opened, now. Twice is the same as once.

    Raises:
        NotFound: No such case, or the link is another case's.
        Forbidden: The actor is no coordinator.
    """
    case = queries.decidable_case(actor, case_id)
    link = Link.objects.select_for_update().filter(pk=link_id, guest__case=case).first()
    if link is None:
        raise queries.not_here()
    if link.revoked_at is None:
        link.revoked_at = clock.now()
        link.save(update_fields=["revoked_at"])
        link.deliveries.filter(ended_at=None).update(ended_at=link.revoked_at)
        note(actor, case, "link-revoked", f"The link of {link.guest.name} was revoked.", link=link.id)
    return link


def open_link(token: str) -> OpenedLink:
    """Use a link up: of all who try at once, one gets it.

    Raises:
        NotFound: No such link.
        Conflict: It was opened before, has expired or was revoked.
    """
    link = queries.link_of_token(token)
    _refuse_spent(queries.state_of(link))  # without a lock, so that a crowd of late ones waits for nobody
    now = clock.now()
    secret = secrets.token_urlsafe(32)
    ends = now + timedelta(days=rules.SESSION_DAYS)
    with transaction.atomic():
        won = Link.objects.filter(pk=link.pk, opened_at=None, revoked_at=None, expires_at__gt=now).update(
            opened_at=now, session_digest=queries.digest(secret), session_expires_at=ends
        )
        if won:
            _received(link)
    if not won:
        link.refresh_from_db()
        _refuse_spent(queries.state_of(link))
    return OpenedLink(link_id=link.id, secret=secret, expires_at=ends)


def _refuse_spent(state: LinkState) -> None:
    said = {
        LinkState.OPENED: "This link was opened already; it opens once.",
        LinkState.EXPIRED: "This link has expired.",
        LinkState.REVOKED: "This link was revoked.",
    }
    if state in said:
        raise Conflict(said[state], "Ask for a new one.")


def _received(link: Link) -> None:
    actor = queries.actor_of_guest(link)
    case = link.guest.case
    participant = queries.participant_of(link.guest)
    if participant.report_management == ReportManagement.START:
        participant.report_management = states.step(states.RM_TABLE, ReportManagement.START, "receive")
        participant.save(update_fields=["report_management"])
    now = clock.now()
    link.deliveries.filter(ended_at=None).update(state=DeliveryState.OPENED, opened_at=now)
    note(actor, case, "link-opened", f"{link.guest.name} opened the link.", link=link.id)


@transaction.atomic
def ask_again(token: str) -> None:
    """Somebody with a used or expired link asks the coordinators for a new one; once a day is enough.

    Raises:
        NotFound: No such link.
        Conflict: The link can still be opened, or was revoked.
    """
    link = Link.objects.select_for_update().get(pk=queries.link_of_token(token).pk)
    state = queries.state_of(link)
    if state is LinkState.READY:
        raise Conflict("This link can still be opened.", "Open it.")
    if state is LinkState.REVOKED:
        raise Conflict("This link was revoked.", "Write to the clearinghouse.")
    ask_for_new(link)


def ask_for_new(link: Link) -> None:
    """Tell the coordinators that a guest needs a new link; the caller's transaction."""
    now = clock.now()
    if link.asked_at is not None and now - link.asked_at < timedelta(days=1):
        return
    link.asked_at = now
    link.save(update_fields=["asked_at"])
    case = link.guest.case
    record(queries.actor_of_guest(link), "case.link-asked", case.id, {"link": link.id})
    _tell_coordinators(
        case, "link-asked", "A maintainer asks for a new link", f"{link.guest.name} cannot use the old one any more."
    )


def _tell_coordinators(case: cases.Case, kind: str, title: str, body: str) -> None:
    for organization_id in coordinator_ids():
        notify(
            organization_id, kind=kind, subject=case.id, title=title, body=body, reference=f"/cases/{case.id}/routes"
        )


# --- by the guest --------------------------------------------------------------------------------


@transaction.atomic
def answer_embargo(visit: Visit, *, accept: bool) -> None:
    """The guest accepts or declines the embargo.

    Raises:
        NotFound: It takes no part any more.
        Conflict: Not invited (any more); names what is possible.
    """
    _answered(visit)
    coordination.answer_invitation(visit.actor, visit.guest.case_id, accept=accept)


@transaction.atomic
def judge(visit: Visit, transition: str, *, text: str = "") -> ReportManagement:
    """The guest says what it makes of the report: valid, invalid, accepted, deferred, closed.

    Raises:
        NotFound: It may not read the case.
        BadInput: No such step, or too long a text.
        Conflict: Not from here; names what is possible.
    """
    _answered(visit)
    if transition not in STEPS:
        raise BadInput("That is no step.", f"Choose one of {', '.join(STEPS)}.", field="step")
    text = _text(text)
    case = _open_case(visit)
    row = participants.step_report(visit.actor, case.id, transition, reason=text)
    state = ReportManagement(row.report_management)
    said = f"{visit.guest.name} says: {state.value}."
    _tell_coordinators(case, "maintainer", "A maintainer has judged a report", said)
    return state


@transaction.atomic
def say(visit: Visit, text: str) -> None:
    """The guest writes to everybody in the case.

    Raises:
        NotFound: It may not read the case.
        BadInput: Nothing, or too much.
    """
    _answered(visit)
    case = _open_case(visit)
    text = _text(text, required=True)
    thread = _thread_of(visit)
    if thread is None:
        conversations.open_thread(
            visit.actor,
            case.id,
            topic=TOPIC,
            audience=Audience(frozenset({AudiencePart.EVERYBODY})),
            text=text,
            share_history=True,
        )
    else:
        conversations.post_message(visit.actor, thread.id, text=text)


def messages_for(visit: Visit) -> list[MessageRow]:
    """What is said in the threads that the guest is in, oldest first; at most the newest two hundred."""
    threads = conversing.threads_of(visit.actor, visit.guest.case_id)
    found = [message for thread in threads for message in conversing.messages_of(visit.actor, thread.id)]
    return sorted(found, key=lambda one: (one.posted_at, one.id))[-MESSAGES_SHOWN:]


def _thread_of(visit: Visit) -> ThreadRow | None:
    """The thread that this guest opened, while it can be written in."""
    found = conversing.threads_of(visit.actor, visit.guest.case_id)
    return found.filter(organization_id=visit.guest.organization_id, closed_at=None).first()


@transaction.atomic
def say_fixed(visit: Visit, version: str) -> None:
    """The guest names the version that mends the flaw.

    Raises:
        NotFound: It may not read the case.
        BadInput: No version, or no version could look like this.
    """
    _answered(visit)
    case = _open_case(visit)
    version = version.strip()
    if not version or len(version) > 200 or not version.isprintable():  # noqa: PLR2004 - as in the row
        raise BadInput("A version has 1 to 200 visible characters.", "Write it as it is released.", field="version")
    Guest.objects.filter(pk=visit.guest.pk).update(fixed_in=version)
    statements.record_statement(
        visit.actor, case.id, product=case.package, status=VendorStatus.FIXED, fixed_version=version
    )
    _tell_coordinators(case, "maintainer", "A maintainer names a fixed version", f"Fixed in {version}.")


@transaction.atomic
def renew(visit: Visit) -> None:
    """The guest asks for a new link, such as for another browser."""
    ask_for_new(Link.objects.select_for_update().get(pk=visit.link.pk))


@transaction.atomic
def end_visit(visit: Visit) -> None:
    """End the session of this browser; the link stays used."""
    Link.objects.filter(pk=visit.link.pk).update(session_digest=None, session_expires_at=None)
    record(visit.actor, "case.link-left", visit.guest.case_id, {"link": visit.link.id})


@transaction.atomic
def read_case(visit: Visit, *, what: str = "case") -> cases.Case:
    """The case, for the guest; leaves an entry in the log that it was read.

    Raises:
        NotFound: The embargo is not accepted (any more), or the guest takes no part.
    """
    case = get_visible(visit.actor, "case.read", cases.Case.objects.all(), visit.guest.case_id)
    record(visit.actor, "case.read-by-link", case.id, {"link": visit.link.id, "what": what})
    return case


def proof_of(visit: Visit, report_id: str) -> tuple[str, bytes]:
    """The proof of a report as its finder sent it, with a name for the file; leaves an entry in the log.

    Raises:
        NotFound: Not a proved report of the guest's case, or it has no file.
    """
    report = intake.report(visit.actor, report_id)
    if not report.proof_digest:
        raise queries.not_here()
    read_case(visit, what=f"proof of {report.id}")
    ending = "".join(Path(report.proof_name).suffixes[-2:])
    return f"proof-{report.id}{ending if _ENDING.fullmatch(ending) else '.bin'}", storage.read(report.proof_digest)


def _open_case(visit: Visit) -> cases.Case:
    get_visible(visit.actor, "case.read", cases.Case.objects.all(), visit.guest.case_id)
    return get_visible(visit.actor, "case.respond", cases.Case.objects.select_for_update(), visit.guest.case_id)


def _text(text: str, *, required: bool = False) -> str:
    text = text.strip()
    if (required and not text) or len(text) > TEXT_MAX or "\x00" in text:
        raise BadInput(f"The text has 1 to {TEXT_MAX} characters.", "Shorten it, or write something.", field="text")
    return text


def _answered(visit: Visit) -> None:
    # First in its transaction: whoever notes something of a delivery locks it before the log, and so does this.
    visit.link.deliveries.filter(ended_at=None).exclude(state=DeliveryState.ANSWERED).update(
        state=DeliveryState.ANSWERED, answered_at=clock.now()
    )

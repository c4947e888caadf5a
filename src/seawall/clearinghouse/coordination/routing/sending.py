"""Other routes than our own page: e-mail, GitHub, a file for VINCE. Services, in a module of their own.

- A person chooses the route; what is sent follows from the case. Nothing readable of it is kept here but its digest:
  a file is made anew when it is asked for, and a mail when it is sent.
- Once a route: a case goes to one target on one route once, until that delivery has ended.
- Never twice: before the other server is spoken to, the delivery is marked as being sent. A worker that finds the mark
  of one that died does not send again; a person looks (``unknown``). What the server surely did not take is tried again.
"""

import hashlib
import json
import re
import secrets
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction

from seawall.clearinghouse.coordination import models as cases
from seawall.clearinghouse.coordination.routing import documents, mailing, queries, services
from seawall.clearinghouse.coordination.routing.models import Address, Delivery
from seawall.clearinghouse.coordination.routing.types import DeliveryState, Route
from seawall.clearinghouse.coordination.timeline import note
from seawall.clearinghouse.coordination.types import EmbargoManagement, LinkRole
from seawall.clearinghouse.intake import queries as intake
from seawall.clearinghouse.validation import queries as validation
from seawall.foundation.access.services import require
from seawall.foundation.access.types import Actor
from seawall.foundation.identity.queries import organization_names
from seawall.foundation.jobs.services import enqueue
from seawall.foundation.platform import clock
from seawall.foundation.platform.errors import BadInput, Conflict
from seawall.foundation.transparency.services import record

SEND = "routing.send"
REPOSITORY = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{0,38}/(?!\.{1,2}$)[A-Za-z0-9._-]{1,100}", re.ASCII)
"""Owner and name at GitHub."""
IDENTIFIER_MAX = 300
PREVIEW_MAX = 4000
"""Characters of the input that a message shows."""
MARKS = {
    DeliveryState.SENT: "sent_at",
    DeliveryState.OPENED: "opened_at",
    DeliveryState.ANSWERED: "answered_at",
    DeliveryState.BOUNCED: "ended_at",
    DeliveryState.FAILED: "ended_at",
}
"""What a person may say of a delivery, and the time that this sets."""


@dataclass(frozen=True)
class Document:
    """A file for a person to carry."""

    name: str
    media_type: str
    data: bytes


@transaction.atomic
def set_address(
    actor: Actor,
    package: str,
    *,
    email: str = "",
    openpgp_key: str = "",
    age_recipient: str = "",
    github_repository: str = "",
) -> Address:
    """Say where the maintainer of a package is reached.

    Raises:
        Forbidden: The actor is no coordinator.
        BadInput: An address, key or repository that is none; it is named.
    """
    require(actor, "pacing.set_for")
    if not package.startswith("pkg:") or len(package) > 500:  # noqa: PLR2004 - the row's
        raise BadInput("That is no package.", "Write a purl.", field="package")
    if github_repository and not REPOSITORY.fullmatch(github_repository):
        raise BadInput("That is no repository at GitHub.", "Write it as owner/name.", field="github_repository")
    now = clock.now()
    recipient = mailing.Recipient(email.strip(), openpgp_key.strip(), age_recipient.strip())
    if recipient.email:
        mailing.checked(recipient, now)
    elif recipient.protection != "none":
        raise BadInput("A key without a mail address.", "Add the address.", field="email")
    row, _ = Address.objects.update_or_create(
        package=package,
        defaults={
            "email": recipient.email,
            "openpgp_key": recipient.openpgp_key,
            "age_recipient": recipient.age_recipient,
            "github_repository": github_repository,
            "set_by": actor.label[:200],
            "set_at": now,
        },
    )
    said = {"protection": recipient.protection, "github": github_repository}
    record(actor, "address.set", package, said)
    return row


@transaction.atomic
def begin(actor: Actor, case_id: str, route: Route) -> Delivery:
    """Send a case on a route, or prepare the file that a person carries where this server cannot send.

    Raises:
        NotFound, Forbidden: See ``queries.decidable_case``.
        BadInput: The package has no address for this route.
        Conflict: It went that way already, or the case is published or merged.
    """
    case = queries.decidable_case(actor, case_id)
    if case.published_at is not None or case.merged_into_id is not None:
        raise Conflict("The case is published or merged.", "Send the address of what is public, or of the other case.")
    if route is Route.PAGE:
        raise BadInput("Our own page is reached by a link.", "Make one.", field="route")
    target, sends = _target(case, route)
    now = clock.now()
    try:
        with transaction.atomic():
            row = Delivery.objects.create(
                case=case,
                route=route,
                target=target,
                state=DeliveryState.QUEUED if sends else DeliveryState.PREPARED,
                made_by=actor.label[:200],
                made_at=now,
            )
    except IntegrityError as error:
        raise Conflict("The case went that way already.", "See what became of it.") from error
    note(actor, case, "routed", f"The case goes to its maintainer on the route {route.value}.", delivery=row.id)
    if sends:
        enqueue(SEND, row.id, idempotency_key=f"{SEND} {row.id}")
    return row


def _target(case: cases.Case, route: Route) -> tuple[str, bool]:
    """Where a route leads for a case, and whether this server can send there itself."""
    address = queries.address_of(case.package)
    config = settings.SEAWALL
    if route is Route.VINCE:
        return "CERT/CC", False
    if route is Route.GITHUB and address is not None and address.github_repository:
        return address.github_repository, bool(config.github_token)
    if route is Route.EMAIL and address is not None and address.email:
        return address.email, bool(config.smtp_url and config.mail_from)
    raise BadInput(
        f"{case.package} has no address for this route.", "Say first where its maintainer is reached.", field="route"
    )


@transaction.atomic
def document(actor: Actor, case_id: str, delivery_id: str) -> Document:
    """The file of a delivery, made now: a mail, a body for GitHub, the fields for VINCE. Leaves an entry in the log.

    A mail holds a fresh one-time link each time; those of earlier files that nobody opened end.

    Raises:
        NotFound, Forbidden: See ``queries.decidable_case``; or the delivery is another case's.
        BadInput: The maintainer's key cannot be used any more.
        Conflict: This server sends it itself, or it has ended.
    """
    case = queries.decidable_case(actor, case_id)
    row = _delivery(case, delivery_id)
    if row.state not in {DeliveryState.PREPARED, DeliveryState.FAILED, DeliveryState.UNKNOWN}:
        raise Conflict("There is nothing to carry.", "See what became of the delivery.")
    route = Route(row.route)
    if route is Route.EMAIL:
        mail = compose_mail(actor, row)
        made = Document(f"{case.advisory_id}.eml", "message/rfc822", mail.data)
        row.identifier, row.protection = mail.message_id, mail.protection
    elif route is Route.GITHUB:
        made = Document(f"{case.advisory_id}-github.json", "application/json", github_body(case))
    elif route is Route.VINCE:
        said = documents.vince_report(case_text(case), contact=actor.label, email=settings.SEAWALL.mail_from)
        data = json.dumps(said, ensure_ascii=False, indent=2).encode()
        made = Document(f"{case.advisory_id}-vince.json", "application/json", data)
    else:
        raise Conflict("Our own page has no file.", "Make a link.")
    row.digest = digest(made.data)
    row.save(update_fields=["identifier", "protection", "digest", "link"])
    record(actor, "case.route-file", case.id, {"delivery": row.id, "digest": row.digest})
    return made


def digest(data: bytes) -> str:
    """What is kept of what was sent."""
    return f"sha256:{hashlib.sha256(data).hexdigest()}"


def _delivery(case: cases.Case, delivery_id: str) -> Delivery:
    row = Delivery.objects.select_for_update().filter(pk=delivery_id, case=case).first()
    if row is None:
        raise queries.not_here()
    return row


@transaction.atomic
def mark(actor: Actor, case_id: str, delivery_id: str, state: DeliveryState, *, identifier: str = "") -> Delivery:
    """Say what became of a delivery, such as the identifier that the other side answered with.

    Raises:
        NotFound, Forbidden: See ``queries.decidable_case``; or the delivery is another case's.
        BadInput: No state that a person may say, or too long an identifier.
        Conflict: It has ended.
    """
    case = queries.decidable_case(actor, case_id)
    row = _delivery(case, delivery_id)
    if state not in MARKS:
        raise BadInput("That is nothing to say of a delivery.", f"Choose one of {', '.join(MARKS)}.", field="state")
    identifier = identifier.strip()
    if len(identifier) > IDENTIFIER_MAX or not identifier.isprintable():
        raise BadInput(f"An identifier has up to {IDENTIFIER_MAX} visible characters.", field="identifier")
    if row.ended_at is not None:
        raise Conflict("This delivery has ended.", "Begin another one.")
    if row.state in {DeliveryState.QUEUED, DeliveryState.SENDING}:
        raise Conflict("It is being sent.", "Wait for what comes of it.")
    row.state = state
    row.identifier = identifier or row.identifier
    setattr(row, MARKS[state], clock.now())
    row.save()
    note(actor, case, "route-state", f"Route {row.route}: {state.value}.", delivery=row.id, identifier=row.identifier)
    return row


@transaction.atomic
def send_again(actor: Actor, case_id: str, delivery_id: str) -> Delivery:
    """Queue a delivery again that failed, or of which nobody knows: a person has looked, and answers for it.

    Raises:
        NotFound, Forbidden: See ``queries.decidable_case``; or the delivery is another case's.
        Conflict: It neither failed nor is unknown, or this server cannot send there.
    """
    case = queries.decidable_case(actor, case_id)
    row = _delivery(case, delivery_id)
    if row.state not in {DeliveryState.FAILED, DeliveryState.UNKNOWN}:
        raise Conflict("It neither failed nor is it unknown.", "See what became of it.")
    if not _target(case, Route(row.route))[1]:
        raise Conflict("This server cannot send there.", "Carry the file.")
    row.state, row.ended_at, row.error = DeliveryState.QUEUED, None, ""
    row.save(update_fields=["state", "ended_at", "error"])
    record(actor, "case.route-again", case.id, {"delivery": row.id})
    enqueue(SEND, row.id)
    return row


# --- what is written -----------------------------------------------------------------------------


def compose_mail(actor: Actor, row: Delivery) -> mailing.Mail:
    """Write a delivery's mail with a fresh link; the caller's transaction saves the row.

    Raises:
        BadInput: The key cannot be used (any more).
    """
    config = settings.SEAWALL
    case = row.case
    address = queries.address_of(case.package)
    if address is None or not address.email:
        raise BadInput(f"{case.package} has no mail address.", "Say first where its maintainer is reached.")
    name = f"Maintainer of {documents_name(case.package)}"[: services.NAME_MAX]
    link = services.make_link(actor, case, name=name)
    sender = config.mail_from or "clearinghouse@localhost"
    row.link_id = link.id
    domain = sender.rpartition("@")[2]
    return mailing.compose(
        mailing.Recipient(address.email, address.openpgp_key, address.age_recipient),
        content=documents.text(case_text(case)),
        link=link.address,
        sender=sender,
        publisher=config.publisher,
        message_id=f"<{secrets.token_hex(16)}@{domain}>",
        now=clock.now(),
    )


def github_body(case: cases.Case) -> bytes:
    """The bytes that GitHub gets."""
    return json.dumps(documents.github_report(case_text(case)), ensure_ascii=False).encode()


def documents_name(package: str) -> str:
    """The name of a package without its type: ``pkg:npm/%40a/b`` is ``@a/b``."""
    from packageurl import PackageURL  # noqa: PLC0415 - a parser that only this needs

    try:
        purl = PackageURL.from_string(package)
    except ValueError:
        return package
    separator = ":" if purl.type == "maven" else "/"
    return separator.join(part for part in (purl.namespace, purl.name) if part)


def case_text(case: cases.Case) -> documents.CaseText:
    """What a message about a case says; from its oldest report and what came of that one's proof."""
    links = list(case.links.filter(undone_at=None).order_by("received_at", "id"))
    first = next((link for link in links if link.role == LinkRole.FIRST), links[0])
    report = intake.for_the_clearinghouse(first.report_id)
    proof = validation.verdict_of(first.report_id)
    names = organization_names([link.organization_id for link in links])
    provenance: dict[str, Any] = dict(report.provenance)
    tool = provenance.get("tool") or provenance.get("model") or ""
    reviewed = "reviewed by a person" if provenance.get("human_reviewed") else "no review by a person is claimed"
    found_with = f"Found with AI ({tool}), {reviewed}." if provenance.get("ai_assisted") else ""
    bound = case.embargo not in {EmbargoManagement.NONE, EmbargoManagement.EXITED}
    return documents.CaseText(
        advisory_id=case.advisory_id,
        title=case.title,
        package=case.package,
        name=documents_name(case.package),
        description=report.description,
        failure=case.failure.replace("_", " ").replace("-", " "),
        versions=tuple(str(one) for one in report.versions),
        affected=tuple((str(one.get("introduced") or "0"), str(one.get("fixed") or "")) for one in case.affected),
        weaknesses=tuple(str(one) for one in case.weaknesses),
        identifiers=tuple(str(one) for one in case.identifiers),
        severity=case.severity,
        functions=tuple(str(one) for one in report.symbols),
        proof=proof.summary if proof else "",
        preview=validation.preview_of(first.report_id)[:PREVIEW_MAX],
        finders=tuple(
            dict.fromkeys(names.get(link.organization_id, "") for link in links if link.organization_id in names)
        ),
        found_with=found_with,
        embargo_ends_at=case.embargo_ends_at if bound else None,
        received_at=first.received_at,
        public=case.public_aware,
        exploited=case.attacks_observed,
        publisher=settings.SEAWALL.publisher,
    )

"""What a worker does to send a delivery: marked before, spoken once, answered after."""

import json
from dataclasses import dataclass
from ipaddress import ip_network
from urllib.parse import urlsplit

from django.conf import settings

from seawall.clearinghouse.coordination.routing import documents, sending
from seawall.clearinghouse.coordination.routing.models import Delivery
from seawall.clearinghouse.coordination.routing.types import DeliveryState, Route
from seawall.clearinghouse.coordination.timeline import note
from seawall.foundation.access.types import Actor
from seawall.foundation.jobs.errors import RetryLater
from seawall.foundation.jobs.types import Claim
from seawall.foundation.platform import clock, mail
from seawall.foundation.platform.errors import BadInput, SeawallError
from seawall.foundation.platform.outbound import OutboundFailed, Policy, fetch

SYSTEM = Actor.system("routing")
LOOPBACK = ("127.0.0.1", "localhost", "::1")
TRY_AGAIN = frozenset({429, 503})
"""Answers of GitHub that say that nothing was done, and to come again."""
CREATED = 201
REFUSED = range(400, 500)
_NEVER_CONNECTED = frozenset({"ConnectError", "ConnectTimeout"})


@dataclass
class NotCarried(Exception):
    """The delivery did not arrive, or nobody knows."""

    reason: str
    state: DeliveryState
    """``queued``: surely not taken, to be tried again; ``failed`` or ``bounced``: for good; ``unknown``."""


def carry(claim: Claim) -> None:
    """Send one delivery.

    Raises:
        RetryLater: It was surely not taken; the job tries again with growing pauses.
    """
    prepared = _prepare(claim)
    if prepared is None:
        return
    row, data = prepared
    try:
        identifier = _mail(row, data) if row.route == Route.EMAIL else _github(row, data)
    except NotCarried as error:
        _settle(claim, row, error.state, error=error.reason)
        if error.state is DeliveryState.QUEUED:
            raise RetryLater(error.reason) from error
        return
    _settle(claim, row, DeliveryState.SENT, identifier=identifier)


def _prepare(claim: Claim) -> tuple[Delivery, bytes] | None:
    """Mark the delivery as being sent and write it; None where there is nothing (more) to send."""
    with claim.transaction():
        row = Delivery.objects.select_for_update().select_related("case").filter(pk=claim.subject_id).first()
        if row is None or row.state not in {DeliveryState.QUEUED, DeliveryState.SENDING}:
            claim.complete()
            return None
        if row.state == DeliveryState.SENDING:
            # Whoever marked it died while it spoke to the other server, which may have it.
            _end(row, DeliveryState.UNKNOWN, error="A worker stopped while it was sending.")
            claim.complete()
            return None
        if row.case.published_at is not None or row.case.merged_into_id is not None:
            _end(row, DeliveryState.FAILED, error="The case was published or merged before it was sent.")
            claim.complete()
            return None
        try:
            data = _written(row)
        except BadInput as error:
            _end(row, DeliveryState.FAILED, error=error.detail)
            claim.complete()
            return None
        row.state, row.digest = DeliveryState.SENDING, sending.digest(data)
        row.save()
    return row, data


def _written(row: Delivery) -> bytes:
    if row.route == Route.EMAIL:
        made = sending.compose_mail(SYSTEM, row)
        row.identifier, row.protection = made.message_id, made.protection
        return made.data
    return sending.github_body(row.case)


def _mail(row: Delivery, data: bytes) -> str:
    config = settings.SEAWALL
    try:
        mail.send(config.smtp_url, data, sender=config.mail_from, recipient=row.target)
    except mail.MailFailed as error:
        state = DeliveryState.UNKNOWN
        if error.certain:
            state = DeliveryState.BOUNCED if error.final else DeliveryState.QUEUED
        raise NotCarried(error.reason, state) from error
    return row.identifier


def _github(row: Delivery, data: bytes) -> str:
    """Report to GitHub; returns the advisory's identifier there."""
    config = settings.SEAWALL
    headers = {
        "accept": "application/vnd.github+json",
        "authorization": f"Bearer {config.github_token}",
        "content-type": "application/json",
        "x-github-api-version": documents.GITHUB_VERSION,
    }
    address = f"{config.github_api.rstrip('/')}/repos/{row.target}/security-advisories/reports"
    try:
        answer = fetch(address, method="POST", headers=headers, content=data, policy=_policy(config.github_api))
    except OutboundFailed as error:
        known = type(error.__cause__).__name__ in _NEVER_CONNECTED
        raise NotCarried(error.detail, DeliveryState.QUEUED if known else DeliveryState.UNKNOWN) from error
    except SeawallError as error:
        raise NotCarried(error.detail, DeliveryState.FAILED) from error
    if answer.status == CREATED:
        return _ghsa(answer.content)
    said = f"GitHub answered {answer.status}."
    if answer.status in TRY_AGAIN:
        raise NotCarried(said, DeliveryState.QUEUED)
    if answer.status in REFUSED:
        hint = (
            " Is private vulnerability reporting on there, and may the token use it?"
            if answer.status in {403, 404}
            else ""
        )
        raise NotCarried(said + hint, DeliveryState.FAILED)
    raise NotCarried(said, DeliveryState.UNKNOWN)


def _policy(api: str) -> Policy:
    """Speak to the server that the operator named, and to no other; on this machine only if that is what they named."""
    parts = urlsplit(api)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    here = parts.hostname in LOOPBACK
    return Policy(
        schemes=frozenset({parts.scheme}),
        ports=frozenset({port}),
        max_bytes=1024 * 1024,
        max_redirects=0,
        permitted=(ip_network("127.0.0.0/8"), ip_network("::1/128")) if here else (),
    )


def _ghsa(content: bytes) -> str:
    try:
        said = json.loads(content)
    except ValueError:
        return ""
    identifier = said.get("ghsa_id") if isinstance(said, dict) else None
    return identifier[:40] if isinstance(identifier, str) and identifier.isprintable() else ""


def _settle(claim: Claim, row: Delivery, state: DeliveryState, *, identifier: str = "", error: str = "") -> None:
    with claim.transaction():
        row = Delivery.objects.select_for_update().select_related("case").get(pk=row.pk)
        if row.state != DeliveryState.SENDING:
            # The maintainer was faster: the link of a mail may be opened before its server has said good-bye.
            if state is DeliveryState.SENT:
                row.sent_at, row.identifier = clock.now(), identifier or row.identifier
                row.save(update_fields=["sent_at", "identifier"])
            claim.complete()
            return
        row.identifier = identifier or row.identifier
        _end(row, state, error=error)
        if state is not DeliveryState.QUEUED:
            claim.complete()


def _end(row: Delivery, state: DeliveryState, *, error: str = "") -> None:
    row.state = state
    row.error = error[:300]
    now = clock.now()
    if state is DeliveryState.SENT:
        row.sent_at = now
    if state in {DeliveryState.FAILED, DeliveryState.BOUNCED}:
        row.ended_at = now
    row.save()
    if state is not DeliveryState.QUEUED:
        note(
            SYSTEM,
            row.case,
            "route-state",
            f"Route {row.route}: {state.value}.",
            delivery=row.id,
            identifier=row.identifier,
        )


def given_up(claim: Claim) -> None:
    """The last attempt failed: the delivery has failed."""
    with claim.transaction():
        row = Delivery.objects.select_for_update().select_related("case").filter(pk=claim.subject_id).first()
        if row is not None and row.state in {DeliveryState.QUEUED, DeliveryState.SENDING}:
            state = DeliveryState.FAILED if row.state == DeliveryState.QUEUED else DeliveryState.UNKNOWN
            _end(row, state, error=row.error or "Every attempt failed.")
        claim.complete()

"""Writes of distribution."""

from django.conf import settings
from django.db import IntegrityError, transaction

from seawall.clearinghouse.distribution import csaf, osv, text
from seawall.clearinghouse.distribution.errors import AlreadyPublished
from seawall.clearinghouse.distribution.models import Document, Notice
from seawall.clearinghouse.distribution.queries import publisher
from seawall.clearinghouse.distribution.rules import file_name
from seawall.clearinghouse.distribution.signing import sign
from seawall.clearinghouse.distribution.statements import Statement
from seawall.clearinghouse.distribution.types import Advisory, Format, Published
from seawall.foundation.access.queries import get_visible
from seawall.foundation.access.services import require
from seawall.foundation.access.types import Actor
from seawall.foundation.platform import clock, storage
from seawall.foundation.platform.errors import BadInput
from seawall.foundation.platform.signing import SigningKey
from seawall.foundation.transparency.services import record


def publish(actor: Actor, advisory: Advisory, case_id: str) -> Published:
    """Render, log, sign and keep an advisory in every format, in the caller's transaction.

    Args:
        actor: A coordinator; whether the case may be published is coordination's decision, taken before.
        advisory: What to publish.
        case_id: Its case; one case is published once.

    Raises:
        RuntimeError: There is no transaction that the case's own change would share.
        Forbidden: The actor is no coordinator.
        BadInput: A format cannot say it, such as a CVSS vector that does not compute.
        AlreadyPublished: The advisory or the case is public; nothing was written.
        KeyUnusable: The signing key is damaged; nothing was written.
    """
    if not transaction.get_connection().in_atomic_block:
        raise RuntimeError("publish belongs into the transaction that changes the case")
    require(actor, "advisory.publish")
    issuer = publisher()
    try:
        rendered = {Format.OSV: osv.render(advisory), Format.CSAF: csaf.render(advisory, issuer)}
    except ValueError as error:
        raise BadInput(f"The advisory cannot be written: {error}.", "Correct the case first.") from error
    if Document.objects.filter(advisory_id=advisory.id).exists() or Document.objects.filter(case_id=case_id).exists():
        raise AlreadyPublished(f"{advisory.id} or its case is public already.", "Read it in the feed.")
    key = SigningKey.load_or_create(settings.SEAWALL.data_dir)
    digests = {document_format: storage.put(data) for document_format, data in rendered.items()}
    entry = record(
        actor,
        "advisory.published",
        advisory.id,
        {"advisory": advisory.id, "case": case_id, "documents": {one.value: digests[one] for one in Format}},
    )
    rows = []
    for document_format, data in rendered.items():
        statement = Statement.about(
            data,
            file_name=file_name(advisory.id, document_format),
            advisory_id=advisory.id,
            document_format=document_format,
            published=advisory.published,
            publisher=issuer.name,
            log_index=entry.index,
        )
        signed = sign(key, data, statement)
        rows.append(
            Document(
                advisory_id=advisory.id,
                case_id=case_id,
                format=document_format.value,
                title=text.line(advisory.title),
                digest=digests[document_format],
                envelope=signed.envelope,
                signature=signed.signature,
                log_index=entry.index,
                published_at=advisory.published,
                modified_at=advisory.modified,
            )
        )
    try:
        # Of racing publishers the constraints let one through; the others' whole transaction goes.
        with transaction.atomic():
            Document.objects.bulk_create(rows)
    except IntegrityError as error:
        raise AlreadyPublished(f"{advisory.id} or its case is public already.", "Read it in the feed.") from error
    return Published(advisory.id, digests, entry.index)


def notify(organization_id: str, *, kind: str, subject: str, title: str, body: str = "", reference: str = "") -> str:
    """Put a notice into an organization's inbox, in the caller's transaction.

    Services call this after their own check; no door does.

    Args:
        organization_id: Who is told.
        kind: Stable word for filters, such as ``publication``.
        subject: Identifier of what it is about.
        title: One line; free text is cleaned here.
        body: Further lines.
        reference: Path of the page that says more, such as ``/cases/case_...``.

    Returns:
        The notice's id.
    """
    notice = Notice.objects.create(
        organization_id=organization_id,
        kind=kind,
        subject=subject,
        title=text.line(title),
        body=text.block(body, text.SUMMARY_MAX),
        reference=reference,
        created_at=clock.now(),
    )
    return notice.id


@transaction.atomic
def mark_read(actor: Actor, notice_id: str) -> Notice:
    """Mark a notice as read; a second time changes nothing.

    Raises:
        NotFound: Absent, or another organization's.
        Forbidden: The actor may read notices, but not mark them.
    """
    notice = get_visible(actor, "notice.read", Notice.objects.select_for_update(), notice_id)
    require(actor, "notice.mark", notice)
    if notice.read_at is None:
        notice.read_at = clock.now()
        notice.save(update_fields=["read_at"])
    return notice

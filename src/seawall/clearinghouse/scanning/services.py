"""Writes of scanning: scans come in, people judge findings. The folding itself is ``importing``'s."""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from django.conf import settings
from django.db import transaction

from seawall.clearinghouse.coordination import queries as coordination
from seawall.clearinghouse.deconfliction.targets import normalize_target
from seawall.clearinghouse.deduplication.bulk.errors import ScanTooLarge
from seawall.clearinghouse.scanning.importing import FOLD
from seawall.clearinghouse.scanning.models import Finding, FindingEvent, FindingJudgment, Scan, ScannedProject
from seawall.clearinghouse.scanning.types import Decision, ScanState
from seawall.foundation.access.queries import get_visible
from seawall.foundation.access.services import require
from seawall.foundation.access.types import Actor
from seawall.foundation.jobs.services import enqueue
from seawall.foundation.platform import clock, storage
from seawall.foundation.platform.errors import BadInput, Conflict
from seawall.foundation.transparency.services import record

CATEGORY_MAX = 300
TARGET_MAX = 400
REASON_MAX = 4000


@dataclass(frozen=True)
class Document:
    """A scan's bytes, kept."""

    digest: str
    size: int


def keep_document(actor: Actor, pieces: Iterable[bytes]) -> Document:
    """Store a scan's bytes as they come; ``upload_scan`` takes it from there.

    Raises:
        Forbidden: As for ``upload_scan``.
        BadInput: Nothing but blanks.
        ScanTooLarge: Over the setting ``max_scan_bytes``.
    """
    require(actor, "scan.upload")
    size, blank = 0, True

    def watched() -> Iterator[bytes]:
        nonlocal size, blank
        for piece in pieces:
            size += len(piece)
            blank = blank and not piece.strip()
            if size > settings.SEAWALL.max_scan_bytes:
                raise ScanTooLarge(
                    f"The document has over {settings.SEAWALL.max_scan_bytes} bytes.",
                    "Pack it with gzip, or send one scan per part of the project.",
                    "sarif",
                )
            yield piece

    digest = storage.put_stream(watched())
    if blank:
        raise BadInput("The scan is empty.", "Send the document's bytes.", field="sarif")
    return Document(digest, size)


def upload_scan(
    actor: Actor, *, project: str, data: bytes | Document, category: str = "", partial: bool = False
) -> Scan:
    """Take a scan in; it is read and folded in the background, after the older ones of the project.

    Args:
        actor: Whoever ran the tool.
        project: What was scanned: a package URL (its version makes no difference) or a repository's address.
        data: SARIF 2.1.0, plain or packed with gzip, or what ``keep_document`` made of it.
        category: Kind of run, for runs without ``automationDetails.id``; results are compared within one.
        partial: Whether only a part of the project was looked at, so that nothing is gone by it.

    Raises:
        Forbidden: The actor lacks ``reports:write``.
        BadInput: No such project, too long a category, or no bytes.
    """
    require(actor, "scan.upload")
    target = _target(project)
    kind = " ".join(category.split())
    if len(kind) > CATEGORY_MAX or not kind.isprintable():
        raise BadInput(f"A category has at most {CATEGORY_MAX} printable characters.", field="category")
    document = keep_document(actor, [data]) if isinstance(data, bytes) else data
    with transaction.atomic():
        now = clock.now()
        where, _ = ScannedProject.objects.get_or_create(
            organization_id=actor.home, target=target, defaults={"created_at": now}
        )
        row = Scan.objects.create(
            organization_id=actor.home,
            project=where,
            category=kind,
            partial=partial,
            digest=document.digest,
            size=document.size,
            state=ScanState.RECEIVED,
            uploaded_by=actor.id,
            uploaded_at=now,
        )
        enqueue(FOLD, row.pk, organization_id=actor.home, idempotency_key=f"fold:{row.pk}")
        record(actor, "scan.received", row.pk, {"document": row.digest, "project": where.pk, "partial": partial})
    return row


@transaction.atomic
def withdraw_project(actor: Actor, project_id: str) -> str:
    """Delete everything that was kept of a project: scans, findings, judgments. The log keeps that there was one.

    Returns:
        What the project was.

    Raises:
        NotFound: Absent or foreign.
        Forbidden: The actor may read scans, but not withdraw them.
    """
    row = get_visible(actor, "scan.read", ScannedProject.objects.select_for_update(), project_id)
    require(actor, "scan.withdraw", row)
    target = row.target
    findings = Finding.objects.filter(series__project=row)
    for kind in (FindingEvent, FindingJudgment):
        kind.objects.filter(finding__series__project=row).delete()
    findings.delete()
    record(actor, "scan.withdrawn", project_id, {})
    row.delete()
    return target


def _target(project: str) -> str:
    try:
        return normalize_target(project).name
    except BadInput as error:
        raise BadInput(error.detail.replace("target", "project"), error.action, field="project") from error


@dataclass(frozen=True)
class Said:
    """What a person says of a finding."""

    decision: Decision
    reason: str
    case_id: str = ""
    """With ``duplicate``, and only there."""


@transaction.atomic
def judge(actor: Actor, finding_id: str, said: Said) -> FindingJudgment:
    """Judge a finding; it stays judged, whatever later scans say, until it is taken back or judged anew.

    Raises:
        NotFound: The finding, or the case, is absent or foreign.
        Forbidden: The actor may read findings, but not judge them.
        BadInput: No reason, or a case that is missing or has no place here.
    """
    row = get_visible(actor, "finding.read", Finding.objects.select_for_update(), finding_id)
    require(actor, "finding.judge", row)
    reason = _reason(said.reason)
    if (said.decision is Decision.DUPLICATE) != bool(said.case_id):
        raise BadInput(
            "A case belongs to 'duplicate', and only there.", "Name the case that it is one of.", field="case_id"
        )
    if said.case_id:
        coordination.case(actor, said.case_id)
    now = clock.now()
    row.judgments.filter(ended_at=None).update(ended_at=now, ended_by=actor.id)
    made = FindingJudgment.objects.create(
        finding=row,
        decision=said.decision,
        reason=reason,
        case_id=said.case_id,
        fingerprint=row.fingerprint,
        made_by=actor.id,
        made_by_label=actor.label[:400],
        made_at=now,
    )
    Finding.objects.filter(pk=row.pk).update(judged=said.decision)
    payload = {"decision": said.decision.value, "case": said.case_id or None, "reason": _digest(reason)}
    record(actor, "finding.judged", row.pk, payload)
    return made


@transaction.atomic
def take_back(actor: Actor, finding_id: str, reason: str) -> Finding:
    """End the judgment of a finding; it counts again.

    Raises:
        NotFound: Absent or foreign.
        Forbidden: The actor may read findings, but not judge them.
        BadInput: No reason.
        Conflict: Nobody has judged it.
    """
    row = get_visible(actor, "finding.read", Finding.objects.select_for_update(), finding_id)
    require(actor, "finding.judge", row)
    text = _reason(reason)
    if not row.judgments.filter(ended_at=None).update(ended_at=clock.now(), ended_by=actor.id):
        raise Conflict("Nobody has judged this finding.", "Nothing is left to do.")
    row.judged = ""
    row.save(update_fields=["judged"])
    record(actor, "finding.judgment_ended", row.pk, {"reason": _digest(text)})
    return row


def _reason(text: str) -> str:
    reason = text.replace("\x00", "").strip()
    if not reason or len(reason) > REASON_MAX:
        raise BadInput("A judgment needs a reason.", f"Write 1 to {REASON_MAX} characters.", field="reason")
    return reason


def _digest(text: str) -> str:
    return f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"

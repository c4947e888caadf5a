"""Writes of intake: a report is taken in whole, or refused with its reason; nothing in between.

``submit`` keeps, in one transaction, the report, its log entry and the job that validates it. The bytes of
report and proof are on disk before that transaction begins, so an acknowledged report is never lost.
"""

from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import transaction

from seawall.clearinghouse.intake import models, relays
from seawall.clearinghouse.intake.errors import BadProof, ReportTooLarge
from seawall.clearinghouse.intake.parsing import bundle_in, check_proof, parse_confined
from seawall.clearinghouse.intake.types import Hop, Report, ReportState
from seawall.foundation.access.services import require
from seawall.foundation.access.types import Actor
from seawall.foundation.identity.queries import organization_names
from seawall.foundation.jobs.services import enqueue
from seawall.foundation.platform import clock, storage
from seawall.foundation.platform.identifiers import new_id
from seawall.foundation.transparency.services import record

VALIDATE = "validation.replay"
FOLD = "deduplication.fold"


@dataclass(frozen=True)
class Proof:
    """A proof bundle as sent."""

    name: str
    data: bytes


@dataclass(frozen=True)
class Receipt:
    """What the finder gets back, and can show later: which reports, under which log entries, when."""

    report_ids: tuple[str, ...]
    log_indexes: tuple[int, ...]
    received_at: datetime
    report_digest: str
    proof_digest: str | None
    format: str
    """Name of the format that the bytes were read as."""
    chain: tuple[Hop, ...]
    """Through whose hands the first report came; the last hop is this receipt's."""
    unread: tuple[str, ...]
    """Members of the document that were kept in its bytes and not understood."""

    @property
    def identifier(self) -> str:
        """The identifier with which the clearinghouse answers this hop: that of the first report."""
        return self.report_ids[0]

    def to_json(self) -> dict[str, Any]:
        """The receipt as the doors send it."""
        return {
            "reports": list(self.report_ids),
            "log_indexes": list(self.log_indexes),
            "received_at": self.received_at.isoformat(),
            "report_digest": self.report_digest,
            "proof_digest": self.proof_digest,
            "format": self.format,
            "identifier": self.identifier,
            "chain": [asdict(hop) for hop in self.chain],
            "unread": list(self.unread),
        }


@dataclass(frozen=True)
class Submission:
    """A parsed and stored submission, ready to be taken in."""

    format: str
    reports: tuple[Report, ...]
    raw_digest: str
    proof_digest: str | None
    proof_name: str


def prepare(actor: Actor, format_name: str, data: bytes, proof: Proof | None) -> Submission:
    """Check permission, parse in a child process, and put the bytes on disk; no row is written.

    Args:
        actor: The finder, or whoever relays.
        format_name: See ``parsing.parse_confined``; "" tells it from the bytes.
        data: The document.
        proof: The proof bundle, if there is one; without it, one that lies in the document is taken.

    Raises:
        Forbidden: The actor may not submit.
        BadInput: The report or proof cannot be read; see ``intake.errors``.
    """
    require(actor, "report.submit")
    parsed = parse_confined(format_name, data)
    reports = parsed.reports
    for report in reports:
        if len(report.relay.chain) >= relays.CHAIN_MAX:
            raise ReportTooLarge(
                f"The chain has {relays.CHAIN_MAX} hops already.",
                "Send the report as the first hop had it.",
                "relay/chain",
            )
    if proof is None and len(reports) == 1:
        inside = bundle_in(parsed)
        proof = Proof(inside.name, inside.data) if inside else None
    elif proof is not None:
        if len(reports) != 1:
            raise BadProof(
                f"A proof belongs to one finding; the document has {len(reports)}.",
                "Send the proved finding in a document of its own.",
                field="proof",
            )
        check_proof(proof.name, proof.data)
    return Submission(
        format=parsed.format,
        reports=reports,
        raw_digest=storage.put(data),
        proof_digest=storage.put(proof.data) if proof else None,
        proof_name=proof.name[:120] if proof else "",
    )


@transaction.atomic
def submit(actor: Actor, submission: Submission, *, lease_id: str = "") -> Receipt:
    """Take a prepared submission in: rows, log entries and jobs in one transaction.

    Args:
        actor: The finder.
        submission: From ``prepare``.
        lease_id: The scan lease under which the finding was made, if any.

    Returns:
        The receipt.

    Raises:
        Forbidden: The actor may not submit.
    """
    require(actor, "report.submit")
    now = clock.now()
    reporter = organization_names([actor.home]).get(actor.home) or actor.label
    ids: list[str] = []
    indexes: list[int] = []
    chains: list[tuple[Hop, ...]] = []
    for report in submission.reports:
        report_id = new_id("report")
        relay = relays.joined(
            report,
            reporter=reporter,
            recipient=settings.SEAWALL.base_url,
            identifier=report_id,
            received_at=now,
            source_format=submission.format,
            source_digest=submission.raw_digest,
        )
        row = models.Report.objects.create(
            id=report_id,
            organization_id=actor.home,
            submitted_by=actor.id,
            lease_id=lease_id[:40],
            format=submission.format,
            raw_digest=submission.raw_digest,
            proof_digest=submission.proof_digest or "",
            proof_name=submission.proof_name,
            state=ReportState.VALIDATING if submission.proof_digest else ReportState.RECEIVED,
            received_at=now,
            **asdict(replace(report, relay=relay)),
        )
        entry = record(
            actor,
            "report.received",
            row.id,
            {
                "report": submission.raw_digest,
                "proof": submission.proof_digest,
                "format": submission.format,
                "hop": relay.chain[-1].digest,
            },
        )
        enqueue(
            VALIDATE if submission.proof_digest else FOLD,
            row.id,
            organization_id=actor.home,
            idempotency_key=f"first:{row.id}",
        )
        ids.append(row.id)
        indexes.append(entry.index)
        chains.append(relay.chain)
    return Receipt(
        report_ids=tuple(ids),
        log_indexes=tuple(indexes),
        received_at=now,
        report_digest=submission.raw_digest,
        proof_digest=submission.proof_digest,
        format=submission.format,
        chain=chains[0],
        unread=tuple(dict.fromkeys(pointer for report in submission.reports for pointer in report.unread)),
    )


def mark_proved(report_id: str) -> None:
    """Note that the proof held; called by validation inside its transaction."""
    models.Report.objects.filter(pk=report_id).update(proved=True)


def answer(system: Actor, report_id: str, text: str, *, case_id: str = "") -> None:
    """Give the finder its answer; called by deduplication inside its transaction.

    Args:
        system: The clearinghouse.
        report_id: The report.
        text: Sentences for the finder: what was found, what follows.
        case_id: The case that the report belongs to, if any.
    """
    models.Report.objects.filter(pk=report_id).update(
        state=ReportState.ANSWERED, answer=text, case_id=case_id, answered_at=clock.now()
    )
    record(system, "report.answered", report_id, {"case": case_id or None, "answer": text})


def move(actor: Actor, report_id: str, case_id: str) -> None:
    """Note that a report belongs to another case now; called by coordination inside its transaction."""
    models.Report.objects.filter(pk=report_id).update(case_id=case_id)
    record(actor, "report.moved", report_id, {"case": case_id})

"""Writes of validation: one judgment per report, under the fence of the job that reached it."""

import hashlib
from dataclasses import replace

import rfc8785
from django.conf import settings

from seawall.clearinghouse.intake import queries as intake_queries
from seawall.clearinghouse.intake import services as intake
from seawall.clearinghouse.validation import attestation
from seawall.clearinghouse.validation.models import Validation
from seawall.clearinghouse.validation.types import ValidationResult, Verdict
from seawall.foundation.access.types import Actor
from seawall.foundation.jobs.services import enqueue
from seawall.foundation.platform import clock, storage
from seawall.foundation.platform.signing import SigningKey
from seawall.foundation.transparency.services import record


def begin(report_id: str, job_id: str, fence: int) -> None:
    """Note that a worker has begun; must run inside the job's fenced transaction."""
    report = intake_queries.for_the_clearinghouse(report_id)
    Validation.objects.update_or_create(
        report_id=report_id,
        defaults={
            "organization_id": report.organization_id,
            "job_id": job_id,
            "fence": fence,
            "state": Verdict.RUNNING,
            "started_at": clock.now(),
        },
    )


def conclude(system: Actor, report_id: str, result: ValidationResult, *, fence: int) -> Validation:
    """Write the verdict, log it, and ask for the report's case; must run inside the job's fenced transaction.

    The claim that the finder made must be the one that was proved: a proof for another package or another failure
    class than the report's is ``inconclusive`` for that report.
    """
    report = intake_queries.for_the_clearinghouse(report_id)
    verdict, summary = _fitted(report, result)
    body = {**result.to_json(), "verdict": verdict.value, "summary": summary}
    canonical = rfc8785.dumps(body)
    digest = f"sha256:{hashlib.sha256(canonical).hexdigest()}"
    storage.put(canonical)
    entry = record(
        system,
        "report.judged",
        report_id,
        {
            "verdict": verdict.value,
            "result": digest,
            "bundle": result.bundle_digest,
            "runs": len(result.runs),
            "fence": fence,
        },
    )
    now = clock.now()
    written = {
        "organization_id": report.organization_id,
        "fence": fence,
        "state": verdict,
        "summary": summary,
        "result": body,
        "result_digest": digest,
        "log_index": entry.index,
        "attestation": _attested(replace(result, verdict=verdict, summary=summary), report_id, entry.index, digest),
        "finished_at": now,
    }
    row, _ = Validation.objects.update_or_create(
        report_id=report_id, defaults=written, create_defaults={**written, "started_at": now}
    )
    if verdict is Verdict.CONFIRMED:
        intake.mark_proved(report_id)
    enqueue(intake.FOLD, report_id, organization_id=report.organization_id, idempotency_key=f"fold:{report_id}")
    return row


def _attested(result: ValidationResult, report_id: str, log_index: int, digest: str) -> bytes | None:
    """The signed statement about a verdict; None where there was no bundle to speak of."""
    if not result.bundle_digest:
        return None
    recorded = attestation.Recorded(report_id, settings.SEAWALL.log_origin, log_index, digest)
    payload = attestation.statement(result, attestation.environment(), recorded)
    return SigningKey.load_or_create(settings.SEAWALL.data_dir).envelope(payload, attestation.PAYLOAD_TYPE)


def _fitted(report: intake_queries.ReportRow, result: ValidationResult) -> tuple[Verdict, str]:
    if result.verdict is not Verdict.CONFIRMED:
        return result.verdict, result.summary
    package = str(result.target.get("package"))
    if package.lower() != report.package.lower():
        return (
            Verdict.INCONCLUSIVE,
            f"The proof works, but on {package}, while the report is about {report.package}. Make the two agree.",
        )
    if report.failure != result.failure:
        return (
            Verdict.INCONCLUSIVE,
            f"The proof shows {result.failure}, while the report claims {report.failure}. Make the two agree.",
        )
    return result.verdict, result.summary


def cache_folder() -> str:
    """Where built targets are kept; may be lost at any time."""
    return str(settings.SEAWALL.data_dir / "cache" / "targets")

"""Background work of validation."""

from pathlib import Path

from django.conf import settings

from seawall.clearinghouse.intake import queries as intake
from seawall.clearinghouse.validation.errors import Cancelled, Infrastructure, SandboxUnavailable
from seawall.clearinghouse.validation.replay import validate
from seawall.clearinghouse.validation.services import begin, cache_folder, conclude
from seawall.clearinghouse.validation.types import ValidationResult, Verdict
from seawall.foundation.access.types import Actor
from seawall.foundation.jobs.errors import RetryLater
from seawall.foundation.jobs.registry import handler
from seawall.foundation.jobs.types import Claim
from seawall.foundation.platform import storage

ATTEMPTS = 5
_SYSTEM = Actor.system("validation")


@handler("validation.replay", max_attempts=ATTEMPTS, when_failed="validation.abandoned")
def replay(claim: Claim) -> None:
    """Run the proof of one report (subject: report id) and write the verdict under the fence."""
    report = intake.for_the_clearinghouse(claim.subject_id)
    with claim.transaction():
        begin(report.id, claim.job_id, claim.fence)
    try:
        result = validate(
            storage.path(report.proof_digest),
            cache=Path(cache_folder()),
            runs=settings.SEAWALL.validation_runs,
            progress=claim.progress,
            cancelled=claim.cancelled,
        )
    except Cancelled:
        return
    except (Infrastructure, SandboxUnavailable) as error:
        raise RetryLater(str(error)[:200]) from error
    with claim.transaction():
        conclude(_SYSTEM, report.id, result, fence=claim.fence)
        claim.complete()


@handler("validation.abandoned")
def abandoned(claim: Claim) -> None:
    """Tell the finder that no attempt came to an end; it says nothing about the proof."""
    text = (
        f"The proof could not be run in {ATTEMPTS} attempts. That is a fault of the clearinghouse and says nothing "
        "about the proof; a coordinator sees it and will run it again."
    )
    with claim.transaction():
        conclude(_SYSTEM, claim.subject_id, ValidationResult(Verdict.ERRORED, text, (text,)), fence=claim.fence)
        claim.complete()

"""Reads of validation. Whoever may read a report may read how its proof was judged: one authorization path."""

from collections.abc import Collection
from dataclasses import dataclass

from seawall.clearinghouse.intake import queries as intake
from seawall.clearinghouse.validation.models import Validation
from seawall.foundation.access.types import Actor
from seawall.foundation.platform.errors import NotFound

ValidationRow = Validation
"""The row, for other folders' annotations."""


@dataclass(frozen=True)
class JudgedProof:
    """What an advisory may say of the proof behind it."""

    verdict: str
    runs: int
    digest: str | None
    log_index: int | None


@dataclass(frozen=True)
class ShortVerdict:
    """State and sentence, for the answer to a finder."""

    state: str
    summary: str


def of_report(actor: Actor, report_id: str) -> Validation | None:
    """The validation of a report with all its evidence; None where there is no proof or it waits.

    Raises:
        NotFound: The report is not visible to the actor.
    """
    intake.report(actor, report_id)
    return Validation.objects.filter(report_id=report_id).first()


def attestation_of(actor: Actor, report_id: str) -> bytes:
    """The signed statement about a report's verdict: a DSSE envelope, JSON.

    Raises:
        NotFound: The report is not visible to the actor, or there is no verdict about a bundle that could be read.
    """
    row = of_report(actor, report_id)
    if row is None or row.attestation is None:
        raise NotFound("There is no signed verdict for this report.", "Ask again later, if it has a proof.")
    return bytes(row.attestation)


def states_of(report_ids: Collection[str]) -> dict[str, str]:
    """State of validation by report, for callers that have got ``report_ids`` from ``intake.reports_of``."""
    return dict(Validation.objects.filter(report_id__in=report_ids).values_list("report_id", "state"))


def verdict_of(report_id: str) -> ShortVerdict | None:
    """The verdict for the clearinghouse's own jobs; None where none was reached."""
    row = Validation.objects.filter(report_id=report_id).exclude(finished_at=None).first()
    return ShortVerdict(state=row.state, summary=row.summary) if row else None


def signature_of(report_id: str) -> str | None:
    """The signature that the proof left while it ran, for deduplication."""
    row = Validation.objects.filter(report_id=report_id).first()
    signature = row.result.get("signature") if row else None
    return signature if isinstance(signature, str) else None


def stack_of(report_id: str) -> tuple[str, ...]:
    """Functions of the target that the harness saw when the proof triggered, innermost first; empty where it saw none."""
    row = Validation.objects.filter(report_id=report_id).first()
    runs = row.result.get("runs") or [] if row else []
    stacks = (run.get("stack") for run in runs if run.get("triggered") and run.get("side") == "vulnerable")
    return tuple(str(name) for name in next((stack for stack in stacks if stack), ()))


def version_of(report_id: str) -> str:
    """The version on which a report's proof was run; empty where it was not, or is not known."""
    row = Validation.objects.filter(report_id=report_id).first()
    side = (row.result.get("target") or {}).get("vulnerable") if row else None
    return str(side.get("version") or "") if isinstance(side, dict) else ""


def evidence_of(report_id: str) -> JudgedProof | None:
    """The evidence behind an advisory; None where there is none."""
    row = Validation.objects.filter(report_id=report_id).exclude(finished_at=None).first()
    if row is None:
        return None
    runs = row.result.get("runs", [])
    return JudgedProof(verdict=row.state, runs=len(runs), digest=row.result_digest or None, log_index=row.log_index)

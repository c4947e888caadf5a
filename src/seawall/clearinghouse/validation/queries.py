"""Reads of validation. Whoever may read a report may read how its proof was judged: one authorization path."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from seawall.clearinghouse.intake import queries as intake
from seawall.clearinghouse.validation.models import Validation
from seawall.clearinghouse.validation.rules import STUB
from seawall.clearinghouse.validation.types import SeenCrash, SeenFrame, Side, Verdict
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


def of_reports(report_ids: Collection[str]) -> dict[str, Validation]:
    """As ``of_report`` by report, for callers that have got each of ``report_ids`` from ``intake.report``."""
    return {row.report_id: row for row in Validation.objects.filter(report_id__in=report_ids)}


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


@dataclass(frozen=True)
class Observed:
    """What the harness saw of a report's proof, for deduplication; nothing in it is the finder's word."""

    signature: str | None = None
    """Versioned signature that all triggering runs share."""
    stack: tuple[str, ...] = ()
    """Functions of the target, innermost first; empty where none was seen."""
    crash: SeenCrash | None = None
    """The same with kind, access and lines, where a sanitizer ended the run."""
    version: str = ""
    """Version on which the proof worked; empty where it was not run, or it is not known."""
    fixed: str = ""
    """Version on which the same proof was run and did nothing; empty where an inert stub was the control."""


def observed(report_ids: Collection[str]) -> dict[str, Observed]:
    """What the harness saw, by report, for the clearinghouse's own jobs; reports without a validation are left out."""
    rows = Validation.objects.filter(report_id__in=report_ids).values_list("report_id", "state", "result")
    return {report_id: _observed(state, result) for report_id, state, result in rows}


def _observed(state: str, result: dict[str, Any]) -> Observed:
    runs = [
        run
        for run in result.get("runs") or []
        if run.get("triggered")
        and run.get("side") == Side.VULNERABLE.value  # a control or plain build tells another story
    ]
    signature = result.get("signature")
    target = result.get("target") or {}
    versions = [
        str((target.get(side) or {}).get("version") or "") for side in (Side.VULNERABLE.value, Side.FIXED.value)
    ]
    return Observed(
        signature=signature if isinstance(signature, str) else None,
        stack=next((tuple(map(str, run["stack"])) for run in runs if run.get("stack")), ()),
        crash=next((_crash(run["crash"]) for run in runs if run.get("crash")), None),
        version=versions[0],
        fixed=versions[1] if state == Verdict.CONFIRMED and versions[1] != STUB else "",
    )


def _crash(kept: dict[str, Any]) -> SeenCrash:
    return SeenCrash(kept["kind"], kept["access"], tuple(SeenFrame(**frame) for frame in kept["frames"]))


def preview_of(report_id: str) -> str:
    """Beginning of the input that a report's proof gives, for what the clearinghouse writes to a maintainer."""
    row = Validation.objects.filter(report_id=report_id).first()
    return str(row.result.get("input_preview") or "") if row else ""


def evidence_of(report_id: str) -> JudgedProof | None:
    """The evidence behind an advisory; None where there is none."""
    row = Validation.objects.filter(report_id=report_id).exclude(finished_at=None).first()
    if row is None:
        return None
    runs = row.result.get("runs", [])
    return JudgedProof(verdict=row.state, runs=len(runs), digest=row.result_digest or None, log_index=row.log_index)

"""SSVC triage and publication of a case: computed from its facts at any time, and recorded when a person decides."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.db import transaction

from seawall.clearinghouse.coordination import models, queries, ssvc
from seawall.clearinghouse.coordination.participants import roles_of
from seawall.clearinghouse.coordination.services import WITH_A_PATH, decidable
from seawall.clearinghouse.coordination.tiers import Part
from seawall.clearinghouse.coordination.timeline import note
from seawall.clearinghouse.coordination.types import (
    FixPath,
    LinkRole,
    ParticipantEmbargo,
    ReportManagement,
    VendorStatus,
)
from seawall.clearinghouse.prioritization.queries import facts_for_all
from seawall.clearinghouse.prioritization.selections import selection_list
from seawall.clearinghouse.prioritization.types import FactName
from seawall.clearinghouse.validation import queries as validation
from seawall.foundation.access.types import Actor
from seawall.foundation.platform import clock
from seawall.foundation.platform.errors import BadInput, NotFound

Evaluation = ssvc.Evaluation
TABLES = (ssvc.TRIAGE, ssvc.PUBLICATION)
STATABLE = ssvc.STATABLE
SelectionRow = models.CaseSelection
"""The row, for the doors: they read it, and write only through services."""
_VALID = frozenset({ReportManagement.VALID, ReportManagement.ACCEPTED, ReportManagement.DEFERRED})
_REFUSED = frozenset({ReportManagement.DEFERRED, ReportManagement.CLOSED, ReportManagement.INVALID})


@dataclass(frozen=True, slots=True)
class Triage:
    """Both tables of a case, and what was recorded."""

    triage: ssvc.Evaluation
    publication: ssvc.Evaluation
    stated: Mapping[str, str]
    recorded: tuple[models.CaseSelection, ...]
    """The newest first."""


def triage_of(actor: Actor, case_id: str) -> Triage:
    """The two tables for a case, from what the actor may know; for readers who may know who takes part.

    Raises:
        NotFound: No such case for this actor, or its tier may not know it.
    """
    row = queries.case(actor, case_id)
    if Part.PEOPLE not in queries.parts_of(actor, row):
        raise NotFound("There is nothing here that you may see.", "Check the address and who you are signed in as.")
    return triage_in(actor, row)


@transaction.atomic
def record_selection(
    actor: Actor, case_id: str, *, table: str, reason: str, stated: Mapping[str, str] | None = None
) -> models.CaseSelection:
    """Record what a table says of a case now, as SSVC SelectionList 2.0.0.

    Args:
        actor: A coordinator.
        case_id: The case; open.
        table: ``ssvc-coordinator-triage`` or ``ssvc-coordinator-publication``.
        reason: Why now; kept in the timeline and the log.
        stated: What no record can tell, by the names of ``ssvc.STATABLE``; it adds to what was stated before.

    Raises:
        NotFound: No such case for this actor.
        Forbidden: The actor does not decide on it.
        Conflict: Published or merged.
        BadInput: No reason, no such table, or a statement that does not fit.
    """
    row = decidable(actor, case_id, reason)
    if table not in {ssvc.TRIAGE, ssvc.PUBLICATION}:
        raise BadInput("There is no such table.", f"{ssvc.TRIAGE} or {ssvc.PUBLICATION}.", field="table")
    for name, value in (stated or {}).items():
        if value not in ssvc.STATABLE.get(name, ()):
            choices = "; ".join(f"{one}: {', '.join(values)}" for one, values in ssvc.STATABLE.items())
            raise BadInput(f"{name[:60]!r} cannot be stated as {value[:60]!r}.", choices + ".", field="stated")
    whole = {**_stated_before(row), **(stated or {})}
    now = clock.now()
    evaluate = ssvc.triage if table == ssvc.TRIAGE else ssvc.publication
    found = evaluate(_facts(actor, row, whole), now)
    document = selection_list(
        table, found.chosen, found.decision.possible, at=now, targets=[row.advisory_id, *row.identifiers]
    )
    outcome = found.decision.possible[0] if len(found.decision.possible) == 1 else "open"
    words = " or ".join(one.replace("_", " ") for one in found.decision.possible)
    index = note(actor, row, "selection", f"{found.title}: {words}. {reason}", table=table, document=document)
    return models.CaseSelection.objects.create(
        case=row,
        table=table,
        outcome=outcome,
        stated=whole,
        document=document,
        reason=reason,
        made_by=actor.label[:200],
        made_at=now,
        log_index=index,
    )


def triage_in(actor: Actor, row: models.Case) -> Triage:
    """``triage_of`` a case, for whoever was found to be let see it."""
    stated = _stated_before(row)
    facts = _facts(actor, row, stated)
    now = clock.now()
    recorded = tuple(row.selections.order_by("-made_at", "-id"))
    return Triage(ssvc.triage(facts, now), ssvc.publication(facts, now), stated, recorded)


def _stated_before(row: models.Case) -> dict[str, str]:
    last = row.selections.order_by("-made_at", "-id").first()
    return {
        name: value for name, value in (last.stated if last else {}).items() if value in ssvc.STATABLE.get(name, ())
    }


def _facts(actor: Actor, row: models.Case, stated: Mapping[str, str]) -> ssvc.CaseFacts:
    vendors = [one for one in row.participants.all() if roles_of(one) & WITH_A_PATH]
    statements = row.statements.filter(superseded_at=None).values_list("organization_id", "status")
    spoke = {organization for organization, _ in statements}
    fixed = {organization for organization, status in statements if status == VendorStatus.FIXED}
    ready = {one.organization_id for one in vendors if one.fix in {FixPath.READY, FixPath.DEPLOYED}}
    contacted = [one for one in vendors if one.fix != FixPath.UNAWARE]
    first = row.links.filter(undone_at=None, role=LinkRole.FIRST).first()
    proof = validation.evidence_of(first.report_id) if first else None
    known = facts_for_all(actor, row.identifiers)
    return ssvc.CaseFacts(
        public_aware=row.public_aware,
        exploit_public=row.exploit_public,
        attacks_observed=row.attacks_observed,
        verdict=proof.verdict if proof else None,
        vendors=len(vendors),
        contacted=len(contacted),
        answered=sum(one.answered_at is not None or one.organization_id in spoke for one in vendors),
        judged_valid=sum(one.report_management in _VALID for one in vendors),
        working=sum(one.report_management == ReportManagement.ACCEPTED for one in vendors),
        refused=sum(one.consent == ParticipantEmbargo.DECLINED or one.report_management in _REFUSED for one in vendors),
        fixes=len(fixed | ready),
        first_contact_at=min((one.joined_at for one in contacted), default=None),
        automatable=known.value(FactName.AUTOMATABLE),
        exploitation=known.value(FactName.EXPLOITATION),
        stated=stated,
    )

"""Writes of coordination: cases open, reports join and leave them, vendors come in.

The first half is called by the clearinghouse's own jobs (``system``), the second by people.
"""

import secrets
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from django.db import transaction

from seawall.clearinghouse.coordination import models, rules
from seawall.clearinghouse.coordination.contacts import first_contact, set_contact
from seawall.clearinghouse.coordination.content import FIELDS, refresh
from seawall.clearinghouse.coordination.embargoes import binding
from seawall.clearinghouse.coordination.timeline import note
from seawall.clearinghouse.coordination.types import (
    EmbargoManagement,
    FixPath,
    LinkRole,
    ParticipantEmbargo,
    ParticipantRole,
    ReportManagement,
    Tier,
)
from seawall.clearinghouse.distribution.rules import ID_RANDOM_BYTES, advisory_id
from seawall.clearinghouse.distribution.services import notify
from seawall.clearinghouse.matching.services import register_affected
from seawall.foundation.access.queries import get_visible
from seawall.foundation.access.services import require
from seawall.foundation.access.types import Actor
from seawall.foundation.identity.queries import coordinator_ids
from seawall.foundation.platform import clock
from seawall.foundation.platform.errors import BadInput, Conflict

__all__ = [
    "Folded",
    "ProvedReport",
    "add_duplicate",
    "answer_invitation",
    "decidable",
    "join",
    "open_case",
    "set_contact",
    "tell_invited",
]  # fmt: skip - set_contact is kept where its callers know it
WITH_A_PATH = frozenset({ParticipantRole.VENDOR, ParticipantRole.DEPLOYER})
"""Roles that walk the fix path."""


@dataclass(frozen=True)
class ProvedReport:
    """What coordination needs of a proved report, handed over by deduplication."""

    id: str
    organization_id: str
    title: str
    package: str
    failure: str
    identifiers: tuple[str, ...]
    weaknesses: tuple[str, ...]
    severity: str
    affected: tuple[dict[str, Any], ...]
    received_at: datetime


@dataclass(frozen=True)
class Folded:
    """What became of a report that joined a case."""

    case: models.Case
    is_first: bool
    """Whether it is the oldest, so that the case is its finder's."""
    former_first: str | None
    """Report that was first until now."""


# --- by the clearinghouse's own jobs -------------------------------------------------------------


def open_case(system: Actor, report: ProvedReport, *, reason: str) -> models.Case:
    """Open a case on its first proved report, under the default embargo; bring in finder, coordinators and contact.

    Must run inside the caller's transaction.
    """
    now = clock.now()
    case = models.Case.objects.create(
        advisory_id=advisory_id(now, secrets.token_bytes(ID_RANDOM_BYTES)),
        title=report.title,
        package=report.package,
        failure=report.failure,
        identifiers=list(report.identifiers),
        weaknesses=list(report.weaknesses),
        severity=report.severity,
        affected=list(report.affected),
        embargo=EmbargoManagement.ACTIVE,
        opened_at=now,
    )
    note(system, case, "opened", f"Case opened: {reason}")
    binding.begin(system, case)
    _link(system, case, report, LinkRole.FIRST, reason, {})
    for organization_id in coordinator_ids():
        join(
            case, organization_id, ParticipantRole.COORDINATOR, ReportManagement.ACCEPTED, ParticipantEmbargo.SIGNATORY
        )
    from seawall.clearinghouse.coordination.routing.pacing import arrive  # noqa: PLC0415 - which needs ``join`` from here

    arrive(system, case, first_contact(report.package))  # invited now, or when its maintainer takes another one
    affected = [{"package": case.package, "ranges": case.affected}]
    register_affected(system, case.id, case.advisory_id, affected, case.identifiers)
    return case


def add_duplicate(
    system: Actor, case_id: str, report: ProvedReport, *, reason: str, evidence: dict[str, Any]
) -> Folded:
    """Fold a report into a case; its finder becomes a co-finder of record.

    The oldest report stays first, by the time it was received and not by how fast it was proved: an older one
    that arrives here later takes the first place, and the former first becomes a duplicate.

    Must run inside the caller's transaction.
    """
    case = models.Case.objects.select_for_update().get(pk=case_id)
    first = case.links.filter(undone_at=None, role=LinkRole.FIRST).first()
    if first is not None and report.received_at < first.received_at:
        first.role = LinkRole.DUPLICATE
        first.save(update_fields=["role"])
        _link(system, case, report, LinkRole.FIRST, reason, evidence)
        note(system, case, "folded", f"An older report took the first place: {reason}", report=report.id)
        refresh(system, case)
        return Folded(case=case, is_first=True, former_first=first.report_id)
    _link(system, case, report, LinkRole.DUPLICATE, reason, evidence)
    note(system, case, "folded", f"A further report was folded in: {reason}", report=report.id)
    refresh(system, case)
    return Folded(case=case, is_first=False, former_first=None)


def _link(
    actor: Actor,
    case: models.Case,
    report: ProvedReport,
    role: LinkRole,
    reason: str,
    evidence: dict[str, Any],
) -> None:
    models.CaseReport.objects.create(
        case=case,
        report_id=report.id,
        organization_id=report.organization_id,
        role=role,
        said={name: value for name, value in asdict(report).items() if name in FIELDS},
        reason=reason,
        evidence=evidence,
        received_at=report.received_at,
        linked_by=actor.label[:200],
        linked_at=clock.now(),
    )
    finder = join(
        case, report.organization_id, ParticipantRole.FINDER, ReportManagement.ACCEPTED, ParticipantEmbargo.SIGNATORY
    )
    binding.relayed(actor, case, report.id)
    if finder.tier != Tier.MAKERS or finder.until is not None:  # whoever found it knows it
        finder.tier, finder.until = Tier.MAKERS, None
        finder.save(update_fields=["tier", "until"])


def join(
    case: models.Case,
    organization_id: str,
    role: ParticipantRole,
    state: ReportManagement,
    consent: ParticipantEmbargo,
    **more: Any,
) -> models.Participant:
    """Take an organization in, unless it takes part already; the caller's transaction.

    Args:
        case: The case.
        organization_id: Who joins.
        role: Why.
        state: RM; whoever has received the report is aware of it.
        consent: PEC.
        more: Further fields of ``models.Participant``, such as ``tier`` and ``until``.
    """
    aware = FixPath.AWARE if role in WITH_A_PATH and state is not ReportManagement.START else FixPath.UNAWARE
    fields = {"role": role, "report_management": state, "consent": consent, "fix": aware, "joined_at": clock.now()}
    row, created = models.Participant.objects.get_or_create(
        case=case, organization_id=organization_id, defaults={**fields, **more}
    )
    if created:
        binding.joined(case, organization_id)
    return row


def tell_invited(case: models.Case, organization_ids: Iterable[str], *, tier: Tier = Tier.MAKERS) -> None:
    """Put an invitation into each inbox; it says no more than that there is something. The caller's transaction."""
    vendor = tier is Tier.MAKERS
    organization_ids = tuple(organization_ids)
    binding.await_answers(case, organization_ids)
    for organization_id in organization_ids:
        notify(
            organization_id,
            kind="invitation",
            subject=case.id,
            title="A proved report for a package of yours waits for you" if vendor else "You are asked into a case",
            body="Accept the embargo to read it: one proof, run by us, with the versions it works on."
            if vendor
            else "Accept the embargo to see what you were asked in for.",
            reference=f"/cases/{case.id}",
        )


# --- by people -----------------------------------------------------------------------------------


@transaction.atomic
def answer_invitation(actor: Actor, case_id: str, *, accept: bool) -> models.Participant:
    """A participant accepts or declines the embargo.

    Raises:
        NotFound: The actor takes no part in this case.
        Conflict: Not invited (any more); names what is possible.
    """
    case = get_visible(actor, "case.respond", models.Case.objects.select_for_update(), case_id)
    participant = models.Participant.objects.select_for_update().get(case=case, organization_id=actor.organization_id)
    transition = "accept" if accept else "decline"
    try:
        consent = rules.step(rules.PEC_TABLE, ParticipantEmbargo(participant.consent), transition)
    except rules.RefusedTransitionError as error:
        raise Conflict(f"{error}.") from error
    participant.consent, participant.answered_at = consent, clock.now()
    participant.save(update_fields=["consent", "answered_at"])
    note(actor, case, "consent", f"{actor.label} {'accepted' if accept else 'declined'} the embargo.")
    return participant


def decidable(actor: Actor, case_id: str, reason: str) -> models.Case:
    """The case, locked, if the actor may decide on it and it is still open to decisions."""
    case = models.Case.objects.select_for_update().filter(pk=case_id).first()
    if case is None:
        case = get_visible(actor, "case.read", models.Case.objects.all(), case_id)  # raises NotFound
    require(actor, "case.decide", case)
    if not reason.strip():
        raise BadInput("A decision needs its reason.", "Write a sentence.", field="reason")
    if case.published_at is not None:
        raise Conflict("The case is published.", "Corrections are new revisions of the advisory.")
    if case.merged_into_id is not None:
        raise Conflict("The case was merged into another one.", "Decide there.")
    return case

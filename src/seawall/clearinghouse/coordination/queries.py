"""Reads of coordination. Every one goes through ``case.read``: the embargo is in the query."""

from collections.abc import Collection
from dataclasses import dataclass

from django.db.models import Count, Q, QuerySet

from seawall.clearinghouse.coordination import rules
from seawall.clearinghouse.coordination.embargoes.steps import publishing, with_proposals
from seawall.clearinghouse.coordination.models import Case, CaseEvent, CaseReport, Participant
from seawall.clearinghouse.coordination.tiers import VISIBLE, Part, is_over
from seawall.clearinghouse.coordination.types import EmbargoManagement, ParticipantEmbargo, ParticipantRole, Tier
from seawall.foundation.access.queries import get_visible, visible_to
from seawall.foundation.access.rules import grants_for
from seawall.foundation.access.types import Actor
from seawall.foundation.platform import clock

CaseRow = Case
EventRow = CaseEvent
LinkRow = CaseReport
ParticipantRow = Participant
"""The rows, for other folders' annotations: they read them, and write only through services."""


def cases_of(actor: Actor) -> QuerySet[Case]:
    """The cases whose content the actor may see, newest first, each with its number of reports."""
    counted = Case.objects.annotate(report_count=Count("links", filter=Q(links__undone_at=None)))
    return visible_to(actor, "case.read", counted.order_by("-opened_at", "id"))


def cases_to_list(actor: Actor) -> QuerySet[Case]:
    """``cases_of`` with what ``allowed_next`` asks of each, at once for the whole page."""
    return with_proposals(cases_of(actor))


def case(actor: Actor, case_id: str) -> Case:
    """One case.

    Raises:
        NotFound: Absent, foreign or under an embargo that the actor has not signed.
    """
    return get_visible(actor, "case.read", Case.objects.all(), case_id)


def timeline(actor: Actor, case_id: str) -> list[CaseEvent]:
    """The steps of a case, oldest first; none for a tier that may not know who else takes part.

    Raises:
        NotFound: See ``case``.
    """
    row = case(actor, case_id)
    return list(row.events.order_by("at", "id")) if Part.PEOPLE in parts_of(actor, row) else []


def links(actor: Actor, case_id: str) -> list[CaseReport]:
    """The reports of a case with their reasons, oldest first, undone ones included.

    Raises:
        NotFound: See ``case``.
    """
    return list(case(actor, case_id).links.order_by("linked_at", "id"))


def participants(actor: Actor, case_id: str) -> list[Participant]:
    """Who takes part; for a tier that may not know it, itself and the coordinators.

    Raises:
        NotFound: See ``case``.
    """
    return participants_of(actor, case(actor, case_id))


def participants_of(actor: Actor, row: Case) -> list[Participant]:
    """``participants`` of a case that the actor was found to see."""
    found = row.participants.order_by("joined_at", "id")
    if Part.PEOPLE not in parts_of(actor, row):
        found = found.filter(Q(organization_id=actor.organization_id) | Q(role=ParticipantRole.COORDINATOR))
    return list(found)


def parts_of(actor: Actor, row: Case) -> frozenset[Part]:
    """The parts of a case that the actor may see: a coordinator all, a participant its tier's, others none."""
    if any(grant.relation == "any" for grant in grants_for(actor, "case.read")):
        return VISIBLE[Tier.MAKERS]
    if actor.organization_id is None:
        return frozenset()
    mine = row.participants.filter(organization_id=actor.organization_id).only("tier", "until").first()
    if mine is None or is_over(mine.until, clock.now()):
        return frozenset()
    return VISIBLE[Tier(mine.tier)]


def may_see_people(actor: Actor, row: Case) -> bool:
    """Whether the actor may know who takes part in a case that it sees."""
    return Part.PEOPLE in parts_of(actor, row)


def reports_of_package(package: str) -> list[str]:
    """The reports in the cases of a package, oldest first, for deduplication; no door calls this."""
    rows = CaseReport.objects.filter(case__package=package, undone_at=None).order_by("received_at", "report_id")
    return list(rows.values_list("report_id", flat=True))


def links_of_reports(report_ids: Collection[str]) -> list[CaseReport]:
    """Where some reports are now, each with its case, oldest first, for deduplication; no door calls this."""
    rows = CaseReport.objects.filter(report_id__in=report_ids, undone_at=None).select_related("case")
    return list(rows.order_by("received_at", "report_id"))


@dataclass(frozen=True)
class Invitation:
    """All that an invited party may know before it accepts: that there is something, and for which package."""

    case_id: str
    package: str


def cases_with_people(actor: Actor) -> QuerySet[Case]:
    """The cases of which the actor may know who takes part, for lists of what was done in them."""
    hidden = [tier for tier, parts in VISIBLE.items() if Part.PEOPLE not in parts]
    blind = Participant.objects.filter(organization_id=actor.organization_id, tier__in=hidden)
    return cases_of(actor).exclude(pk__in=blind.values("case_id"))


def invitations_of(actor: Actor) -> list[Invitation]:
    """Invitations that wait for the actor's organization."""
    rows = visible_to(actor, "case.respond", Case.objects.all()).filter(
        participants__organization_id=actor.organization_id,
        participants__consent__in=[ParticipantEmbargo.INVITED, ParticipantEmbargo.LAPSED],
    )
    return [Invitation(case_id=row.id, package=row.package) for row in rows.distinct().order_by("opened_at", "id")]


def allowed_next(actor: Actor, row: Case) -> list[str]:
    """What the actor may do with a case that it sees, as names of operations."""
    if row.published_at is not None:
        return []
    if row.merged_into_id is not None:
        return ["undo_merge"] if grants_for(actor, "case.decide") else []
    actions = []
    if grants_for(actor, "case.decide"):
        if "terminate" in rules.allowed(rules.EM_TABLE, EmbargoManagement(row.embargo)):
            actions.append("end_embargo")
        actions += publishing(actor, row)
        actions += ["merge", "undo_link", "hold_apart"]
    return actions


def links_of_case(case_id: str) -> list[CaseReport]:
    """The reports in a case now, for deduplication; no door calls this."""
    return list(CaseReport.objects.filter(case_id=case_id, undone_at=None).order_by("received_at", "id"))

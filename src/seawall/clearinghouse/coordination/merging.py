"""Cases are merged and split, and either can be taken back: services, in a module of their own.

A merge moves a case's reports into another case and keeps in ``CaseMerge`` what it changed there, so that ``undo_merge``
puts back exactly that. Reports that came later, and what people decided in between, stay where they are.
"""

import secrets
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.dateparse import parse_datetime

from seawall.clearinghouse.coordination import models
from seawall.clearinghouse.coordination.content import refresh
from seawall.clearinghouse.coordination.embargoes import binding
from seawall.clearinghouse.coordination.services import decidable, join
from seawall.clearinghouse.coordination.timeline import note
from seawall.clearinghouse.coordination.types import (
    LinkRole,
    ParticipantEmbargo,
    ParticipantRole,
    ReportManagement,
)
from seawall.clearinghouse.distribution.rules import ID_RANDOM_BYTES, advisory_id
from seawall.clearinghouse.intake import services as intake
from seawall.clearinghouse.matching.services import register_affected
from seawall.foundation.access.queries import get_visible
from seawall.foundation.access.services import require
from seawall.foundation.access.types import Actor
from seawall.foundation.platform import clock
from seawall.foundation.platform.errors import BadInput, Conflict

MACHINES = Actor.system("").label
"""Beginning of the label of every actor that is the clearinghouse itself."""


@transaction.atomic
def undo_link(actor: Actor, case_id: str, report_id: str, *, reason: str) -> models.Case:
    """Take a report out of a case again: it gets a case of its own, and nothing of it is lost.

    Its finder leaves the case with it, unless another of its reports is there.

    Raises:
        NotFound: No such case or link.
        Conflict: It is the first report of the case, or the case is published.
        BadInput: No reason.
    """
    case = decidable(actor, case_id, reason)
    link = models.CaseReport.objects.filter(case=case, report_id=report_id, undone_at=None).first()
    if link is None:
        raise Conflict("This report is not in the case (any more).")
    if link.role == LinkRole.FIRST:
        raise Conflict("The first report carries the case.", "Take the others out instead.")
    own = _take_out(actor, case, [link], reason, {})
    _leave_without_reports(actor, case, [link.organization_id])
    for changed in (case, own):
        refresh(actor, changed)
    return own


def part_by_machine(
    system: Actor, case_id: str, report_ids: Collection[str], *, reason: str, evidence: dict[str, Any]
) -> models.Case | None:
    """Take reports out into one case of their own, because what linked them by itself has lost its ground.

    For deduplication's job, in its transaction. What a person has touched since stays as it is: a case with a step of a
    person's on its timeline is left to people, and so is a report that a person or a run has moved.

    Args:
        system: The clearinghouse.
        case_id: Where they are.
        report_ids: Reports that do not belong with the others; those that are not in the case are passed over.
        reason: A sentence for the timeline.
        evidence: Kept with the new links.

    Returns:
        The new case; None where nothing was done.
    """
    case = models.Case.objects.select_for_update().get(pk=case_id)
    links = list(case.links.filter(undone_at=None).order_by("received_at", "report_id"))
    moving = [link for link in links if link.report_id in report_ids and _is_automatic(link)]
    if case.published_at or case.merged_into_id or not moving or len(moving) == len(links):
        return None
    if case.events.exclude(actor_label__startswith=MACHINES).exists():
        return None
    own = _take_out(system, case, moving, reason, {**evidence, "parted_from": case.id})
    oldest_first(case)
    oldest_first(own)
    _leave_without_reports(system, case, [link.organization_id for link in moving])
    for changed in (case, own):
        refresh(system, changed)
    return own


def _is_automatic(link: models.CaseReport) -> bool:
    """Whether a report is where equal keys have put it, or where it opened the case; nobody and no run decided it."""
    return not link.evidence or link.evidence.get("zone") == "same"


def _take_out(
    actor: Actor, case: models.Case, links: Sequence[models.CaseReport], reason: str, evidence: dict[str, Any]
) -> models.Case:
    """Give reports one case of their own, which inherits the embargo and whoever is no finder."""
    for link in links:
        _undo(actor, link, reason)
        note(actor, case, "split", f"A report was taken out: {reason}", report=link.report_id)
    own = models.Case.objects.create(
        advisory_id=advisory_id(clock.now(), secrets.token_bytes(ID_RANDOM_BYTES)),
        title=case.title,
        package=case.package,
        failure=case.failure,
        identifiers=case.identifiers,
        weaknesses=case.weaknesses,
        severity=case.severity,
        affected=case.affected,
        embargo=case.embargo,
        embargo_ends_at=case.embargo_ends_at,  # a child of a split inherits the embargo
        opened_at=clock.now(),
    )
    note(actor, own, "opened", f"Case opened by a split: {reason}", report=links[0].report_id)
    for place, link in enumerate(links):
        role = LinkRole.DUPLICATE if place else LinkRole.FIRST
        _place(actor, link, own, role, reason, {"split_from": case.id, **evidence})
    for participant in case.participants.exclude(role=ParticipantRole.FINDER):
        _join_as(own, participant)
    for link in links:
        join(own, link.organization_id, ParticipantRole.FINDER, ReportManagement.ACCEPTED, ParticipantEmbargo.SIGNATORY)
    binding.inherit(actor, case, own)
    affected = [{"package": own.package, "ranges": own.affected}]
    register_affected(actor, own.id, own.advisory_id, affected, own.identifiers)
    return own


@transaction.atomic
def merge_cases(
    actor: Actor, from_case_id: str, into_case_id: str, *, reason: str, evidence: dict[str, Any] | None = None
) -> models.Case:
    """Fold one case into another: same root cause and same fix, says a person or a run.

    The case that stays takes the earlier embargo date and the oldest report as its first; every finder keeps its credit.
    ``undo_merge`` takes it back, ``undo_link`` takes one report out again.

    Raises:
        NotFound: One of them is not there.
        Conflict: The same case twice, or one is published or merged already.
        BadInput: No reason.
    """
    if from_case_id == into_case_id:
        raise Conflict("A case cannot be merged into itself.")
    # Locked in one order, so that two merges of the same pair do not wait for each other.
    locked = {one: decidable(actor, one, reason) for one in sorted((from_case_id, into_case_id))}
    return _merge(actor, locked[from_case_id], locked[into_case_id], reason, evidence or {})


def merge_by_run(
    system: Actor, from_case_id: str, into_case_id: str, *, reason: str, evidence: dict[str, Any]
) -> models.Case | None:
    """Fold one case into another because the runs of their proofs say so; for deduplication's job, in its transaction.

    Returns:
        The case that stays; None where one of them is closed to decisions by now, so that nothing was done.
    """
    rows = models.Case.objects.select_for_update().filter(pk__in=[from_case_id, into_case_id]).order_by("id")
    cases = {row.id: row for row in rows if row.published_at is None and row.merged_into_id is None}
    if set(cases) != {from_case_id, into_case_id} or cases[from_case_id].package != cases[into_case_id].package:
        return None
    return _merge(system, cases[from_case_id], cases[into_case_id], reason, evidence)


def _merge(
    actor: Actor, source: models.Case, target: models.Case, reason: str, evidence: dict[str, Any]
) -> models.Case:
    if source.package != target.package:
        raise Conflict("The two cases are about different packages.", "Merge cases of one package.")
    present = set(target.participants.values_list("organization_id", flat=True))
    moved = list(source.links.filter(undone_at=None))
    before = {
        "embargo_ends_at": target.embargo_ends_at.isoformat() if target.embargo_ends_at else None,
        "joined": sorted({one.organization_id for one in source.participants.all()} - present),
        "roles": {link.report_id: link.role for link in moved},
    }
    for link in moved:
        _undo(actor, link, f"merged: {reason}")
        _place(actor, link, target, LinkRole.DUPLICATE, reason, {**evidence, "merged_from": source.id})
    oldest_first(target)
    for participant in source.participants.all():
        _join_as(target, participant)
    dates = [date for date in (source.embargo_ends_at, target.embargo_ends_at) if date is not None]
    target.embargo_ends_at = min(dates) if dates else None
    target.save(update_fields=["embargo_ends_at"])
    binding.inherit(actor, source, target)
    refresh(actor, target)
    source.merged_into = target
    source.save(update_fields=["merged_into"])
    models.CaseMerge.objects.create(
        source=source, target=target, before=before, reason=reason, made_by=actor.label[:200], made_at=clock.now()
    )
    register_affected(actor, source.id, source.advisory_id, [])  # the other case's advisory speaks for both
    note(actor, source, "merged", f"Merged into another case: {reason}", into=target.id)
    note(actor, target, "merged", f"Another case was merged in: {reason}", source=source.id)
    return target


@transaction.atomic
def undo_merge(actor: Actor, case_id: str, *, reason: str) -> models.Case:
    """Give a merged case its life back: its reports, its roles, its embargo; and the other case what it was.

    Raises:
        NotFound: No such case for this actor.
        Conflict: It is not merged, or the case that stayed is published or was itself merged on.
        BadInput: No reason.
    """
    source = get_visible(actor, "case.read", models.Case.objects.all(), case_id)
    require(actor, "case.decide", source)
    if not reason.strip():
        raise BadInput("A decision needs its reason.", "Write a sentence.", field="reason")
    if source.merged_into_id is None:
        raise Conflict("The case is not merged into another one.")
    if models.Case.objects.filter(pk=source.merged_into_id).exclude(merged_into=None).exists():
        raise Conflict("The case that stayed was merged on into another one.", "Undo that merge first.")
    locked = {
        one.id: one
        for one in models.Case.objects.select_for_update()
        .filter(pk__in=[source.id, source.merged_into_id])
        .order_by("id")
    }
    source, target = locked[source.id], locked[str(source.merged_into_id)]
    if target.published_at is not None:
        raise Conflict("The case that stayed is published.", "Corrections are new revisions of the advisory.")
    merge = models.CaseMerge.objects.get(source=source, target=target, undone_at=None)
    for link in _came(source, target):
        _undo(actor, link, f"merge undone: {reason}")
        role = LinkRole(merge.before["roles"].get(link.report_id, LinkRole.DUPLICATE))
        former = source.links.filter(report_id=link.report_id).order_by("-linked_at", "-id").first()
        _place(actor, link, source, role, former.reason if former else reason, former.evidence if former else {})
    for changed in (source, target):
        oldest_first(changed)
    _leave_without_reports(actor, target, merge.before["joined"], everybody=True)
    earlier = parse_datetime(merge.before["embargo_ends_at"]) if merge.before["embargo_ends_at"] else None
    if target.embargo_ends_at == _earliest(earlier, source.embargo_ends_at):  # else somebody has moved it since
        target.embargo_ends_at = earlier
        target.save(update_fields=["embargo_ends_at"])
    binding.disinherit(actor, source, target)
    source.merged_into = None
    source.save(update_fields=["merged_into"])
    binding.watch(source, again=" after an undone merge")
    merge.undone_at, merge.undone_by, merge.undone_reason = clock.now(), actor.label[:200], reason
    merge.save(update_fields=["undone_at", "undone_by", "undone_reason"])
    affected = [{"package": source.package, "ranges": source.affected}]
    register_affected(actor, source.id, source.advisory_id, affected, source.identifiers)
    for changed in (source, target):
        refresh(actor, changed)
    note(actor, source, "unmerged", f"The merge was taken back: {reason}", out_of=target.id)
    note(actor, target, "unmerged", f"A case that was merged in has its life back: {reason}", source=source.id)
    return source


def _came(source: models.Case, target: models.Case) -> list[models.CaseReport]:
    """The reports that came into a case by a merge and go back with it."""
    present = list(target.links.filter(undone_at=None))
    came = [link for link in present if link.evidence.get("merged_from") == source.id]
    if not came:
        raise Conflict("None of its reports is in the other case any more.", "They have cases of their own.")
    if len(came) == len(present):
        raise Conflict("Its reports are all that the other case has left.", "Go on there: nothing would stay in it.")
    return came


def oldest_first(case: models.Case) -> None:
    """Make the oldest report the first of its case, and all others duplicates; the caller's transaction."""
    links = case.links.filter(undone_at=None).order_by("received_at", "report_id")
    for place, link in enumerate(links):
        role = LinkRole.DUPLICATE if place else LinkRole.FIRST
        if link.role != role:
            link.role = role
            link.save(update_fields=["role"])


def _undo(actor: Actor, link: models.CaseReport, reason: str) -> None:
    link.undone_at, link.undone_by, link.undone_reason = clock.now(), actor.label[:200], reason
    link.save(update_fields=["undone_at", "undone_by", "undone_reason"])


def _place(
    actor: Actor, link: models.CaseReport, case: models.Case, role: LinkRole, reason: str, evidence: dict[str, Any]
) -> None:
    """Put a report that was taken out of one case into another."""
    models.CaseReport.objects.create(
        case=case,
        report_id=link.report_id,
        organization_id=link.organization_id,
        role=role,
        said=link.said,
        reason=reason,
        evidence=evidence,
        received_at=link.received_at,
        linked_by=actor.label[:200],
        linked_at=clock.now(),
    )
    intake.move(actor, link.report_id, case.id)


def _join_as(case: models.Case, participant: models.Participant) -> None:
    join(
        case,
        participant.organization_id,
        ParticipantRole(participant.role),
        ReportManagement(participant.report_management),
        ParticipantEmbargo(participant.consent),
        further_roles=participant.further_roles,
        fix=participant.fix,
        tier=participant.tier,  # nobody reads more than before because two cases became one
        until=participant.until,
        answered_at=participant.answered_at,
    )


def _leave_without_reports(
    actor: Actor, case: models.Case, organization_ids: list[str], *, everybody: bool = False
) -> None:
    """Let organizations leave a case in which they have no report any more; finders only, unless ``everybody``."""
    staying = set(case.links.filter(undone_at=None).values_list("organization_id", flat=True))
    leaving = case.participants.filter(organization_id__in=set(organization_ids) - staying)
    if not everybody:
        leaving = leaving.filter(role=ParticipantRole.FINDER)
    for participant in leaving:
        note(actor, case, "left", "A participant left with its report.", organization=participant.organization_id)
        participant.delete()


def _earliest(*dates: datetime | None) -> datetime | None:
    known = [date for date in dates if date is not None]
    return min(known) if known else None

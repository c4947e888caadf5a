"""What binds a case: its terms as rows, the clock that follows from them, and the job that watches it.

Inner halves: they check nobody's rights and run in the caller's transaction. ``coordination`` calls ``begin`` as a case
opens, ``joined`` as somebody joins, ``await_answers`` as some are invited, ``inherit`` and ``disinherit`` as cases are
merged and split.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.core.exceptions import ObjectDoesNotExist
from django.utils.dateparse import parse_datetime

from seawall.clearinghouse.coordination.embargoes import clocks, library, rules
from seawall.clearinghouse.coordination.embargoes.models import (
    AnswerDue,
    CaseMoment,
    CaseTerm,
    OrganizationPolicy,
    Told,
)
from seawall.clearinghouse.coordination.embargoes.types import EmbargoClock, Facts, Moment, Term, TermKind, moment
from seawall.clearinghouse.coordination.models import Case
from seawall.clearinghouse.coordination.timeline import note
from seawall.clearinghouse.coordination.types import EmbargoManagement
from seawall.clearinghouse.intake import queries as intake
from seawall.clearinghouse.matching.check.rating import rate
from seawall.foundation.access.types import Actor
from seawall.foundation.jobs.services import enqueue
from seawall.foundation.platform import clock

TICK = "embargoes.tick"
HOLDS = frozenset({EmbargoManagement.ACTIVE, EmbargoManagement.REVISE})
"""States in which an embargo binds."""
CRITICAL = 9.0
JUST_OPENED = timedelta(minutes=1)
"""Who joins within it was there when the case was opened."""
OLD_DATE = "An earlier date of this case"


def begin(system: Actor, case: Case) -> None:
    """A case has opened: Seawall's default binds it, and its clock is watched."""
    _default(case, system)
    settle(system, case, lengthen=True)


def joined(case: Case, organization_id: str) -> None:
    """An organization has joined: if it has a standing policy, that binds the case from now on."""
    policy = OrganizationPolicy.objects.filter(pk=organization_id).first()
    if policy is None or policy.profile not in library.profiles() or case.embargo not in HOLDS:
        return
    system = Actor.system("embargoes")
    starts_at = case.opened_at if _opens(case) else clock.now()
    if bring(system, case, policy.profile, days=policy.days, organization_id=organization_id, starts_at=starts_at):
        settle(system, case)


def bring(
    actor: Actor, case: Case, profile_id: str, *, days: int | None, organization_id: str, starts_at: datetime
) -> bool:
    """Let a profile bind a case; False if the same one of the same organization does already."""
    profile = library.profiles()[profile_id]
    known = {"case": case, "profile": profile_id, "organization_id": organization_id, "inherited_from": ""}
    _, created = CaseTerm.objects.get_or_create(
        **known,
        defaults={
            "kind": TermKind.PROFILE,
            "name": profile.name,
            "days": days if profile.own_length else None,
            "starts_at": starts_at,
            "added_by": actor.label[:200],
            "added_at": clock.now(),
        },
    )
    if created:
        note(
            actor, case, "profile", f"{profile.name} binds the embargo.", profile=profile_id, brought_by=organization_id
        )
    return created


def extend(actor: Actor, case: Case, until: datetime) -> None:
    """Extend every term that would end before; whether they allow it was asked before."""
    _default(case, actor)
    for row in case.terms.select_for_update().order_by("id"):
        term = _term(row)
        end = rules.row_of(term, facts_of(case, [term])).ends_at
        if end is not None and end < until:
            row.extended_until, row.extended_at = until, clock.now()
            row.save(update_fields=["extended_until", "extended_at"])


def relayed(actor: Actor, case: Case, report_id: str) -> None:
    """A report has come from another clearinghouse under terms of its own: where they are stricter, they bind here.

    A time that is over already ends nothing by itself: whoever sends a report cannot open a case with a date.
    """
    try:
        terms = intake.embargo_of(intake.for_the_clearinghouse(report_id))
    except ObjectDoesNotExist:
        return
    ends_at = parse_datetime(terms.until) if terms.until else None
    if ends_at is None or ends_at.tzinfo is None or ends_at <= clock.now() or case.embargo not in HOLDS:
        return
    CaseTerm.objects.create(
        case=case,
        kind=TermKind.INHERITED,
        name=f"Terms of {terms.until_by}"[:120],
        starts_at=case.opened_at,
        ends_at=ends_at,
        added_by=actor.label[:200],
        added_at=clock.now(),
    )
    settle(actor, case)


def inherit(actor: Actor, source: Case, target: Case) -> None:
    """A case that was merged into, or split from, another one takes that one's terms and is bound by its date."""
    for row in list(source.terms.order_by("id")) or [_default(source, actor)]:
        CaseTerm.objects.create(
            case=target,
            kind=row.kind,
            name=row.name,
            profile=row.profile,
            days=row.days,
            organization_id=row.organization_id,
            starts_at=row.starts_at,
            ends_at=row.ends_at,
            extended_until=row.extended_until,
            extended_at=row.extended_at,
            inherited_from=source.id,
            added_by=actor.label[:200],
            added_at=clock.now(),
        )
    if source.embargo_ends_at is not None and source.embargo_ends_at < _computed(target).ends_at:
        CaseTerm.objects.create(
            case=target,
            kind=TermKind.INHERITED,
            name="Date of a case that is now one with this",
            starts_at=source.opened_at,
            ends_at=source.embargo_ends_at,
            inherited_from=source.id,
            added_by=actor.label[:200],
            added_at=clock.now(),
        )
    settle(actor, target)


def disinherit(actor: Actor, source: Case, target: Case) -> None:
    """A merge was taken back: what came with it binds no more. ``merging`` has put the date back before."""
    CaseTerm.objects.filter(case=target, inherited_from=source.id).delete()
    settle(actor, target)


def await_answers(
    case: Case, organization_ids: Iterable[str], *, within: timedelta = rules.SILENCE_IS_DECLINED
) -> datetime:
    """Some were invited: their silence becomes a refusal, 7 days from now by default and never before 72 hours."""
    due = rules.answer_due(clock.now(), within)
    for organization_id in organization_ids:
        AnswerDue.objects.update_or_create(case=case, organization_id=organization_id, defaults={"due_at": due})
    watch(case)
    return due


def await_answer(case: Case, organization_id: str, *, within: timedelta = rules.SILENCE_IS_DECLINED) -> datetime:
    """``await_answers`` for one."""
    return await_answers(case, [organization_id], within=within)


def terms_of(case: Case) -> list[Term]:
    """What binds a case; Seawall's default always among it."""
    rows = list(case.terms.order_by("id"))
    terms = [_term(row) for row in rows]
    if not any(row.profile == library.DEFAULT and not row.inherited_from for row in rows):
        default = library.profiles()[library.DEFAULT]
        terms.insert(0, Term(TermKind.PROFILE, default.name, case.opened_at, default))
    return terms


def facts_of(case: Case, terms: list[Term]) -> Facts:
    """What of a case moves its clock."""
    moments = dict(CaseMoment.objects.filter(case=case).values_list("kind", "at"))
    return Facts(
        attacked_at=moments.get(Moment.ATTACKS_OBSERVED),
        fixed_at=moments.get(Moment.FIX_RELEASED),
        critical=(rate(case.severity)[0] or 0.0) >= CRITICAL,
        ai_assisted=any(term.profile is not None and term.profile.ai_is_public for term in terms) and _by_ai(case),
    )


def current(case: Case) -> EmbargoClock:
    """The clock of a case: never later than the date that it has."""
    found = _computed(case)
    if case.embargo_ends_at is None or case.embargo_ends_at >= found.ends_at:
        return found
    terms = terms_of(case)
    held = Term(TermKind.INHERITED, OLD_DATE, case.opened_at, ends_at=case.embargo_ends_at)
    return rules.clock([*terms, held], facts_of(case, terms))


def settle(actor: Actor, case: Case, *, lengthen: bool = False) -> EmbargoClock:
    """Write the end that follows from the terms, and watch it; a later one only where ``lengthen`` says so."""
    found = _computed(case) if lengthen else current(case)
    later = case.embargo_ends_at is not None and found.ends_at > case.embargo_ends_at
    if found.ends_at != case.embargo_ends_at and (lengthen or not later):
        before, case.embargo_ends_at = case.embargo_ends_at, found.ends_at
        case.save(update_fields=["embargo_ends_at"])
        if before is not None and case.embargo in HOLDS:
            note(
                actor,
                case,
                "embargo-moved",
                f"The embargo {found.sentence}. Before: {moment(before)}.",
                ends_at=found.ends_at.isoformat(),
                rule=found.strictest.name,
            )
    watch(case)
    return found


def watch(case: Case, *, again: str = "") -> None:
    """Queue the job of the case's next moment, once.

    Args:
        case: The case.
        again: Distinguishes the job from an earlier one for the same moment, which may have failed.
    """
    due = next_moment(case)
    if due is None:
        return
    key = f"{TICK} {case.id} {due.isoformat(timespec='seconds')}{again}"
    wait = max(due - clocks.now(), timedelta(0))  # counted from here, so that a clock that was set moves nothing
    enqueue(TICK, case.id, idempotency_key=key, run_after=clock.now() + wait)


def next_moment(case: Case) -> datetime | None:
    """When something of a case falls due next; None: nothing will."""
    if case.published_at is not None or case.merged_into_id is not None:
        return None
    moments = list(AnswerDue.objects.filter(case=case).values_list("due_at", flat=True))
    if case.embargo in HOLDS and case.embargo_ends_at is not None:
        end = case.embargo_ends_at
        moments.append(end)
        told = set(Told.objects.filter(case=case, ends_at=end).values_list("what", flat=True))
        moments += [end - before for before in rules.REMINDERS if rules.days(before) not in told]
        if SILENT not in set(Told.objects.filter(case=case).values_list("what", flat=True)):
            moments.append(silent_at(case))
    return min(moments, default=None)


SILENT = "silence"


def silent_at(case: Case) -> datetime:
    """When vendors that have not answered are brought before the coordinator: the shortest rule of the case."""
    lengths = [term.profile.silence for term in terms_of(case) if term.profile is not None and term.profile.silence]
    return rules.to_the_second(case.opened_at + min(lengths, default=timedelta(days=30)))


def _computed(case: Case) -> EmbargoClock:
    terms = terms_of(case)
    return rules.clock(terms, facts_of(case, terms))


def _term(row: CaseTerm) -> Term:
    return Term(
        kind=TermKind(row.kind),
        name=row.name,
        starts_at=row.starts_at,
        profile=library.profiles().get(row.profile) if row.profile else None,
        length=timedelta(days=row.days) if row.days else None,
        ends_at=row.ends_at,
        brought_by=row.organization_id,
        extended_until=row.extended_until,
        extended_at=row.extended_at,
    )


def _default(case: Case, actor: Actor) -> CaseTerm:
    default = library.profiles()[library.DEFAULT]
    row, _ = CaseTerm.objects.get_or_create(
        case=case,
        profile=library.DEFAULT,
        organization_id="",
        inherited_from="",
        defaults={
            "kind": TermKind.PROFILE,
            "name": default.name,
            "starts_at": case.opened_at,
            "added_by": actor.label[:200],
            "added_at": clock.now(),
        },
    )
    return row


def _opens(case: Case) -> bool:
    """Whether the case is only just being opened, so that whoever joins is there from its beginning."""
    return clock.now() - case.opened_at < JUST_OPENED


def _by_ai(case: Case) -> bool:
    links = case.links.filter(undone_at=None).values_list("report_id", flat=True)
    return any(intake.provenance_of(intake.for_the_clearinghouse(report_id)).ai_assisted for report_id in links)

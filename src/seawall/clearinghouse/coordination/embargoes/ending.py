"""How embargoes end: by people, at the deadline, and as soon as the public or an exploit is there. Inner halves.

Publishing stays with people: what ends here opens the case to its participants, and tells them what lacks.
"""

from datetime import timedelta

from seawall.clearinghouse.coordination import rules as machines
from seawall.clearinghouse.coordination.embargoes import clocks, rules
from seawall.clearinghouse.coordination.embargoes.binding import HOLDS, SILENT, current, settle, silent_at, watch
from seawall.clearinghouse.coordination.embargoes.models import AnswerDue, CaseMoment, TermsChange, Told
from seawall.clearinghouse.coordination.embargoes.readiness import readiness_of
from seawall.clearinghouse.coordination.embargoes.types import ChangeState, Moment, moment
from seawall.clearinghouse.coordination.models import Case, Participant
from seawall.clearinghouse.coordination.tiers import CONTENT, is_over
from seawall.clearinghouse.coordination.timeline import note
from seawall.clearinghouse.coordination.types import EmbargoManagement, ParticipantEmbargo, ParticipantRole
from seawall.clearinghouse.distribution.services import notify
from seawall.foundation.access.types import Actor
from seawall.foundation.platform import clock

AWAITED = frozenset({ParticipantEmbargo.INVITED, ParticipantEmbargo.LAPSED})
"""Consent that somebody still has to give."""


def end(actor: Actor, case: Case, why: str, *, because: str = "") -> None:
    """End the embargo of a locked case and tell everybody; nothing where none holds.

    Args:
        actor: Who, or the clearinghouse itself.
        case: The case, locked.
        why: A sentence for the timeline.
        because: A short word for the log, such as ``deadline``.
    """
    state = EmbargoManagement(case.embargo)
    if state is EmbargoManagement.PROPOSED:
        case.embargo = machines.step(machines.EM_TABLE, state, "reject")
    elif state in HOLDS:
        case.embargo = machines.step(machines.EM_TABLE, state, "terminate")
    else:
        return
    case.save(update_fields=["embargo"])
    TermsChange.objects.filter(case=case, state=ChangeState.OPEN).update(
        state=ChangeState.SUPERSEDED, decided_at=clock.now(), decided_reason=why[:2000]
    )
    AnswerDue.objects.filter(case=case).delete()  # there is nothing to consent to any more
    note(actor, case, "embargo-ended", f"The embargo ended: {why}", because=because)
    lacking = _checklist(case)
    for one in case.participants.exclude(consent=ParticipantEmbargo.DECLINED):
        coordinator = one.role == ParticipantRole.COORDINATOR
        if coordinator and one.organization_id == actor.organization_id:
            continue  # it did so itself
        if is_over(one.until, clock.now()):
            continue  # there is no such case for it any more
        notify(
            one.organization_id,
            kind="embargo",
            subject=case.id,
            title="The embargo of a case has ended",
            body=f"{why} Two people can publish it now. {lacking}"
            if coordinator
            else (why if one.tier in CONTENT else ""),
            reference=f"/cases/{case.id}",
        )


def after_case_state(actor: Actor, case_id: str, events: tuple[str, ...]) -> None:
    """P, X or A of a case was recorded: P and X end its embargo, A asks the coordinators and may shorten it."""
    case = Case.objects.select_for_update().get(pk=case_id)
    if case.published_at is not None or case.merged_into_id is not None:
        return
    if "attacks_observed" in events:
        CaseMoment.objects.get_or_create(
            case=case,
            kind=Moment.ATTACKS_OBSERVED,
            defaults={"at": clock.now().replace(microsecond=0), "said_by": actor.label[:200]},
        )
    if "exploit_public" in events or "public_aware" in events:
        what = "an exploit is public" if "exploit_public" in events else "the flaw is public"
        end(actor, case, f"{what}.", because="public")
    elif "attacks_observed" in events and case.embargo in HOLDS:
        found = settle(actor, case)
        tell_coordinators(
            case,
            "Attacks are seen while an embargo holds: should it end?",
            f"The embargo {found.sentence}. End it, or say in the case why not.",
        )


def tick(system: Actor, case_id: str) -> None:
    """Do what is due about a case; the caller's transaction. Early or twice, it does nothing."""
    case = Case.objects.select_for_update().filter(pk=case_id).first()
    if case is None or case.published_at is not None or case.merged_into_id is not None:
        return
    now = clocks.now()
    for due in AnswerDue.objects.filter(case=case, due_at__lte=now).order_by("id"):
        _silence_is_declined(system, case, due)
    if case.embargo in HOLDS and case.embargo_ends_at is not None:
        if now >= case.embargo_ends_at:
            found = current(case)
            end(system, case, f"its time is over ({found.strictest.name}: {found.strictest.rule}).", because="deadline")
        else:
            _remind(case, case.embargo_ends_at - now)
            if now >= silent_at(case):
                _silence(case)
    # A clock that was set forward brings the job too early: it comes again, and by then more time has passed.
    wall = clock.now()
    watch(case, again=f" by {wall.isoformat()}" if now < wall else "")


def tell_coordinators(case: Case, title: str, body: str) -> None:
    """A notice to whoever runs this case."""
    for one in case.participants.filter(role=ParticipantRole.COORDINATOR):
        notify(
            one.organization_id,
            kind="embargo",
            subject=case.id,
            title=title,
            body=body,
            reference=f"/cases/{case.id}",
        )


def _silence_is_declined(system: Actor, case: Case, due: AnswerDue) -> None:
    participant = Participant.objects.filter(case=case, organization_id=due.organization_id).first()
    if participant is not None and participant.consent in AWAITED:
        participant.consent = machines.step(machines.PEC_TABLE, ParticipantEmbargo(participant.consent), "decline")
        participant.save(update_fields=["consent"])
        note(
            system,
            case,
            "consent",
            f"Silence counts as declined: no answer by {moment(due.due_at)}.",
            organization=due.organization_id,
        )
        tell_coordinators(case, "An invitation was not answered", "Silence counts as declined. Invite anew, or go on.")
    due.delete()


def _remind(case: Case, left: timedelta) -> None:
    """Say once, 7 and 2 days before the end, what lacks; where both are due, only the nearer."""
    due = [before for before in rules.REMINDERS if left <= before]
    if not due or case.embargo_ends_at is None:
        return
    nearest = min(due)
    fresh = [before for before in due if _first_time(case, rules.days(before))]
    if nearest not in fresh:
        return
    found = readiness_of(case)
    when = moment(case.embargo_ends_at)
    tell_coordinators(case, f"An embargo ends in {rules.days(nearest)}", f"It ends {when}. {_checklist(case)}")
    asked = {one: item for item in found.missing for one in item.lacking}
    for organization_id in sorted(asked):
        participant = case.participants.filter(organization_id=organization_id).first()
        if participant is not None and is_over(participant.until, clock.now()):
            continue
        signed = (
            participant is not None
            and participant.consent == ParticipantEmbargo.SIGNATORY
            and participant.tier in CONTENT
        )
        notify(
            organization_id,
            kind="embargo",
            subject=case.id,
            title=f"An embargo that you take part in ends in {rules.days(nearest)}",
            # Whoever has not signed learns the date and nothing of the case.
            body=f"It ends {when}. {' '.join(item.text for item in found.missing if organization_id in item.lacking)}"
            if signed
            else f"It ends {when}.",
            reference=f"/cases/{case.id}",
        )


def _silence(case: Case) -> None:
    if case.embargo_ends_at is None or Told.objects.filter(case=case, what=SILENT).exists():
        return
    _first_time(case, SILENT)
    vendors = case.participants.filter(role=ParticipantRole.VENDOR)
    if vendors.filter(consent=ParticipantEmbargo.SIGNATORY).exists():
        return
    tell_coordinators(
        case,
        "No vendor has answered",
        f"The case is open since {moment(case.opened_at)} and no vendor has signed. Find another way to it.",
    )


def _first_time(case: Case, what: str) -> bool:
    if case.embargo_ends_at is None:
        return False
    _, created = Told.objects.get_or_create(
        case=case, what=what, ends_at=case.embargo_ends_at, defaults={"at": clock.now()}
    )
    return created


def _checklist(case: Case) -> str:
    found = readiness_of(case)
    return "Nothing lacks." if found.ready else f"Lacking: {' '.join(item.text for item in found.missing)}"

"""Writes of embargoes by people: other dates, policies, what happened, the end. And the rhythm of the server's watch.

The machine is Vultron's: a wish is a proposal (EM), a coordinator decides, and whoever has signed and not said yes to the
new terms has to sign anew (PEC ``revise``). A later end is an extension: every rule that would end before has to allow it,
and whoever brought that rule has to agree.
"""

from datetime import UTC, datetime, timedelta

from django.db import transaction
from django.db.models import Q

from seawall.clearinghouse.coordination.embargoes import binding, changes, clocks, library, rules
from seawall.clearinghouse.coordination.embargoes.ending import AWAITED, end
from seawall.clearinghouse.coordination.embargoes.models import (
    AnswerDue,
    CaseMoment,
    ChangeAnswer,
    OrganizationPolicy,
    Preparation,
    TermsChange,
)
from seawall.clearinghouse.coordination.embargoes.types import (
    ChangeKind,
    ChangeState,
    Moment,
    PreparationKind,
    moment,
)
from seawall.clearinghouse.coordination.models import Case, Participant
from seawall.clearinghouse.coordination.services import decidable
from seawall.clearinghouse.coordination.timeline import note
from seawall.clearinghouse.coordination.types import ParticipantRole
from seawall.foundation.access.queries import get_visible
from seawall.foundation.access.services import require
from seawall.foundation.access.types import Actor
from seawall.foundation.identity.queries import person_behind
from seawall.foundation.jobs.services import enqueue
from seawall.foundation.platform import clock
from seawall.foundation.platform.errors import BadInput, Conflict, Forbidden
from seawall.foundation.transparency.services import record

WATCH = "embargoes.watch"
RHYTHM = timedelta(hours=1)
LATEST = timedelta(days=366)
"""No end lies further away than this."""
DAYS_MAX = 366
_EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
"""No fix of a case is older."""
TEXT_MAX = 4000


@transaction.atomic
def end_embargo(actor: Actor, case_id: str, *, reason: str) -> Case:
    """End the embargo of a case; content is then open to its participants, and publication may follow.

    Raises:
        NotFound: No such case for this actor.
        Conflict: There is no active embargo.
        BadInput: No reason.
    """
    case = decidable(actor, case_id, reason)
    changes.allowed(case, "terminate")
    end(actor, case, reason, because="person")
    return case


@transaction.atomic
def set_policy(actor: Actor, profile_id: str, *, days: int | None = None) -> OrganizationPolicy:
    """Say which disclosure policy the actor's organization brings to the cases that it joins from now on.

    Args:
        actor: A member of the organization.
        profile_id: From the library; the default takes an earlier choice back.
        days: Length in days, for a policy whose length is said by its owner.

    Raises:
        BadInput: No such profile, or a length that does not go with it.
    """
    require(actor, "policy.set")
    profile = library.profiles().get(profile_id)
    _length(profile_id, days)
    row, _ = OrganizationPolicy.objects.update_or_create(
        organization_id=actor.home,
        defaults={"profile": profile_id, "days": days, "set_by": actor.label[:200], "set_at": clock.now()},
    )
    record(
        actor, "policy.set", actor.home, {"profile": profile_id, "days": days, "name": profile.name if profile else ""}
    )
    return row


@transaction.atomic
def bring_profile(
    actor: Actor, case_id: str, profile_id: str, *, reason: str, days: int | None = None, organization_id: str = ""
) -> Case:
    """Let one more policy bind a case, such as that of a list which was told; it can only make the end earlier.

    Args:
        actor: A coordinator.
        case_id: The case.
        profile_id: From the library.
        reason: Why.
        days: Length in days, for an upstream's own policy.
        organization_id: The participant whose policy it is; empty: nobody's here.

    Raises:
        NotFound: No such case for this actor.
        Conflict: No embargo holds, or the profile binds the case already.
        BadInput: No reason, no such profile or length, or no such participant.
    """
    case = decidable(actor, case_id, reason)
    _length(profile_id, days)
    if case.embargo not in binding.HOLDS:
        raise Conflict("No embargo holds.", "A policy binds an embargo that holds.")
    if organization_id and not case.participants.filter(organization_id=organization_id).exists():
        raise BadInput("This organization takes no part in the case.", "Leave it out.", field="organization_id")
    first = case.links.filter(undone_at=None, organization_id=organization_id).order_by("linked_at").first()
    starts_at = first.linked_at if first else clock.now()
    if not binding.bring(actor, case, profile_id, days=days, organization_id=organization_id, starts_at=starts_at):
        raise Conflict("This policy binds the case already.")
    before = case.embargo_ends_at
    found = binding.settle(actor, case)
    if before != found.ends_at:
        changes.tell(actor, case, "The embargo of a case ends earlier", f"It {found.sentence}.")
    return case


@transaction.atomic
def propose_terms(actor: Actor, case_id: str, *, until: datetime, reason: str) -> TermsChange:
    """Propose an earlier end, or an embargo where there is none. A later end is an extension.

    Raises:
        NotFound: No such case for this actor.
        Conflict: The machine does not allow it now, the flaw is public, or the end would be later.
        BadInput: No reason, or an end that lies in the past or too far away.
    """
    case = _mine(actor, case_id, reason)
    until = _future(until)
    if case.public_aware or case.exploit_public:
        raise Conflict("The flaw or an exploit is public.", "There is nothing left to keep.")
    if case.embargo in binding.HOLDS and case.embargo_ends_at is not None and until > case.embargo_ends_at:
        found = binding.current(case)
        raise Conflict(f"The embargo {found.sentence}.", "Ask for an extension instead.")
    return changes.open_change(actor, case, ChangeKind.TERMS, until, reason)


@transaction.atomic
def request_extension(actor: Actor, case_id: str, *, until: datetime, reason: str) -> TermsChange:
    """Ask for a later end.

    Raises:
        NotFound: No such case for this actor.
        Conflict: No embargo holds, or a rule of the case does not allow it; it is named.
        BadInput: No reason, or an end that is none.
    """
    case = _mine(actor, case_id, reason)
    until = _future(until)
    if case.embargo not in binding.HOLDS or case.embargo_ends_at is None:
        raise Conflict("No embargo holds.", "There is nothing to extend.")
    if until <= case.embargo_ends_at:
        raise BadInput(
            "An extension ends later than the embargo does.", "Propose an earlier end instead.", field="until"
        )
    changes.extensible(case, until)
    return changes.open_change(actor, case, ChangeKind.EXTENSION, until, reason)


@transaction.atomic
def answer_terms(actor: Actor, case_id: str, *, accept: bool, reason: str = "") -> ChangeAnswer:
    """Say for the actor's organization whether it agrees to the end that is proposed; it may say otherwise later.

    Raises:
        NotFound: No such case for this actor.
        Conflict: Nothing is proposed.
    """
    case = _mine(actor, case_id, reason or "-")
    change = changes.waiting(case)
    answer, _ = ChangeAnswer.objects.update_or_create(
        change=change,
        organization_id=actor.home,
        defaults={
            "accepted": accept,
            "reason": reason[:TEXT_MAX],
            "made_by": actor.label[:200],
            "made_at": clock.now(),
        },
    )
    said = "agreed" if accept else "did not agree"
    note(actor, case, "terms-answered", f"{actor.label} {said} to {moment(change.until)}.", change=change.pk)
    return answer


@transaction.atomic
def decide_terms(actor: Actor, case_id: str, *, accept: bool, reason: str) -> Case:
    """Accept or reject the end that is proposed. An extension needs the yes of whoever brought the rules it stretches.

    Raises:
        NotFound: No such case for this actor.
        Conflict: Nothing is proposed, a rule does not allow it (any more), or somebody has not agreed; each is named.
        BadInput: No reason.
    """
    case = decidable(actor, case_id, reason)
    change = changes.waiting(case)
    held = case.embargo in binding.HOLDS
    if accept and change.until <= clocks.now():
        raise Conflict("The end that is proposed lies in the past by now.", "Reject it.")
    step = "accept" if accept else "reject"
    state = changes.allowed(case, step)
    if accept:
        changes.agree(actor, case, change)
    change.state = ChangeState.ACCEPTED if accept else ChangeState.REJECTED
    change.decided_by, change.decided_at, change.decided_reason = actor.label[:200], clock.now(), reason
    change.save()
    case.embargo = state
    case.save(update_fields=["embargo"])
    word = "accepted" if accept else "rejected"
    note(actor, case, f"terms-{word}", f"{moment(change.until)} was {word}: {reason}", change=change.pk)
    if accept:
        binding.settle(actor, case, lengthen=change.kind == ChangeKind.EXTENSION or not held)
        changes.revise(actor, case, change)
    changes.tell(actor, case, f"Another end of an embargo was {word}", f"{moment(change.until)}: {reason}")
    return case


@transaction.atomic
def note_fix_released(actor: Actor, case_id: str, *, at: datetime, reason: str) -> Case:
    """Say that a fix is out, since when: some policies end with the patch, and details wait from then on.

    Raises:
        NotFound: No such case for this actor.
        Forbidden: Neither a vendor of the case nor a coordinator.
        Conflict: It is said already, or the case is published or merged.
        BadInput: No reason, or a time that is to come.
    """
    case = _mine(actor, case_id, reason)
    mine = case.participants.get(organization_id=actor.organization_id)
    if mine.role not in {ParticipantRole.VENDOR, ParticipantRole.COORDINATOR}:
        raise Forbidden("Only vendors of the case and coordinators say that a fix is out.")
    at = rules.to_the_second(_zoned(at, "at"))
    if at < _EARLIEST:
        raise BadInput("This time is too long ago.", "Say since when the fix is out.", field="at")
    if at > clock.now() + timedelta(minutes=1):
        raise BadInput("This time is still to come.", "Say it when the fix is out.", field="at")
    _, created = CaseMoment.objects.get_or_create(
        case=case,
        kind=Moment.FIX_RELEASED,
        defaults={"at": at, "said_by": actor.label[:200], "text": reason[:TEXT_MAX]},
    )
    if not created:
        raise Conflict("A fix is known to be out already.")
    note(actor, case, "fix-released", f"A fix is out since {moment(at)}: {reason}", at=at.isoformat())
    before = case.embargo_ends_at
    found = binding.settle(actor, case)
    if before != found.ends_at:
        changes.tell(actor, case, "The embargo of a case ends earlier", f"It {found.sentence}.")
    return case


@transaction.atomic
def prepare(actor: Actor, case_id: str, kind: PreparationKind, *, text: str = "") -> Preparation:
    """Add what lacks before a publication: a confirmed credit, a vendor's statement, a reason, oneself as publisher.

    Raises:
        NotFound: No such case for this actor.
        Forbidden: This is somebody else's to say.
        Conflict: The case is published or merged.
        BadInput: A statement or a reason without words.
    """
    case = _mine(actor, case_id, text.strip() or "-")
    mine = case.participants.get(organization_id=actor.organization_id)
    subject = ""
    if kind is PreparationKind.CREDIT:
        if not case.links.filter(undone_at=None, organization_id=actor.organization_id).exists():
            raise Forbidden("Only a finder of this case confirms its credit.")
    elif kind is PreparationKind.STATEMENT:
        if mine.role != ParticipantRole.VENDOR:
            raise Forbidden("Only a vendor of this case makes a statement.")
    else:
        require(actor, "case.decide" if kind is PreparationKind.NO_CVE else "case.publish", case)
        if kind is PreparationKind.PUBLISHER:
            subject = person_behind(actor) or ""
            if not subject:
                raise Forbidden("No person stands behind this token.", "Sign in, or use a token of your own.")
    if kind in {PreparationKind.STATEMENT, PreparationKind.NO_CVE} and not text.strip():
        raise BadInput("This needs words.", "Write a sentence.", field="text")
    row, _ = Preparation.objects.update_or_create(
        case=case,
        kind=kind,
        organization_id=actor.home,
        subject=subject,
        defaults={"text": text[:TEXT_MAX], "made_by": actor.label[:200], "made_at": clock.now()},
    )
    note(actor, case, "prepared", f"{_PREPARED[kind]} by {actor.label}.", preparation=kind.value)
    return row


_PREPARED = {
    PreparationKind.CREDIT: "Credit confirmed",
    PreparationKind.STATEMENT: "Vendor's statement given",
    PreparationKind.NO_CVE: "Said why there is no CVE identifier",
    PreparationKind.PUBLISHER: "Will take part in the publication, said",
}


# --- by the server -------------------------------------------------------------------------------


def schedule_watch(system: Actor) -> str:  # noqa: ARG001 - services take the actor first
    """Queue the next hour's watch; once, however often this is called. Must run inside a transaction.

    The job queues its successor; a server calls this when it starts, so that the rhythm begins, or goes on.
    """
    due = clock.now().replace(minute=0, second=0, microsecond=0) + RHYTHM
    hour = due.isoformat(timespec="hours")
    return enqueue(WATCH, hour, idempotency_key=f"{WATCH} {hour}", run_after=due)


def catch_up(system: Actor, hour: str) -> None:
    """Queue what is overdue once more, and give a deadline to whoever was invited without one. In a transaction."""
    waiting = Participant.objects.filter(
        consent__in=AWAITED, case__embargo__in=binding.HOLDS, case__published_at=None, case__merged_into=None
    )
    for one in waiting.select_related("case").order_by("id"):
        if not AnswerDue.objects.filter(case=one.case, organization_id=one.organization_id).exists():
            binding.await_answers(one.case, [one.organization_id])
    now = clocks.now()
    overdue = Q(embargo__in=binding.HOLDS, embargo_ends_at__lte=now) | Q(answers_due__due_at__lte=now)
    open_ones = Case.objects.filter(published_at=None, merged_into=None)
    for case in open_ones.filter(overdue).distinct().order_by("id"):
        binding.watch(case, again=f" {hour}")
    for case in open_ones.filter(embargo__in=binding.HOLDS, terms=None).order_by("id"):
        binding.begin(system, case)  # opened before cases had terms


# --- shared --------------------------------------------------------------------------------------


def _mine(actor: Actor, case_id: str, reason: str) -> Case:
    """The case, locked, if the actor takes part in it, reads it, and it is still open to decisions."""
    get_visible(actor, "case.read", Case.objects.all(), case_id)
    case = get_visible(actor, "case.respond", Case.objects.select_for_update(), case_id)
    if not reason.strip():
        raise BadInput("This needs its reason.", "Write a sentence.", field="reason")
    if case.published_at is not None:
        raise Conflict("The case is published.", "Corrections are new revisions of the advisory.")
    if case.merged_into_id is not None:
        raise Conflict("The case was merged into another one.", "Go on there.")
    return case


def _length(profile_id: str, days: int | None) -> None:
    profile = library.profiles().get(profile_id)
    if profile is None:
        known = ", ".join(library.profiles())
        raise BadInput(f"There is no profile {profile_id!r}.", f"Choose from {known}.", field="profile")
    if profile.own_length and (days is None or not 1 <= days <= DAYS_MAX):
        raise BadInput(f"{profile.name} needs its length.", f"Say 1 to {DAYS_MAX} days.", field="days")
    if not profile.own_length and days is not None:
        raise BadInput(f"The length of {profile.name} is known.", "Leave the days out.", field="days")


def _zoned(at: datetime, name: str) -> datetime:
    if at.tzinfo is None:
        raise BadInput("A time needs its zone.", "Write it in UTC, such as 2026-12-03T14:00:00Z.", field=name)
    return at


def _future(until: datetime) -> datetime:
    until = _zoned(until, "until")
    now = clock.now()
    if not now < until <= now + LATEST:
        raise BadInput("The end has to lie ahead, and within a year.", field="until")
    return rules.to_the_second(until)

"""What participants do in a case: they sort the report (RM), get a fix ready (CS), and the world learns of it (P, X, A).

Services, first argument ``actor``. A participant acts for its own organization; a coordinator may write down what
another one said elsewhere (``organization_id``), with a reason. A refused step is ``TransitionRefused``, with the
steps that are allowed now.
"""

from dataclasses import dataclass

from django.db import transaction

from seawall.clearinghouse.coordination import case_state, hooks, models, rules
from seawall.clearinghouse.coordination.errors import TransitionRefused
from seawall.clearinghouse.coordination.services import WITH_A_PATH
from seawall.clearinghouse.coordination.tiers import CONTENT
from seawall.clearinghouse.coordination.timeline import note
from seawall.clearinghouse.coordination.types import (
    CaseEventKind,
    CaseState,
    EmbargoManagement,
    FixPath,
    ParticipantEmbargo,
    ParticipantRole,
    ReportManagement,
)
from seawall.foundation.access.queries import get_visible
from seawall.foundation.access.services import require
from seawall.foundation.access.types import Actor
from seawall.foundation.identity.queries import organization_names
from seawall.foundation.platform import clock
from seawall.foundation.platform.errors import BadInput, Conflict, NotFound

_DONE = {
    "receive": "received the report",
    "validate": "takes the report for valid",
    "invalidate": "takes the report for invalid",
    "accept": "accepted the report and works on it",
    "defer": "deferred the report",
    "close": "closed the report",
    CaseEventKind.VENDOR_AWARE: "knows of the flaw",
    CaseEventKind.FIX_READY: "has a fix ready",
    CaseEventKind.FIX_DEPLOYED: "has the fix deployed",
}
_SAID = {
    CaseEventKind.PUBLIC_AWARE: "The public knows of the flaw",
    CaseEventKind.EXPLOIT_PUBLIC: "An exploit is public",
    CaseEventKind.ATTACKS_OBSERVED: "Attacks were observed",
}


@dataclass(frozen=True, slots=True)
class Steps:
    """What a participant may do next, by the machines."""

    report: tuple[str, ...]
    """Transitions of RM."""
    fix: tuple[str, ...]
    """Events of its fix path."""


def roles_of(row: models.Participant) -> frozenset[ParticipantRole]:
    """All roles of a participant."""
    return frozenset({ParticipantRole(row.role), *(ParticipantRole(role) for role in row.further_roles)})


def state_of(case: models.Case, row: models.Participant, *, fix_exists: bool = False) -> CaseState:
    """CS as one participant stands in it.

    Whoever deploys and makes nothing has no fix of its own: where some vendor's exists, it counts as ready.
    """
    fix = FixPath(row.fix)
    if fix is FixPath.AWARE and fix_exists and ParticipantRole.VENDOR not in roles_of(row):
        fix = FixPath.READY
    return CaseState(fix, case.public_aware, case.exploit_public, case.attacks_observed)


def steps_of(case: models.Case, row: models.Participant, *, fix_exists: bool) -> Steps:
    """The steps open to a participant now; pure, so that a list of 150 costs no query each."""
    report = rules.allowed(rules.RM_TABLE, ReportManagement(row.report_management))
    if not reads_content(case, row):
        report = tuple(name for name in report if name == "receive")
    return Steps(report=report, fix=_fix_steps(case, row, fix_exists=fix_exists))


def steps_after(row: models.Participant) -> Steps:
    """The steps open to a participant that a service has just changed."""
    return steps_of(row.case, row, fix_exists=fix_exists(row.case))


def _fix_steps(case: models.Case, row: models.Participant, *, fix_exists: bool) -> tuple[str, ...]:
    roles = roles_of(row)
    if not roles & WITH_A_PATH:
        return ()
    following = case_state.following(state_of(case, row, fix_exists=fix_exists))
    own = (event for event in following if event in _DONE)
    state = ReportManagement(row.report_management)
    return tuple(event.value for event in own if not case_state.may_take(event, roles, state))


def fix_exists(case: models.Case) -> bool:
    """Whether some vendor of the case has a fix ready."""
    return case.participants.filter(fix__in=[FixPath.READY, FixPath.DEPLOYED]).exists()


@transaction.atomic
def step_report(
    actor: Actor, case_id: str, transition: str, *, organization_id: str | None = None, reason: str = ""
) -> models.Participant:
    """Move a participant's report management: receive, validate, invalidate, accept, defer, close.

    Raises:
        NotFound: No such case or participant for this actor.
        TransitionRefused: Not a step from here, or the participant has not read what it judges; names what is allowed.
        Conflict: The case was merged into another one.
        BadInput: A coordinator acts for somebody else without a reason.
    """
    case, row = acting(actor, case_id, organization_id, reason)
    try:
        state = rules.step(rules.RM_TABLE, ReportManagement(row.report_management), transition)
    except rules.RefusedTransitionError as error:
        open_steps = steps_of(case, row, fix_exists=False).report
        raise TransitionRefused(f"{error}.", "Take one of the steps that are allowed.", allowed=open_steps) from error
    if transition != "receive" and row.organization_id == actor.organization_id and not reads_content(case, row):
        raise TransitionRefused(
            "What you have not read you cannot judge.",
            "Accept the embargo first.",
            allowed=steps_of(case, row, fix_exists=False).report,
        )  # fmt: skip - one refusal
    row.report_management = state
    if state is not ReportManagement.START and row.fix == FixPath.UNAWARE and roles_of(row) & WITH_A_PATH:
        row.fix = FixPath.AWARE
    _save(actor, row, "report_management", "fix")
    _noted(actor, case, row, "report-step", transition, reason)
    return row


@transaction.atomic
def step_fix(
    actor: Actor, case_id: str, event: CaseEventKind, *, organization_id: str | None = None, reason: str = ""
) -> models.Participant:
    """Move a participant along its fix path: vendor_aware, fix_ready, fix_deployed.

    Raises:
        NotFound: No such case or participant for this actor.
        TransitionRefused: Not a step from here, not in this role, or the report was not dealt with; names what is allowed.
        Conflict: The case was merged into another one.
        BadInput: A coordinator acts for somebody else without a reason.
    """
    case, row = acting(actor, case_id, organization_id, reason)
    ready = fix_exists(case)
    open_steps = _fix_steps(case, row, fix_exists=ready)
    if event.value not in open_steps:
        state = state_of(case, row, fix_exists=ready)
        why = case_state.may_take(event, roles_of(row), ReportManagement(row.report_management))
        raise TransitionRefused(
            why or f"{event.value!r} is not possible from {state.name}.",
            f"Allowed now: {', '.join(open_steps) or 'nothing'}.",
            allowed=open_steps,
        )
    row.fix = case_state.following(state_of(case, row, fix_exists=ready))[event].fix
    _save(actor, row, "fix")
    _noted(actor, case, row, "fix-step", event, reason)
    return row


@transaction.atomic
def record_case_state(
    actor: Actor,
    case_id: str,
    *,
    reason: str,
    public_aware: bool | None = None,
    exploit_public: bool | None = None,
    attacks_observed: bool | None = None,
) -> models.Case:
    """Write down that the public knows, an exploit is public or attacks were observed. One way; twice is once.

    What has to follow follows at once: a public exploit makes the public aware, and that makes every vendor aware.
    ``hooks.on_case_state`` handlers run in this transaction; the embargo's own is one of them.

    Raises:
        NotFound: No such case for this actor.
        Forbidden: The actor reads the case but does not decide on it.
        TransitionRefused: Something would be unsaid; names what can still be said.
        Conflict: The case was merged into another one.
        BadInput: No reason, or nothing was said.
    """
    case = _open(models.Case.objects.select_for_update().filter(pk=case_id).first(), actor, case_id)
    require(actor, "case.decide", case)
    if not reason.strip():
        raise BadInput("A decision needs its reason.", "Write a sentence.", field="reason")
    events = _new_events(
        case,
        {
            CaseEventKind.PUBLIC_AWARE: public_aware,
            CaseEventKind.EXPLOIT_PUBLIC: exploit_public,
            CaseEventKind.ATTACKS_OBSERVED: attacks_observed,
        },
    )
    if not events:
        return case
    for event in events:
        setattr(case, event.value, True)
    case.save(update_fields=[event.value for event in events])
    for event in events:
        note(actor, case, "state", f"{_SAID[event]}: {reason}", event=event.value)
    if CaseEventKind.PUBLIC_AWARE in events:
        unaware = case.participants.filter(fix=FixPath.UNAWARE, role__in=WITH_A_PATH)
        told = unaware.update(fix=FixPath.AWARE)
        if told:
            note(actor, case, "state", f"Vendors who had not been told know it with the public: {told}.", vendors=told)
    hooks.case_state_moved(actor, case.id, tuple(events))
    case.refresh_from_db()  # a handler may have ended the embargo
    return case


def _new_events(case: models.Case, said: dict[CaseEventKind, bool | None]) -> list[CaseEventKind]:
    """What of P, X and A is new, with what has to follow from it."""
    if all(value is None for value in said.values()):
        raise BadInput("Nothing was said of the case's state.", f"Give one of {', '.join(said)}.")
    for event, value in said.items():
        if value is False and getattr(case, event.value):
            left = tuple(one.value for one in said if not getattr(case, one.value))
            raise TransitionRefused(
                f"{event.value!r} was recorded and is never taken back.",
                "Write down what turned out to be wrong as a new step.",
                allowed=left,
            )
    events = [event for event, value in said.items() if value and not getattr(case, event.value)]
    state = CaseState(FixPath.AWARE, case.public_aware, case.exploit_public, case.attacks_observed)
    for event in events:
        state = case_state.said(state, event)
    return events + list(case_state.settle(state)[1])


def acting(
    actor: Actor, case_id: str, organization_id: str | None, reason: str
) -> tuple[models.Case, models.Participant]:
    """The case, locked, and the participant that is spoken for: the actor's own, or another's by a coordinator.

    Raises:
        NotFound: No such case or participant for this actor.
        Forbidden: The actor does not decide on the case.
        Conflict: The case was merged into another one.
        BadInput: A coordinator acts for somebody else without a reason.
    """
    found = models.Case.objects.select_for_update()
    if organization_id is None or organization_id == actor.organization_id:
        case = _open(get_visible(actor, "case.respond", found, case_id), actor, case_id)
        organization_id = actor.home
    else:
        case = _open(found.filter(pk=case_id).first(), actor, case_id)
        require(actor, "case.decide", case)
        if not reason.strip():
            raise BadInput("Speaking for somebody else needs its reason.", "Say where they said it.", field="reason")
    row = models.Participant.objects.select_for_update().filter(case=case, organization_id=organization_id).first()
    if row is None:
        raise NotFound("There is nothing here that you may see.", "Check the address and who you are signed in as.")
    return case, row


def _open(case: models.Case | None, actor: Actor, case_id: str) -> models.Case:
    if case is None:
        return get_visible(actor, "case.read", models.Case.objects.all(), case_id)  # raises NotFound
    if case.merged_into_id is not None:
        require(actor, "case.read", case)
        raise Conflict("The case was merged into another one.", "Act there.")
    return case


def reads_content(case: models.Case, row: models.Participant) -> bool:
    """Whether a participant's state and tier open the case to it."""
    return row.tier in CONTENT and rules.may_see_content(
        ReportManagement(row.report_management), ParticipantEmbargo(row.consent), EmbargoManagement(case.embargo)
    )


def _save(actor: Actor, row: models.Participant, *fields: str) -> None:
    if row.organization_id == actor.organization_id:
        row.answered_at = clock.now()
    row.save(update_fields=[*fields, "answered_at"])


def _noted(actor: Actor, case: models.Case, row: models.Participant, kind: str, step: str, reason: str) -> None:
    name = name_of(row.organization_id)
    because = f": {reason}" if reason.strip() else "."
    details = {"organization": row.organization_id, "step": str(step)}
    note(actor, case, kind, f"{name} {_DONE[step]}{because}", **details)


def name_of(organization_id: str) -> str:
    """An organization's name for the timeline."""
    return organization_names([organization_id]).get(organization_id, "A participant")

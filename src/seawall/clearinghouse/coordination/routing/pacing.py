"""How many reports a maintainer takes: services, in a module of their own.

- A maintainer says how many open reports it takes at once, and if it likes how many a week; without a word it gets all.
- A case that comes in gets a turn: without a limit it is delivered at once, else it waits in the order of ``ordering``.
- Attacks pass the pacing: whoever is attacked cannot wait. The timeline says why.
- What is open is asked of the cases themselves, so no step can forget to give a place back: a case is open at its
  maintainer until it is published, merged, declined, or the maintainer calls it invalid, deferred or closed.
- A job delivers what there is room for, under the lock of the maintainer's row: exactly once.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Q

from seawall.clearinghouse.coordination import models as cases
from seawall.clearinghouse.coordination import services as coordination
from seawall.clearinghouse.coordination.routing import ordering, rules
from seawall.clearinghouse.coordination.routing.models import Guest, Maintainer, Turn
from seawall.clearinghouse.coordination.routing.queries import Visit
from seawall.clearinghouse.coordination.routing.turns import ADVANCE
from seawall.clearinghouse.coordination.routing.types import Pace, Place, Ranked, TurnState
from seawall.clearinghouse.coordination.timeline import note
from seawall.clearinghouse.coordination.types import ParticipantEmbargo, ParticipantRole, ReportManagement
from seawall.clearinghouse.distribution.services import notify
from seawall.foundation.access.queries import get_visible
from seawall.foundation.access.services import require
from seawall.foundation.access.types import Actor
from seawall.foundation.identity.queries import coordinator_ids, organization_names
from seawall.foundation.jobs.services import enqueue
from seawall.foundation.platform import clock
from seawall.foundation.platform.errors import BadInput
from seawall.foundation.platform.identifiers import is_id
from seawall.foundation.transparency.services import record

LIMIT_MAX = 1000
"""Largest number of reports that may be said; whoever takes more says nothing."""
ATTACKS = "Attacks are observed, so it does not wait."
SETTLED = (ReportManagement.INVALID, ReportManagement.DEFERRED, ReportManagement.CLOSED)
"""States of report management in which a case is no open work of its maintainer."""
SETTLED_CONSENT = (ParticipantEmbargo.DECLINED,)


@dataclass(frozen=True)
class Queue:
    """A maintainer's pace and what waits for it."""

    maintainer: str
    """Identifier of the organization, or the package."""
    name: str
    pace: Pace
    open_now: int
    waiting: tuple[Ranked, ...]
    """In order; for coordinators. A maintainer sees how many these are."""


def arrive(system: Actor, case: cases.Case, contact: str) -> None:
    """A new case gets its turn at its maintainer: delivered now, or put into the queue. The caller's transaction.

    Args:
        system: The clearinghouse.
        case: Just opened, with its first report linked.
        contact: Organization to bring in; empty where the maintainer has no account.
    """
    if contact and case.participants.filter(organization_id=contact).exists():
        return  # the maintainer itself, or a coordinator, found it
    maintainer, _ = Maintainer.objects.get_or_create(key=contact or case.package)
    turn = Turn.objects.create(case=case, maintainer=maintainer, state=TurnState.WAITING, queued_at=clock.now())
    if maintainer.open_limit is None and maintainer.weekly_limit is None:
        _deliver(system, turn, attacked=False)
        return
    # The job takes the maintainer's row and then the log's; this transaction has the log's already, and would wait for
    # the job that waits for it.
    enqueue(ADVANCE, maintainer.id)


@transaction.atomic
def set_pace(actor: Actor, *, open_limit: int | None, weekly_limit: int | None, maintainer: str = "") -> Maintainer:
    """Say how many reports a maintainer takes.

    Args:
        actor: A member of the maintainer's organization; or a coordinator, for any maintainer.
        open_limit: At once; None takes all.
        weekly_limit: Within seven days; None takes all.
        maintainer: For coordinators: an organization's identifier or a package; empty is the actor's own organization.

    Raises:
        Forbidden: Only coordinators speak for others.
        BadInput: A number out of bounds, or no maintainer could have this name.
    """
    own = not maintainer or maintainer == actor.organization_id
    require(actor, "pacing.set" if own else "pacing.set_for")
    return _set_pace(actor, maintainer or actor.home, open_limit, weekly_limit)


@transaction.atomic
def set_pace_by_link(visit: Visit, *, open_limit: int | None, weekly_limit: int | None) -> Maintainer:
    """A guest says how many reports the maintainers of its package take.

    Raises:
        NotFound: It may not read its case, so it does not speak for the package.
        BadInput: See ``set_pace``, or the package has an organization that speaks for it.
    """
    case = get_visible(visit.actor, "case.read", cases.Case.objects.all(), visit.guest.case_id)
    turn = Turn.objects.filter(case=case).select_related("maintainer").first()
    if turn is not None and turn.maintainer.key != case.package:
        raise BadInput("An organization with an account speaks for this package.", "Ask it.", field="open_limit")
    return _set_pace(visit.actor, case.package, open_limit, weekly_limit)


def _set_pace(actor: Actor, key: str, open_limit: int | None, weekly_limit: int | None) -> Maintainer:
    for name, limit in (("open_limit", open_limit), ("weekly_limit", weekly_limit)):
        if limit is not None and not 1 <= limit <= LIMIT_MAX:
            raise BadInput(f"A maintainer takes 1 to {LIMIT_MAX} reports.", "Leave it empty to take all.", field=name)
    if not is_id(key, "org") and not (key.startswith(("pkg:", "https://")) and len(key) <= 500):  # noqa: PLR2004 - the row's
        raise BadInput("That is neither an organization nor a package.", "Write a purl.", field="maintainer")
    row = _locked(key)
    row.open_limit, row.weekly_limit = open_limit, weekly_limit
    row.set_by, row.set_at = actor.label[:200], clock.now()
    row.save()
    record(actor, "pacing.set", row.id, {"maintainer": key, "open": open_limit, "week": weekly_limit})
    enqueue(ADVANCE, row.id)
    return row


def _locked(key: str) -> Maintainer:
    Maintainer.objects.get_or_create(key=key)
    return Maintainer.objects.select_for_update(no_key=True).get(key=key)


def advance(system: Actor, maintainer_id: str) -> list[str]:
    """Deliver what there is room for; the caller's transaction. Returns the cases, in order."""
    maintainer = Maintainer.objects.select_for_update(no_key=True).filter(pk=maintainer_id).first()
    return _advance(system, maintainer) if maintainer is not None else []


def _advance(system: Actor, maintainer: Maintainer) -> list[str]:
    """``maintainer`` is locked: nobody else delivers there."""
    now = clock.now()
    over = Q(case__published_at__isnull=False) | Q(case__merged_into__isnull=False)
    maintainer.turns.filter(over, state=TurnState.WAITING).update(state=TurnState.OVER)
    waiting = {turn.case_id: turn for turn in maintainer.turns.filter(state=TurnState.WAITING).select_related("case")}
    if not waiting:
        return []
    facts = {one.case_id: one for one in ordering.facts_of(waiting)}
    queue = rules.order(
        [ordering.rank(one) for one in facts.values()], {one.case_id: one.received_at for one in facts.values()}
    )
    pace = Pace(maintainer.open_limit, maintainer.weekly_limit)
    week = list(maintainer.turns.filter(delivered_at__gt=now - rules.WEEK).values_list("delivered_at", flat=True))
    pressing = [one for one in queue if facts[one.case_id].attacks_observed]
    free = rules.slots(
        pace, open_now=len(open_turns(maintainer)) + len(pressing), delivered_this_week=len(week) + len(pressing)
    )
    others = [one for one in queue if not facts[one.case_id].attacks_observed][:free]
    for ranked in (*pressing, *others):
        _deliver(system, waiting[ranked.case_id], attacked=facts[ranked.case_id].attacks_observed)
    gone = [one.case_id for one in (*pressing, *others)]
    _say_who_waits(system, [turn.case for case_id, turn in waiting.items() if case_id not in gone])
    _look_again(maintainer, pace, now)
    return gone


def _say_who_waits(system: Actor, left: Sequence[cases.Case]) -> None:
    """Say once in each timeline that the case waits."""
    said = set(cases.CaseEvent.objects.filter(case__in=left, kind="waiting").values_list("case_id", flat=True))
    for case in left:
        if case.id not in said:
            note(system, case, "waiting", "The case waits until its maintainer takes another one.")


def _look_again(maintainer: Maintainer, pace: Pace, now: datetime) -> None:
    """The week ends without anybody's step: look again then."""
    delivered = [at for at in maintainer.turns.values_list("delivered_at", flat=True) if at is not None]
    due = rules.next_free(pace, delivered, now)
    if due is not None and maintainer.turns.filter(state=TurnState.WAITING).exists():
        enqueue(ADVANCE, maintainer.id, run_after=due, idempotency_key=f"{ADVANCE} {maintainer.id} {due.isoformat()}")


def open_turns(maintainer: Maintainer) -> list[Turn]:
    """The turns that are open work of a maintainer now."""
    turns = list(
        maintainer.turns.filter(
            state=TurnState.DELIVERED, case__published_at=None, case__merged_into=None
        ).select_related("case")
    )
    settled = _settled(maintainer, [turn.case_id for turn in turns])
    return [turn for turn in turns if turn.case_id not in settled]


def _settled(maintainer: Maintainer, case_ids: Collection[str]) -> set[str]:
    """Cases that the maintainer has done with, or declined."""
    rows = cases.Participant.objects.filter(case_id__in=case_ids)
    if is_id(maintainer.key, "org"):
        rows = rows.filter(organization_id=maintainer.key)
    else:
        rows = rows.filter(organization_id__in=Guest.objects.filter(case_id__in=case_ids).values("organization_id"))
    done: dict[str, bool] = {}
    for row in rows:
        settled = row.report_management in SETTLED or row.consent in SETTLED_CONSENT
        done[row.case_id] = done.get(row.case_id, True) and settled
    return {case_id for case_id, settled in done.items() if settled}


def _deliver(system: Actor, turn: Turn, *, attacked: bool) -> None:
    now = clock.now()
    waited = turn.case.events.filter(kind="waiting").exists()
    turn.state = TurnState.DELIVERED
    turn.delivered_at = now
    turn.passed_pacing = ATTACKS if attacked else ""
    turn.save(update_fields=["state", "delivered_at", "passed_pacing"])
    case = turn.case
    key = turn.maintainer.key
    if is_id(key, "org"):
        coordination.join(case, key, ParticipantRole.VENDOR, ReportManagement.RECEIVED, ParticipantEmbargo.INVITED)
        said = "The package's contact was invited to the embargo."
        note(system, case, "invited", f"{said} {turn.passed_pacing}".strip())
        coordination.tell_invited(case, [key])
    elif waited:
        note(system, case, "turn", f"The maintainer takes another report. {turn.passed_pacing}".strip())
        for organization_id in coordinator_ids():
            notify(
                organization_id,
                kind="turn",
                subject=case.id,
                title="A case's turn has come",
                body="Its maintainer takes another report; send it on one of the routes.",
                reference=f"/cases/{case.id}/routes",
            )
    if waited:
        for organization_id in case.links.filter(undone_at=None).values_list("organization_id", flat=True).distinct():
            notify(
                organization_id,
                kind="turn",
                subject=case.id,
                title="A report of yours has left the queue",
                body="Its maintainer is asked now.",
                reference=f"/cases/{case.id}",
            )


# --- reads ---------------------------------------------------------------------------------------


def place_of(actor: Actor, case_id: str) -> Place:
    """Where a case stands in its maintainer's queue, for whoever reads the case; nothing of the other cases.

    Raises:
        NotFound: Absent, foreign or under an embargo that the actor has not signed.
    """
    case = get_visible(actor, "case.read", cases.Case.objects.all(), case_id)
    turn = Turn.objects.filter(case=case, state=TurnState.WAITING).select_related("maintainer").first()
    if turn is None or case.published_at is not None or case.merged_into_id is not None:
        return rules.place(case.id, (), Pace(None, None))
    return rules.place(
        case.id,
        [one.case_id for one in _waiting(turn.maintainer)],
        Pace(turn.maintainer.open_limit, turn.maintainer.weekly_limit),
    )


def _waiting(maintainer: Maintainer) -> list[Ranked]:
    rows = maintainer.turns.filter(state=TurnState.WAITING, case__published_at=None, case__merged_into=None)
    return ordering.queue(list(rows.values_list("case_id", flat=True)))


def own_queue(actor: Actor) -> Queue:
    """The actor's own pace, and how many wait; what they are it learns when their turn comes.

    Raises:
        Forbidden: The actor is no member of an organization.
    """
    require(actor, "pacing.read")
    row = Maintainer.objects.filter(key=actor.home).first()
    if row is None:
        return Queue(actor.home, "", Pace(None, None), 0, ())
    return _queue(row, {})


def queues(actor: Actor) -> list[Queue]:
    """Every maintainer who set a pace or for whom something waits, for coordinators; the fullest first.

    Raises:
        Forbidden: The actor is no coordinator.
    """
    require(actor, "pacing.set_for")
    wanted = Q(turns__state=TurnState.WAITING) | Q(set_at__isnull=False)
    rows = list(Maintainer.objects.filter(wanted).distinct().order_by("key"))
    names = organization_names([row.key for row in rows if is_id(row.key, "org")])
    found = [_queue(row, names) for row in rows]
    return sorted(found, key=lambda one: (-len(one.waiting), one.maintainer))


def queue_of(row: Maintainer) -> Queue:
    """The queue of a maintainer, for whoever has just set its pace."""
    return _queue(row, {})


def _queue(row: Maintainer, names: dict[str, str]) -> Queue:
    return Queue(
        row.key,
        names.get(row.key, row.key),
        Pace(row.open_limit, row.weekly_limit),
        len(open_turns(row)),
        tuple(_waiting(row)),
    )


def pace_for(visit: Visit) -> Pace | None:
    """The pace of the package of a guest's case; None where an organization with an account speaks for it."""
    turn = Turn.objects.filter(case_id=visit.guest.case_id).select_related("maintainer").first()
    if turn is not None and turn.maintainer.key != visit.guest.case.package:
        return None
    row = turn.maintainer if turn else Maintainer.objects.filter(key=visit.guest.case.package).first()
    return Pace(row.open_limit, row.weekly_limit) if row else Pace(None, None)

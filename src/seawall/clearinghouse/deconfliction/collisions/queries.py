"""Reads of the collision check: the budget that is left, and introductions."""

from django.db.models import QuerySet

from seawall.clearinghouse.deconfliction.collisions import rules
from seawall.clearinghouse.deconfliction.collisions.services import evaluator
from seawall.clearinghouse.deconfliction.collisions.types import IntroductionState
from seawall.clearinghouse.deconfliction.models import CollisionBudget, Introduction
from seawall.foundation.access.queries import visible_to
from seawall.foundation.access.rules import grants_for
from seawall.foundation.access.services import require
from seawall.foundation.access.types import Actor
from seawall.foundation.identity.queries import organization_names
from seawall.foundation.platform import clock

IntroductionRow = Introduction


def public_key(actor: Actor) -> str:
    """The key that every evaluation is proved against, in hex."""
    require(actor, "collision.check")
    return evaluator().public_key


def left_today(actor: Actor) -> int:
    """Evaluations that the organization may still ask for today (UTC)."""
    require(actor, "collision.check")
    row = CollisionBudget.objects.filter(organization_id=actor.home, day=clock.now().date()).first()
    return rules.EVALUATIONS_PER_DAY - (row.evaluated if row else 0)


def introductions_of(actor: Actor) -> QuerySet[Introduction]:
    """The introductions that the actor may see, newest first."""
    return visible_to(actor, "introduction.read", Introduction.objects.order_by("-asked_at", "id"))


def shown_state(actor: Actor, row: Introduction) -> str:
    """The state as this party may know it."""
    now = clock.now()
    state = rules.state_at(IntroductionState(row.state), row.changed_at, now)
    return rules.shown_to_asker(state, row.asked_at, now) if row.asker_id == actor.organization_id else state.value


def other_name(actor: Actor, row: Introduction) -> str | None:
    """Name of the other party, once both agreed; the coordinator's view has none and names nobody."""
    if row.state != IntroductionState.INTRODUCED or actor.organization_id not in {row.asker_id, row.holder_id}:
        return None
    other = row.holder_id if row.asker_id == actor.organization_id else row.asker_id
    return organization_names([other]).get(other)


def allowed_next(actor: Actor, row: Introduction) -> list[str]:
    """What the actor may do with an introduction that it sees, as names of operations."""
    state = rules.state_at(IntroductionState(row.state), row.changed_at, clock.now())
    if grants_for(actor, "introduction.decide") and state is IntroductionState.ASKED:
        return ["decide_introduction"]
    holder = row.holder_id == actor.organization_id and grants_for(actor, "introduction.answer")
    return ["answer_introduction"] if holder and state is IntroductionState.OFFERED else []

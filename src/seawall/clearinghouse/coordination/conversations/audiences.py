"""An audience as a query, and who is in it now: the two ways to ask ``rules.admits``, which a test holds equal."""

from django.db.models import Exists, OuterRef, Q

from seawall.clearinghouse.coordination import rules as states
from seawall.clearinghouse.coordination.conversations import rules
from seawall.clearinghouse.coordination.conversations.models import Delivery, NamedOrganization, Thread
from seawall.clearinghouse.coordination.models import Case, Participant
from seawall.clearinghouse.coordination.tiers import CONTENT, VISIBLE, Part, is_over
from seawall.clearinghouse.coordination.types import (
    EmbargoManagement,
    ParticipantEmbargo,
    ParticipantRole,
    ReportManagement,
    Tier,
)
from seawall.foundation.access import relations
from seawall.foundation.access.types import Actor
from seawall.foundation.identity.queries import coordinator_ids
from seawall.foundation.platform import clock

_ALL = Q(pk__isnull=False)
"""Every row. An empty condition would vanish where it is joined by "or" with another."""
_KNOWING = tuple(tier for tier in Tier if Part.PEOPLE in VISIBLE[tier])
"""Tiers that may know who else takes part; others are in an audience by name only."""


def threads_for(actor: Actor) -> Q:
    """Threads whose audience the actor is in, of cases whose content it may see; over ``Thread``."""
    if actor.organization_id is None:
        return relations.NOTHING
    if actor.is_coordinator:
        return _ALL
    readable = Case.objects.filter(relations.condition("case", "signatory", actor))
    mine = Participant.objects.filter(organization_id=actor.organization_id, tier__in=_KNOWING)

    def where(roles: frozenset[ParticipantRole]) -> Q:
        having = Q(role__in=roles)
        for role in sorted(roles):
            having |= Q(further_roles__icontains=f'"{role.value}"')
        return Q(case__in=mine.filter(having).values("case_id"))

    named = NamedOrganization.objects.filter(organization_id=actor.organization_id)
    return Q(case__in=readable.values("pk")) & (
        (Q(for_everybody=True) & Q(case__in=mine.values("case_id")))
        | (Q(for_vendors=True) & where(rules.VENDORS))
        | (Q(for_finders=True) & where(rules.FINDERS))
        | where(rules.COORDINATING)
        | Q(pk__in=named.values("thread_id"))
    )


def messages_for(actor: Actor) -> Q:
    """Messages that the actor may see; over ``Message``."""
    if actor.organization_id is None:
        return relations.NOTHING
    if actor.is_coordinator:
        return _ALL
    came = Delivery.objects.filter(message_id=OuterRef("pk"), organization_id=actor.organization_id)
    return Q(thread__in=Thread.objects.filter(threads_for(actor)).values("pk")) & (
        Q(thread__history_shared=True) | Q(Exists(came))
    )


def now_in(thread: Thread) -> set[str]:
    """Organizations that may see the thread at this moment."""
    audience = thread.audience()
    embargo = EmbargoManagement(Case.objects.values_list("embargo", flat=True).get(pk=thread.case_id))
    found = set(coordinator_ids())
    now = clock.now()
    for one in Participant.objects.filter(case_id=thread.case_id, tier__in=CONTENT):
        state, consent = ReportManagement(one.report_management), ParticipantEmbargo(one.consent)
        may_read = states.may_see_content(state, consent, embargo) and not is_over(one.until, now)
        roles = frozenset(ParticipantRole(role) for role in (one.role, *one.further_roles))
        if may_read and rules.admits(audience, one.organization_id, roles, Tier(one.tier)):
            found.add(one.organization_id)
    return found

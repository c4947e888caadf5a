"""CS, the case state (Vultron, CERT/CC): what one vendor, the public and attackers know and do. Pure.

- One way: nothing that happened is unsaid. V before F before D; P, X and A at any time.
- After vP the next event is V: whoever reads the public knows it, the vendor too.
- After pX the next event is P: a public exploit is public.
- F is for a vendor that has dealt with its report (RM in ACCEPTED, DEFERRED or CLOSED), D for a deployer.

    settle(CaseState(FixPath.UNAWARE, False, True, False))   # -> (vfd pXa), P, V: what has to follow, follows
"""

from collections.abc import Collection
from dataclasses import replace

from seawall.clearinghouse.coordination.types import CaseEventKind, CaseState, FixPath, ParticipantRole
from seawall.clearinghouse.coordination.types import ReportManagement as RM

_NEXT_STEP: dict[FixPath, tuple[CaseEventKind, FixPath]] = {
    FixPath.UNAWARE: (CaseEventKind.VENDOR_AWARE, FixPath.AWARE),
    FixPath.AWARE: (CaseEventKind.FIX_READY, FixPath.READY),
    FixPath.READY: (CaseEventKind.FIX_DEPLOYED, FixPath.DEPLOYED),
}
_OF_THE_CASE = (CaseEventKind.PUBLIC_AWARE, CaseEventKind.EXPLOIT_PUBLIC, CaseEventKind.ATTACKS_OBSERVED)
FIXING = frozenset({RM.ACCEPTED, RM.DEFERRED, RM.CLOSED})
"""States of report management in which a vendor may have a fix."""


def following(state: CaseState) -> dict[CaseEventKind, CaseState]:
    """The events that the machine allows next, and where each leads."""
    steps: dict[CaseEventKind, CaseState] = {}
    if state.fix in _NEXT_STEP:
        event, further = _NEXT_STEP[state.fix]
        steps[event] = replace(state, fix=further)
    for event in _OF_THE_CASE:
        further_on = said(state, event)
        if further_on != state:
            steps[event] = further_on
    forced = forced_event(state)
    return {forced: steps[forced]} if forced else steps


def said(state: CaseState, event: CaseEventKind) -> CaseState:
    """The state after P, X or A, whether or not it was so before."""
    return replace(
        state,
        public_aware=state.public_aware or event is CaseEventKind.PUBLIC_AWARE,
        exploit_public=state.exploit_public or event is CaseEventKind.EXPLOIT_PUBLIC,
        attacks_observed=state.attacks_observed or event is CaseEventKind.ATTACKS_OBSERVED,
    )


def forced_event(state: CaseState) -> CaseEventKind | None:
    """The one event that has to come next, if the state leaves no choice."""
    if state.exploit_public and not state.public_aware:
        return CaseEventKind.PUBLIC_AWARE
    if state.public_aware and state.fix is FixPath.UNAWARE:
        return CaseEventKind.VENDOR_AWARE
    return None


def settle(state: CaseState) -> tuple[CaseState, tuple[CaseEventKind, ...]]:
    """The state after every event that has to follow, and these events in their order."""
    followed: list[CaseEventKind] = []
    while (event := forced_event(state)) is not None:
        state = following(state)[event]
        followed.append(event)
    return state, tuple(followed)


def may_take(event: CaseEventKind, roles: Collection[ParticipantRole], report: RM) -> str:
    """Why a participant may not report an event of its own fix path; empty where it may."""
    if event is CaseEventKind.FIX_READY:
        if ParticipantRole.VENDOR not in roles:
            return "Only a vendor has a fix ready."
        if report not in FIXING:
            return "A fix is ready after the report was accepted, deferred or closed."
    if event is CaseEventKind.FIX_DEPLOYED and ParticipantRole.DEPLOYER not in roles:
        return "Only a deployer has a fix deployed."
    return ""

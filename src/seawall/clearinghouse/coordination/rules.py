"""The state machines of coordination as tables. Pure.

``step`` looks a transition up and refuses what is not in the table, naming what is allowed now. The
tables are Vultron's (CERT/CC); VALID cannot close directly and CLOSED is final.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import TypeVar

from seawall.clearinghouse.coordination.types import EmbargoManagement as EM
from seawall.clearinghouse.coordination.types import ParticipantEmbargo as PEC
from seawall.clearinghouse.coordination.types import ReportManagement as RM

State = TypeVar("State", bound=StrEnum)

RM_TABLE: dict[tuple[RM, str], RM] = {
    (RM.START, "receive"): RM.RECEIVED,
    (RM.RECEIVED, "validate"): RM.VALID,
    (RM.RECEIVED, "invalidate"): RM.INVALID,
    (RM.INVALID, "validate"): RM.VALID,
    (RM.VALID, "accept"): RM.ACCEPTED,
    (RM.VALID, "defer"): RM.DEFERRED,
    (RM.ACCEPTED, "defer"): RM.DEFERRED,
    (RM.DEFERRED, "accept"): RM.ACCEPTED,
    (RM.INVALID, "close"): RM.CLOSED,
    (RM.DEFERRED, "close"): RM.CLOSED,
    (RM.ACCEPTED, "close"): RM.CLOSED,
}
EM_TABLE: dict[tuple[EM, str], EM] = {
    (EM.NONE, "propose"): EM.PROPOSED,
    (EM.PROPOSED, "propose"): EM.PROPOSED,
    (EM.PROPOSED, "reject"): EM.NONE,
    (EM.PROPOSED, "accept"): EM.ACTIVE,
    (EM.ACTIVE, "propose"): EM.REVISE,
    (EM.REVISE, "propose"): EM.REVISE,
    (EM.REVISE, "accept"): EM.ACTIVE,
    (EM.REVISE, "reject"): EM.ACTIVE,
    (EM.ACTIVE, "terminate"): EM.EXITED,
    (EM.REVISE, "terminate"): EM.EXITED,
}
PEC_TABLE: dict[tuple[PEC, str], PEC] = {
    **{(state, "invite"): PEC.INVITED for state in (PEC.NO_EMBARGO, PEC.LAPSED, PEC.DECLINED)},
    **{(state, "accept"): PEC.SIGNATORY for state in (PEC.NO_EMBARGO, PEC.INVITED, PEC.LAPSED)},
    **{(state, "decline"): PEC.DECLINED for state in (PEC.NO_EMBARGO, PEC.INVITED, PEC.LAPSED)},
    (PEC.SIGNATORY, "revise"): PEC.LAPSED,
    **{(state, "reset"): PEC.NO_EMBARGO for state in PEC},
}


class RefusedTransitionError(ValueError):
    """The machine does not allow this now.

    Attributes:
        allowed: Transitions that are allowed now, sorted.
    """

    def __init__(self, state: StrEnum, transition: str, allowed: tuple[str, ...]) -> None:
        self.allowed = allowed
        choices = ", ".join(allowed) if allowed else "nothing: this state is final"
        super().__init__(f"{transition!r} is not possible from {state.value!r}; allowed now: {choices}")


def allowed(table: Mapping[tuple[State, str], State], state: State) -> tuple[str, ...]:
    """The transitions that the table allows from a state, sorted."""
    return tuple(sorted(name for (origin, name) in table if origin == state))


def step(table: Mapping[tuple[State, str], State], state: State, transition: str) -> State:
    """The state after a transition.

    Raises:
        RefusedTransitionError: Not in the table; it lists what is.
    """
    try:
        return table[state, transition]
    except KeyError:
        raise RefusedTransitionError(state, transition, allowed(table, state)) from None


def may_see_content(report: RM, consent: PEC, embargo: EM) -> bool:
    """Content is for participants with RM >= RECEIVED who are signatories, or for all of them where no embargo is.

    An embargo that is over (EXITED) binds nobody any more.
    """
    return report is not RM.START and (consent is PEC.SIGNATORY or embargo in {EM.NONE, EM.EXITED})

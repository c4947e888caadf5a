"""How much may be asked, and what an introduction may become. Pure."""

from datetime import datetime, timedelta

from seawall.clearinghouse.deconfliction.collisions.types import IntroductionState

EVALUATIONS_PER_DAY = 200
"""Blind evaluations of an organization in a day (UTC): about fifty findings. 100,000 guesses take 500 days, all in the log."""
LOOKUPS_PER_DAY = 400
"""Tags and claims that an organization may look up in a day."""
ELEMENTS_MAX = 16
"""Elements of one question: the keys of one finding."""
ANSWER_WITHIN = timedelta(days=14)
"""An introduction that nobody answers by then is closed."""

MOVES: dict[IntroductionState, frozenset[IntroductionState]] = {
    IntroductionState.ASKED: frozenset({IntroductionState.OFFERED, IntroductionState.CLOSED}),
    IntroductionState.OFFERED: frozenset({IntroductionState.INTRODUCED, IntroductionState.CLOSED}),
    IntroductionState.INTRODUCED: frozenset(),
    IntroductionState.CLOSED: frozenset(),
}


def state_at(state: IntroductionState, changed_at: datetime, now: datetime) -> IntroductionState:
    """The state now: what waits for too long is closed."""
    if MOVES[state] and changed_at + ANSWER_WITHIN <= now:
        return IntroductionState.CLOSED
    return state


def shown_to_asker(state: IntroductionState, asked_at: datetime, now: datetime) -> str:
    """What the asker sees: ``waiting`` for as long as a yes could come, whatever was said in the meantime.

    The coordinator and the holder have ``ANSWER_WITHIN`` each; a no of either looks like their silence.
    """
    if state is IntroductionState.INTRODUCED:
        return state.value
    return "waiting" if now < asked_at + 2 * ANSWER_WITHIN else IntroductionState.CLOSED.value

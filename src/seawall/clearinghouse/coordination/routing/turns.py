"""Whose turn may have come: asked at every step of a case, answered by a job. Reads and queues, decides nothing."""

from seawall.clearinghouse.coordination.routing.models import Turn
from seawall.clearinghouse.coordination.routing.types import TurnState
from seawall.foundation.jobs.services import enqueue

ADVANCE = "routing.advance"


def after_step(case_id: str) -> None:
    """A step of a case may have made room at its maintainer: if others wait there, look. The caller's transaction."""
    waiting = Turn.objects.filter(state=TurnState.WAITING, maintainer__turns__case_id=case_id)
    maintainer_id = waiting.values_list("maintainer_id", flat=True).first()
    if maintainer_id is not None:
        enqueue(ADVANCE, maintainer_id)

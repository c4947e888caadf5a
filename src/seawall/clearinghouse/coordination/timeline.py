"""One way to note a step of a case: an event for its readers and an entry in the log, together."""

from typing import Any

from seawall.clearinghouse.coordination.models import Case, CaseEvent
from seawall.clearinghouse.coordination.routing.turns import after_step
from seawall.foundation.access.types import Actor
from seawall.foundation.platform import clock
from seawall.foundation.transparency.services import record


def note(actor: Actor, case: Case, kind: str, text: str, **details: Any) -> int:
    """Add a step to the case's timeline and to the log; returns the log index."""
    entry = record(actor, f"case.{kind}", case.id, {"text": text, **details})
    CaseEvent.objects.create(
        case=case, at=clock.now(), actor_label=actor.label[:200], kind=kind, text=text, log_index=entry.index
    )
    after_step(case.id)
    return entry.index

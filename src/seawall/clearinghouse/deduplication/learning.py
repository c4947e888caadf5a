"""What people decided, as numbers to learn from: values of signals and the verdict, and not a word of any report.

``seawall manage export_decisions`` prints them on the server's own machine; ``scripts/train_deduplication.py model --decisions``
reads them.
"""

from collections.abc import Iterator
from typing import Any

from seawall.clearinghouse.deduplication import comparing, decisions, scoring
from seawall.foundation.access.rules import grants_for
from seawall.foundation.access.types import Actor, ActorKind
from seawall.foundation.platform.errors import Forbidden

FORMAT = "seawall.deduplication-decision/1"


def exported(actor: Actor) -> Iterator[dict[str, Any]]:
    """One row for each pair of reports that a person called the same flaw, or not the same; in no telling order.

    A row is ``{"format", "same", "one_package", "signals": {name: 0 to 1}}``: no identifier, name, version, text or date.
    Signals that tell nothing of a pair are left out.

    Args:
        actor: Who decides on cases here, or the clearinghouse itself.

    Raises:
        Forbidden: Somebody else.
    """
    if actor.kind is not ActorKind.SYSTEM and not grants_for(actor, "case.decide"):
        raise Forbidden("Only whoever decides on cases here may export decisions.")
    for row in decisions.by_people():
        left, right = comparing.several([row.left_id, row.right_id])
        measures = scoring.measured(left, right)
        yield {
            "format": FORMAT,
            "same": row.same,
            "one_package": left.package == right.package,
            "signals": {name: round(said.value, 4) for name, said in measures.items() if said.value is not None},
        }

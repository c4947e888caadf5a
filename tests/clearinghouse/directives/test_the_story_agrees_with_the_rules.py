"""What the demonstration's story expects of each exposure is what the rules say from the demonstration's facts."""

from datetime import date, timedelta
from typing import Any

import pytest

from seawall.clearinghouse.directives.library import directive
from seawall.clearinghouse.directives.rules import decide
from seawall.clearinghouse.prioritization.rules import combine
from seawall.clearinghouse.prioritization.types import Fact
from seawall.demo import keeper, world

FOUND = date(2026, 12, 10)
EXPECTED = [(flaw, exposure) for flaw in world.flaws() for exposure in flaw["exposed"]]


@pytest.mark.parametrize(
    ("flaw", "exposure"), EXPECTED, ids=[f"{flaw['id']}-{exposure['operator']}" for flaw, exposure in EXPECTED]
)
def test_each_expected_exposure(flaw: dict[str, Any], exposure: dict[str, Any]) -> None:
    said: list[tuple[str, Fact]] = [item for item in keeper._facts() if item[0] == flaw["id"]]
    known = combine(said, identifiers=[flaw["id"], *flaw["aliases"]])
    due = decide(directive(), known, reach=exposure["exposure"], enumerated_on=FOUND)
    assert (due.rule, due.days) == (exposure["rule"], exposure.get("days"))
    assert due.due == (FOUND + timedelta(days=exposure["days"]) if "days" in exposure else None)
    assert bool(due.assumed) == (exposure["exposure"] == "unknown")

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import transaction

from seawall.clearinghouse.coordination.embargoes.ending import tick
from seawall.clearinghouse.coordination.models import Case
from seawall.foundation.access.types import Actor
from seawall.foundation.platform import clock
from support import World
from support.world import Scene

SYSTEM = Actor.system("embargoes")


@pytest.fixture
def scene(world: World) -> Scene:
    return Scene(world)


@pytest.fixture
def at(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """``at(moment)`` lets time pass until then; ``at(moment, steady=False)`` only sets the wall clock."""
    real, begun = clock.now(), clock.steady()

    def move(moment: datetime, *, steady: bool = True) -> None:
        monkeypatch.setattr(clock, "now", lambda: moment)
        if steady:
            passed = (moment - real).total_seconds()
            monkeypatch.setattr(clock, "steady", lambda: begun + passed)

    return move


@pytest.fixture
def ticked() -> Callable[[str], Case]:
    """The case after its job ran."""

    def run(case_id: str) -> Case:
        with transaction.atomic():
            tick(SYSTEM, case_id)
        return Case.objects.get(pk=case_id)

    return run


def ends_at(case: Any) -> datetime:
    found = case.embargo_ends_at
    assert found is not None
    return found


SECOND = timedelta(seconds=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)

"""What people decided comes out as numbers, without a word of a report, for coordinators; and the training reads it."""

import importlib.util
import io
import json
import random
import sys
from pathlib import Path

import pytest
from django.core.management import call_command

from seawall.clearinghouse.deduplication import deciding
from seawall.clearinghouse.deduplication.learning import exported
from seawall.clearinghouse.deduplication.models import Decision
from seawall.clearinghouse.deduplication.scoring import SIGNALS
from seawall.foundation.access.types import Actor
from seawall.foundation.platform.errors import Forbidden
from support import World
from support.reports import folded, proved

BENCH = Path(__file__).parents[3] / "bench"
WORDS = {"identifiers": ["CVE-2026-7777"], "symbols": ["Secretive.unmask"], "description": "EMBARGOED-WORDS crash it."}


def lines(world: World) -> list[dict[str, object]]:
    for at in range(3):
        target = {"vulnerable": {"version": "0.4.4"}, "fixed": {"version": "0.5.0"}}
        folded(
            proved(
                world,
                ("finder", "rival", "lab")[at],
                at,
                result={"signature": f"x/1:E{at}@f", "target": target},
                **WORDS,
            )
        )
    keeper = world.actor("clearinghouse")
    first, second, third = (
        deciding.coordination.cases_of(keeper).order_by("opened_at", "id").values_list("pk", flat=True)
    )
    deciding.merge(keeper, second, first, reason="SECRET-REASON")
    deciding.hold_apart(keeper, third, first, reason="SECRET-REASON")
    deciding.undo_merge(keeper, second, reason="SECRET-REASON")
    printed = io.StringIO()
    call_command("export_decisions", stdout=printed)
    return [json.loads(line) for line in printed.getvalue().splitlines()]


@pytest.mark.django_db
def test_every_decision_of_a_person_is_a_line_of_numbers(world: World) -> None:
    found = lines(world)
    assert len(found) == Decision.objects.filter(by_person=True).count() == 3
    for row in found:
        assert set(row) == {"format", "same", "one_package", "signals"}
        assert row["same"] is False
        signals = row["signals"]
        assert isinstance(signals, dict)
        assert set(signals) <= {signal.name for signal in SIGNALS}
        assert all(isinstance(value, float) and 0 <= value <= 1 for value in signals.values())
        assert {"signature", "identifiers", "text"} <= set(signals)
    shown = json.dumps(found)
    for secret in ("EMBARGOED", "SECRET", "CVE-", "unmask", "report_", "case_", "pkg:", "0.5.0", "20"):
        assert secret not in shown.replace("decision/1", ""), secret


@pytest.mark.django_db
def test_only_whoever_decides_here_may_export(world: World) -> None:
    for name in ("finder", "vendor", "hospital"):
        with pytest.raises(Forbidden):
            list(exported(world.actor(name)))
    assert list(exported(world.actor("clearinghouse"))) == []
    assert list(exported(Actor.system("keeper"))) == []


def test_the_training_reads_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "path", [str(BENCH), *sys.path])
    spec = importlib.util.spec_from_file_location("fitting", BENCH / "duplicates" / "fitting.py")
    assert spec is not None
    assert spec.loader is not None
    fitting = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(fitting)
    path = tmp_path / "decisions.jsonl"
    rows = [
        {
            "format": "seawall.deduplication-decision/1",
            "same": same,
            "one_package": True,
            "signals": {"patch": value, "text": 0.5},
        }
        for same, value in ((True, 0.9), (False, 0.1))
        for _ in range(40)
    ]
    path.write_text("".join(f"{json.dumps(row)}\n" for row in rows))
    found = fitting.of_decisions(path, random.Random(1))  # noqa: S311 - chance that repeats
    assert set(found) == {"patch"}
    weight, center = found["patch"]
    assert weight > 10
    assert 0 <= center <= 1
    path.write_text('{"no": 1}\n')
    with pytest.raises(ValueError, match="line 1"):
        fitting.of_decisions(path, random.Random(1))  # noqa: S311 - as above

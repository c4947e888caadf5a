"""The main job from end to end, on real flaws in real packages, through the doors of a real server."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from seawall.demo import world

pytestmark = [pytest.mark.registry, pytest.mark.sandbox]
PORT = "18440"


def _environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith(("SEAWALL_", "DJANGO_"))}


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    """One played story; its server runs until the module's tests are done."""
    folder = tmp_path_factory.mktemp("demo") / "world"
    command = [sys.executable, "-m", "seawall", "demo", "--folder", str(folder), "--port", PORT]
    done = subprocess.run(
        [*command, "--json"], capture_output=True, text=True, timeout=500, check=False, env=_environment()
    )
    try:
        assert done.returncode == 0, done.stdout + done.stderr
        yield {"folder": folder, "output": done.stdout, "figures": json.loads(done.stdout.strip().splitlines()[-1])}
    finally:
        subprocess.run([*command, "--stop"], timeout=60, check=False, env=_environment())


def _available() -> set[str]:
    return {"python"} | ({"node"} if shutil.which("npm") else set()) | ({"native"} if shutil.which("gcc") else set())


def test_every_verdict_is_the_one_that_the_published_facts_say(told: dict[str, Any]) -> None:
    # Story.play() compares each verdict with the world's data and fails on a difference; here the counts.
    confirmed = [item for item in world.reports() if item.expected == "confirmed" and item.runtime in _available()]
    assert told["figures"]["confirmed"] == len(confirmed)
    assert told["figures"]["confirmed"] >= 5
    assert told["figures"]["refused"] == 2
    assert told["figures"]["duplicates"] == 1


def test_each_operator_was_told_what_to_fix_and_by_when(told: dict[str, Any]) -> None:
    assert told["figures"]["operators_warned"] == 3
    table = told["output"].split("What each operator should do")[1]
    for flaw in world.flaws():
        for exposed in flaw["exposed"]:
            assert exposed["version"] in table


def test_the_story_ends_with_the_address_of_the_running_site(told: dict[str, Any]) -> None:
    assert f"The site is running: http://127.0.0.1:{PORT}" in told["output"]


def test_the_log_of_the_whole_story_verifies_offline(told: dict[str, Any]) -> None:
    assert "verified offline" in told["output"]
    assert told["figures"]["log_entries"] > told["figures"]["reports"] * 2


def test_the_story_took_minutes_beside_all_other_tests(told: dict[str, Any]) -> None:
    assert told["figures"]["demo_s"] < 300  # 40 s where nothing else runs, which bench/demo.py holds against its limit
